# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether a token is due for rotation, and whether it expires before any rotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .._base.errors import PlanError
from .._base.model import ApiVersion, Declared, Token
from .._base.moments import format_day, format_duration, format_moment
from .._base.names import is_previous
from .changes import date_differs, scope_differs
from .steps import Cause, Facts

RUN_INTERVAL = timedelta(days=1)
"""How long it takes until the next run, which does whatever has become possible."""

EXPIRY_WARNING = timedelta(days=30)
"""How early to warn before a token expires that nothing rotates, or that the run authenticates with."""


def latest_start(end: datetime, declared: Declared) -> datetime:
    """Return when a rotation has to begin at the latest, so that a token that expires at ``end`` keeps its overlap."""
    return end - declared.overlap - RUN_INTERVAL


def due_reasons(declared: Declared, live: Token, facts: Facts) -> list[str]:
    """Return why the live token has to be rotated; none if it has not."""
    reasons = [*_unpatchable_reasons(declared, live, facts.version), *_age_reasons(declared, live, facts.now)]
    if live.is_expired(facts.now):
        reasons.append(f"expired {ago(live.expiration_date, facts.now)}")
    return reasons


def cause_of(declared: Declared, live: Token, facts: Facts) -> Cause:
    """Return whether time alone makes the live token due, or what is declared, leaked or dead.

    A successor gets what is declared, so a rotation that is due may bring another scope or date with it. With
    ``rotate: always``, a token that is not due is rotated too.
    """
    if declared.rotate == "always" and not due_reasons(replace(declared, rotate="when_due"), live, facts):
        return "declaration"
    changes = scope_differs(declared.scope, live.scope) or date_differs(declared, live)
    is_changed = changes or (declared.never_expires and live.expiration_date is not None)
    gets_an_end = declared.expires_in is not None and live.expiration_date is None
    is_dead = declared.stored_is_dead and not live.is_expired(facts.now)  # expired credentials are refused, too
    is_wrong = declared.revoke or is_dead or _unpatchable_reasons(declared, live, facts.version)
    return "declaration" if is_changed or gets_an_end or is_wrong else "time"


def refuse_rotation_in_vain(
    declared: Declared, live: Token, others: Sequence[Token], due: Sequence[str], facts: Facts
) -> None:
    """Raise PlanError where only what the API cannot patch is wrong, and the last two rotations did not change it.

    The answer to a create may show what was asked, and the list another value from then on. Then every run would rotate
    the token once more, until the quota is full. A token that rotates by age every day was not rotated for this.
    """
    wrong = _unpatchable_reasons(declared, live, facts.version)
    is_daily = declared.rotate_after is not None and declared.rotate_after <= 2 * RUN_INTERVAL
    if not wrong or list(due) != wrong or is_daily:
        return
    replaced = [token for token in others if is_previous(token) and token.created < live.created]
    last = [*sorted(replaced, key=lambda token: token.created)[-2:], live]
    in_turn = all(later.created - token.created <= 2 * RUN_INTERVAL for token, later in zip(last, last[1:]))
    unchanged = all(_unpatchable_reasons(declared, token, facts.version) == wrong for token in last)
    if len(last) > 2 and in_turn and unchanged:
        raise PlanError(
            f"{', '.join(wrong)}, and the last two rotations did not change it; declare what the server keeps, or "
            "rotate once more with rotate: always"
        )


def _unpatchable_reasons(declared: Declared, live: Token, version: ApiVersion) -> list[str]:
    reasons = []
    wanted, actual = declared.access_token_validity_seconds, live.access_token_validity_seconds
    if wanted is not None and actual is not None and wanted != actual:
        reasons.append(f"access_token_validity_seconds is {actual}, not {wanted}, and cannot be patched")
    if not version.patches_expiry and declared.expires_in is not None and live.expiration_date is None:
        wanted_end = format_duration(declared.expires_in)
        reasons.append(f"it never expires, expires_in is {wanted_end}, and {version.name} cannot patch it")
    if not version.patches_expiry and date_differs(declared, live):
        actual_date = format_moment(live.expiration_date) if live.expiration_date else "unset"
        wanted_date = format_moment(declared.expiration_date) if declared.expiration_date else "unset"
        reasons.append(f"expiration_date is {actual_date}, not {wanted_date}, and {version.name} cannot patch it")
    return reasons


