# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what callers send, and refuses (400) whatever the definitions do not name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from .clock import from_iso
from .errors import GrantRefusedError, RefusedError
from .versions import Version

VALIDITY_DEFAULT = 43200
_VALIDITY_MINIMUM = 15
_VALIDITY_MAXIMUM = 43200


@dataclass(frozen=True)
class NewToken:
    """A create request whose types are right; whether it is allowed is the tenant's business."""

    name: str
    scope: tuple[str, ...] | None
    validity: int
    expiration: datetime | None
    acknowledged: bool


@dataclass(frozen=True)
class ListRequest:
    """Whose tokens, and the filter over them: ``matches(last_used)``."""

    owner_id: str | None
    matches: Callable[[datetime | None], bool]


@dataclass(frozen=True)
class IdentityRequest:
    """Which public identities (no id: all), and which page of them."""

    ids: tuple[str, ...]
    limit: int
    offset: int


def identity_request(query: list[tuple[str, str]]) -> IdentityRequest:
    """Reads the query parameters of the public identities, of the filters only those by id."""
    parameters = _parameters(query, {"limit", "offset", "filters"})
    numbers = {"limit": parameters.get("limit", "250"), "offset": parameters.get("offset", "0")}
    if not all(re.fullmatch("[0-9]{1,9}", each) for each in numbers.values()) or int(numbers["limit"]) > 250:
        raise RefusedError(400, "limit is a number from 0 to 250, offset one that is not negative.")
    text = parameters.get("filters")
    found = re.fullmatch(r'id (?:eq "[^"]+"|in \("[^"]+"(?:, ?"[^"]+")*\))', text or "")
    if text is not None and found is None:
        raise RefusedError(400, 'filters knows \'id eq "ID"\' and \'id in ("ID","ID")\'.')
    return IdentityRequest(tuple(re.findall('"([^"]+)"', text or "")), int(numbers["limit"]), int(numbers["offset"]))


def parse_json(body: bytes) -> Any:
    """The JSON value in ``body``. Raises RefusedError for anything else."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise RefusedError(400, "The body is no JSON.") from None


def list_request(query: list[tuple[str, str]]) -> ListRequest:
    """Reads the list operation's query parameters."""
    parameters = _parameters(query, {"owner-id", "filters"})
    if parameters.get("owner-id") == "":
        raise RefusedError(400, "owner-id is empty.")
    return ListRequest(parameters.get("owner-id"), _filter(parameters.get("filters")))


def no_query(query: list[tuple[str, str]]) -> None:
    """For the operations that take no query parameter at all."""
    _parameters(query, set())


def no_body(body: bytes) -> None:
    """For the operations that take no body."""
    if body:
        raise RefusedError(400, "This operation takes no body.")


def create_request(version: Version, value: Any) -> NewToken:
    """Reads the body of a create."""
    fields = _object(value, version.create_fields)
    if "name" not in fields:
        raise RefusedError(400, "name is required.")
    never = fields.get("userAwareTokenNeverExpires")
    return NewToken(
        name=_name(fields["name"]),
        scope=_scope(fields["scope"]) if "scope" in fields else None,
        validity=_validity(fields.get("accessTokenValiditySeconds")),
        expiration=_date("expirationDate", fields.get("expirationDate")),
        acknowledged=False if never is None else _flag(never),
    )


def patch_request(version: Version, value: Any) -> dict[str, Any]:
    """Reads a JSON Patch. Returns the new values by path (``/name`` …), dates as datetimes."""
    if not isinstance(value, list) or not value:
        raise RefusedError(400, "The body is not an array of patch operations.")
    readers: dict[str, Callable[[Any], Any]] = {
        "/name": _name,
        "/scope": _scope,
        "/expirationDate": lambda date: _date("expirationDate", date),
        "/userAwareTokenNeverExpires": _flag,
    }
    changes: dict[str, Any] = {}
    for each in value:
        operation = _object(each, {"op", "path", "value"})
        path = operation.get("path")
        if operation.get("op") != "replace":
            raise RefusedError(400, "The op of a patch operation must be 'replace'.")
        if not isinstance(path, str) or path not in version.patch_paths:
            raise RefusedError(400, f"{path!r} is not patchable in {version.name}.")
        if path in changes:
            raise RefusedError(400, f"{path} is patched twice.")
        if "value" not in operation:
            raise RefusedError(400, f"The operation on {path} has no value.")
        changes[path] = readers[path](operation["value"])
    return changes


def grant_request(content_type: str, query: list[tuple[str, str]], body: bytes) -> tuple[str, str]:
    """Reads a client credentials grant. Returns client id and secret; raises GrantRefusedError."""
    if content_type != "application/x-www-form-urlencoded":
        raise GrantRefusedError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    if query:
        raise GrantRefusedError("invalid_request", "Credentials belong in the body; there are no query parameters.")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise GrantRefusedError("invalid_request", "The body is no form.") from None
    form = dict(pairs)
    if len(form) != len(pairs) or set(form) != {"grant_type", "client_id", "client_secret"}:
        raise GrantRefusedError("invalid_request", "The form holds grant_type, client_id and client_secret, once each.")
    if form["grant_type"] != "client_credentials":
        raise GrantRefusedError("unsupported_grant_type", "The only grant type here is client_credentials.")
    return form["client_id"], form["client_secret"]


def _parameters(query: list[tuple[str, str]], known: set[str]) -> dict[str, str]:
    parameters = dict(query)
    unknown = set(parameters) - known
    if unknown:
        raise RefusedError(400, f"Unknown query parameter: {', '.join(sorted(unknown))}.")
    if len(parameters) != len(query):
        raise RefusedError(400, "A query parameter is given twice.")
    return parameters


def _filter(text: str | None) -> Callable[[datetime | None], bool]:
    if text is None:
        return lambda last_used: True
    if text == "lastUsed isnull":
        return lambda last_used: last_used is None
    bound = re.fullmatch(r"lastUsed le (\S+)", text)
    if bound is None:
        raise RefusedError(400, "filters knows 'lastUsed le DATE-TIME' and 'lastUsed isnull'.")
    limit = _date("filters", bound[1])
    return lambda last_used: last_used is not None and limit is not None and last_used <= limit


def _object(value: Any, known: frozenset[str] | set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(400, "An object is expected.")
    unknown = set(value) - known
    if unknown:
        raise RefusedError(400, f"Unknown field: {', '.join(sorted(unknown))}.")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(400, "name must be a text that is not blank.")
    return value


def _scope(value: Any) -> tuple[str, ...]:
    # The definitions call the scope nullable, but nobody knows what null or an empty list means: never accept a guess.
    if not isinstance(value, list) or not value:
        raise RefusedError(400, "scope must be an array with at least one element.")
    if not all(isinstance(each, str) and each for each in value):
        raise RefusedError(400, "scope must hold texts only.")
    return tuple(value)


def _validity(value: Any) -> int:
    if value is None:
        return VALIDITY_DEFAULT
    # True and False are ints in Python; the minimum keeps them out.
    if not isinstance(value, int) or not _VALIDITY_MINIMUM <= value <= _VALIDITY_MAXIMUM:
        raise RefusedError(400, f"accessTokenValiditySeconds must be {_VALIDITY_MINIMUM} to {_VALIDITY_MAXIMUM}.")
    return value


def _date(field: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return from_iso(value)
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(400, f"{field} must be a date-time with a time zone.") from None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(400, "userAwareTokenNeverExpires must be true or false.")
    return value
