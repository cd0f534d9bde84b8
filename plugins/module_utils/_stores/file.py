# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in store: a file with the credentials of one token, which is replaced whole or left alone.

What is there and cannot be understood is never overwritten, and nothing of it is quoted. The exceptions of parsers and
codecs carry what they read: an error is raised outside of their handlers, so as not to carry them as its context.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Protocol

from .._base.addresses import is_same_tenant
from .._base.errors import DeclarationError, StoreError
from .._base.ids import is_id
from .._base.model import Credentials
from .._base.secret import Secret, Secrets
from .formats import KEYS, VARIABLES, format_of, is_supported, parse, render

_LONGEST = 64 * 1024
"""In bytes; a file with credentials has a few hundred, also when it is encrypted and commented."""

_MOST_LINKS = 40
"""As many symbolic links as the kernel itself follows."""

_LONGEST_WAIT = 30.0
"""For another run's lock, in seconds; it is held for as long as a small file takes to be read and written."""

_TEMPORARY = re.compile(r"\.sailpoint-isc-[0-9a-f]{16}")

_LEFT_ALONE = "it was not changed: move it away, or name another file"


class Cipher(Protocol):
    """Encrypts and decrypts a whole file. A ValueError says why it cannot, and quotes nothing."""

    def encrypt(self, text: str) -> bytes:
        """Return what lies on disk for a text."""

    def decrypt(self, content: bytes) -> str:
        """Return the text of what lies on disk."""


