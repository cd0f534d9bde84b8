# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook in a folder of its own, keeps all that it shows or writes, and searches that for secrets."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

HERE = Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[4]
FRAGMENT = 16
"""So many characters of a secret are as bad as all of it."""


def forms(secret: str) -> set[bytes]:
    """Return every form in which a secret is searched for.

    Plain, JSON-, URL-, repr- and base64-encoded, whatever stands before it in the encoded text; and a piece of it, the
    random part of a bearer token, so that half of it is found too.
    """
    parts = [part for part in secret.split(".") if len(part) >= FRAGMENT]
    pieces = {piece for part in parts[-2:] for piece in (part[:FRAGMENT], part[-FRAGMENT:])}
    if len(parts) > 1:  # The first parts of bearer tokens are all the same.
        pieces = {parts[-2][-FRAGMENT:], parts[-1][:FRAGMENT], parts[-1][-FRAGMENT:]}
    texts = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret), quote(secret, safe=""), *pieces}
    texts |= {quote_plus(secret), json.dumps(json.dumps(secret)[1:-1])[1:-1]}
    encoded = set()
    for padding in range(3):
        plain = b"x" * padding + secret.encode()
        whole = plain[: len(plain) // 3 * 3]
        # The characters that hold bits of the padding are left out.
        start = (0, 2, 3)[padding]
        encoded |= {base64.b64encode(whole)[start:], base64.urlsafe_b64encode(whole)[start:]}
    return {text.encode() for text in texts} | encoded


@dataclass
class Sightings:
    """What was in the files of a folder, files that have vanished included."""

    folder: Path
    contents: dict[str, set[bytes]] = field(default_factory=dict)
    _seen: set[tuple[str, int, int]] = field(default_factory=set)

    def look(self) -> None:
        """Read every file that is new or changed."""
        for path, state in _files(self.folder):
            key = (path, state.st_mtime_ns, state.st_size)
            if key in self._seen:
                continue
            try:
                content = Path(path).read_bytes()
            except OSError:
                continue
            self._seen.add(key)
            self.contents.setdefault(os.path.relpath(path, self.folder), set()).add(content)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every few milliseconds, since temp files vanish; and once more at the end."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.004):
                self.look()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
            self.look()


def _files(folder: str | Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files below a folder that other processes write in.

    Their paths are text: a look would take most of its time to make a Path of each.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield entry.path, entry.stat()
        except OSError:
            continue


@dataclass(frozen=True)
class Finished:
    """An ended run: what it printed, and what its files held."""

    code: int
    stdout: str
    stderr: str
    files: Mapping[str, set[bytes]]

    def leaks(self, secrets: Iterable[str], but: Sequence[str] = ()) -> list[str]:
        """Return where the secrets are, in any form; ``but`` names (parts of) the paths that are not looked at."""
        places = {"stdout": {self.stdout.encode()}, "stderr": {self.stderr.encode()}}
        places.update({path: found for path, found in self.files.items() if not any(part in path for part in but)})
        needles = {needle: secret for secret in secrets for needle in forms(secret)}
        return sorted(
            {
                f"{secret[:6]}… in {place}: {_around(content, needle)}"
                for place, contents in places.items()
                for content in contents
                for needle, secret in needles.items()
                if needle in content
            }
        )

    def file(self, part: str) -> str:
        """Return all that the files held whose path has this part."""
        contents = [content for path, found in self.files.items() if part in path for content in found]
        return "\n".join(content.decode("utf-8", "replace") for content in contents)


def _around(content: bytes, needle: bytes) -> str:
    position = content.index(needle)
    return content[max(0, position - 120) : position].decode("utf-8", "replace")


class Playground:
    """A folder where every file lies that ansible-playbook writes: temp files, log, fact cache, home and reports."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.watched = folder / "watched"
        # What the test gives, secrets included; it is not searched.
        self.given = folder / "given"
        for each in (self.given, *(self.watched / name for name in ("home", "tmp", "remote", "target"))):
            each.mkdir(parents=True)
        self.base_url = base_url
        self.inventory: dict[str, Any] = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}

    def script(self, name: str, text: str) -> str:
        """Write an executable stand-in, and return its path."""
        path = self.given / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o700)
        return str(path)

    def host(self, name: str, **variables: Any) -> None:
        """Add a host to the inventory."""
        python = {"ansible_python_interpreter": sys.executable}
        self.inventory["all"]["hosts"][name] = {**python, **variables}

    def play(self, playbook: Path, variables: Mapping[str, Any], *arguments: str, **environment: str) -> Finished:
        """Run a playbook at -vvvv --diff with every report that core can write."""
        return self.run("ansible-playbook", str(playbook), "--diff", *arguments, variables=variables, **environment)

    def run(
        self, program: str, *arguments: str, variables: Mapping[str, Any] | None = None, **environment: str
    ) -> Finished:
        """Run one of core's programs, the one that belongs to this Python."""
        sightings = Sightings(self.watched)
        with sightings.watching():
            ended = subprocess.run(
                self.command(program, *arguments, variables=variables),
                env={**self.environment(), **environment},
                cwd=self.watched,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
            )
        return Finished(ended.returncode, ended.stdout, ended.stderr, sightings.contents)

    def command(self, program: str, *arguments: str, variables: Mapping[str, Any] | None = None) -> list[str]:
        """Return the command that runs one of core's programs, its inventory and variables written down for it."""
        extra, inventory = self.given / "variables.json", self.given / "inventory.json"
        extra.write_text(json.dumps({"base_url": self.base_url, **(variables or {})}), encoding="utf-8")
        inventory.write_text(json.dumps(self.inventory), encoding="utf-8")
        command = [sys.executable, str(Path(sys.executable).parent / program), *arguments]
        return [*command, "-vvvv", "--inventory", str(inventory), "--extra-vars", f"@{extra}"]

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a run: nothing of the caller's settings is in it."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.watched / "home"),
            "TMPDIR": str(self.watched / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCAL_TEMP": str(self.watched / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(self.watched / "remote"),
            "ANSIBLE_LOG_PATH": str(self.watched / "log"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.watched / "facts"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "dump,ansible.builtin.junit,ansible.builtin.tree",
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.watched / "tree"),
            "DUMP_PATH": str(self.watched / "dump"),
            "JUNIT_OUTPUT_DIR": str(self.watched / "junit"),
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "ANSIBLE_NOCOLOR": "1",
        }
