# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to what they mean, the connection and the declaration. A refusal names the option; nothing is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ._credentials_file import FORMATS
from ._errors import DeclarationError
from ._family import has_previous_suffix
from ._http import Connection, is_loopback
from ._ids import is_id
from ._model import API_VERSIONS, VALIDITY_SECONDS, ApiVersion, Credentials, Declared
from ._plan import LONGEST_FORCED_EXPIRY
from ._prune import Prune
from ._secrets import Secret, Secrets
from ._time import format_moment, parse_duration, parse_moment

CONNECTION_SPEC: dict[str, Any] = {
    "base_url": {"type": "str"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "token_url": {"type": "str", "no_log": False},
    "api_version": {"type": "str", "default": "v1", "choices": list(API_VERSIONS)},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 5},
}

CONNECTION_RANGES = {"timeout": (1, 3600), "retries": (0, 100)}
"""The least and the most that a number can be; ``timeout`` in seconds."""

_LIFECYCLE_SPEC: dict[str, Any] = {
    "scope": {"type": "list", "elements": "raw"},
    "access_token_validity_seconds": {"type": "int", "no_log": False},
    "expiration_date": {"type": "str"},
    "expires_in": {"type": "str"},
    "never_expires": {"type": "bool", "default": False},
    "rotate": {"type": "str", "default": "when_due", "choices": ["when_due", "always", "never"]},
    "rotate_after": {"type": "str"},
    "rotate_before": {"type": "str"},
    "overlap": {"type": "str", "default": "7d"},
    "adopt": {"type": "bool", "default": False},
    "credentials_format": {"type": "str", "choices": list(FORMATS)},
    "verify": {"type": "str", "default": "on_write", "choices": ["on_write", "always", "never"]},
    "return_secret": {"type": "bool", "default": False, "no_log": False},
}
"""What may be the same for many tokens."""

_IDENTITY_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "renamed_from": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "credentials_file": {"type": "path"},
    "authenticates": {"type": "bool", "default": False},
}

TOKEN_SPEC: dict[str, Any] = {**_IDENTITY_SPEC, **_LIFECYCLE_SPEC, "stored_client_id": {"type": "str"}}

SET_SPEC: dict[str, Any] = {
    **_LIFECYCLE_SPEC,
    "personal_access_tokens": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        # No defaults: what an item leaves out is taken from the options at the top.
        "options": {
            **_IDENTITY_SPEC,
            **{
                name: {key: value for key, value in spec.items() if key != "default"}
                for name, spec in _LIFECYCLE_SPEC.items()
            },
        },
    },
    "stored_client_ids": {"type": "dict", "no_log": False},
    "stored_client_secrets": {"type": "dict", "no_log": True},
    "store_errors": {"type": "dict"},
    "prune": {"type": "bool", "default": False},
    "prune_exclude": {"type": "list", "elements": "str", "default": []},
    "prune_unused_for": {"type": "str", "default": "30d"},
    "on_error": {"type": "str", "default": "fail", "choices": ["fail", "report"]},
}

SHORTEST_FORCED_EXPIRY = timedelta(days=181)
"""The shortest that 6 calendar months can be: what v3, v2024 and beta give a token without an expiry option."""

LONGEST_BEARER_USE = timedelta(hours=12)
"""A bearer token lives 12 hours at most, so its PAT was used within these and the day that lastUsed may lag behind."""

_EXPIRY_OPTIONS = ("expiration_date", "expires_in", "never_expires")
_EXPIRY_CHOICES = "expires_in, expiration_date or never_expires: true"


def connection_from(options: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets) -> Connection:
    """Return the connection that the options, or for what they leave out the environment, describe.

    Explicit credentials beat those of the environment, and half a pair is never completed from the other source. Of
    the environment's, the pair beats the bearer token, since it can be renewed and tells which token is the run's own.
    Raises DeclarationError.
    """
    base_url = base_url_from(options, environ)
    for name, (least, most) in CONNECTION_RANGES.items():
        if not least <= options[name] <= most:
            raise DeclarationError(f"{name} is {options[name]}; it has to be from {least} to {most}")
    client_id, client_secret, access_token = _credentials(options, environ, secrets)
    return Connection(
        base_url=base_url,
        token_url=_url("token_url", options.get("token_url") or "") or f"{base_url}/oauth/token",
        client_id=client_id,
        client_secret=client_secret,
        access_token=access_token,
        validate_certs=options["validate_certs"],
        ca_path=options.get("ca_path"),
        timeout=options["timeout"],
        retries=options["retries"],
    )


