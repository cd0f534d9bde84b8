# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the rows of the report, from what each host answered, or from the report before where one did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    ``listed`` is the result of personal_access_token_info. It is None where that failed, and ``error`` says why. It is
    None too where ``--limit`` leaves the host out, and ``error`` is then that of the report before, if it had one.
    ``declared`` is what the host declares, None where no declaration is known. ``max_tokens`` is how many tokens its
    owners may have, None where it does not say.
    """

    host: str
    listed: Mapping[str, Any] | None
    error: str | None = None
    declared: Sequence[Declared] | None = None
    max_tokens: int | None = None


Declarations = Mapping[tuple[str, str], Sequence[Declared]]
"""What is declared, by the tenant's address and the id of the identity whose tokens it is about."""


@dataclass(frozen=True)
class Rows:
    """What the report shows of one host before anything is found in it; ``now`` is the time that it is judged by."""

    host: HostReport
    owners: tuple[OwnerReport, ...]
    tokens: tuple[TokenReport, ...]
    now: datetime


def rows_of(facts: HostFacts, before: Mapping[str, Rows], max_tokens: int, now: datetime) -> Rows:
    """Return the rows of one host, or those ``before`` if it was not read; ``now`` is the local time in UTC."""
    if facts.listed is None:
        return _stale_rows(facts, before.get(facts.host), now)
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
    tokens = tuple(_token_rows(facts.host, infos, at))
    owners = tuple(_owner_rows(facts.host, infos, facts.max_tokens or max_tokens))
    if reading.get("owners_error") and facts.host in before:
        owners = tuple(_as_known_before(owners, before[facts.host].owners))
    return Rows(host, owners, tokens, at)


def declarations_of(pairs: Iterable[tuple[HostFacts, Rows]]) -> Declarations:
    """Return what all hosts declare; one host may list the tokens of an identity that another one declares."""
    found: dict[tuple[str, str], list[Declared]] = {}
    for facts, rows in pairs:
        owner = _declaring(rows)
        if facts.declared is not None and owner is not None and rows.host.base_url is not None:
            found.setdefault((rows.host.base_url, owner), []).extend(facts.declared)
    return found


def _declaring(rows: Rows) -> str | None:
    """Return the id of the identity that a host's declaration is about: the one that it authenticates as.

    It is None where only a bearer token is given and the tokens of more than one identity are listed.
    """
    owners = {row.owner_id for row in rows.tokens}
    own = {row.owner_id for row in rows.tokens if row.id == rows.host.client_id}
    return next(iter(own or (owners if len(owners) == 1 else ())), None)


def with_declarations(rows: Rows, declarations: Declarations) -> Rows:
    """Return the rows with what is declared of each token; of a stale one, else what was known of it stays."""
    tokens = []
    for row in rows.tokens:
        declared = declarations.get((rows.host.base_url or "", row.owner_id))
        tokens.append(row if declared is None else _declared_row(row, declared))
    return replace(rows, tokens=tuple(tokens))


def _declared_row(row: TokenReport, declared: Sequence[Declared]) -> TokenReport:
    token = token_of(row)
    one = declaration_of(token, declared)
    due = rotation_due(one, token) if one is not None else None
    return replace(row, declared=one is not None, rotation_due=moment_text(due) if due else None)


def _token_rows(host: str, infos: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[TokenReport]:
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
        yield replace(row, family=family_name(token_of(row)), state=_state(row, now))


def _state(row: TokenReport, now: datetime) -> str:
    token = token_of(row)
    return "expired" if token.is_expired(now) else "previous" if is_previous(token) else "active"


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


def _as_known_before(owners: Iterable[OwnerReport], before: Iterable[OwnerReport]) -> Iterator[OwnerReport]:
    """Yield owners whose state could not be read with what was known of it: a finding must not end by an error."""
    known = {owner.id: owner for owner in before}
    for owner in owners:
        one = known.get(owner.id)
        yield owner if one is None else replace(owner, state=one.state, manager=one.manager)


def rows_before(previous: Report | None, now: datetime) -> dict[str, Rows]:
    """Return the rows of each host in the report before."""
    if previous is None:
        return {}
    owners, tokens = defaultdict(list), defaultdict(list)
    for owner in previous.owners:
        owners[owner.host].append(owner)
    for token in previous.tokens:
        tokens[token.host].append(token)
    return {one.host: Rows(one, tuple(owners[one.host]), tuple(tokens[one.host]), now) for one in previous.hosts}


def _stale_rows(facts: HostFacts, before: Rows | None, now: datetime) -> Rows:
    """Return what the report before says of a host, marked stale; its tokens age all the same."""
    before = before or Rows(HostReport(facts.host), (), (), now)
    tokens = tuple(replace(row, state=_state(row, now), stale=True) for row in before.tokens)
    return replace(before, host=replace(before.host, stale=True, error=facts.error), tokens=tokens)


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
