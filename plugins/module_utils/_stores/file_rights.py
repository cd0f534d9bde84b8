# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file takes over from the one that it replaces, and which files nothing can replace."""

from __future__ import annotations

import fcntl
import os
import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .._base.errors import StoreError

_ACL = "system.posix_acl_access"
_ACL_ENTRY = struct.Struct("<HHI")
_ACL_OTHERS = 0x20

_LABEL = "security.selinux"

_GET_FLAGS = 2 << 30 | struct.calcsize("l") << 16 | ord("f") << 8 | 1
"""FS_IOC_GETFLAGS of Linux; where it has another number, no file seems immutable."""

_IMMUTABLE = 0x10 | 0x20
"""FS_IMMUTABLE_FL and FS_APPEND_FL."""


def take_over(file: int, folder: int, name: str) -> None:
    """Give the file the owner, group, mode, ACL and SELinux label of the one that it replaces, nothing for others.

    Raises StoreError where it cannot have them.
    """
    with suppress(OSError, AttributeError):  # no list, or a system without any
        # A default list of the folder would let in who could not read the file before.
        os.removexattr(file, _ACL)
    try:
        present = refuse_unreplaceable(name, folder)
    except FileNotFoundError:
        return os.fchmod(file, 0o600)
    own = os.fstat(file)
    if (own.st_uid, own.st_gid) != (present.st_uid, present.st_gid):
        try:
            os.fchown(file, present.st_uid, present.st_gid)
        except OSError:
            raise StoreError(foreign(present)) from None
    os.fchmod(file, present.st_mode & 0o770)
    with _opened(name, folder) as replaced:
        acl, label = _attribute(replaced, _ACL), _attribute(replaced, _LABEL)
    if acl is not None:
        os.setxattr(file, _ACL, _without_others(acl))
    if label is not None and label != _attribute(file, _LABEL):
        try:
            os.setxattr(file, _LABEL, label)
        except OSError:
            if _attribute(file, _LABEL) is None:
                return None  # where SELinux is off, new files have none, and nobody reads that of the old one
            text = label.decode(errors="replace").rstrip("\0")
            raise StoreError(
                f"its SELinux label {text} could not be kept; allow the user that runs this to set it, or give the "
                "folder a rule for it"
            ) from None
    return None


def refuse_unreplaceable(name: str, folder: int | None = None) -> os.stat_result:
    """Return the status of a file that a rename may replace. Raises StoreError, and FileNotFoundError."""
    present = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if present.st_nlink > 1:
        raise StoreError(
            f"it has {present.st_nlink} hard links, and the others would keep the old content; give it a name of its "
            "own, or use symbolic links"
        )
    refuse_immutable(name, folder)
    return present


def refuse_immutable(name: str, folder: int | None = None) -> None:
    """Refuse a file that can be neither replaced nor removed. Raises StoreError."""
    if _is_immutable(name, folder):
        raise StoreError("it is immutable or append-only; change that with `chattr -i -a`, or name another file")


def _is_immutable(name: str, folder: int | None) -> bool:
    """Return whether a file may not be replaced by anybody, as ``chattr`` has it; not every file system knows that."""
    flags = array("i", [0])
    with suppress(OSError), _opened(name, folder) as file:
        fcntl.ioctl(file, _GET_FLAGS, flags)
    return bool(flags[0] & _IMMUTABLE)


@contextmanager
def _opened(name: str, folder: int | None) -> Iterator[int]:
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield file
    finally:
        os.close(file)


def _attribute(file: int, name: str) -> bytes | None:
    """Return an extended attribute of a file; None without it, or on a system without any."""
    with suppress(OSError, AttributeError):
        return os.getxattr(file, name)
    return None


def _without_others(acl: bytes) -> bytes:
    """Return an access control list without the rights of others."""
    entries = ((tag, 0 if tag == _ACL_OTHERS else rights, who) for tag, rights, who in _ACL_ENTRY.iter_unpack(acl[4:]))
    return acl[:4] + b"".join(_ACL_ENTRY.pack(*entry) for entry in entries)


def foreign(present: os.stat_result) -> str:
    """Return what to say of a file whose owner or group a new one cannot have."""
    return (
        f"its owner and group ({present.st_uid}:{present.st_gid}) could not be kept by the user with the uid "
        f"{os.geteuid()}; run as its owner, or give it to the one that runs this"
    )
