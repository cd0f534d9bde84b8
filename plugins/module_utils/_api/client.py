# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The personal access token API as typed calls. Only this file knows the names of its fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from .._base.ids import is_id
from .._base.model import ApiVersion, Changes, CreatedToken, Grant, Listing, NewToken, Owner, Token
from .._base.moments import format_moment, parse_moment
from .._base.secret import Secret, Secrets
from .answers import Answer, clean, unreadable
from .transport import Transport

# The definitions of the API ask for the one as a scope of the token, and for the other as a right of the caller.
_ALSO = "SailPoint's documentation also calls it the right"
_READ_OWN = f"sp:my-personal-access-tokens:read ({_ALSO} idn:my-personal-access-tokens:read)"
_READ_ALL = f"sp:all-personal-access-tokens:read ({_ALSO} idn:all-personal-access-tokens:read)"
_MANAGE_OWN = "sp:my-personal-access-tokens:manage"
_DELETE = f"{_MANAGE_OWN} (for another owner's token: sp:all-personal-access-tokens:manage)"

_T = TypeVar("_T")


class TokenClient:
    """List, create, patch and delete personal access tokens with one version of the API.

    Every call raises ApiError if it is refused, ConnectionFailedError if no answer comes, and UnreadableAnswerError if
    the answer is not what the API promises.
    """

    def __init__(self, transport: Transport, version: ApiVersion) -> None:
        self._transport = transport
        self._path = version.path
        self.listing = Listing((), None)
        """The last answer to ``list``."""

    def list(
        self, owner: str | None = "me", *, never_used: bool = False, last_used_by: datetime | None = None
    ) -> Listing:
        """Return the tokens of an owner: ``me``, an identity's id, or None for the whole tenant.

        ``never_used`` selects the tokens that were never used. ``last_used_by`` (UTC) selects those last used by then,
        and leaves out those never used. The API cannot combine filters.
        """
        of = {"me": "the caller", None: "the whole tenant"}.get(owner, f"owner {owner}")
        filters = f"lastUsed le {format_moment(last_used_by)}" if last_used_by else None
        query = {"owner-id": owner, "filters": "lastUsed isnull" if never_used else filters}
        answer = self._transport.send(
            "GET",
            self._path,
            query={key: value for key, value in query.items() if value is not None},
            what=f"list the personal access tokens of {of}",
            right=_READ_OWN if owner == "me" else _READ_ALL,
        )
        self.listing = Listing(self._read(answer, _read_tokens), answer.date)
        return self.listing

    def create(self, new: NewToken) -> CreatedToken:
        """Create a token, and learn its one-time secret.

        Raises LostAnswerError if the token may have been created, but no answer came, or not the one that the API
        promises.
        """
        body: dict[str, object] = {"name": new.name}
        if new.scope is not None:
            body["scope"] = sorted(new.scope)
        if new.access_token_validity_seconds is not None:
            body["accessTokenValiditySeconds"] = new.access_token_validity_seconds
        if new.never_expires:
            body["userAwareTokenNeverExpires"] = True
        elif new.expiration_date is not None:
            body["expirationDate"] = format_moment(new.expiration_date)
        what = f"create the personal access token {new.name!r}"
        answer = self._transport.create(self._path, body, what=what, right=_MANAGE_OWN)
        return self._read(answer, _read_created)

    def patch(self, token: Token, changes: Changes) -> Token:
        """Change a token, and return its new form. Raises NotFoundError if it does not exist."""
        values: dict[str, object] = {}
        if changes.name is not None:
            values["name"] = changes.name
        if changes.scope is not None:
            values["scope"] = sorted(changes.scope)
        if changes.never_expires:
            # The API demands the acknowledgement in the same patch.
            values.update(expirationDate=None, userAwareTokenNeverExpires=True)
        elif changes.expiration_date is not None:
            values["expirationDate"] = format_moment(changes.expiration_date)
        answer = self._transport.send(
            "PATCH",
            self._path_of(token),
            body=[{"op": "replace", "path": f"/{key}", "value": value} for key, value in values.items()],
            content_type="application/json-patch+json",
            what=f"change the personal access token {token.name!r} ({token.id})",
            right=_MANAGE_OWN,
        )
        return self._read(answer, _read_token)

    def delete(self, token: Token) -> None:
        """Delete a token. Raises NotFoundError if it does not exist."""
        what = f"delete the personal access token {token.name!r} ({token.id})"
        self._transport.send("DELETE", self._path_of(token), what=what, right=_DELETE)

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        """Exchange a token's credentials for a bearer token, and learn that as a secret."""
        return self._transport.grant(client_id, client_secret)

    def authenticate(self) -> Grant:
        """Exchange the connection's own credentials for a bearer token, which all later requests carry."""
        return self._transport.authenticate()

    def wait(self, seconds: float) -> bool:
        """Wait before a call, and return True; return False at once where the run has no patience left for that."""
        return self._transport.wait(seconds)

    @property
    def seconds_left(self) -> float:
        """How long the run may still wait for the server."""
        return self._transport.patience.left

    def _path_of(self, token: Token) -> str:
        return f"{self._path}/{quote(token.id, safe='')}"

    def _read(self, answer: Answer, read: Callable[[object, Secrets], _T]) -> _T:
        """Return what ``read`` makes of the answer's document."""
        problem = ""
        try:
            return read(answer.document, self._transport.secrets)
        except _BrokenPromiseError as error:
            problem = str(error)
        raise unreadable(answer.call, f"answered {answer.status} with {problem}", self._transport.secrets)


