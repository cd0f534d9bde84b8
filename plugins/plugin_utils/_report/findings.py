# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report of all hosts, and what somebody should look at in it: the rule and the sentence of each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ...module_utils._base.model import Declared, Token
from ...module_utils._base.moments import parse_moment
from ...module_utils._plan.due import rotates_in_time
from ...module_utils._plan.retirement import LAST_USED_LAG, retirement
from .model import KEY, KINDS, Finding, OwnerReport, Report, Settings, TokenReport, moment_text
from .rotation import declaration_of
from .rows import Declarations, HostFacts, Rows, declarations_of, rows_before, rows_of, token_of, with_declarations

THRESHOLDS = (1, 7, 14, 30)
"""The days before a date at which its finding is new again."""

NEVER_USED_AFTER = timedelta(days=7)
"""A younger token that nobody has used yet is no finding."""

NIGHT = timedelta(days=1)
"""How long after it is due a nightly run has rotated a token."""

ALL_RIGHTS = "sp:scopes:all"


@dataclass(frozen=True)
class _Seen:
    """One token as the rules look at it; ``successor`` is the next token of its family."""

    row: TokenReport
    token: Token
    declared: Declared | None
    successor: Token | None
    is_own: bool
    now: datetime
    settings: Settings

    @property
    def left(self) -> timedelta | None:
        """How long the token still lives, negative once it has expired."""
        return None if self.token.expiration_date is None else self.token.expiration_date - self.now

    @property
    def expired_for(self) -> timedelta | None:
        """How long ago the token has expired, None if it has not."""
        left = self.left
        return timedelta() - left if left is not None and left <= timedelta() else None

    @property
    def ends_soon(self) -> bool:
        """Return whether the token expires within the time that the settings name."""
        return self.left is not None and self.left <= timedelta(days=self.settings.expires_within_days)

    @property
    def is_replaced(self) -> bool:
        """Return whether the token bears a previous-name."""
        return self.row.family != self.row.name

    @property
    def is_looked_after(self) -> bool:
        """Return whether a later run replaces or deletes the token before it expires."""
        if self.declared is None:
            # Of a stale row that was declared, the moment alone is known.
            return self.row.rotation_due is not None
        gone = self.declared.state == "absent"
        return gone or (not self.is_replaced and rotates_in_time(self.declared, self.token))

    @property
    def called(self) -> str:
        """How a sentence calls the token."""
        return f"{self.row.name!r} of {self.row.owner!r}"


def make_report(
    facts: Sequence[HostFacts], settings: Settings, max_tokens: int, previous: Report | None, now: datetime
) -> Report:
    """Return the report of all hosts; ``previous`` has the figures of those that could not be read this time."""
    before = rows_before(previous, now)
    read = [rows_of(each, before, max_tokens, now) for each in facts]
    declarations = declarations_of(zip(facts, read))
    parts = [with_declarations(part, declarations) for part in read]
    tokens: list[TokenReport] = []
    findings: list[Finding] = []
    for part in parts:
        found = [*_host_findings(part), *_owner_findings(part), *_token_findings(part, declarations, settings)]
        kinds = defaultdict(list)
        for finding in found:
            kinds[finding.token_id].append(finding.kind)
        tokens += [replace(row, findings=tuple(sorted(kinds[row.id], key=KINDS.index))) for row in part.tokens]
        findings += found
    return Report(
        made_at=moment_text(now),
        complete=not any(part.host.error for part in parts),
        settings=settings,
        hosts=tuple(part.host for part in parts),
        owners=tuple(owner for part in parts for owner in part.owners),
        tokens=tuple(tokens),
        findings=tuple(sorted(findings, key=_order)),
    )


def new_findings(report: Report, previous: Report | None) -> tuple[Finding, ...]:
    """Return the findings that nobody was told of: not at all, or at an earlier threshold."""
    told = {finding.key for finding in previous.findings if finding.told} if previous else set()
    return tuple(finding for finding in report.findings if finding.key not in told)


