# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that keeps each entry in a file: as small as one that a user would write."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.command import CommandStore
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import Calls

PROGRAM = """\
#!{python} -I
import json, pathlib, sys

verb, place = sys.argv[1:]
folder = pathlib.Path({folder!r})
entry = folder / place.replace("/", "+")
if (folder / "locked").exists():
    sys.exit("the keyring is locked")
if verb == "get" and entry.exists():
    print(entry.read_text(), end="")
elif verb == "store":
    values = json.load(sys.stdin)
    assert set(values) == {{"base_url", "client_id", "client_secret"}}
    entry.write_text(json.dumps(values))
elif verb == "erase":
    entry.unlink()
"""


class CommandBench:
    """The program and the folder of its entries."""

    place = "isc/fake-crm"
    compares: Mapping[str, int] = {}
    calls = Calls()

    def __init__(self, folder: Path) -> None:
        self.program = folder / "keeper"
        self._entries = folder / "entries"
        self._entries.mkdir()
        self._entry = self._entries / self.place.replace("/", "+")
        self.program.write_text(PROGRAM.format(python=sys.executable, folder=str(self._entries)))
        self.program.chmod(0o700)

    def store(self) -> CommandStore:
        """Return the store, which runs the program anew for each call."""
        return CommandStore({"argv": [str(self.program)], "name": "isc/{key}", "timeout": 30})

    def peek(self) -> Mapping[str, object] | None:
        """Return what the program has kept; a text that is no JSON object comes as the only value."""
        if not self._entry.exists():
            return None
        text = self._entry.read_text()
        try:
            content: object = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        return content if isinstance(content, dict) else {"text": text}

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Put something where the program keeps the entry."""
        self._entry.write_text(content if isinstance(content, str) else json.dumps(content))

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Have the program fail."""
        lock = self._entries / "locked"
        lock.touch()
        try:
            yield
        finally:
            lock.unlink()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Move the program away."""
        away = self.program.rename(self.program.with_name("away"))
        try:
            yield
        finally:
            away.rename(self.program)

    def close(self) -> None:
        """Do nothing: the program does not stay."""


def open_bench(folder: Path) -> CommandBench:
    """Return the store with nothing in it."""
    return CommandBench(folder)
