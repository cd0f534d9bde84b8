# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: when a token that is no longer live goes, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._base.model import Declared, Token
from .._base.moments import format_day, format_duration
from .._base.names import describe, is_previous
from .family import Family, newer_than
from .steps import Delete, Facts, Previous

HANDOVER = timedelta(hours=1)
"""A token younger than this may belong to another run that has yet to write its store: nobody deletes it, and a use
of it is taken for that run's own proof.

No run takes longer than this from its create to its store: what it waits for the server is bounded by ``run_timeout``,
and every store by a time limit of its own. Only a program that the library of a store runs for its login may hang for
longer; what another run has stored meanwhile is then kept by compare and set."""

END_WARNING = timedelta(days=30)
"""How early to warn before a replaced token that is in use expires."""

HEALS_WITHIN = timedelta(days=7)
"""How young a token has to be to count as what a failed run left, if no store holds its secret."""

LAST_USED_LAG = timedelta(hours=24)
"""``lastUsed`` is written once a day, so the last use may be this much later than it says."""


def is_held_elsewhere(token: Token) -> bool:
    """Return whether somebody uses a token whose secret the store does not hold: it was used after its first hour."""
    return token.last_used is not None and token.last_used > token.created + HANDOVER


def rivals(live: Token | None, bearers: Sequence[Token]) -> list[Token]:
    """Return the bearers of a name that came after the live token, and that another store keeps."""
    return [] if live is None else [token for token in newer_than(live, bearers) if is_held_elsewhere(token)]


def is_remnant(member: Token, family: Family, declared: Declared, now: datetime) -> bool:
    """Return whether ``member`` is a remnant: a failed run left it, and nobody holds its secret.

    Its only use, if any, was its maker's proof. It came after the live token, or was replaced within a week. And a use
    by anybody else would show by now. An older token that was replaced may be one that somebody made, and that was
    adopted. Where ``adopt`` is declared, so may a young one: the first of the family.
    """
    successors = [one.created for one in family.members if one.created > member.created]
    may_be_adopted = declared.adopt and all(one.created >= member.created for one in family.members)
    was_replaced_young = is_previous(member) and min(successors, default=now) - member.created < HEALS_WITHIN
    is_newer = family.live is not None and member.created > family.live.created
    is_left = is_newer or (was_replaced_young and not may_be_adopted)
    return is_left and not is_held_elsewhere(member) and now >= use_shows_at(member)


def use_shows_at(member: Token) -> datetime:
    """Return from when on the list shows whether anybody but its maker uses a token every day.

    The first use is written at once, the next one only a day later, so the maker's proof hides other uses on that day.
    """
    if member.last_used is None:
        return member.created + HANDOVER + LAST_USED_LAG
    return member.last_used + 2 * LAST_USED_LAG


def lost_writes(declared: Declared, family: Family, now: datetime) -> str | None:
    """Return what to tell where the store has not kept what two runs made for it; None where it has.

    Their tokens are younger than what the store holds, and nobody has used them since those runs proved them. Two that
    were made within the hour may be of runs at the same time.
    """
    since = family.live.created if family.live else now - HEALS_WITHIN
    earlier = [token for token in family.others if since < token.created < now - HANDOVER]
    made = [token for token in earlier if token.last_used is not None and not is_held_elsewhere(token)]
    moments = [token.created for token in made]
    if declared.stored_client_id is None or not made or max(moments) - min(moments) <= HANDOVER:
        return None
    lost = (
        f"{declared.store_at} has not kept the credentials that earlier runs made for it, of {describe(made)}, and "
        "nobody has used them since"
    )
    if not declared.stored_client_id:
        return (
            f"{lost}; find out what empties it, or why the runs see different stores; if the store is new, or was "
            "emptied on purpose, do nothing"
        )
    return f"{lost}; find out what puts its old content back, or why the runs see different stores"


@dataclass(frozen=True)
class Retirement:
    """When a token that is no longer live may be deleted, and whether it is still in use."""

    may_go_at: datetime
    in_use: bool

    def may_go(self, now: datetime) -> bool:
        """Return whether the time has come at ``now``."""
        return now >= self.may_go_at


