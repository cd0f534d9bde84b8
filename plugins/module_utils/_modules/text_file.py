# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text file that is replaced whole: it is either as before, or as it shall be."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from .._base.errors import DeclarationError

MODE = 0o644
"""Everybody may read it: it holds no secret."""


def read_text(path: str) -> str | None:
    """Return what a file holds, None if there is none. Raises DeclarationError."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _in_the_way(path, str(error.strerror)) from None
    except UnicodeDecodeError:
        raise _in_the_way(path, "it is not UTF-8") from None


def _in_the_way(path: str, reason: str) -> DeclarationError:
    return DeclarationError(f"{path} is in the way, and could not be read ({reason}); give another path")


def prepare_text(path: str) -> None:
    """See that a file can be written, without touching anything. Raises DeclarationError."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        raise DeclarationError(f"{path} cannot be written: {folder} is no folder that the user may write to")


def replace_text(path: str, text: str) -> None:
    """Write a file, and the folders that it lies in where they are missing. Raises DeclarationError."""
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    draft = ""
    try:
        os.makedirs(folder, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{os.path.basename(target)}.", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), MODE)
            os.fsync(file.fileno())
        os.replace(draft, target)
        return
    except OSError as error:
        reason = error.strerror
    with suppress(OSError):
        os.unlink(draft)
    raise DeclarationError(f"{path} could not be written ({reason}), and is as it was; give a path that can be written")
