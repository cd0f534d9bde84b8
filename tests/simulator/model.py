# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tenant consists of, and how a seed writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .bodies import VALIDITY_DEFAULT
from .clock import from_seed, to_iso

_SEED_FIELDS = (
    "id",
    "secret",
    "owner",
    "name",
    "scope",
    "created",
    "lastUsed",
    "expirationDate",
    "accessTokenValiditySeconds",
    "managed",
    "userAwareTokenNeverExpires",
)


@dataclass(frozen=True)
class Identity:
    """A user of the tenant and the rights that user has."""

    id: str
    name: str
    user_name: str
    rights: frozenset[str]
    # What its public form shows: None as its state is a state that nobody knows; the manager is an identity's id.
    state: str | None = "ACTIVE"
    manager: str | None = None
    # Whether it has a public form at all; that of one who has left may be gone.
    public: bool = True


@dataclass(frozen=True)
class Token:
    """A personal access token. Never changed in place: a lagging list still shows the old one."""

    id: str
    secret: str
    name: str
    owner: Identity
    created: datetime
    scope: tuple[str, ...] | None = None
    validity: int = VALIDITY_DEFAULT
    expiration: datetime | None = None
    last_used: datetime | None = None
    managed: bool = False
    acknowledged: bool = False
    origin: str = "seed"
    # The scope before the last patch of it, and when that was: new bearer tokens may lag behind.
    former_scope: tuple[str, ...] | None = None
    scope_changed: datetime | None = None

    def expired(self, now: datetime) -> bool:
        """Whether its expiry has come."""
        return self.expiration is not None and self.expiration <= now


@dataclass(frozen=True)
class Client:
    """A plain API client: it authenticates, but no user stands behind it."""

    id: str
    secret: str
    scope: frozenset[str]
    validity: int = VALIDITY_DEFAULT


@dataclass(frozen=True)
class Bearer:
    """A bearer token. Its rights are those at the moment of the grant: a later scope change does not reach it."""

    value: str
    client_id: str
    identity: Identity | None
    scope: str
    rights: frozenset[str]
    expires: datetime
    validity: int


def seeded_token(
    fields: Mapping[str, Any], identities: Mapping[str, Identity], now: datetime, secret: str, origin: str
) -> Token:
    """The token that a seed describes; ``secret`` is used if it names none. Raises ValueError if it does not fit."""
    unknown = set(fields) - set(_SEED_FIELDS)
    if unknown:
        raise ValueError(f"unknown in a token's seed: {', '.join(sorted(unknown))}")
    if "name" not in fields or fields.get("owner") not in identities:
        raise ValueError("a token's seed needs a name and, as owner, the id of an identity")
    return Token(
        id=fields["id"],
        secret=fields.get("secret") or secret,
        name=fields["name"],
        owner=identities[fields["owner"]],
        created=from_seed(fields.get("created"), now) or now,
        scope=None if fields.get("scope") is None else tuple(fields["scope"]),
        validity=fields.get("accessTokenValiditySeconds", VALIDITY_DEFAULT),
        expiration=from_seed(fields.get("expirationDate"), now),
        last_used=from_seed(fields.get("lastUsed"), now),
        managed=fields.get("managed", False),
        acknowledged=fields.get("userAwareTokenNeverExpires", False),
        origin=origin,
    )


def seed_form(token: Token) -> dict[str, Any]:
    """A token as a seed writes it, without its secret."""
    return {
        "id": token.id,
        "owner": token.owner.id,
        "name": token.name,
        "scope": None if token.scope is None else list(token.scope),
        "created": to_iso(token.created),
        "lastUsed": to_iso(token.last_used),
        "expirationDate": to_iso(token.expiration),
        "accessTokenValiditySeconds": token.validity,
        "managed": token.managed,
        "userAwareTokenNeverExpires": token.acknowledged,
    }
