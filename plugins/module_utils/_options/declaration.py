# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of one token: from its options to a Declared. Nothing is sent.

The checks refuse what is invalid, what the API version cannot express, and what would harm a later run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from .._base.errors import DeclarationError
from .._base.model import (
    LONGEST_FORCED_EXPIRY,
    SHORTEST_FORCED_EXPIRY,
    VALIDITY_SECONDS,
    ApiVersion,
    Declared,
    Rotate,
    State,
    Verify,
)
from .._base.moments import format_duration, format_moment
from .._base.names import has_previous_suffix
from .values import duration_from, moment_from, token_id_from

LIFECYCLE_SPEC: dict[str, Any] = {
    "scope": {"type": "list", "elements": "raw"},
    "access_token_validity_seconds": {"type": "int", "no_log": False},
    "expiration_date": {"type": "str"},
    "expires_in": {"type": "str"},
    "never_expires": {"type": "bool", "default": False},
    "rotate": {"type": "str", "default": "when_due", "choices": list(get_args(Rotate))},
    "rotate_after": {"type": "str"},
    "rotate_before": {"type": "str"},
    "overlap": {"type": "str", "default": "7d"},
    "adopt": {"type": "bool", "default": False},
    "verify": {"type": "str", "default": "on_write", "choices": list(get_args(Verify))},
    "return_secret": {"type": "bool", "default": False, "no_log": False},
}
"""The options that many tokens may have in common."""

IDENTITY_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "renamed_from": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "default": "present", "choices": list(get_args(State))},
    "key": {"type": "str", "no_log": False},
    "authenticates": {"type": "bool", "default": False},
}

STORED_CREDENTIALS_SPEC: dict[str, Any] = {
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
}
"""What a store of the user's own holds for one token; without a client_id, it holds nothing."""

TOKEN_SPEC: dict[str, Any] = {
    **IDENTITY_SPEC,
    **LIFECYCLE_SPEC,
    "stored_credentials": {"type": "dict", "options": STORED_CREDENTIALS_SPEC},
}

QUOTA_SPEC: dict[str, Any] = {"max_tokens": {"type": "int", "default": 10, "no_log": False}}
"""What holds for all tokens of the owner."""

LONGEST_BEARER_USE = timedelta(hours=12)
"""A bearer token lives for 12 hours at most, so its PAT was used in that time; lastUsed may lag behind by a day."""

_ALL_RIGHTS = "sp:scopes:all"
_OWN_RIGHTS = ("my-personal-access-tokens:read", "my-personal-access-tokens:manage")
"""What a run needs: the API's definitions begin both with ``sp:``, its guide the first one with ``idn:``."""

EXPIRY_OPTIONS = ("expiration_date", "expires_in", "never_expires")
_EXPIRY_CHOICES = "expires_in, expiration_date or never_expires: true"