def _age_reasons(declared: Declared, live: Token, now: datetime) -> list[str]:
    reasons = ["its secret has leaked"] if declared.revoke else []
    reasons += ["rotate is always"] if declared.rotate == "always" else []
    if declared.stored_is_dead:
        reasons.append("the credentials in the store no longer authenticate")
    age = now - live.created
    if declared.rotate_after is not None and age >= declared.rotate_after:
        reasons.append(f"created {rough(age)} ago, rotate_after is {format_duration(declared.rotate_after)}")
    # A rotation would not change a fixed date. A declared date or never_expires is about to be patched.
    if declared.rotate_before is None or declared.expiration_date is not None or declared.never_expires:
        return reasons
    left = live.expiration_date - now if live.expiration_date else None
    if left is not None and timedelta() < left <= declared.rotate_before:
        reasons.append(f"expires in {rough(left)}, rotate_before is {format_duration(declared.rotate_before)}")
    return reasons


def rotates_in_time(declared: Declared, live: Token) -> bool:
    """Return whether a later run replaces the token before it expires; one without an expiry needs no replacement."""
    if live.expiration_date is None:
        return True
    if declared.id is not None or declared.rotate == "never" or declared.expiration_date is not None:
        return False
    ages_out = declared.rotate_after is not None and live.created + declared.rotate_after < live.expiration_date
    return ages_out or declared.rotate_before is not None


def expiry_warnings(declared: Declared, live: Token, facts: Facts) -> tuple[str, ...]:
    """Warn of a close expiry that no rotation prevents: a fixed date, or one that nothing rotates before.

    Of a token without an end, warn where it is to be rotated before that end.
    """
    date = None if declared.never_expires else declared.expiration_date or live.expiration_date
    if date is None:
        return _without_end_warnings(declared)
    left, fixed = date - facts.now, declared.expiration_date is not None
    if fixed and left <= max(declared.rotate_before or EXPIRY_WARNING, EXPIRY_WARNING):
        text = (
            f"its fixed expiration_date {format_moment(date)} is {rough(left)} away and a rotation would not change it"
        )
        return (f"{text}; declare a later one, or expires_in",)
    if fixed or left > EXPIRY_WARNING or rotates_in_time(declared, live):
        return ()
    text = f"it expires in {rough(left)}, on {format_day(date)}, and nothing rotates it before then"
    return (f"{text}; declare it by its name, with rotate_before",)


def _without_end_warnings(declared: Declared) -> tuple[str, ...]:
    is_by_end = declared.rotate_before is not None and declared.rotate_after is None and declared.rotate != "never"
    if not is_by_end or declared.has_expiry or declared.id is not None:
        return ()
    return ("it never expires, so rotate_before never rotates it; declare expires_in, or rotate_after",)


def own_expiry_warnings(own_id: str | None, listed: Sequence[Token], now: datetime) -> tuple[str, ...]:
    """Warn of a close expiry of the token that the run authenticates with, if that is listed."""
    own = next((token for token in listed if token.id == own_id), None)
    if own is None or own.expiration_date is None or own.is_expired(now) or own.expiration_date - now > EXPIRY_WARNING:
        return ()
    text = (
        f"the token that this run authenticates with, {own.name!r} ({own.id}), expires on "
        f"{format_day(own.expiration_date)}, in {rough(own.expiration_date - now)}; rotate it with "
        "authenticates: true, or declare another expiry"
    )
    return (text,)


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, in words; an empty text for no moment."""
    return f"{rough(now - moment)} ago" if moment else ""


def rough(duration: timedelta) -> str:
    """Return a duration in words: in days if it is longer than one."""
    return f"{duration.days} days" if duration.days > 1 else format_duration(duration)
