# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things that the collection deals with: tokens, declarations, credentials, and what each API version can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from .secret import Secret

State = Literal["present", "absent"]
Rotate = Literal["when_due", "always", "never"]
Verify = Literal["on_write", "always", "never"]
OnError = Literal["fail", "report"]
OnWarning = Literal["show", "report"]


@dataclass(frozen=True)
class ApiVersion:
    """What one version of the API can express.

    ``patches_expiry``: the version knows ``userAwareTokenNeverExpires``, patches ``expirationDate``, and demands one of
    the two on create. In the other versions every token expires after 6 months at most, and the date cannot be changed.
    """

    name: str
    path: str
    patches_expiry: bool

    @property
    def identities_path(self) -> str:
        """Where this version has the public identities of the tenant."""
        return self.path.replace("personal-access-tokens", "public-identities")


API_VERSIONS: Mapping[str, ApiVersion] = {
    "v1": ApiVersion("v1", "/personal-access-tokens/v1", patches_expiry=True),
    "v3": ApiVersion("v3", "/v3/personal-access-tokens", patches_expiry=False),
    "v2024": ApiVersion("v2024", "/v2024/personal-access-tokens", patches_expiry=False),
    "v2025": ApiVersion("v2025", "/v2025/personal-access-tokens", patches_expiry=True),
    "v2026": ApiVersion("v2026", "/v2026/personal-access-tokens", patches_expiry=True),
    "beta": ApiVersion("beta", "/beta/personal-access-tokens", patches_expiry=False),
}

SHORTEST_FORCED_EXPIRY = timedelta(days=181)
"""The shortest that 6 calendar months can be: the lifetime that v3, v2024 and beta give by default."""

LONGEST_FORCED_EXPIRY = timedelta(days=184)
"""The longest that 6 calendar months can be: where the API forces an expiry, no token lives longer."""

VALIDITY_SECONDS = range(15, 43200 + 1)
"""The values that ``accessTokenValiditySeconds`` may have, in seconds."""


@dataclass(frozen=True)
class Connection:
    """The resolved connection options: URLs without a trailing slash; ``timeout`` in seconds per request, and
    ``run_timeout`` for all requests of a run.

    Either ``client_id`` and ``client_secret`` or ``access_token`` is given.
    """

    base_url: str
    token_url: str
    client_id: str | None = None
    client_secret: Secret | None = None
    access_token: Secret | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30
    retries: int = 5
    run_timeout: float = 300


@dataclass(frozen=True)
class Owner:
    """The identity that a token belongs to."""

    id: str
    name: str


@dataclass(frozen=True)
class Manager:
    """The manager of an identity, an identity too."""

    id: str
    name: str


@dataclass(frozen=True)
class Identity:
    """What is public of an identity; ``state`` and ``manager`` are None where they are unknown."""

    id: str
    state: str | None = None
    manager: Manager | None = None


@dataclass(frozen=True)
class Token:
    """A personal access token as the API shows it; moments in UTC."""

    id: str
    name: str
    scope: frozenset[str] | None
    owner: Owner
    created: datetime
    last_used: datetime | None = None
    expiration_date: datetime | None = None
    access_token_validity_seconds: int | None = None
    managed: bool = False

    def is_expired(self, now: datetime) -> bool:
        """Return whether the token has expired at ``now``."""
        return self.expiration_date is not None and self.expiration_date <= now


@dataclass(frozen=True)
class NewToken:
    """What a create asks for; None leaves the field to the API's default."""

    name: str
    scope: frozenset[str] | None = None
    access_token_validity_seconds: int | None = None
    expiration_date: datetime | None = None
    never_expires: bool = False


@dataclass(frozen=True)
class Changes:
    """What a patch changes; None leaves the field alone, ``never_expires`` clears the expiration date."""

    name: str | None = None
    scope: frozenset[str] | None = None
    expiration_date: datetime | None = None
    never_expires: bool = False

    def __bool__(self) -> bool:
        return self != Changes()

    def made_to(self, token: Token) -> Token:
        """Return a token as it is after this patch."""
        date = None if self.never_expires else self.expiration_date or token.expiration_date
        scope = token.scope if self.scope is None else self.scope
        return replace(token, name=self.name or token.name, scope=scope, expiration_date=date)


@dataclass(frozen=True)
class CreatedToken:
    """The answer to a create: the token and its one-time secret."""

    token: Token
    secret: Secret


@dataclass(frozen=True)
class Listing:
    """The answer to a list; ``now`` is its Date header in UTC, None if that is missing or unusable."""

    tokens: tuple[Token, ...]
    now: datetime | None


@dataclass(frozen=True)
class Grant:
    """What client credentials were exchanged for; ``expires_in`` in seconds."""

    access_token: Secret
    expires_in: int | None
    scope: frozenset[str] | None
    identity_id: str | None


@dataclass(frozen=True)
class Credentials:
    """What a store holds for a token: the tenant that accepts its credentials, and the credentials themselves."""

    base_url: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True)
class Declared:
    """What is declared for one token; None means not managed.

    ``stored_client_id`` is the store's answer: None without a store, empty when the store holds nothing, else the id
    of the token whose secret the store holds; ``store_at`` is how messages call its entry. ``stored_is_dead`` means
    that the stored credentials are proved to authenticate no longer. ``revoke`` means that the secret has leaked: the
    token is replaced now, and its family deleted at once. ``refusal`` says why nothing may be done to the token, for
    example because its store could not be read. ``takes_secret`` says that the secret of a new token would not be lost.
    """

    name: str | None = None
    id: str | None = None
    renamed_from: tuple[str, ...] = ()
    state: State = "present"
    scope: frozenset[str] | None = None
    access_token_validity_seconds: int | None = None
    expiration_date: datetime | None = None
    expires_in: timedelta | None = None
    never_expires: bool = False
    rotate: Rotate = "when_due"
    rotate_after: timedelta | None = None
    rotate_before: timedelta | None = None
    overlap: timedelta = timedelta(days=7)
    adopt: bool = False
    stored_client_id: str | None = None
    refusal: str | None = None
    stored_is_dead: bool = False
    verify: Verify = "on_write"
    revoke: bool = False
    store_at: str = "the store"
    takes_secret: bool = True

    @property
    def label(self) -> str:
        """How messages refer to the token."""
        return f"personal access token {self.name!r}" if self.name is not None else f"personal access token {self.id}"

    @property
    def proves_new(self) -> bool:
        """Return whether new credentials are proved before they are stored."""
        return self.verify != "never"

    @property
    def verifies_stored(self) -> bool:
        """Return whether every run tries the stored credentials; those of a token to be deleted need not work."""
        return self.verify == "always" and self.state == "present"

    @property
    def has_expiry(self) -> bool:
        """Return whether any expiry option is given."""
        return self.expiration_date is not None or self.expires_in is not None or self.never_expires


@dataclass(frozen=True)
class Approved:
    """What may be done: the actions of a plan, and whose tokens it is for (an identity's id, if known).

    With ``only_due`` there is no plan, and what time brings may be done.
    """

    actions: tuple[Mapping[str, Any], ...] = ()
    owner_id: str | None = None
    only_due: bool = False


@dataclass(frozen=True)
class PruneRules:
    """Which undeclared tokens may be deleted.

    ``exclude`` lists patterns of names to keep; ``unused_for`` is how long a token must have been unused.
    """

    exclude: tuple[str, ...] = ()
    unused_for: timedelta = timedelta(days=30)
