# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real files, in a folder that is not there at first."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import file
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import FileStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Store
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import Calls

UNPRIVILEGED = 65534
CALLS = ("lstat", "open", "stat", "listdir", "fsync", "rename", "unlink")


class CountedOs:
    """The module ``os`` of the store, which tells of the calls that another process could come between."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if name not in CALLS:
            return found

        def counted(*arguments: Any, **options: Any) -> Any:
            self._calls.come()
            return found(*arguments, **options)

        return counted


class FileBench:
    """A JSON file. Root may do everything, so what is to be refused is tried as somebody else."""

    compares: Mapping[str, int] = {"put": 24, "delete": 20}

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "stores"
        self._file = self._folder / "team" / "crm.json"
        self.place = str(self._file)
        self.calls = Calls()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(file, "os", CountedOs(self.calls))
        self._patch.setattr(file, "_LONGEST_WAIT", 0.0)  # who cuts in must not wait for whom it interrupts

    def store(self) -> Store:
        return FileStore("file")

    def peek(self) -> Mapping[str, object] | None:
        if not self._file.exists():
            return None
        text = self._file.read_text(encoding="utf-8")
        try:
            held: Mapping[str, object] = json.loads(text)
            return held
        except (ValueError, RecursionError):
            return {"unreadable": text}

    def plant(self, content: Mapping[str, object] | str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")

    @contextmanager
    def denied(self) -> Iterator[None]:
        self._folder.mkdir(exist_ok=True)
        mode = stat.S_IMODE(self._folder.stat().st_mode)
        self._folder.chmod(0)
        uid = os.geteuid()
        try:
            if uid == 0:
                os.seteuid(UNPRIVILEGED)
            yield
        finally:
            if uid == 0:
                os.seteuid(0)
            self._folder.chmod(mode)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """A file in the place of a folder."""
        away = self._folder.with_name("away")
        self._folder.rename(away)
        self._folder.write_text("not a folder")
        try:
            yield
        finally:
            self._folder.unlink()
            away.rename(self._folder)

    def close(self) -> None:
        """Leave the folder to pytest."""
        self._patch.undo()


def open_bench(folder: Path) -> FileBench:
    """Return the bench."""
    return FileBench(folder)
