# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stores ``file`` and ``vault_file``: one file an entry, which is replaced whole or left alone.

The exceptions of parsers and codecs carry what they read: an error is raised outside of their handlers, so as not to
carry them as its context.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import sys
import time
import unicodedata
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any, Protocol

from .._base.errors import DeclarationError, StoreChangedError, StoreError
from .._base.mounts import is_mount_point
from .file_rights import foreign, refuse_immutable, refuse_unreplaceable, take_over
from .formats import FORMATS, format_of, is_supported, parse, render
from .store import CHANGED, LEFT_ALONE, LONGEST, Held

SPEC: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "format": {"type": "str", "choices": list(FORMATS)},
}

_COLLECTION = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
"""Where this collection is installed, and so the playbook_dir of its playbooks, or below it."""

_MOST_LINKS = 40
"""As many symbolic links as the kernel itself follows."""

_LONGEST_WAIT = 30.0
"""For another run's lock, in seconds; it is held for as long as a small file takes to be read and written."""

_UNDECRYPTED = "it was not changed: start Ansible with its password, and move it away only if it is damaged"

_TEMPORARY = re.compile(r"\.sailpoint-isc-[0-9a-f]{16}")

_STAND_IN = {"base_url": "https://example.invalid", "client_id": "0" * 32, "client_secret": "0" * 64}
"""What a probe writes, in a file that is removed at once."""


class Cipher(Protocol):
    """Encrypts and decrypts a whole file. A ValueError says why it cannot, and quotes nothing."""

    def encrypt(self, text: str, replaced: bytes | None = None) -> bytes:
        """Return what lies on disk for a text, such that whoever can read what it replaces can read it too."""

    def decrypt(self, content: bytes) -> str:
        """Return the text of what lies on disk."""


