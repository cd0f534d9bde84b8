# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a run leaves on the controller: whole or not at all, and known to be writable before it begins."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from ..module_utils._base.errors import DeclarationError


def check_writable(option: str, path: str) -> None:
    """Raise DeclarationError where the file of an option cannot be written; nothing of it is changed."""
    target = Path(path).expanduser()
    if target.is_dir():
        raise DeclarationError(f"{option} {path} is a folder; name a file in it")
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".isc-"):
            pass
    except OSError as error:
        raise DeclarationError(f"{option} {path} cannot be written: {error.strerror}; nothing was done") from None


def write_whole(option: str, path: str, text: str) -> None:
    """Write a file that everybody may read, in place of what is there. Raises DeclarationError."""
    target = Path(path).expanduser()
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".isc-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
            Path(temporary).replace(target)
        except OSError:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise DeclarationError(f"{option} {path} cannot be written: {error.strerror}") from None
