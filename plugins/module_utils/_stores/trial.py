# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries a store out, with made-up credentials: what every run relies on, whatever the store is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .._base.errors import EntryDeletedError, StoreError
from .._base.model import Credentials
from .._base.secret import Secret
from .entry import Entry

_SECRETS = [f"not-a-secret-{number:051}" for number in (1, 2, 3)]


def trial(entry: Entry, other: Entry, base_url: str) -> Iterator[str]:
    """Yield what the store was seen to do, one sentence each; both entries must be empty, and are so again in the end.

    Raises StoreError that says what was expected, and what the store did instead.
    """
    first, second, third = (
        Credentials(base_url, f"trial{number:027}", Secret(secret)) for number, secret in enumerate(_SECRETS, 1)
    )
    for each in (entry, other):
        if each.read() is not None:
            raise StoreError(f"{each.where}: it holds credentials; try the store out with a key that nobody uses")
    yield "what is not there is read as nothing"
    entry.prepare(probe=True)
    _expect(entry, None, "it was prepared for a write")
    yield "it can be prepared for a write, and still holds nothing"
    with _watched(entry, other):
        entry.write(first, None, forgives=False)
        _expect(entry, first, "credentials were written")
        yield "what is written is read again"
        entry.write(second, first, forgives=False)
        _expect(entry, second, "they were replaced")
        yield "what is written again is replaced as a whole"
        _expect(other, None, "the entry of another key was written")
        other.write(third, None, forgives=False)
        _expect(other, third, "credentials were written")
        _expect(entry, second, "the entry of another key was written")
        entry.remove(second, forgives=False)
        _expect(other, third, "the entry of another key was removed")
        yield "each key has an entry of its own"
        other.remove(third, forgives=False)
    stay_taken = [_stays_taken(entry, second), _stays_taken(other, third)]
    if any(stay_taken):
        yield "what is removed is gone, and its name stays taken for as long as it can be restored"
        return
    yield "what is removed is gone"
    yield "removing nothing is no error"


def _expect(entry: Entry, wanted: Credentials | None, after: str) -> None:
    if entry.read() != wanted:
        held = "nothing" if wanted is None else "exactly what was written"
        raise StoreError(f"{entry.where}: after {after}, reading it must give {held}, and gives something else")


@contextmanager
def _watched(*entries: Entry) -> Iterator[None]:
    """Refuse a store that shows a secret, and remove what a trial that fails has left: its error is the one to tell."""
    for entry in entries:
        entry.watch_for(_SECRETS)
    try:
        yield
    except StoreError:
        # The last one first: a program may print what is there of other keys too, and then neither could be read.
        for entry in reversed(entries):
            entry.watch_for(())  # or what is there could not even be read
            with suppress(StoreError):
                held = entry.read()
                if held is not None:
                    entry.remove(held)
        raise


def _stays_taken(entry: Entry, removed: Credentials) -> bool:
    """Return whether what was removed could be restored. Raises StoreError where it is still there."""
    try:
        _expect(entry, None, "they were removed")
        entry.remove(removed)
    except EntryDeletedError:
        return True
    return False
