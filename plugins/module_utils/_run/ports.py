# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run needs of the API, and of the entry of a token in its store."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from .._base.model import Changes, CreatedToken, Credentials, Grant, Listing, NewToken, Token
from .._base.secret import Secret


class TokenApi(Protocol):
    """The calls that make tokens as planned; each raises IscError."""

    def list(self, owner: str) -> Listing:
        """List the tokens of an owner."""

    def create(self, new: NewToken) -> CreatedToken:
        """Create a token."""

    def patch(self, token: Token, changes: Changes) -> Token:
        """Patch a token."""

    def delete(self, token: Token) -> None:
        """Delete a token."""

    def authenticate(self) -> Grant:
        """Exchange the run's own credentials for a bearer token, which it then uses."""

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        """Exchange credentials for a bearer token."""

    def wait(self, seconds: float) -> bool:
        """Wait before a call, and return True; return False at once where the run has no patience left for that."""

    @property
    def seconds_left(self) -> float:
        """How long the run may still wait for the server."""


class StoreEntry(Protocol):
    """What a store keeps for one token; each call raises StoreError, whose text names the entry."""

    where: str

    @property
    def store(self) -> Hashable:
        """What is the same for all entries of one store."""

    def read(self) -> Credentials | None:
        """Return what is kept, None if there is definitely nothing."""

    def read_undeleted(self) -> Credentials | None:
        """Like ``read``, but return None for an entry that is deleted and could be restored."""

    def prepare(self, probe: bool) -> None:
        """See that a write can be expected to work: with ``probe`` by trying, else without touching anything."""

    def write(self, new: Credentials, replacing: Credentials | None) -> None:
        """Replace what is kept, all or nothing. Raises StoreChangedError if it is not ``replacing`` any more."""

    def look_before_removal(self) -> None:
        """See that a removal can be expected to work, where the store can tell that; nothing is touched."""

    def remove(self, replacing: Credentials) -> None:
        """Keep nothing any more. Raises StoreChangedError if it is not ``replacing`` any more."""
