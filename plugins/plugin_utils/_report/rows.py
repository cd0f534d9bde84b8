# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the rows of the report, from what each host answered, or from the report before where one did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from ...module_utils._base.model import Declared, Owner, Token
from ...module_utils._base.moments import parse_moment
from ...module_utils._base.names import family_name, is_previous
from .model import HostReport, OwnerReport, Report, TokenReport, moment_text, normal_moment
from .rotation import declaration_of, rotation_due


@dataclass(frozen=True)
class HostFacts:
    """What is known of one host.

    ``listed`` is the result of personal_access_token_info, None where it failed, and then ``error`` says why.
    ``declared`` is what the host declares, None where no declaration is known.
    """

    host: str
    listed: Mapping[str, Any] | None
    error: str | None = None
    declared: Sequence[Declared] | None = None


@dataclass(frozen=True)
class Rows:
    """What the report shows of one host before anything is found in it; ``now`` is the time that it is judged by."""

    host: HostReport
    owners: tuple[OwnerReport, ...]
    tokens: tuple[TokenReport, ...]
    declared: Sequence[Declared]
    now: datetime


def rows_of(facts: HostFacts, previous: Report | None, max_tokens: int, now: datetime) -> Rows:
    """Return the rows of one host; ``now`` is the local time in UTC, for a host that told none of its own."""
    if facts.listed is None:
        return _stale_rows(facts, previous, now)
    reading = facts.listed["reading"]
    at = parse_moment(reading["listed_at"])
    host = HostReport(
        host=facts.host,
        base_url=reading["base_url"],
        client_id=reading["client_id"],
        scanned_at=moment_text(at),
        seconds=reading["seconds"],
    )
    infos = facts.listed["personal_access_tokens"]
    tokens = tuple(_declared_row(row, tokens_owner(infos, host), facts, at) for row in _token_rows(facts.host, infos))
    return Rows(host, tuple(_owner_rows(facts.host, infos, max_tokens)), tokens, facts.declared or (), at)


def tokens_owner(infos: Sequence[Mapping[str, Any]], host: HostReport) -> str | None:
    """Return the id of the identity that a host's declaration is about: the one that it authenticates as.

    It is None where only a bearer token is given and the tokens of more than one identity are listed.
    """
    owners = {info["owner"]["id"] for info in infos}
    own = {info["owner"]["id"] for info in infos if info["id"] == host.client_id}
    found = own or (owners if len(owners) == 1 else set())
    return next(iter(found), None)


def _token_rows(host: str, infos: Sequence[Mapping[str, Any]]) -> Iterator[TokenReport]:
    for info in infos:
        row = TokenReport(
            host=host,
            id=info["id"],
            name=info["name"],
            family="",
            state="active",
            scope=None if info["scope"] is None else tuple(info["scope"]),
            owner_id=info["owner"]["id"],
            owner=info["owner"]["name"],
            created=normal_moment(info["created"]) or "",
            last_used=normal_moment(info["last_used"]),
            expiration_date=normal_moment(info["expiration_date"]),
            managed=info["managed"],
        )
        yield replace(row, family=family_name(token_of(row)))


def _declared_row(row: TokenReport, owner: str | None, facts: HostFacts, now: datetime) -> TokenReport:
    """Return the row with what its host declares of it; another identity's tokens are nobody's to declare here."""
    token = token_of(row)
    state = "expired" if token.is_expired(now) else "previous" if is_previous(token) else "active"
    row = replace(row, state=state)
    if facts.declared is None or row.owner_id != owner:
        return replace(row, declared=None, rotation_due=None)
    declared = declaration_of(token, facts.declared)
    due = rotation_due(declared, token) if declared is not None else None
    return replace(row, declared=declared is not None, rotation_due=moment_text(due) if due else None)


def _owner_rows(host: str, infos: Sequence[Mapping[str, Any]], max_tokens: int) -> Iterator[OwnerReport]:
    """Yield each owner of listed tokens; those that the platform manages take no slot."""
    counts = Counter(info["owner"]["id"] for info in infos if not info["managed"])
    owners = {info["owner"]["id"]: info["owner"] for info in infos}
    for owner_id, owner in sorted(owners.items(), key=lambda item: (item[1]["name"], item[0])):
        count = counts[owner_id]
        free = max(0, max_tokens - count)
        state, manager = owner.get("state"), owner.get("manager")
        name = manager.get("name") if isinstance(manager, Mapping) else manager
        yield OwnerReport(host, owner_id, owner["name"], count, max_tokens, free, state, name)


def _stale_rows(facts: HostFacts, previous: Report | None, now: datetime) -> Rows:
    """Return what the report before says of a host, marked stale; its tokens age all the same."""
    hosts = [host for host in previous.hosts if host.host == facts.host] if previous else []
    host = replace(hosts[0] if hosts else HostReport(facts.host), stale=True, error=facts.error)
    rows = [token for token in previous.tokens if token.host == facts.host] if previous else []
    owners = tuple(owner for owner in previous.owners if owner.host == facts.host) if previous else ()
    tokens = []
    for row in rows:
        if facts.declared is None or row.declared is None:
            state = "expired" if token_of(row).is_expired(now) else row.state
            tokens.append(replace(row, state=state, stale=True))
        else:
            tokens.append(replace(_declared_row(row, row.owner_id, facts, now), stale=True))
    return Rows(host, owners, tuple(tokens), facts.declared or (), now)


def token_of(row: TokenReport) -> Token:
    """Return the token of a row, as the rules of a plan take it."""
    return Token(
        id=row.id,
        name=row.name,
        scope=None if row.scope is None else frozenset(row.scope),
        owner=Owner(row.owner_id, row.owner),
        created=parse_moment(row.created),
        last_used=_moment(row.last_used),
        expiration_date=_moment(row.expiration_date),
        managed=row.managed,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_moment(text).astimezone(timezone.utc)