def retirement(member: Token, live_since: datetime, overlap: timedelta, now: datetime) -> Retirement:
    """Return when ``member`` may go, its family's live token having been created at ``live_since``.

    ``overlap`` 0 means that the user does not wait until it is out of use.

    A token that came after the live one and was never used waits for no overlap: a run left it that failed before its
    store was written, so nobody holds its secret. It waits for a day all the same, since the list may be that late to
    show a use: by another store of the same name, where two are declared by mistake.
    """
    handed_over = member.created + HANDOVER
    if member.created > live_since and member.last_used is None:
        return Retirement(handed_over + LAST_USED_LAG, in_use=False)
    overlapped = max(live_since, member.created) + overlap
    out_of_use = (member.last_used or member.created) + overlap + LAST_USED_LAG
    moments = (handed_over, overlapped, out_of_use) if overlap else (handed_over, overlapped)
    return Retirement(max(moments), in_use=member.last_used is not None and now < out_of_use)


def clean_up(
    declared: Declared, family: Family, live: Token, facts: Facts
) -> tuple[tuple[Delete, ...], tuple[str, ...]]:
    """Return which other members of the family may go now, and the warnings about it."""
    deletions, warnings = [], []
    for member in family.others:
        if member.name == family.name:
            continue  # it loses its name in this run, so that its users have until a later one to be noticed
        retired = retirement(member, live.created, declared.overlap, facts.now)
        if member.id == facts.own_id or member.id in facts.in_use or not retired.may_go(facts.now):
            could_switch = live.created + min(LAST_USED_LAG, declared.overlap / 2)
            if member.last_used is not None and member.last_used > could_switch:
                warnings += _end_of_use(member, retired, facts.now)
            continue
        reason = f"replaced by {live.id}, and {_why_it_may_go(member, live, declared)}"
        deletions.append(Delete(member, reason, cause="time"))
    if deletions and not facts.clock_is_servers:
        warnings.append(
            "the server sent no usable Date header, so nothing is deleted: "
            f"{describe([delete.token for delete in deletions])} would have been"
        )
        deletions = []
    if not declared.overlap and any(delete.token.last_used for delete in deletions):
        warnings.append(
            f"overlap is 0, so {describe([delete.token for delete in deletions])} may be deleted while somebody still "
            "uses it"
        )
    return tuple(deletions), tuple(warnings)


def _end_of_use(member: Token, retired: Retirement, now: datetime) -> list[str]:
    """Warn of a replaced token that is in use and about to expire.

    It was used after its consumers had the time to take over the new one: right after a rotation, every token is.
    """
    end = member.expiration_date
    if end is None or not retired.in_use or not timedelta() < end - now <= END_WARNING:
        return []
    used = f", last used on {format_day(member.last_used)}" if member.last_used else ""
    return [
        f"{describe([member])} is still in use{used}, and expires on {format_day(end)}: have its consumers take "
        "over the new credentials"
    ]


def _why_it_may_go(member: Token, live: Token, declared: Declared) -> str:
    if member.last_used is None:
        return "it was never used"
    used = f"last used on {format_day(member.last_used)}"
    return f"{used}, overlap is {format_duration(declared.overlap)}"


def remnants(family: Family, declared: Declared, spared: Collection[str | None], now: datetime) -> list[Token]:
    """Return what failed runs left of a family, the oldest first; ``spared`` are the ids of tokens that stay."""
    left = [token for token in family.others if token.id not in spared and is_remnant(token, family, declared, now)]
    return sorted(left, key=lambda token: token.created)


def previous_of(
    tokens: Iterable[Token], live_since: datetime, overlap: timedelta, now: datetime, own_id: str | None
) -> tuple[Previous, ...]:
    """Return what will become of tokens that are not live; ``own_id`` is the one that the run authenticates with."""
    found = ((token, retirement(token, live_since, overlap, now)) for token in tokens)
    return tuple(Previous(token, goes.may_go_at, goes.in_use, token.id == own_id) for token, goes in found)