def untold(report: Report, new: Collection[Finding]) -> Report:
    """Return the report as it is until somebody was told of the new findings."""
    keys = {one.key for one in new}
    return replace(report, findings=tuple(replace(one, told=one.key not in keys) for one in report.findings))


def told(report: Report, findings: Iterable[Mapping[str, Any]]) -> Report:
    """Return the report as it is once somebody was told of these findings, which come in their JSON form."""
    keys = {tuple(one.get(name) for name in KEY) for one in findings}
    return replace(report, findings=tuple(replace(one, told=one.told or one.key in keys) for one in report.findings))


def _order(finding: Finding) -> tuple[int, bool, str, str, str, str]:
    dated = finding.date or ""
    return (finding.urgency, not dated, dated, finding.host, finding.owner or "", finding.name or "")


def _host_findings(part: Rows) -> Iterator[Finding]:
    host = part.host
    if host.error is None:
        return
    figures = f"its figures are those of {host.scanned_at}" if host.scanned_at else "no figures of it are known"
    text = f"it could not be read, and {figures}: {host.error}"
    yield Finding("unreachable", 1, host.host, None, None, None, None, text)


def _owner_findings(part: Rows) -> Iterator[Finding]:
    for owner in part.owners:
        if owner.tokens and owner.state not in (None, "ACTIVE"):
            manager = f"; their manager is {owner.manager!r}" if owner.manager else ""
            text = f"{owner.name!r} is {owner.state} and owns {_tokens(owner.tokens)}{manager}."
            yield _of_owner("owner_inactive", owner, text)
        if owner.free <= 1:
            free = "no slot is free" if not owner.free else "one slot is free"
            used = f"{owner.name!r} has {owner.tokens} of {owner.max_tokens} tokens"
            yield _of_owner("quota", owner, f"{used}: {free}, and every rotation needs one.")


def _of_owner(kind: str, owner: OwnerReport, text: str) -> Finding:
    return Finding(kind, KINDS.index(kind) + 1, owner.host, None, None, owner.id, owner.name, text)


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count} tokens"


def _token_findings(part: Rows, declarations: Declarations, settings: Settings) -> Iterator[Finding]:
    """Yield the findings of every token but those that the platform manages: nobody here can change them."""
    rows = [(row, token_of(row)) for row in part.tokens if not row.managed]
    families: defaultdict[tuple[str, str], list[Token]] = defaultdict(list)
    for row, token in rows:
        families[row.owner_id, row.family].append(token)
    for row, token in rows:
        declared = declaration_of(token, declarations.get((part.host.base_url or "", row.owner_id), ()))
        is_own = row.id == part.host.client_id
        successor = _successor(token, families[row.owner_id, row.family])
        seen = _Seen(row, token, declared, successor, is_own, part.now, settings)
        for kind, text, dated in _judged(seen):
            date = dated or row.expiration_date if kind in _DATED else None
            threshold = _threshold(date, part.now)
            urgency = KINDS.index(kind) + 1
            yield Finding(kind, urgency, row.host, row.id, row.name, row.owner_id, row.owner, text, date, threshold)


def _successor(token: Token, family: Iterable[Token]) -> Token | None:
    """Return the next token of a family, which took the place of this one; None if none came later."""
    later = [one for one in family if one.created > token.created]
    return min(later, key=lambda one: one.created, default=None)


_DATED = {"expired", "expiring", "rotation_deferred", "previous_in_use", "bootstrap_expiring"}


def _threshold(date: str | None, now: datetime) -> int | None:
    if date is None:
        return None
    left = parse_moment(date) - now
    if left <= timedelta():
        return 0
    return next((days for days in THRESHOLDS if left <= timedelta(days=days)), None)


def _ago(moment: datetime, now: datetime) -> str:
    return f"{_span(now - moment)} ago"


