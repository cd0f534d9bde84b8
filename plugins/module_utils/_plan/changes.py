# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: in which fields a token differs from what is declared, and what a new token gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._base.errors import PlanError
from .._base.model import LONGEST_FORCED_EXPIRY, VALIDITY_SECONDS, Changes, Declared, NewToken, Token
from .._base.moments import format_moment, same_second
from .._base.names import describe, previous_name
from .family import Family
from .steps import Cause, Facts, Patch

IMPLIED_SCOPE = "sp:scopes:default"
"""The vendor's guide says that every token has it. Whether a list shows it is unknown."""


def scope_differs(wanted: frozenset[str] | None, actual: frozenset[str] | None) -> bool:
    """Return whether a wanted scope is another than the actual one; the implied scope counts only if it is wanted."""
    if wanted is None:
        return False
    return actual is None or bool(wanted - actual or actual - wanted - {IMPLIED_SCOPE})


def changes_of(declared: Declared, family: Family, live: Token, facts: Facts) -> Changes:
    """Return what a patch of the live token has to change."""
    scope = declared.scope if scope_differs(declared.scope, live.scope) else None
    date = None
    if facts.version.patches_expiry:
        date = declared.expiration_date if date_differs(declared, live) else None
        if declared.expires_in is not None and live.expiration_date is None:
            date = facts.now + declared.expires_in
    return Changes(
        name=family.name if live.name != family.name else None,
        scope=scope,
        expiration_date=date,
        never_expires=declared.never_expires and live.expiration_date is not None,
    )


def date_differs(declared: Declared, live: Token) -> bool:
    """Return whether a declared date is another than the token's."""
    if declared.expiration_date is None:
        return False
    return live.expiration_date is None or not same_second(live.expiration_date, declared.expiration_date)


def why_patched(changes: Changes, live: Token) -> str:
    """Return the reason for a patch: what is declared in place of the name, and the present value of other fields."""
    reasons = []
    if changes.name is not None:
        reasons.append(f"it is declared as {changes.name!r}")
    if changes.scope is not None:
        reasons.append("scope differs")
    if changes.expiration_date is not None or changes.never_expires:
        reasons.append(f"expiration_date is {format_moment(live.expiration_date) if live.expiration_date else 'unset'}")
    return ", ".join(reasons)


def renames(tokens: Sequence[Token], name: str, reason: str, cause: Cause, facts: Facts) -> list[Patch]:
    """Return the patches that give tokens their previous-names, so that ``name`` is free.

    A token that has another name is declared to be renamed, so that time alone is never its cause.
    """
    return [
        Patch(
            token,
            Changes(name=previous_name(name, token.id)),
            reason,
            delete_if_refused=facts.clock_is_servers and token.is_expired(facts.now) and token.id != facts.own_id,
            cause=cause if token.name == name else "declaration",
        )
        for token in tokens
        if token.name != previous_name(name, token.id)
    ]


def template_of(family: Family) -> Token | None:
    """Return the token from which a new one copies what is not declared, None where there is none."""
    # A run may have stopped between the rename and the create. Then the newest of the others is the one to copy.
    heirs = family.bearers or sorted(family.others, key=lambda token: token.created, reverse=True)
    return family.live or next(iter(heirs), None)


def new_token(declared: Declared, family: Family, facts: Facts) -> NewToken:
    """Return what the create asks for; what is not declared is copied from the token that it replaces."""
    if not declared.takes_secret:
        raise PlanError(
            "a new token is needed, but its secret would be lost: no store takes it, and the task registers no result, "
            "as an ad-hoc command never does. Give store, or add register to the task; with both, return_secret: true "
            "returns the secret too"
        )
    template = template_of(family)
    date = declared.expiration_date
    if declared.expires_in is not None:
        date = facts.now + declared.expires_in
    if date is not None and date <= facts.now:
        raise PlanError(past(date))
    if facts.version.patches_expiry and not declared.has_expiry:
        raise PlanError(
            f"it must be created, and {facts.version.name} demands an expiry: "
            "give expires_in, expiration_date or never_expires: true"
        )
    if not facts.version.patches_expiry and date is not None and date > facts.now + LONGEST_FORCED_EXPIRY:
        raise PlanError(
            f"expiration_date {format_moment(date)} is more than 6 months away, the most that "
            f"{facts.version.name} allows; declare an earlier one, or set api_version to v1"
        )
    scope, validity = declared.scope, declared.access_token_validity_seconds
    if template is not None:
        if scope is None and template.scope == frozenset():
            raise PlanError(
                f"the server lists no scope of {describe([template])}, and a new token without any would have all the "
                "rights of its owner; declare scope"
            )
        scope = _copied_scope(template) if scope is None else scope
        validity = _clamped(template.access_token_validity_seconds) if validity is None else validity
    return NewToken(family.name, scope or None, validity, date, declared.never_expires)


def copied_fields(declared: Declared, new: NewToken) -> list[str]:
    """Return the fields of a new token that nobody declares, and that it has from the one that it replaces."""
    fields = ("scope", "access_token_validity_seconds")
    return [field for field in fields if getattr(declared, field) is None and getattr(new, field) is not None]


def _copied_scope(template: Token) -> frozenset[str] | None:
    """Return the scope of an old token, without the implied one if there is another: the answer may not show it."""
    return template.scope and (template.scope - {IMPLIED_SCOPE} or template.scope)


def _clamped(validity: int | None) -> int | None:
    """Return the validity of an old token as far as the API allows it for a new one."""
    return None if validity is None else max(VALIDITY_SECONDS[0], min(VALIDITY_SECONDS[-1], validity))


def past(date: datetime) -> str:
    """Return the message for a date that is in the past."""
    return f"expiration_date {format_moment(date)} is in the past; declare a later one, or expires_in"