class _BrokenPromiseError(Exception):
    """A document is not what the API promises; the text completes "answered 200 with …"."""


def _read_tokens(document: object, secrets: Secrets) -> tuple[Token, ...]:
    if not isinstance(document, list):
        raise _BrokenPromiseError("something that is not a list of tokens")
    return tuple(_read_token(item, secrets) for item in document)


def _read_created(document: object, secrets: Secrets) -> CreatedToken:
    # Learned before the token is read, since an error about the token must not show it.
    value = document.get("secret") if isinstance(document, dict) else None
    secret = secrets.learn(value) if isinstance(value, str) else None
    token = _read_token(document, secrets)
    if secret is None or not secret.reveal():
        raise _BrokenPromiseError(f"no secret in the token {_label(document, secrets)}")
    return CreatedToken(token, secret)


def _read_token(item: object, secrets: Secrets) -> Token:
    """Return the token in an object. Nothing is required beyond what every version of the API promises."""
    if not isinstance(item, dict):
        raise _BrokenPromiseError("something that is not a token")

    def promised(key: str, convert: Callable[[object], _T | None], holder: dict[str, object] = item) -> _T:
        value = convert(holder.get(key))
        if value is None:
            where = key if holder is item else f"owner.{key}"
            problem = "of the wrong type" if key in holder else "missing"
            raise _BrokenPromiseError(f"the field {where} {problem} in the token {_label(item, secrets)}")
        return value

    def optional(key: str, convert: Callable[[object], _T | None]) -> _T | None:
        # The specifications of the API describe dates that are "null or empty".
        return None if item.get(key) in (None, "") else promised(key, convert)

    if "scope" not in item:
        promised("scope", _scope)
    owner = promised("owner", _object)
    owner_name = owner.get("name")
    return Token(
        id=promised("id", _id),
        name=promised("name", _text),
        scope=optional("scope", _scope),
        owner=Owner(promised("id", _text, owner), owner_name if isinstance(owner_name, str) else ""),
        created=promised("created", _moment),
        last_used=optional("lastUsed", _moment),
        expiration_date=optional("expirationDate", _moment),
        access_token_validity_seconds=optional("accessTokenValiditySeconds", _integer),
        managed=optional("managed", _flag) or False,
    )


def _label(item: object, secrets: Secrets) -> str:
    """Return how a message refers to a token of which nothing is certain."""
    shown = item if isinstance(item, dict) else {}
    name, token_id = (clean(_text(shown.get(key)) or "unknown", secrets) for key in ("name", "id"))
    return f"{name!r} (id {token_id})"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and is_id(value) else None


def _object(value: object) -> dict[str, object] | None:
    return value if isinstance(value, dict) else None


def _scope(value: object) -> frozenset[str] | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return frozenset(value)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    try:
        return parse_moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
