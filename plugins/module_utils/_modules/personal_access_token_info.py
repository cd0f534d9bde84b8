# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module personal_access_token_info: the tokens as they are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any, Callable, get_args

from .._api.client import TokenClient
from .._api.identities import IdentityClient
from .._base.errors import DeclarationError, IscError
from .._base.model import API_VERSIONS, Identity, Listing, OnWarning, Token
from .._base.moments import format_moment
from .._options.connection import CONNECTION_SPEC
from .._options.values import duration_from, owner_from
from .._plan.due import own_expiry_warnings
from .._run.context import Context
from .._run.session import open_connection
from .entry import EntryPoint
from .results import token_info

CLOCK_MARGIN = timedelta(days=1)
"""How far behind the server's the local clock may be, before the server's filter has to be told its own time."""


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    matches = _matcher(options)
    owner = owner_from(options["owner"])
    began = time.monotonic()
    transport, connection = open_connection(options, context)
    version = API_VERSIONS[options["api_version"]]
    client = TokenClient(transport, version)
    listing = _listing(client, owner, options)
    now = listing.now or datetime.now(timezone.utc)
    tokens = [token for token in listing.tokens if matches(token, now)]
    warnings = list(own_expiry_warnings(connection.client_id, listing.tokens, now))
    # With never_used, the server may have left tokens out.
    if owner not in ("me", "all") and not listing.tokens and options["never_used"] is None:
        warnings.append(f"owner {owner} has no personal access tokens: check that it is the id of an identity")
    infos = [token_info(token, now) for token in tokens]
    owners_error = None
    if options["owner_state"]:
        found, owners_error = _owners_of(tokens, IdentityClient(transport, version))
        infos = [with_owner(info, found) for info in infos]
        warnings += [owners_error] if owners_error else []
    result = {
        "changed": False,
        "personal_access_tokens": sorted(infos, key=lambda info: (info["name"], info["id"])),
        "reading": {
            "base_url": connection.base_url,
            "api_version": options["api_version"],
            "client_id": connection.client_id,
            "listed_at": format_moment(now),
            "seconds": round(time.monotonic() - began, 3),
            "owners_error": owners_error,
        },
        "warning_texts": warnings,
    }
    return {**result, "warnings": warnings} if warnings and options["on_warning"] == "show" else result


def _owners_of(tokens: Sequence[Token], client: IdentityClient) -> tuple[dict[str, Identity], str | None]:
    """Return the owners of tokens by their ids, or why they are unknown: tokens are worth listing without them too."""
    try:
        return client.read(token.owner.id for token in tokens), None
    except IscError as error:
        return {}, f"state and manager of the owners are unknown (owner_state): {error}"


def with_owner(info: dict[str, Any], found: Mapping[str, Identity]) -> dict[str, Any]:
    """Return a token's info with what is known of its owner."""
    owner = found.get(info["owner"]["id"], Identity(info["owner"]["id"]))
    manager = {"id": owner.manager.id, "name": owner.manager.name} if owner.manager else None
    return {**info, "owner": {**info["owner"], "state": owner.state, "manager": manager}}


def _listing(client: TokenClient, owner: str, options: Mapping[str, Any]) -> Listing:
    """Return the tokens of the owner, without those that the server can leave out by their last use.

    The answer is compared exactly. The filter leaves out tokens that were never used, so it serves only if those are
    not wanted.
    """
    of = None if owner == "all" else owner
    unused_for = duration_from("unused_for", options["unused_for"])
    if unused_for is None or options["never_used"] is not False:
        return client.list(of, never_used=options["never_used"] is True)
    local = datetime.now(timezone.utc)
    listing = client.list(of, last_used_by=local - unused_for + CLOCK_MARGIN)
    if listing.now is None or listing.now - local <= CLOCK_MARGIN:
        return listing
    return client.list(of, last_used_by=listing.now - unused_for + CLOCK_MARGIN)


def _matcher(options: Mapping[str, Any]) -> Callable[[Token, datetime], bool]:
    """Return the predicate that the options describe. Raises DeclarationError."""
    for option in ("name", "name_pattern"):
        if options[option] is not None and not options[option].strip():
            raise DeclarationError(f"{option} is {'blank' if options[option] else 'empty'}: leave it out for all names")
    unused_for = duration_from("unused_for", options["unused_for"])
    expires_within = duration_from("expires_within", options["expires_within"])

    def matches(token: Token, now: datetime) -> bool:
        date = token.expiration_date
        tests = (
            options["name"] is None or token.name == options["name"],
            options["name_pattern"] is None or fnmatchcase(token.name, options["name_pattern"]),
            unused_for is None or now - (token.last_used or token.created) >= unused_for,
            options["never_used"] in (None, token.last_used is None),
            expires_within is None or (date is not None and date - now <= expires_within),
            options["expired"] in (None, token.is_expired(now)),
            options["managed"] in (None, token.managed),
        )
        return all(tests)

    return matches


PERSONAL_ACCESS_TOKEN_INFO = EntryPoint(
    name="personal_access_token_info",
    argument_spec={
        **CONNECTION_SPEC,
        "owner": {"type": "str", "default": "me"},
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "unused_for": {"type": "str"},
        "never_used": {"type": "bool"},
        "expires_within": {"type": "str"},
        "expired": {"type": "bool"},
        "managed": {"type": "bool"},
        "owner_state": {"type": "bool", "default": False},
        "on_warning": {"type": "str", "default": "show", "choices": list(get_args(OnWarning))},
    },
    run=_run,
)