class CredentialsFile:
    """A file that holds the credentials of one token, and nothing that can go stale.

    A relative ``path`` counts from the working directory. Symbolic links of our own or of root are followed and stay;
    those of somebody else are refused. ``base_url`` is the tenant that the credentials have to be of.
    """

    def __init__(
        self,
        path: str,
        base_url: str,
        secrets: Secrets,
        file_format: str | None = None,
        cipher: Cipher | None = None,
    ) -> None:
        """Raise DeclarationError for a path that names no file, or whose ending tells no format where none is given."""
        if not path.strip() or "\0" in path:
            raise DeclarationError("the path of the credentials file is blank, or contains a NUL character")
        expanded = os.path.expanduser(path)
        # Not normalized: `..` after a symbolic link leads out of the folder that the link names.
        self.path = expanded if os.path.isabs(expanded) else os.path.join(os.getcwd(), expanded)
        self.format = file_format or format_of(self.path)
        self._label = f"credentials file {self.path}"
        self._base_url = base_url
        self._secrets = secrets
        self._cipher = cipher

    def read(self) -> Credentials | None:
        """Return what the file holds, None if there is certainly no such file.

        Raises StoreError for everything else: a file that is not ours, of another tenant, or cannot be read.
        """
        with self._reported("read"), suppress(FileNotFoundError), self._place() as (folder, name):
            return self._present(folder, name)
        return None

    def prepare(self, probe: bool) -> None:
        """Raise StoreError unless a write can be expected to work.

        With ``probe`` a temporary file is made, as a write would, and removed; without it nothing is touched.
        """
        stand_in = Credentials(self._base_url, "0" * 32, Secret("0" * 64))
        content = self._rendered(stand_in)
        with self._reported("written"), self._place(lock=probe) as (folder, name):
            self._present(folder, name)
            if probe:
                with self._temporary(folder, name, content):
                    pass
            else:
                self._look(folder, name)

    def write(self, credentials: Credentials) -> None:
        """Put the credentials in place of what the file holds; a file that holds them already is not touched.

        Whatever happens, the path leads to the old file or to the new one, each of them whole. Raises StoreError,
        also for what appeared there meanwhile and is not ours.
        """
        content = self._rendered(credentials)
        with self._reported("written"), self._place(lock=True) as (folder, name):
            if is_same(self._present(folder, name), credentials):
                return
            with self._temporary(folder, name, content) as temporary:
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def remove(self) -> None:
        """Remove the file if it is there. Raises StoreError, also for a file that is not ours."""
        with self._reported("removed"), suppress(FileNotFoundError), self._place(lock=True) as (folder, name):
            if self._present(folder, name) is not None:
                os.unlink(name, dir_fd=folder)
                os.fsync(folder)

    # Where it lies

    @contextmanager
    def _reported(self, done: str) -> Iterator[None]:
        """Turn what the operating system refuses into a StoreError; its own errors hold a path and nothing else."""
        try:
            yield
        except FileNotFoundError:
            raise StoreError(f"{self._label}: its folder does not exist; create it, or correct the path") from None
        except NotADirectoryError:
            raise StoreError(f"{self._label}: part of its path is not a folder; correct the path") from None
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "no reason given"
            raise StoreError(
                f"{self._label} could not be {done} ({reason}); check the file, its folder, and what the user with the "
                f"uid {os.geteuid()} may do there"
            ) from None

    @contextmanager
    def _place(self, lock: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the folder, opened, and the file's name in it: what is there is not looked up a second time."""
        path, name = os.path.split(self._followed())
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if lock:
                self._lock(folder)
            yield folder, name or "."
        finally:
            os.close(folder)

    def _followed(self) -> str:
        """Return the path without symbolic links, having seen that each is root's or our own."""
        path, links = "/", 0
        ahead = self.path.split("/")[::-1]
        while ahead:
            part = ahead.pop()
            if part == "..":
                path = os.path.dirname(path)
            if part in ("", ".", ".."):
                continue
            step = os.path.join(path, part)
            try:
                status = os.lstat(step)
            except FileNotFoundError:
                return os.path.join(step, *ahead[::-1])
            if not stat.S_ISLNK(status.st_mode):
                path = step
                continue
            if status.st_uid not in (0, os.geteuid()):
                raise StoreError(
                    f"{self._label}: {step} is a symbolic link owned by somebody else (uid {status.st_uid}), who "
                    "could lead it anywhere; name the file itself"
                )
            links += 1
            if links > _MOST_LINKS:
                raise StoreError(f"{self._label}: its symbolic links go in circles; correct them, or the path")
            target = os.readlink(step)
            path = "/" if target.startswith("/") else path
            ahead += target.split("/")[::-1]
        return path

    def _lock(self, folder: int) -> None:
        """Lock the folder until it is closed: a lock of the file itself would end with its replacement."""
        give_up = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    break
            time.sleep(0.05)
        raise StoreError(
            f"{self._label}: its folder has been locked by another program for {_LONGEST_WAIT:.0f} s; run again"
        )

    # What is there

    def _present(self, folder: int, name: str) -> Credentials | None:
        content = self._content(folder, name)
        return None if content is None else self._understood(content)

    def _content(self, folder: int, name: str) -> bytes | None:
        try:
            if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise StoreError(f"{self._label}: it is not a regular file; {_LEFT_ALONE}")
            # Not blocking, in case that it has become a fifo in between.
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError:
            return None
        with os.fdopen(file, "rb") as stream:
            content = stream.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise StoreError(f"{self._label}: it is longer than any file with credentials; {_LEFT_ALONE}")
        if not content.strip():
            raise StoreError(f"{self._label}: it is empty; {_LEFT_ALONE}")
        return content

    def _understood(self, content: bytes) -> Credentials:
        values = parse(self._readable(), self._decoded(content))
        if values is None:
            raise StoreError(f"{self._label}: it cannot be read as {self.format}; {_LEFT_ALONE}")
        if not isinstance(values, dict) or set(values) != set(KEYS):
            names = ", ".join(VARIABLES.values() if self.format == "env" else KEYS)
            raise StoreError(f"{self._label}: it must hold {names} and nothing else; {_LEFT_ALONE}")
        if not all(isinstance(value, str) and value.strip() for value in values.values()):
            raise StoreError(f"{self._label}: a value in it is blank, or is not a quoted string; {_LEFT_ALONE}")
        secret = self._secrets.learn(values["client_secret"])
        if not is_id(values["client_id"]):
            raise StoreError(f"{self._label}: its client_id is not the id of a token; {_LEFT_ALONE}")
        if not is_same_tenant(values["base_url"], self._base_url):
            raise StoreError(
                f"{self._label}: it holds credentials for another base_url than {self._base_url}; {_LEFT_ALONE}, or "
                "correct base_url"
            )
        return Credentials(values["base_url"], values["client_id"], secret)

    def _decoded(self, content: bytes) -> str:
        try:
            return content.decode() if self._cipher is None else self._cipher.decrypt(content)
        except UnicodeDecodeError:
            problem = "it is not UTF-8"
        except ValueError as error:
            problem = f"it cannot be decrypted ({error})"
        raise StoreError(f"{self._label}: {problem}; {_LEFT_ALONE}")

    def _readable(self) -> str:
        """Return the format, having seen that this Python can read and write it."""
        if not is_supported(self.format):
            raise StoreError(
                f"{self._label}: yaml needs the Python library PyYAML for {sys.executable}; install it, or use json"
            )
        return self.format

    # How it is replaced

    def _rendered(self, credentials: Credentials) -> bytes:
        given = (credentials.base_url, credentials.client_id, credentials.client_secret.reveal())
        # ansible-core hands options over as subclasses of str, which YAML's emitter does not take.
        values = {key: str.__str__(value) for key, value in zip(KEYS, given)}
        text = render(self._readable(), values)
        if text is None:
            raise StoreError(
                f"{self._label}: the credentials have characters in them (quotes, backslashes, a dollar sign or the "
                f"like) that not all programs would read alike from {self.format}; use json"
            )
        try:
            return text.encode() if self._cipher is None else self._cipher.encrypt(text)
        except ValueError as error:
            problem = str(error)
        raise StoreError(f"{self._label}: it could not be encrypted ({problem}); check the vault's password")

    @contextmanager
    def _temporary(self, folder: int, name: str, content: bytes) -> Iterator[str]:
        """Yield a file beside the one that it may replace, with the same owner and rights; it goes if it does not."""
        _remove_leftovers(folder)
        temporary = f".sailpoint-isc-{token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(temporary, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(file, "wb") as stream:
                mode = self._take_over(file, folder, name)
                stream.write(content)
                os.fchmod(file, mode)
                stream.flush()
                os.fsync(file)
            yield temporary
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)

    def _take_over(self, file: int, folder: int, name: str) -> int:
        """Give the file the owner and the group of the one that it replaces, and return the mode to give it."""
        try:
            present = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return 0o600
        own = os.fstat(file)
        if (own.st_uid, own.st_gid) != (present.st_uid, present.st_gid):
            try:
                os.fchown(file, present.st_uid, present.st_gid)
            except OSError:
                raise StoreError(self._foreign(present)) from None
        return present.st_mode & 0o770

    def _look(self, folder: int, name: str) -> None:
        """Raise StoreError if a write would fail, as far as that can be told by looking."""
        effective = os.access in os.supports_effective_ids
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=effective):
            raise StoreError(
                f"{self._label}: its folder is not writable for the user with the uid {os.geteuid()}; change that, or "
                "name another file"
            )
        with suppress(FileNotFoundError):
            present = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if os.geteuid() not in (0, present.st_uid):
                raise StoreError(self._foreign(present))

    def _foreign(self, present: os.stat_result) -> str:
        return (
            f"{self._label}: its owner and group ({present.st_uid}:{present.st_gid}) could not be kept by the user "
            f"with the uid {os.geteuid()}; run as its owner, or give it to the one that runs this"
        )


def is_same(present: Credentials | None, wanted: Credentials) -> bool:
    """Return whether a file that was read holds these credentials; it is of their tenant, however that is spelled."""
    return present is not None and (present.client_id, present.client_secret) == (
        wanted.client_id,
        wanted.client_secret,
    )


def _remove_leftovers(folder: int) -> None:
    """Remove the temporary files of runs that were killed: who holds the folder's lock is the only one that has any."""
    for name in os.listdir(folder):
        if _TEMPORARY.fullmatch(name):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
