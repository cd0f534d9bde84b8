# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example program for pass, in front of the real pass and gpg with a key of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.command import CommandStore
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import Calls

PROGRAM = Path(__file__).resolve().parents[3] / "docs" / "stores" / "pass-store"
KEY = "fake-key@example.invalid"


class PassBench:
    """A password store, and the environment in which pass finds it."""

    place = "isc/fake-crm"
    compares: Mapping[str, int] = {}
    calls = Calls()
    own_secrets = ()

    def __init__(self) -> None:
        # Not below pytest's folder: the path of gpg-agent's socket may have some 100 characters only.
        self._folder = Path(tempfile.mkdtemp(prefix="isc-pass-", dir="/tmp"))
        self._home, self._entries = self._folder / "gpg", self._folder / "entries"
        self._home.mkdir(mode=0o700)
        self._others = {name: os.environ.get(name) for name in self.environment()}
        os.environ.update(self.environment())
        key = ("--quick-generate-key", KEY, "future-default", "default", "never")
        self._run("gpg", "--batch", "--quiet", "--passphrase", "", *key)
        self._run("pass", "init", KEY)

    def _run(self, *words: str, text: str = "") -> str:
        return subprocess.run(words, input=text, check=True, capture_output=True, text=True).stdout

    def store(self) -> CommandStore:
        """Return the store, which runs the program anew for each call."""
        return CommandStore({"argv": [str(PROGRAM)], "name": "isc/{key}", "timeout": 60})

    def option(self) -> dict[str, Any]:
        """Return the option that has a task run the program."""
        return {"command": {"argv": [str(PROGRAM)], "name": self.place, "timeout": 60}}

    def environment(self) -> dict[str, str]:
        """Return where pass and gpg find what is theirs."""
        return {"GNUPGHOME": str(self._home), "PASSWORD_STORE_DIR": str(self._entries)}

    def peek(self) -> Mapping[str, object] | None:
        """Return what pass shows; a text that is no JSON object comes as the only value."""
        if not (self._entries / f"{self.place}.gpg").exists():
            return None
        text = self._run("pass", "show", self.place)
        try:
            content: object = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        return content if isinstance(content, dict) else {"text": text}

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Insert something with pass."""
        text = content if isinstance(content, str) else json.dumps(content)
        self._run("pass", "insert", "--multiline", "--force", self.place, text=text)

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Take gpg's keys away."""
        away = self._home.rename(self._folder / "away")
        self._home.mkdir(mode=0o700)
        try:
            yield
        finally:
            self._end_agent()
            shutil.rmtree(self._home)
            away.rename(self._home)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Take the folder of entries away: that is not an empty password store."""
        away = self._entries.rename(self._folder / "away")
        try:
            yield
        finally:
            away.rename(self._entries)

    def close(self) -> None:
        """End the agent of gpg, and remove everything."""
        self._end_agent()
        for name, value in self._others.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(self._folder)

    def _end_agent(self) -> None:
        """End the agent of gpg, and wait until it has removed its sockets: gpgconf does not."""
        subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
        deadline = time.monotonic() + 10
        while any(self._home.glob("S.*")) and time.monotonic() < deadline:
            time.sleep(0.01)


def open_bench(folder: Path) -> PassBench:
    """Return the store with nothing in it."""
    for program in ("pass", "gpg"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed; it is the package {program.replace('gpg', 'gnupg')} in Debian")
    return PassBench()
