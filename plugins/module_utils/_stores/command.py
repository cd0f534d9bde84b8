# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A store behind a program of one's own, in any language: it is run with ``get``, ``store`` or ``erase`` and the place.

Nothing secret is on a command line: credentials come and go as JSON through pipes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Collection, Hashable, Mapping
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, Any, cast

from .._base.errors import DeclarationError, StoreChangedError, StoreError, StoreUnreachableError
from .formats import parse
from .store import CHANGED, LONGEST, TIMEOUT, Held

SPEC: dict[str, Any] = {
    "argv": {"type": "list", "elements": "str", "required": True},
    "name": {"type": "str", "default": "{key}"},
    "timeout": {"type": "int", "default": TIMEOUT},
}

_LONGEST_TIMEOUT, _LONGEST_REASON = 600, 200
_MAY_BE_SECRET = re.compile("client_secret|[0-9A-Za-z]{48}")  # nobody knows the secret that a failed get prints


class CommandStore:
    """The entries that one program keeps."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise DeclarationError for a command that can be none. Nothing is run yet."""
        self._argv = [str(word) for word in options["argv"]]
        self._timeout = options["timeout"]
        self._hung: set[str] = set()
        self._watched_for: Collection[str] = ()
        if not self._argv or not self._argv[0] or "\0" in "".join(self._argv):
            raise DeclarationError("argv needs a program as its first item, and no item may contain a NUL character")
        if "/" in self._argv[0] and not os.path.isabs(self._argv[0]):
            raise DeclarationError(
                f"{self._argv[0]} in argv is a relative path; give an absolute one, or a name in PATH"
            )
        if not 1 <= self._timeout <= _LONGEST_TIMEOUT:
            raise DeclarationError(f"timeout must be from 1 to {_LONGEST_TIMEOUT} seconds")

    def where(self, place: str) -> str:
        """Return how messages refer to the entry."""
        return f"command {os.path.basename(self._argv[0])} entry {place}"

    def identity(self, place: str) -> Hashable:
        """Return the command and the place. Raises DeclarationError for what could be taken for an option or a path."""
        if not place.isprintable() or place.startswith("-") or {"", ".", ".."}.intersection(place.split("/")):
            raise DeclarationError(
                f"name {place!r} of the store command may not start with a hyphen, contain control characters, or have "
                "an empty part, '.' or '..' between slashes; correct name, or the token's key"
            )
        return "command", tuple(self._argv), place

    def fetch(self, place: str) -> Held:
        """Return what the program prints for ``get``: no output at all is certainly nothing."""
        printed = self._run("get", place)
        content = parse("json", printed)
        if printed and not isinstance(content, dict):
            raise StoreError("the program printed no JSON object; see what it prints for get, and correct it")
        return Held(content, content)

    def prepare(self, place: str, probe: bool) -> None:
        """See that the program can be run: all that it could be asked but ``get`` changes something."""
        if shutil.which(self._argv[0]) is None:
            raise StoreError("the program is missing or not executable; install it, or correct argv")

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        """Hand the values to the program, which has to compare nothing, and see that they are where ``get`` looks."""
        self._run("store", place, json.dumps(dict(values)))
        self._see_that_it_was_done("store", self.fetch(place).content, dict(values), version)

    def delete(self, place: str, version: Any) -> None:
        """Have the program remove the entry."""
        self._run("erase", place)
        self._see_that_it_was_done("erase", self.fetch(place).content, None, version)

    def watch_for(self, secrets: Collection[str]) -> None:
        """Refuse a program that ends well, and prints one of these where the reason of a failure is printed."""
        self._watched_for = secrets

    @staticmethod
    def _see_that_it_was_done(verb: str, present: Any, wanted: Any, before: Any) -> None:
        """Raise StoreError where the program ends well and does nothing, StoreChangedError for another run's write."""
        if present == wanted:
            return
        if wanted and isinstance(present, dict) and present.get("client_id") == wanted["client_id"]:
            raise StoreError("get prints other values than the program was given for store; correct the program")
        if present != before:
            raise StoreChangedError(CHANGED)
        raise StoreError(
            f"the program ended well for {verb}, but get prints what was there before; see that both use one place"
        )

    def _run(self, verb: str, place: str, sent: str = "") -> str:
        """Return what the program printed, having seen it end well."""
        try:
            # Without AnsibleModule, whose run_command is the usual way: a store works in the controller's process too.
            argv, pipes = [*self._argv, verb, place], (PIPE, PIPE, PIPE)
            program = Popen(argv, 0, None, *pipes, start_new_session=True)  # pylint: disable=ansible-bad-function
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "no reason given"
            raise StoreError(f"the program cannot be run ({reason}); install it, or correct argv") from None
        try:
            output, errors = _exchange(program, sent.encode(), time.monotonic() + self._timeout)
        except TimeoutExpired:
            problem = f"or one that it started, had not ended after {self._timeout} seconds and was killed"
            raise self._hanging(place)(f"the program, {problem}; see what it waits for, or raise timeout") from None
        finally:
            if program.returncode is None:
                _kill(program)
        printed = output.decode(errors="backslashreplace")  # so what is not UTF-8 is no JSON either
        if program.returncode:
            raise StoreError(_failure(verb, program.returncode, errors, parse("json", sent or printed)))
        if any(secret.encode() in errors for secret in self._watched_for):
            raise StoreError(
                f"the program prints the credentials to standard error for {verb}; that is for the reason of a "
                "failure, which is shown: correct the program"
            )
        return printed

    def _hanging(self, place: str) -> type[StoreError]:
        """Return what it is when the program hangs: one entry may need a passphrase, a second one is the program."""
        self._hung.add(place)
        return StoreUnreachableError if len(self._hung) > 1 else StoreError


