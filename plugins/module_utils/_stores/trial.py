# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries a store out, with made-up credentials: what every run relies on, whatever the store is."""

from __future__ import annotations

from collections.abc import Iterator

from .._base.errors import EntryDeletedError, StoreError
from .._base.model import Credentials
from .._base.secret import Secret
from .entry import Entry


def trial(entry: Entry, base_url: str) -> Iterator[str]:
    """Yield what the store was seen to do, one sentence each; the entry must be empty, and is so again in the end.

    Raises StoreError that says what was expected, and what the store did instead.
    """
    first, second = (
        Credentials(base_url, f"trial{number:027}", Secret(f"not-a-secret-{number:051}")) for number in (1, 2)
    )
    if entry.read() is not None:
        raise StoreError(f"{entry.where}: it holds credentials; try the store out with a key that nobody uses")
    yield "what is not there is read as nothing"
    entry.prepare(probe=True)
    _expect(entry, None, "it was prepared for a write")
    yield "it can be prepared for a write, and still holds nothing"
    try:
        entry.write(first, None, forgives=False)
        _expect(entry, first, "credentials were written")
        yield "what is written is read again"
        entry.write(second, first, forgives=False)
        _expect(entry, second, "they were replaced")
        yield "what is written again is replaced as a whole"
    except StoreError:
        _clean_up(entry)
        raise
    entry.remove(second)
    try:
        _expect(entry, None, "they were removed")
        entry.remove(second)
    except EntryDeletedError:
        yield "what is removed is gone, and its name stays taken for as long as it can be restored"
        return
    yield "what is removed is gone"
    yield "removing nothing is no error"


def _expect(entry: Entry, wanted: Credentials | None, after: str) -> None:
    if entry.read() != wanted:
        held = "nothing" if wanted is None else "exactly what was written"
        raise StoreError(f"{entry.where}: after {after}, reading it must give {held}, and gives something else")


def _clean_up(entry: Entry) -> None:
    """Remove what the trial may have left; the error that ended it is the one to tell."""
    try:
        held = entry.read()
        if held is not None:
            entry.remove(held)
    except StoreError:
        return