class FileStore:
    """Files with the credentials of one token each; a place is a path.

    Symbolic links of our own or of root are followed and stay; those of somebody else are refused. Folders that are
    missing are made for their owner alone. The version of an entry is what lies on disk.
    """

    def __init__(self, kind: str, file_format: str | None = None, cipher: Cipher | None = None) -> None:
        """``kind`` is how messages call the store; ``file_format`` None means that the ending of a path says it."""
        self._kind = kind
        self._format = file_format
        self._cipher = cipher

    def where(self, place: str) -> str:
        """Return the kind and the path."""
        return f"{self._kind} {os.path.expanduser(place)}"

    def identity(self, place: str) -> Hashable:
        """Return the folder that is there, as the file system knows it, and the rest in a form without case."""
        path = os.path.expanduser(place)
        if not place.strip() or "\0" in place:
            raise DeclarationError(f"path of the store {self._kind} is blank, or contains a NUL character")
        if not os.path.isabs(path):
            raise DeclarationError(
                f"path {place!r} of the store {self._kind} is relative, so that it means another file in every working "
                'directory: begin it with / or ~, or with "{{ inventory_dir }}/"'
            )
        if self._format is None:
            format_of(path)
        there, rest = os.path.realpath(path), ""
        if os.path.commonpath((there, _COLLECTION)) == _COLLECTION:
            raise DeclarationError(
                f"path {place!r} of the store {self._kind} is in the folder of this collection, which its next "
                'installation replaces: begin it with "{{ inventory_dir }}/", or name another folder of your own'
            )
        while not os.path.isdir(os.path.dirname(there) or "/") and there != "/":
            there, name = os.path.split(there)
            rest = f"/{name}{rest}"
        folder, name = os.path.split(there)
        with suppress(OSError):
            status = os.stat(folder)
            there = f"{status.st_dev}:{status.st_ino}"
        return (there, unicodedata.normalize("NFC", f"{name}{rest}").casefold())

    def fetch(self, place: str) -> Held:
        """Return what the file holds, nothing if there is no such file or folder."""
        with self._reported("read"), suppress(FileNotFoundError), self._folder_of(place) as (folder, name):
            content = self._content(folder, name)
            return Held() if content is None else Held(self._parsed(place, content), content)
        return Held()

    def prepare(self, place: str, probe: bool) -> None:
        """With ``probe`` make the missing folders, and a temporary file as a put would; else look."""
        content = self._rendered(place, _STAND_IN, None)
        with self._reported("written"):
            if not probe:
                self._look(place)
                return
            with self._folder_of(place, lock=True) as (folder, name):
                self._refuse_mount(place)
                with self._temporary(folder, name, content):
                    pass

    def put(self, place: str, values: Mapping[str, str], version: bytes | None) -> None:
        """Rename a temporary file over the old one: the path leads to one of them, each whole, whatever happens."""
        content = self._rendered(place, values, version)
        with self._reported("written"), self._folder_of(place, lock=True) as (folder, name):
            self._refuse_change(folder, name, version)
            with self._temporary(folder, name, content) as temporary:
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            _sync(folder)

    def look_before_delete(self, place: str) -> None:
        """Raise StoreError if a delete would fail, as far as that can be told by looking."""
        with self._reported("removed"):
            refuse_immutable(self._look_at_folder(place))

    def delete(self, place: str, version: bytes | None) -> None:
        """Remove the file."""
        with self._reported("removed"), self._folder_of(place, lock=True) as (folder, name):
            self._refuse_change(folder, name, version)
            os.unlink(name, dir_fd=folder)
            _sync(folder)

    # Where it lies

    @contextmanager
    def _reported(self, done: str) -> Iterator[None]:
        """Turn what the operating system refuses into a StoreError; its own errors hold a path and nothing else."""
        try:
            yield
        except NotADirectoryError:
            raise StoreError("part of its path is not a folder; correct the path") from None
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "no reason given"
            raise StoreError(
                f"it could not be {done} ({reason}); check the file, its folder, and what the user with the uid "
                f"{os.geteuid()} may do there"
            ) from None

    @contextmanager
    def _folder_of(self, place: str, lock: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the folder, opened, and the file's name in it: what is there is not looked up a second time.

        Who takes the lock is about to write: for them, missing folders are made.
        """
        path, name = os.path.split(_followed(os.path.expanduser(place)))
        if lock:
            _make_folders(path)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if lock:
                _lock(folder)
            yield folder, name or "."
        finally:
            os.close(folder)

    # What is there

    def _content(self, folder: int, name: str) -> bytes | None:
        try:
            if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise StoreError(f"it is not a regular file; {LEFT_ALONE}")
            # Not blocking, in case it has become a FIFO meanwhile.
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError:
            return None
        with os.fdopen(file, "rb") as stream:
            content = stream.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise StoreError(f"it is longer than any file with credentials; {LEFT_ALONE}")
        if not content.strip():
            raise StoreError(f"it is empty; {LEFT_ALONE}")
        return content

    def _parsed(self, place: str, content: bytes) -> object:
        file_format = self._usable_format(place)
        values = parse(file_format, self._decoded(content))
        if values is None:
            raise StoreError(f"it cannot be read as {file_format}; {LEFT_ALONE}")
        return values

    def _decoded(self, content: bytes) -> str:
        try:
            return content.decode() if self._cipher is None else self._cipher.decrypt(content)
        except UnicodeDecodeError:
            problem, advice = "it is not UTF-8", LEFT_ALONE
        except ValueError as error:
            problem, advice = f"it cannot be decrypted ({error})", _UNDECRYPTED
        raise StoreError(f"{problem}; {advice}")

    def _usable_format(self, place: str) -> str:
        """Return the format, having seen that this Python can read and write it."""
        file_format = self._format or format_of(place)
        if not is_supported(file_format):
            raise StoreError(f"yaml needs the Python library PyYAML for {sys.executable}; install it, or use json")
        return file_format

    def _refuse_change(self, folder: int, name: str, version: bytes | None) -> None:
        if self._content(folder, name) != version:
            raise StoreChangedError(CHANGED)

    # How it is replaced

    def _rendered(self, place: str, values: Mapping[str, str], replaced: bytes | None) -> bytes:
        file_format = self._usable_format(place)
        text = render(file_format, values, self._decoded(replaced) if replaced and file_format == "env" else "")
        if text is None:
            raise StoreError(
                "the credentials have characters in them (quotes, backslashes, a dollar sign or the like) that not "
                f"all programs would read alike from {file_format}; use json"
            )
        try:
            return text.encode() if self._cipher is None else self._cipher.encrypt(text, replaced)
        except ValueError as error:
            problem = str(error)
        raise StoreError(f"it could not be encrypted ({problem}); check the vault's password")

    @contextmanager
    def _temporary(self, folder: int, name: str, content: bytes) -> Iterator[str]:
        """Yield a file beside the one that it may replace, with the same owner and rights; it goes if it does not."""
        _remove_leftovers(folder)
        temporary = f".sailpoint-isc-{token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(temporary, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
                stream.flush()
                take_over(file, folder, name)
                os.fsync(file)
            yield temporary
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)

    def _look(self, place: str) -> None:
        """Raise StoreError if a put would fail, as far as that can be told by looking."""
        path = self._look_at_folder(place)
        with suppress(FileNotFoundError):
            present = refuse_unreplaceable(path)
            if os.geteuid() and (os.geteuid() != present.st_uid or present.st_gid not in _groups_for(path)):
                raise StoreError(foreign(present))

    def _look_at_folder(self, place: str) -> str:
        """Return the path without symbolic links, where its folder lets an entry be made or removed."""
        self._refuse_mount(place)
        path = _followed(os.path.expanduser(place))
        there = os.path.dirname(path)
        while not os.path.lexists(there):
            there = os.path.dirname(there)
        if not os.path.isdir(there):
            raise NotADirectoryError
        if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise StoreError(
                f"its folder {there} is not writable for the user with the uid {os.geteuid()}; change that, or name "
                "another file"
            )
        return path

    def _refuse_mount(self, place: str) -> None:
        """Refuse a file that is itself a mount point, as containers have them: it cannot be renamed over."""
        if is_mount_point(_followed(os.path.expanduser(place))):
            raise StoreError("it is a mount point, which cannot be replaced; mount its folder instead")


def _groups_for(path: str) -> set[int]:
    """Return the groups that a new file can have there: the user's own, and the one that its folder hands on."""
    folder = os.stat(os.path.dirname(path))
    inherited = {folder.st_gid} if folder.st_mode & stat.S_ISGID else set()
    return {os.getegid(), *os.getgroups(), *inherited}


def _followed(path: str) -> str:
    """Return the path without symbolic links, having seen that each is root's or our own.

    It is not normalized first: `..` after a symbolic link leads out of the folder that the link names.
    """
    clean, links = "/", 0
    ahead = path.split("/")[::-1]
    while ahead:
        part = ahead.pop()
        if part == "..":
            clean = os.path.dirname(clean)
        if part in ("", ".", ".."):
            continue
        step = os.path.join(clean, part)
        try:
            status = os.lstat(step)
        except FileNotFoundError:
            return os.path.join(step, *ahead[::-1])
        if not stat.S_ISLNK(status.st_mode):
            clean = step
            continue
        if status.st_uid not in (0, os.geteuid()):
            raise StoreError(
                f"{step} is a symbolic link owned by somebody else (uid {status.st_uid}), who could lead it anywhere; "
                "name the file itself"
            )
        links += 1
        if links > _MOST_LINKS:
            raise StoreError("its symbolic links go in circles; correct them, or the path")
        target = os.readlink(step)
        clean = "/" if target.startswith("/") else clean
        ahead += target.split("/")[::-1]
    return clean


def _make_folders(path: str) -> None:
    """Make a folder and those above it, each for its owner alone."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)


def _lock(folder: int) -> None:
    """Lock the folder until it is closed: a lock of the file itself would end with its replacement."""
    give_up = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                break
        time.sleep(0.05)
    raise StoreError(f"its folder has been locked by another program for {_LONGEST_WAIT:.0f} s; run again")


def _sync(folder: int) -> None:
    """Have the folder's entries written to disk; some file systems have no such thing, and say EINVAL."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _remove_leftovers(folder: int) -> None:
    """Remove the temporary files of runs that were killed: who holds the folder's lock is the only one that has any."""
    for name in os.listdir(folder):
        if _TEMPORARY.fullmatch(name):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
