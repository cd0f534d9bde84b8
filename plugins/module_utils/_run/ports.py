# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run needs of the API."""

from __future__ import annotations

from typing import Protocol

from .._base.model import Changes, CreatedToken, Grant, Listing, NewToken, Token
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

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        """Exchange credentials for a bearer token."""