def declared_from(options: Mapping[str, Any], version: ApiVersion, now: datetime) -> Declared:
    """Return what the options declare of a token; ``now`` is the local time in UTC.

    Raises DeclarationError for what is invalid: bad values, what the API version cannot express, and a declaration
    under which a fresh token would be due at once.
    """
    declared = Declared(
        name=_name("name", options["name"]),
        id=token_id_from("id", options["id"]),
        renamed_from=tuple(_former_names(options)),
        state=options["state"],
        scope=_scope(options["scope"]),
        access_token_validity_seconds=_validity(options["access_token_validity_seconds"]),
        expiration_date=moment_from("expiration_date", options["expiration_date"]),
        expires_in=duration_from("expires_in", options["expires_in"]),
        never_expires=options["never_expires"],
        rotate=options["rotate"],
        rotate_after=duration_from("rotate_after", options["rotate_after"]),
        rotate_before=duration_from("rotate_before", options["rotate_before"]),
        overlap=duration_from("overlap", options["overlap"]) or timedelta(),
        adopt=options["adopt"],
        stored_client_id=_stored_client_id(options),
        verify=options["verify"],
        revoke=options.get("revoke") is not None,
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
        raise DeclarationError("renamed_from needs name: the new name of the token")
    return names


def _stored_client_id(options: Mapping[str, Any]) -> str | None:
    """Return the store's answer. One that is neither empty nor an id is an error, and never causes a rotation.

    Until ``store`` is read, the answer is that it holds nothing.
    """
    stored: Mapping[str, Any] | None = options["stored_credentials"]
    if options["store"] is not None:
        if stored is not None:
            raise DeclarationError("store and stored_credentials exclude each other: a token has one store")
        return ""
    if stored is None:
        return None
    if stored.get("client_secret") and not stored.get("client_id"):
        raise DeclarationError("stored_credentials has a client_secret without its client_id")
    return token_id_from("client_id in stored_credentials", stored.get("client_id") or None) or ""


def _check_store(options: Mapping[str, Any], declared: Declared) -> None:
    """Refuse options that need a store where none is given, and an id beside a store."""
    if declared.adopt and declared.stored_client_id is None:
        raise DeclarationError("adopt says what to do with a token that the store does not hold, and no store is given")
    for option in ("key", "authenticates"):
        if options[option] and options["store"] is None:
            raise DeclarationError(f"{option} needs store, and no store is given")
    if options["verify"] == "always" and declared.stored_client_id is None:
        raise DeclarationError("verify: always checks that a store's credentials still work, and no store is given")
    if declared.id is not None and options["store"] is not None:
        raise DeclarationError(
            "id excludes store, which itself says which token is in use: declare the token by its name"
        )
    if options["authenticates"] and declared.state == "absent":
        raise DeclarationError("authenticates is for a token that is kept, and state is absent")
    if options["authenticates"]:
        _check_own_scope(declared.scope)


def _check_own_scope(scope: frozenset[str] | None) -> None:
    """Refuse a scope with which the token could not keep itself: the run after that could not correct it either."""
    if scope is None or _ALL_RIGHTS in scope:
        return
    missing = [right for right in _OWN_RIGHTS if not any(right == one.partition(":")[2] for one in scope)]
    if missing:
        lacking = " and ".join(f"sp:{right}" for right in missing)
        raise DeclarationError(
            f"authenticates needs a scope with which the run can keep tokens, and this one lacks {lacking}; add that, "
            "or no later run could undo it"
        )


def _scope(scope: Sequence[Any] | None) -> frozenset[str] | None:
    if scope is None:
        return None
    if not scope:
        raise DeclarationError("scope is empty: list at least one, or leave it out, so that it is not managed")
    for one in scope:
        if not isinstance(one, str):
            raise DeclarationError(f"scope has {one!r} in it, which is not a string")
        if not one or one != one.strip():
            raise DeclarationError(
                f"scope has {one!r} in it, which is blank or has white space around it{_as_list(scope)}"
            )
        if one.replace(",", " ").split() != [one]:
            raise DeclarationError(
                f"scope has {one!r} in it, which is several scopes in one string; write the list "
                f"[{', '.join(one.replace(',', ' ').split())}]"
            )
    return frozenset(str(one) for one in scope)


def _as_list(scope: Sequence[Any]) -> str:
    """Return the list that may have been meant: Ansible splits a string at its commas, and keeps the blanks."""
    scopes = [str(one).strip() for one in scope]
    return f"; to give several scopes, write a list: [{', '.join(scopes)}]" if len(scopes) > 1 and all(scopes) else ""


def _validity(seconds: int | None) -> int | None:
    if seconds is not None and seconds not in VALIDITY_SECONDS:
        least, most = VALIDITY_SECONDS[0], VALIDITY_SECONDS[-1]
        raise DeclarationError(f"access_token_validity_seconds is {seconds}; it must be from {least} to {most}")
    return seconds


def _check_expiry(declared: Declared, version: ApiVersion, now: datetime) -> None:
    given = [option for option in EXPIRY_OPTIONS if getattr(declared, option) not in (None, False)]
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
            "rotate_after must be longer than overlap, or tokens would pile up faster than they may go"
        )
    is_rotated = declared.state == "present" and declared.id is None and declared.rotate != "never"
    if before is not None and before < declared.overlap and is_rotated:
        raise DeclarationError(_shorter_than_overlap(before, declared.overlap))
    lifetime = declared.expires_in
    if lifetime is None and not declared.has_expiry and not version.patches_expiry:
        lifetime = SHORTEST_FORCED_EXPIRY
    if before is not None and lifetime is not None and before >= lifetime:
        raise DeclarationError(
            "rotate_before must be shorter than the token's lifetime, or a fresh token would be due at once"
        )
    by_age_alone = after if before is None and is_rotated else None
    if by_age_alone is not None and lifetime is not None and by_age_alone + declared.overlap > lifetime:
        raise DeclarationError(
            "rotate_after and overlap together must not be longer than the token's lifetime, or the old token would "
            "expire before its consumers have had the overlap to switch; shorten one of them, or give rotate_before"
        )
    is_rotated = is_rotated and (after is not None or before is not None or declared.rotate == "always")
    if is_rotated and version.patches_expiry and not declared.has_expiry:
        raise DeclarationError(
            f"rotation makes new tokens, and {version.name} requires every new token to have an expiry: "
            f"give {_EXPIRY_CHOICES}"
        )


def _shorter_than_overlap(before: timedelta, overlap: timedelta) -> str:
    length = format_duration(overlap)
    default = " (the default)" if length == LIFECYCLE_SPEC["overlap"]["default"] else ""
    return (
        "rotate_before must not be shorter than overlap, or the old token would expire before its overlap ends: it is "
        f"{format_duration(before)}, and overlap is {length}{default}; raise rotate_before to {length} or more, or "
        "shorten overlap"
    )


def _check_id(declared: Declared) -> None:
    """Refuse what an id excludes.

    Due dates are allowed, since module_defaults may set them: if the token is due, that is a failure later.
    """
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


def check_overlap(declared: Declared, own_id: str | None) -> None:
    """Refuse an overlap that could make the run delete the token that it authenticates with.

    With only an access_token, the id of that token is unknown. But it was used within the life of a bearer token, so an
    overlap of that length keeps it. Raises DeclarationError.
    """
    if own_id is None and declared.state == "present" and declared.overlap < LONGEST_BEARER_USE:
        raise DeclarationError(
            "overlap must be 12h or more if only an access_token is given: the token that it came from is unknown, "
            "and must not be deleted; give client_id and client_secret instead"
        )
