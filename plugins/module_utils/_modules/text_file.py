# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text file that is replaced whole: it is either as before, or as it shall be."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from secrets import token_hex

from .._base.errors import DeclarationError
from .._base.mounts import is_mount_point


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


def prepare_text(option: str, path: str) -> None:
    """See that the file of an option can be written, without touching anything. Raises DeclarationError."""
    target = _target(path)
    if os.path.isdir(target):
        raise DeclarationError(f"{option} {path} is a folder; name a file in it")
    if is_mount_point(target):
        raise DeclarationError(f"{option} {path} is a mount point, which cannot be replaced; mount its folder instead")
    folder = os.path.dirname(target)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    effective = os.access in os.supports_effective_ids
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
        raise DeclarationError(
            f"{option} {path} cannot be written: {folder} is not a folder that the user can write to; nothing was done"
        )


def refuse_one_file(paths: Mapping[str, str]) -> None:
    """Refuse two options that lead to one file; ``paths`` are by option. Raises DeclarationError."""
    taken: dict[str, str] = {}
    for option, path in paths.items():
        other = taken.setdefault(_target(path), option)
        if other != option:
            raise DeclarationError(f"{option} and {other} are one file, {path}: give each a file of its own")


def replace_text(option: str, path: str, text: str) -> None:
    """Write the file of an option, and the folders that it lies in where they are missing.

    Who may read a new file is up to the user's umask: there is no secret in it. A file that is replaced keeps its group
    and its mode. Raises DeclarationError.
    """
    target = _target(path)
    folder, name = os.path.split(target)
    draft = os.path.join(folder, f".{name}.{token_hex(8)}")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(draft, "x", encoding="utf-8") as file:
            _take_over(file.fileno(), target)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
        return
    except OSError as error:
        reason = error.strerror
    with suppress(OSError):
        os.unlink(draft)
    raise DeclarationError(f"{option} {path} could not be written ({reason}), and is as it was")


def _take_over(draft: int, target: str) -> None:
    """Give a new file the group and the mode of the one that it replaces; no rights for another group than that."""
    try:
        present = os.stat(target)
    except FileNotFoundError:
        return
    mode = present.st_mode & 0o777
    if os.fstat(draft).st_gid != present.st_gid:
        try:
            os.fchown(draft, -1, present.st_gid)
        except OSError:  # no right to, or no such group in a container
            mode &= ~stat.S_IRWXG
    os.fchmod(draft, mode)


def _target(path: str) -> str:
    """Return the file itself: a symbolic link to it stays one."""
    return os.path.realpath(os.path.expanduser(path))