def base_url_from(options: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return the address of the tenant's API, without a trailing slash. Raises DeclarationError."""
    base_url = _url("base_url", options.get("base_url") or environ.get("SAIL_BASE_URL") or "")
    if not base_url:
        raise DeclarationError("base_url is missing: give the option, or set SAIL_BASE_URL in the environment")
    return base_url


def _url(option: str, text: str) -> str:
    url = text.rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise DeclarationError(f"{option} is no address: {error}") from None
    if "@" in parts.netloc or parts.query or parts.fragment or re.search(r"[\s\x00-\x1f]", url):
        raise DeclarationError(f"{option} has to be a plain address without a user, query, fragment or white space")
    if not host or parts.scheme not in ("http", "https"):
        raise DeclarationError(f"{option} {url!r} is no address; write it like https://TENANT.api.identitynow.com")
    if parts.scheme == "http" and not is_loopback(url):
        raise DeclarationError(f"{option} {url!r} would send credentials unencrypted: it has to begin with https://")
    return url


def _credentials(
    options: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets
) -> tuple[str | None, Secret | None, Secret | None]:
    """Return client id, client secret and bearer token, from one source."""
    explicit = {name: options.get(name) or "" for name in ("client_id", "client_secret", "access_token")}
    environment = {name: environ.get(f"SAIL_{name.upper()}") or "" for name in explicit}
    for given in (explicit, environment):
        for name in ("client_secret", "access_token"):
            secrets.learn(given[name])
    source, given = ("options", explicit) if any(explicit.values()) else ("environment", environment)
    names = {name: name if source == "options" else f"SAIL_{name.upper()}" for name in explicit}
    for name, value in given.items():
        _check_characters(names[name], value)
    pair = (given["client_id"], given["client_secret"])
    if any(pair) and not all(pair):
        present, missing = ("client_id", "client_secret") if pair[0] else ("client_secret", "client_id")
        raise DeclarationError(
            f"{names[present]} is given without {names[missing]}; half a pair is never completed from another source"
        )
    if source == "options" and all(pair) and given["access_token"]:
        raise DeclarationError("client_id and client_secret exclude access_token: give the pair or the bearer token")
    if all(pair):
        return pair[0], secrets.learn(pair[1]), None
    if given["access_token"]:
        return None, None, secrets.learn(given["access_token"])
    raise DeclarationError(
        "credentials are missing: give client_id and client_secret, or access_token, "
        "or set SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or SAIL_ACCESS_TOKEN, in the environment"
    )


def _check_characters(name: str, credential: str) -> None:
    if re.search(r"[\s\x00-\x1f\x7f]", credential) or not credential.isascii():
        raise DeclarationError(
            f"{name} has white space or other characters in it that no credential has; "
            "a line's end read from a file, perhaps"
        )


def declared_from(options: Mapping[str, Any], version: ApiVersion, now: datetime) -> Declared:
    """Return what the options declare of a token; ``now`` is the local time in UTC.

    Raises DeclarationError for what cannot be meant so: bad values, what the API version cannot express, and a
    declaration under which a fresh token would be due at once.
    """
    declared = Declared(
        name=_name("name", options["name"]),
        id=_token_id("id", options["id"]),
        renamed_from=tuple(_former_names(options)),
        state=options["state"],
        scope=_scope(options["scope"]),
        access_token_validity_seconds=_validity(options["access_token_validity_seconds"]),
        expiration_date=_moment("expiration_date", options["expiration_date"]),
        expires_in=_duration("expires_in", options["expires_in"]),
        never_expires=options["never_expires"],
        rotate=options["rotate"],
        rotate_after=_duration("rotate_after", options["rotate_after"]),
        rotate_before=_duration("rotate_before", options["rotate_before"]),
        overlap=_duration("overlap", options["overlap"]) or timedelta(),
        adopt=options["adopt"],
        stored_client_id=_stored_client_id(options),
        proves=options["verify"] != "never",
    )
    if declared.name is None and declared.id is None:
        raise DeclarationError("name and id are missing: give the name of the token, or the id of an existing one")
    _check_expiry(declared, version, now)
    _check_rotation(declared, version)
    _check_id(declared)
    _check_store(options, declared)
    return declared


def _name(option: str, name: str | None) -> str | None:
    if name is None:
        return None
    if not name.strip():
        raise DeclarationError(f"{option} is {'blank' if name else 'empty'}")
    if name != name.strip():
        raise DeclarationError(f"{option} {name!r} begins or ends with white space")
    if has_previous_suffix(name):
        raise DeclarationError(
            f"{option} {name!r} ends like the name of a token that has been replaced; those names are not declared"
        )
    return name


def _former_names(options: Mapping[str, Any]) -> Sequence[str]:
    names = [_name("renamed_from", name) or "" for name in options["renamed_from"]]
    if options["name"] in names:
        raise DeclarationError(f"renamed_from lists {options['name']!r}, which is the name itself")
    if names and options["name"] is None:
        raise DeclarationError("renamed_from needs name: the name that the token has now")
    return names


def _token_id(option: str, token_id: str | None) -> str | None:
    if token_id is not None and not is_id(token_id):
        raise DeclarationError(f"{option} is no token id: one has 32 hexadecimal digits, and no white space around it")
    return token_id


def _stored_client_id(options: Mapping[str, Any]) -> str | None:
    """Return the store's answer; one that is neither empty nor an id is an error, and never rotates anything.

    Until a credentials_file is read, its answer is that it holds nothing.
    """
    text: str | None = options["stored_client_id"]
    if options["credentials_file"] is None:
        return _token_id("stored_client_id", text) if text else text
    if text is not None:
        raise DeclarationError("stored_client_id and credentials_file exclude each other: a token has one store")
    return ""


def _check_store(options: Mapping[str, Any], declared: Declared) -> None:
    """Refuse what speaks of a store where there is none, or none that the secret can be read from."""
    if declared.adopt and declared.stored_client_id is None:
        raise DeclarationError("adopt says what to do with a token that the store does not hold, and no store is given")
    for option in ("credentials_format", "authenticates"):
        if options[option] and options["credentials_file"] is None:
            raise DeclarationError(f"{option} needs credentials_file: there is none that it could speak of")
    if options["verify"] == "always" and declared.stored_client_id is None:
        raise DeclarationError("verify: always looks whether a store's credentials still work, and no store is given")
    if declared.id is not None and options["credentials_file"] is not None:
        raise DeclarationError(
            "id excludes credentials_file, which says itself what token is in use: declare it by its name"
        )
    if options["authenticates"] and declared.state == "absent":
        raise DeclarationError("authenticates is for a token that is kept, and state is absent")


def _scope(scope: Sequence[Any] | None) -> frozenset[str] | None:
    if scope is None:
        return None
    if not scope:
        raise DeclarationError("scope is empty: list at least one, or leave it out, so that it is not managed")
    for one in scope:
        if not isinstance(one, str):
            raise DeclarationError(f"scope has {one!r} in it, which is no string")
        if not one or one != one.strip():
            raise DeclarationError(f"scope has {one!r} in it, which is blank or has white space around it")
    return frozenset(str(one) for one in scope)


def _validity(seconds: int | None) -> int | None:
    if seconds is not None and seconds not in VALIDITY_SECONDS:
        least, most = VALIDITY_SECONDS[0], VALIDITY_SECONDS[-1]
        raise DeclarationError(f"access_token_validity_seconds is {seconds}; it has to be from {least} to {most}")
    return seconds


def _duration(option: str, text: str | None) -> timedelta | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise DeclarationError(f"{option}: {error}") from None


def _moment(option: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_moment(text)
    except ValueError as error:
        raise DeclarationError(f"{option}: {error}") from None


def _check_expiry(declared: Declared, version: ApiVersion, now: datetime) -> None:
    given = [option for option in _EXPIRY_OPTIONS if getattr(declared, option) not in (None, False)]
    if len(given) > 1:
        raise DeclarationError(f"{' and '.join(given)} exclude each other: a token has one expiry")
    if declared.never_expires and not version.patches_expiry:
        raise DeclarationError(
            f"never_expires: {version.name} makes every token expire after 6 months at most; set api_version to v1"
        )
    if declared.expires_in is not None and not declared.expires_in:
        raise DeclarationError("expires_in is 0: the token would expire at once")
    if declared.expires_in is not None and not version.patches_expiry and declared.expires_in > LONGEST_FORCED_EXPIRY:
        raise DeclarationError(f"expires_in is more than 6 months, the most that {version.name} allows; use v1")
    if declared.state == "present" and declared.expiration_date is not None and declared.expiration_date <= now:
        date = format_moment(declared.expiration_date)
        raise DeclarationError(f"expiration_date {date} is in the past; declare a later one, or expires_in")


def _check_rotation(declared: Declared, version: ApiVersion) -> None:
    after, before = declared.rotate_after, declared.rotate_before
    if after is not None and after <= declared.overlap:
        raise DeclarationError(
            "rotate_after has to be longer than overlap, or tokens would pile up faster than they may go"
        )
    lifetime = declared.expires_in
    if lifetime is None and not declared.has_expiry and not version.patches_expiry:
        lifetime = SHORTEST_FORCED_EXPIRY
    if before is not None and lifetime is not None and before >= lifetime:
        raise DeclarationError(
            "rotate_before has to be shorter than the token's lifetime, or a fresh token would be due at once"
        )
    rotates = declared.id is None and declared.rotate != "never"
    rotates = rotates and (after is not None or before is not None or declared.rotate == "always")
    if declared.state == "present" and rotates and version.patches_expiry and not declared.has_expiry:
        raise DeclarationError(
            f"rotation makes new tokens, and {version.name} demands an expiry of each: give {_EXPIRY_CHOICES}"
        )


def _check_id(declared: Declared) -> None:
    """Refuse what cannot go with an id. Due dates may (module_defaults give them): there, a due token is a failure."""
    if declared.id is None or declared.state == "absent":
        return
    rotating = {
        "rotate: always": declared.rotate == "always",
        "a store": declared.stored_client_id is not None,
        "renamed_from": bool(declared.renamed_from),
    }
    given = [option for option, is_given in rotating.items() if is_given]
    if given:
        raise DeclarationError(
            f"id excludes {', '.join(given)}: a token that is rotated gets another id; declare it by its name"
        )


def items_from(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of every token of a set, those at the top filled in where it has none of its own.

    A token's own expiry takes the place of all three at the top. Raises DeclarationError.
    """
    items = []
    ids, secrets = options["stored_client_ids"], options["stored_client_secrets"] or {}
    errors = options["store_errors"] or {}
    for own in options["personal_access_tokens"]:
        given = {name: value for name, value in own.items() if value is not None}
        top = {name: options[name] for name in _LIFECYCLE_SPEC}
        if any(given.get(name) for name in _EXPIRY_OPTIONS):
            top.update(expiration_date=None, expires_in=None, never_expires=False)
        item = {**dict.fromkeys(TOKEN_SPEC), **top, **given}
        name = item["name"]
        if name is None and item["id"] is None:
            raise DeclarationError("personal_access_tokens has one without name and id: give the name of each")
        if item["credentials_file"] is None:
            item["stored_client_id"] = None if ids is None else str(ids.get(name) or "")
            item["credentials_format"] = given.get("credentials_format")
        items.append({**item, "stored_client_secret": secrets.get(name), "store_error": errors.get(name)})
    _refuse_twice(items)
    return items


def _refuse_twice(items: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two declarations of one token, or with one file: each run, they would undo each other's work."""
    for option in ("name", "id", "credentials_file"):
        values = [item[option] for item in items if item[option] is not None]
        if option == "credentials_file":
            values = [os.path.realpath(value) for value in values]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise DeclarationError(f"personal_access_tokens declares the {option} {twice[0]!r} more than once")
    if sum(bool(item["authenticates"]) for item in items) > 1:
        raise DeclarationError("authenticates is for one of the personal_access_tokens: a run authenticates with one")


def prune_from(options: Mapping[str, Any], own_id: str | None) -> Prune | None:
    """Return the rules by which undeclared tokens go, None where they stay. Raises DeclarationError."""
    if not options["prune"]:
        return None
    if not options["personal_access_tokens"]:
        raise DeclarationError("prune needs personal_access_tokens: with none declared, all that is unused would go")
    if own_id is None:
        raise DeclarationError(
            "prune needs client_id and client_secret: which token an access_token came from is unknown, and it must "
            "not be deleted"
        )
    unused_for = _duration("prune_unused_for", options["prune_unused_for"]) or timedelta()
    return Prune(tuple(options["prune_exclude"]), unused_for)


def check_overlap(declared: Declared, own_id: str | None) -> None:
    """Refuse an overlap that could make the run delete the very token that it authenticates with.

    With only an access_token that token's id is unknown, but it was used within the life of a bearer token, so that an
    overlap as long as that keeps it. Raises DeclarationError.
    """
    if own_id is None and declared.state == "present" and declared.overlap < LONGEST_BEARER_USE:
        raise DeclarationError(
            "overlap has to be 12h or more where only an access_token is given: which token that came from is unknown, "
            "and it must not be deleted; give client_id and client_secret instead"
        )


def kept_credentials_from(options: Mapping[str, Any], base_url: str, secrets: Secrets) -> Credentials | None:
    """Return the credentials that a file shall hold, None if none are given. Raises DeclarationError."""
    client_id, client_secret = options["client_id"], options["client_secret"]
    if client_id is None and client_secret is None:
        return None
    secret = secrets.learn(client_secret or "")
    if options["state"] == "absent":
        raise DeclarationError("client_id and client_secret say what the file shall hold, and state is absent")
    if not client_id or not client_secret:
        raise DeclarationError(
            "client_id and client_secret go together, and one of them is missing or empty; give none to read the file"
        )
    _token_id("client_id", client_id)
    _check_characters("client_secret", client_secret)
    return Credentials(base_url, client_id, secret)
