# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant: identities, tokens, API clients and bearer tokens, and what may be done to them. No HTTP in here."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .bodies import VALIDITY_DEFAULT, IdentityRequest, ListRequest, NewToken
from .clock import Clock, add_months
from .errors import GrantRefusedError, RefusedError
from .model import Bearer, Client, Identity, Token, seed_form, seeded_token
from .switches import Switches
from .versions import Version

ALL_SCOPES = "sp:scopes:all"
DEFAULT_SCOPE = "sp:scopes:default"
MY_MANAGE = frozenset({"sp:my-personal-access-tokens:manage"})
ALL_MANAGE = frozenset({"sp:all-personal-access-tokens:manage"})
ALL_READ = ALL_MANAGE | {"idn:all-personal-access-tokens:read", "sp:all-personal-access-tokens:read"}
MY_READ = MY_MANAGE | ALL_READ | {"idn:my-personal-access-tokens:read", "sp:my-personal-access-tokens:read"}
MANAGED_READ = frozenset({"idn:managed-personal-access-tokens:read"})

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Before:
    """One owner's tokens before a write, as a lagging list still shows them."""

    tokens: tuple[Token, ...]
    calls: int
    until: datetime


class Tenant:
    """All state of the simulated tenant. Raises RefusedError for the API, GrantRefusedError for OAuth."""

    def __init__(self, seed: Mapping[str, Any], clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self.identities: dict[str, Identity] = {}
        self.tokens: dict[str, Token] = {}
        self.clients: dict[str, Client] = {}
        self.bearers: dict[str, Bearer] = {}
        self.secrets: list[dict[str, str]] = []
        # A benchmark has thousands of tokens: no request may look at them all.
        self._of_owner: defaultdict[str, dict[str, Token]] = defaultdict(dict)
        self._shortest_secret = sys.maxsize
        self._dead_bearers: set[str] = set()
        self._before: dict[str, list[_Before]] = {}
        self._load(seed)

    # -- what callers of the API may do --------------------------------------------------------------------------

    def check(self, client_id: str, secret: str) -> Token | Client:
        """The token or client that these credentials belong to. Raises GrantRefusedError; changes nothing."""
        holder = self.tokens.get(client_id) or self.clients.get(client_id)
        if holder is None or not secrets.compare_digest(holder.secret.encode(), secret.encode()):
            raise GrantRefusedError("invalid_client", "Bad client credentials.")
        if isinstance(holder, Token) and holder.expired(self._clock.now()):
            raise GrantRefusedError("invalid_client", "The personal access token has expired.")
        return holder

    def grant(self, client_id: str, secret: str) -> Bearer:
        """Exchanges credentials for a bearer token, and writes ``lastUsed`` unless that was done within a day."""
        holder = self.check(client_id, secret)
        now = self._clock.now()
        identity, asked = None, holder.scope
        if isinstance(holder, Token):
            identity, asked = holder.owner, self._scope_for_grant(holder)
            if holder.last_used is None or now - holder.last_used >= _DAY:
                self._keep(replace(holder, last_used=now))
        scope, rights = _granted(asked, identity)
        bearer = Bearer(
            value=_lookalike_jwt(),
            client_id=client_id,
            identity=identity,
            scope=scope,
            rights=rights,
            expires=now + timedelta(seconds=holder.validity),
            validity=holder.validity,
        )
        self.bearers[bearer.value] = bearer
        self._shortest_secret = min(self._shortest_secret, len(bearer.value))
        return bearer

    def caller(self, bearer_value: str) -> Bearer:
        """Who sends this bearer token. Raises RefusedError (401)."""
        bearer = self.bearers.get(bearer_value)
        if bearer is None or bearer_value in self._dead_bearers:
            raise RefusedError(401, "JWT validation failed: JWT is not valid")
        if bearer.expires <= self._clock.now():
            raise RefusedError(401, "JWT validation failed: JWT is expired")
        return bearer

    def list_tokens(self, caller: Bearer, request: ListRequest) -> list[Token]:
        """The tokens of the caller (``me``), of one identity, or of the whole tenant (None)."""
        if request.owner_id == "me":
            _demand(caller, MY_READ)
            owners = [self._user(caller).id]
        else:
            _demand(caller, ALL_READ)
            owners = [request.owner_id] if request.owner_id is not None else list(self.identities)
        return [
            token
            for owner in owners
            for token in self._shown(owner)
            if self._visible(caller, token) and request.matches(token.last_used)
        ]

    def public_identities(self, caller: Bearer, request: IdentityRequest) -> list[dict[str, Any]]:
        """A page of the identities with these ids, in their public form; a plain API client is no user."""
        asked = self._switches.default_scope == "implied"
        if not (caller.identity and (asked or {ALL_SCOPES, DEFAULT_SCOPE} & set(caller.scope.split()))):
            raise RefusedError(403, "The server understood the request but refuses to authorize it.")
        found = [one for one in self.identities.values() if one.public and (not request.ids or one.id in request.ids)]
        return [self._public_form(one) for one in found[request.offset : request.offset + request.limit]]

    def _public_form(self, one: Identity) -> dict[str, Any]:
        manager = self.identities.get(one.manager or "")
        form: dict[str, Any] = {
            "id": one.id,
            "name": one.name,
            "alias": one.user_name,
            "email": None,
            "status": None,
            "identityState": one.state if self._switches.identity_state == "shown" else None,
            "manager": {"type": "IDENTITY", "id": manager.id, "name": manager.name} if manager else None,
            "attributes": [],
        }
        if self._switches.identity_state == "omit":
            del form["identityState"]
        return form

    def create(self, caller: Bearer, version: Version, new: NewToken) -> Token:
        """Makes a token for the caller. There is no way to make one for somebody else."""
        _demand(caller, MY_MANAGE | ALL_MANAGE)
        owner = self._user(caller)
        now = self._clock.now()
        expiration = new.expiration
        if version.months is not None:
            expiration = expiration or add_months(now, version.months)
        elif expiration is None and not new.acknowledged:
            raise RefusedError(400, "Without expirationDate, userAwareTokenNeverExpires must be true.")
        self._allow_expiration(version, now, expiration)
        self._allow_name(owner, new.name)
        self._allow_one_more(owner, now)
        token = Token(
            id=secrets.token_hex(16),
            secret=self._new_secret(),
            name=new.name,
            owner=owner,
            created=now,
            scope=new.scope,
            validity=new.validity,
            expiration=expiration,
            acknowledged=new.acknowledged,
            origin="create",
        )
        self._put(token)
        return token

    def patch(self, caller: Bearer, version: Version, token_id: str, changes: Mapping[str, Any]) -> Token:
        """Changes a token of the caller's own: patching is declared for nobody else."""
        _demand(caller, MY_MANAGE)
        owner = self._user(caller)
        token = self._find(caller, token_id, foreign_allowed=False)
        now = self._clock.now()
        if token.expired(now) and isinstance(self._switches.patch_expired, int):
            raise RefusedError(self._switches.patch_expired, "The personal access token has expired.")
        token = _with_expiry(token, changes)
        if "/expirationDate" in changes:
            self._allow_expiration(version, now, token.expiration)
        if "/name" in changes:
            self._allow_name(owner, changes["/name"], besides=token_id)
            token = replace(token, name=changes["/name"])
        if "/scope" in changes:
            token = replace(token, scope=changes["/scope"], former_scope=token.scope, scope_changed=now)
        self._put(token)
        return token

    def delete(self, caller: Bearer, token_id: str) -> None:
        """Deletes a token: one's own, or with the right to all tokens anybody's."""
        _demand(caller, MY_MANAGE | ALL_MANAGE)
        token = self._find(caller, token_id, foreign_allowed=bool(caller.rights & ALL_MANAGE))
        self._remember(token.owner.id)
        del self.tokens[token_id]
        del self._of_owner[token.owner.id][token_id]
        if self._switches.delete_kills_bearers:
            self._dead_bearers.update(value for value, each in self.bearers.items() if each.client_id == token_id)

    # -- what tests may do ---------------------------------------------------------------------------------------

    def put_seeded(self, token_id: str, fields: Mapping[str, Any]) -> Token:
        """Puts a token there, or changes the given fields of the one that is there; no rule of the API applies."""
        present = self.tokens.get(token_id)
        base = {} if present is None else seed_form(present)
        token = seeded_token(
            {**base, **fields, "id": token_id},
            self.identities,
            self._clock.now(),
            secret=present.secret if present else self._new_secret(),
            origin=present.origin if present else "seed",
        )
        self._keep(token)
        if present is None or present.secret != token.secret:
            self._note_secret(token.id, token.secret, "seed")
        return token

    def secrets_in(self, text: str) -> Iterator[str]:
        """The secrets and bearer tokens in a text, of all that were seeded or issued so far."""
        if len(text) >= self._shortest_secret:
            known = [*(each["secret"] for each in self.secrets), *self.bearers]
            yield from (secret for secret in known if secret in text)

    # -- rules ---------------------------------------------------------------------------------------------------

    def _user(self, caller: Bearer) -> Identity:
        if caller.identity is None:
            raise RefusedError(self._switches.no_user, "The caller is an API client: no user, so no tokens.")
        return caller.identity

    @staticmethod
    def _visible(caller: Bearer, token: Token) -> bool:
        return not token.managed or bool(caller.rights & MANAGED_READ)

    def _find(self, caller: Bearer, token_id: str, foreign_allowed: bool) -> Token:
        token = self.tokens.get(token_id)
        if token is None or not self._visible(caller, token):
            raise RefusedError(404, f"There is no personal access token {token_id}.")
        if token.owner != caller.identity and not foreign_allowed:
            raise RefusedError(self._switches.foreign_token, f"Personal access token {token_id} is somebody else's.")
        return token

    def _allow_expiration(self, version: Version, now: datetime, expiration: datetime | None) -> None:
        if expiration is None:
            return
        if expiration <= now:
            _refuse_unless_accepted(self._switches.past_expiry, "expirationDate is in the past.")
        if version.months is not None and expiration > add_months(now, version.months):
            raise RefusedError(400, f"expirationDate is more than {version.months} months away.")

    def _allow_name(self, owner: Identity, name: str, besides: str | None = None) -> None:
        limit = self._switches.name_limit
        if limit is not None and len(name) > limit:
            _refuse_unless_accepted(self._switches.long_name, f"name is longer than {limit} characters.")
        taken = (each for each in self._owned(owner.id) if each.id != besides)
        if any(each.name == name for each in taken):
            _refuse_unless_accepted(self._switches.duplicate_name, "The owner already has a token of that name.")

    def _allow_one_more(self, owner: Identity, now: datetime) -> None:
        counted = [
            each
            for each in self._owned(owner.id)
            if (self._switches.expired_count or not each.expired(now))
            and (self._switches.managed_count or not each.managed)
        ]
        if len(counted) >= self._switches.max_tokens:
            text = f"The owner already has {len(counted)} tokens, and may have {self._switches.max_tokens}."
            _refuse_unless_accepted(self._switches.token_limit, text)

    def _scope_for_grant(self, token: Token) -> tuple[str, ...] | None:
        lag = timedelta(seconds=self._switches.scope_lag_seconds)
        if token.scope_changed is not None and self._clock.now() - token.scope_changed < lag:
            return token.former_scope
        return token.scope

    def _new_secret(self) -> str:
        secret = secrets.token_hex(32)[: self._switches.secret_length]
        return secret.upper() if self._switches.secret_case == "upper" else secret

    # -- storing, and lists that lag behind it -------------------------------------------------------------------

    def _put(self, token: Token) -> None:
        self._remember(token.owner.id)
        if token.id not in self.tokens:
            self._note_secret(token.id, token.secret, token.origin)
        self._keep(token)

    def _keep(self, token: Token) -> None:
        former = self.tokens.get(token.id)
        if former is not None and former.owner.id != token.owner.id:
            del self._of_owner[former.owner.id][token.id]
        self.tokens[token.id] = self._of_owner[token.owner.id][token.id] = token

    def _note_secret(self, client_id: str, secret: str, origin: str) -> None:
        self.secrets.append({"client_id": client_id, "secret": secret, "origin": origin})
        self._shortest_secret = min(self._shortest_secret, len(secret))

    def _owned(self, owner_id: str) -> tuple[Token, ...]:
        return tuple(self._of_owner[owner_id].values())

    def _remember(self, owner_id: str) -> None:
        """To be called before a write: keeps what lists over that owner show while they lag."""
        calls, seconds = self._switches.list_lag_calls, self._switches.list_lag_seconds
        if calls or seconds:
            before = _Before(self._owned(owner_id), calls, self._clock.now() + timedelta(seconds=seconds))
            self._before.setdefault(owner_id, []).append(before)

    def _shown(self, owner_id: str) -> tuple[Token, ...]:
        """What a list over that owner shows: the oldest view that still lags, or the truth."""
        now = self._clock.now()
        lagging = [each for each in self._before.get(owner_id, []) if each.calls > 0 or each.until > now]
        self._before[owner_id] = [replace(each, calls=each.calls - 1) for each in lagging]
        tokens = lagging[0].tokens if lagging else self._owned(owner_id)
        return tuple(each for each in tokens if self._switches.expired_listed or not each.expired(now))

    # -- seeds ---------------------------------------------------------------------------------------------------

    def _load(self, seed: Mapping[str, Any]) -> None:
        for each in seed.get("identities", []):
            rights = frozenset(each.get("rights", []))
            self.identities[each["id"]] = Identity(
                each["id"],
                each["name"],
                each.get("user_name", each["name"]),
                rights,
                each.get("identityState", "ACTIVE"),
                each.get("manager"),
                each.get("public", True),
            )
        for each in seed.get("clients", []):
            client = Client(
                id=each["id"],
                secret=each["secret"],
                scope=frozenset(each.get("scope", [])),
                validity=each.get("accessTokenValiditySeconds", VALIDITY_DEFAULT),
            )
            self.clients[client.id] = client
            self._note_secret(client.id, client.secret, "seed")
        for each in seed.get("tokens", []):
            self.put_seeded(each.get("id") or secrets.token_hex(16), each)


def _with_expiry(token: Token, changes: Mapping[str, Any]) -> Token:
    """Applies the two expiry fields of a patch. Raises RefusedError where the acknowledgement is missing."""
    acknowledged = changes.get("/userAwareTokenNeverExpires")
    if "/expirationDate" in changes:
        expiration = changes["/expirationDate"]
        if expiration is None and acknowledged is not True:
            raise RefusedError(400, "Clearing expirationDate needs userAwareTokenNeverExpires true in the same patch.")
        token = replace(token, expiration=expiration)
    elif acknowledged is False:
        raise RefusedError(400, "userAwareTokenNeverExpires false needs an expirationDate in the same patch.")
    return token if acknowledged is None else replace(token, acknowledged=acknowledged)


def _granted(asked: Iterable[str] | None, identity: Identity | None) -> tuple[str, frozenset[str]]:
    """The scope text of a grant and the rights behind it: what was asked for, as far as the owner has it."""
    if identity is None:
        rights = frozenset(asked or ())
        return " ".join(sorted(rights)), rights
    if asked is None or ALL_SCOPES in asked:
        return ALL_SCOPES, identity.rights
    granted = [each for each in asked if each in identity.rights | {DEFAULT_SCOPE}]
    return " ".join(granted), frozenset(granted)


def _demand(caller: Bearer, any_of: frozenset[str]) -> None:
    if not caller.rights & any_of:
        raise RefusedError(403, "The server understood the request but refuses to authorize it.")


def _refuse_unless_accepted(answer: int | str, text: str) -> None:
    """Answers as a switch says. A 500 shows what an internal error might leak, not the API's own words."""
    if answer == "accept":
        return
    status = int(answer)
    raise RefusedError(status, f"Simulated internal error: constraint violated ({text})" if status == 500 else text)


def _lookalike_jwt() -> str:
    """Three parts like a JWT, but opaque: nothing here signs or reads it."""
    parts = ({"alg": "none", "typ": "JWT"}, {"simulated": True, "jti": secrets.token_hex(16)})
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])