def _span(duration: timedelta) -> str:
    """Return a duration in one unit, the largest that it fills: a reader of a report needs no seconds."""
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        number = duration // length
        if number:
            return f"1 {unit}" if number == 1 else f"{number} {unit}s"
    return "less than an hour"


_Judgement = tuple[str, str, "str | None"]
"""A kind, its sentence, and its date where that is not the token's end."""


def _judged(seen: _Seen) -> Iterator[_Judgement]:
    """Yield the findings of one token."""
    if seen.is_replaced:
        yield from _judged_previous(seen)
        if seen.is_own and seen.expired_for is None:
            yield from _judged_end(seen)
        return
    if seen.expired_for is not None:
        yield "expired", f"{seen.called} expired {_span(seen.expired_for)} ago.", None
        return
    yield from _judged_end(seen)
    yield from _judged_rights(seen)
    yield from _judged_use(seen)


def _judged_previous(seen: _Seen) -> Iterator[_Judgement]:
    """Yield what is wrong with a replaced token: somebody uses it after its overlap, or is about to lose it."""
    token, used = seen.token, seen.token.last_used
    overlap = (seen.declared or Declared()).overlap
    since = seen.successor.created if seen.successor else token.created
    if used is None or used <= since + LAST_USED_LAG:
        return
    last = f"last used {_ago(used, seen.now)}"
    if seen.expired_for is not None:
        # Whoever used it until its end has nothing now.
        if retirement(token, since, overlap, seen.now - seen.expired_for).in_use:
            yield "expired", f"{seen.called}, replaced but in use, expired {_span(seen.expired_for)} ago.", None
        return
    retired = retirement(token, since, overlap, seen.now)
    if retired.in_use and (seen.now >= since + overlap or seen.ends_soon):
        replaced = f"was replaced {_ago(since, seen.now)}" if seen.successor else "has no successor"
        end = f" and expires in {_span(seen.left)}" if seen.left is not None and seen.ends_soon else ""
        yield "previous_in_use", f"{seen.called} {replaced}, and is still in use ({last}){end}.", None


def _judged_end(seen: _Seen) -> Iterator[_Judgement]:
    """Yield whether the token ends with nothing to rotate it before, or its rotation is late."""
    due = parse_moment(seen.row.rotation_due) if seen.row.rotation_due else None
    if due is not None and seen.now >= due + NIGHT:
        end = f"; it expires in {_span(seen.left)}" if seen.left is not None else ""
        text = f"{seen.called} has been due for rotation for {_span(seen.now - due)}, and is not rotated{end}."
        yield "rotation_deferred", text, seen.row.expiration_date or seen.row.rotation_due
        return
    if not seen.ends_soon or seen.is_looked_after or seen.left is None:
        return
    why = "and nothing rotates it" if seen.row.declared is not None else "and no known declaration rotates it"
    if seen.is_own:
        text = f"{seen.called}, which this report logs in with, expires in {_span(seen.left)}, {why}."
        yield "bootstrap_expiring", text, None
    else:
        yield "expiring", f"{seen.called} expires in {_span(seen.left)}, {why}.", None


def _judged_rights(seen: _Seen) -> Iterator[_Judgement]:
    scope = seen.row.scope
    if scope is None:
        yield "all_rights", f"{seen.called} has no scope, and so all the rights of its owner.", None
    elif ALL_RIGHTS in scope:
        yield "all_rights", f"{seen.called} has the scope {ALL_RIGHTS}, which is all the rights of its owner.", None
    if seen.token.expiration_date is None:
        yield "never_expires", f"{seen.called} never expires.", None


def _judged_use(seen: _Seen) -> Iterator[_Judgement]:
    made, used = seen.token.created, seen.token.last_used
    if used is None and seen.now - made >= NEVER_USED_AFTER:
        yield "never_used", f"{seen.called} was made {_ago(made, seen.now)}, and was never used.", None
    if used is not None and seen.now - used >= timedelta(days=seen.settings.unused_for_days):
        yield "unused", f"{seen.called} was last used {_ago(used, seen.now)}.", None