def _exchange(program: Popen[bytes], sent: bytes, deadline: float) -> tuple[bytes, bytes]:
    """Return what is printed until the program has ended and nobody holds its pipes any more."""
    given, printed, told = (cast(IO[bytes], pipe) for pipe in (program.stdin, program.stdout, program.stderr))
    output, errors = bytearray(), bytearray()
    with given, printed, told, DefaultSelector() as pipes:
        with suppress(BrokenPipeError):
            given.write(sent)  # it fits into the pipe's buffer: this waits for nobody
        given.close()
        pipes.register(printed, EVENT_READ, output)
        pipes.register(told, EVENT_READ, errors)
        while pipes.get_map():
            ready = pipes.select(max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                raise TimeoutExpired("", 0)
            for key, _events in ready:
                piece = os.read(key.fd, LONGEST + 1 - len(key.data))
                key.data.extend(piece)
                if len(key.data) > LONGEST:
                    raise StoreError(f"the program printed more than {LONGEST} bytes, and was killed; correct it")
                if not piece:
                    pipes.unregister(key.fileobj)
    program.wait(max(0.0, deadline - time.monotonic()))
    return bytes(output), bytes(errors)


def _kill(program: Popen[bytes]) -> None:
    with suppress(OSError):
        os.killpg(program.pid, signal.SIGKILL)  # it was not waited for: no other group can have its number
    with suppress(TimeoutExpired):
        program.wait(5)  # not forever: one of another user (sudo) may not be killed


def _failure(verb: str, status: int, errors: bytes, known: Any) -> str:
    """Return why the program failed, in its own last words, unless the secret of ``known`` values is in them."""
    lines = ["".join(filter(str.isprintable, line)).strip() for line in errors.decode(errors="replace").splitlines()]
    reason = next((f": {line}" for line in reversed(lines) if line), "")
    secret = known.get("client_secret") if isinstance(known, Mapping) else None
    if _MAY_BE_SECRET.search(reason) or (isinstance(secret, str) and secret.strip() and secret in reason):
        reason = " (its reason is withheld: the credentials are in it)"
    return f"{verb} failed with exit status {status}{reason[:_LONGEST_REASON]}; correct that, and run again"
