# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: which tokens belong to a declared name, which of them is live, and when the others may go.

All tokens of one owner named NAME, or NAME (previous XXXXXXXX) with the first 8 digits of their own id, are NAME's
family. Names are unique per owner, so giving a token its previous-name is an atomic claim on NAME.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ._errors import PlanError
from ._model import Declared, Token

HANDOVER = timedelta(hours=1)
"""A token younger than this may belong to another run that has yet to write its store: nobody deletes it, and a use
of it is taken for that run's own proof."""

LAST_USED_LAG = timedelta(hours=24)
"""``lastUsed`` is written once a day: a use can be this much younger than the field tells."""

_PREVIOUS_SUFFIX = re.compile(r" \(previous [0-9A-Za-z]{8}\)$")


def has_previous_suffix(name: str) -> bool:
    """Tell whether a name ends like a previous-name."""
    return _PREVIOUS_SUFFIX.search(name) is not None


def name_without_suffix(name: str) -> str:
    """Return a name without the suffix of a previous-name, whosever digits are in it."""
    return _PREVIOUS_SUFFIX.sub("", name)


def previous_name(name: str, token_id: str) -> str:
    """Return the name that the token of this id bears once another token has taken over ``name``."""
    return f"{name} (previous {token_id[:8]})"


def family_name(token: Token) -> str:
    """Return the name of the family that a token belongs to: its own without the previous-suffix of its own id."""
    return token.name.removesuffix(previous_name("", token.id))


def is_previous(token: Token) -> bool:
    """Tell whether a token bears a previous-name."""
    return family_name(token) != token.name


def describe(tokens: Sequence[Token]) -> str:
    """Return a list of tokens for a message."""
    return ", ".join(f"{token.name!r} ({token.id})" for token in tokens)


@dataclass(frozen=True)
class Family:
    """The tokens of one declared name, managed ones left out.

    ``live`` is the one whose credentials its consumers use; ``bearers`` claim the name; ``others`` are all but live.
    """

    name: str
    live: Token | None
    bearers: tuple[Token, ...]
    others: tuple[Token, ...]


def find_family(declared: Declared, present: Sequence[Token], unclaimed: Collection[str]) -> Family:
    """Return the family of ``declared.name`` among the ``present`` tokens of its owner.

    ``unclaimed`` are ids whose create's answer was lost: nobody holds their secrets, so they are never live. Raises
    PlanError where the facts are ambiguous.
    """
    name = declared.name or ""
    own = _own_tokens(declared, present)
    bearers = [token for token in own if token.name == name]
    former = [token for token in own if token.name in declared.renamed_from]
    families = {name, *declared.renamed_from}
    previous = [token for token in own if is_previous(token) and family_name(token) in families]
    if declared.stored_client_id:
        candidates = [token for token in [*bearers, *former, *previous] if token.id == declared.stored_client_id]
        if not candidates:
            _refuse_stranger(declared, present)
    elif declared.stored_client_id == "":
        candidates = []
    else:
        candidates = [token for token in bearers if token.id not in unclaimed] or ([] if bearers else former)
        if len(candidates) > 1:
            raise PlanError(
                f"{declared.label}: {len(candidates)} tokens claim this name, and without a store nothing tells which "
                f"one is in use: {describe(candidates)}; delete or rename one of them by its id"
            )
    live = candidates[0] if candidates else None
    claiming = bearers or ([] if live else former)
    members = {token.id: token for token in [*claiming, *previous]}
    return Family(name, live, tuple(claiming), tuple(t for t in members.values() if t is not live))


def find_namesakes(declared: Declared, present: Sequence[Token]) -> Family:
    """Return NAME and its previous ones, whatever a store holds of them or ``renamed_from`` lists; none is live.

    Raises PlanError where NAME is managed by the platform, or the store holds the credentials of another token.
    """
    name = declared.name or ""
    members = tuple(token for token in _own_tokens(declared, present) if family_name(token) == name)
    if declared.stored_client_id and declared.stored_client_id not in {token.id for token in members}:
        _refuse_stranger(declared, present)
    return Family(name, None, tuple(token for token in members if token.name == name), members)


def _own_tokens(declared: Declared, present: Sequence[Token]) -> list[Token]:
    """Return the tokens that are not the platform's. Raises PlanError where what is declared is."""
    managed = [token for token in present if token.managed and declared.name == token.name]
    managed += [token for token in present if token.managed and token.id == declared.stored_client_id]
    if managed:
        raise PlanError(
            f"{declared.label}: {describe(managed[:1])} is managed by the platform and is never touched; "
            "declare another name"
        )
    return [token for token in present if not token.managed]


def _refuse_stranger(declared: Declared, present: Sequence[Token]) -> None:
    """Refuse a store that names a living token of another name: two names on one store would rotate each other away."""
    strangers = [token for token in present if token.id == declared.stored_client_id]
    if strangers:
        raise PlanError(
            f"{declared.label}: the store holds the credentials of {describe(strangers)}, which is not of this name; "
            f"correct the store's path, or list {strangers[0].name!r} in renamed_from if it is to be renamed"
        )


def is_held_elsewhere(token: Token) -> bool:
    """Tell whether somebody uses a token whose secret the store does not hold: it was used after its first hour."""
    return token.last_used is not None and token.last_used > token.created + HANDOVER


def is_remnant(member: Token, live: Token | None, now: datetime) -> bool:
    """Tell whether a failed run left ``member``, and nobody holds its secret: it was used by its maker's proof alone.

    It came after ``live``, or there is none, and a day has passed, in which a use by anybody else would have shown.
    """
    is_newer = live is None or member.created > live.created
    return is_newer and not is_held_elsewhere(member) and now >= member.created + HANDOVER + LAST_USED_LAG


@dataclass(frozen=True)
class Retirement:
    """When a token that is not live any more may be deleted, and whether it is still in use."""

    may_go_at: datetime
    in_use: bool

    def may_go(self, now: datetime) -> bool:
        """Tell whether the time has come at ``now``."""
        return now >= self.may_go_at


def retirement(member: Token, live_since: datetime, overlap: timedelta, now: datetime) -> Retirement:
    """Return when ``member`` may go, its family's live token having been created at ``live_since``.

    ``overlap`` 0 means that the user does not wait until it is out of use.
    """
    handed_over = member.created + HANDOVER
    if member.created > live_since and member.last_used is None:
        # The remnant of a run that failed before its store was written: nobody holds its secret.
        return Retirement(handed_over, in_use=False)
    overlapped = max(live_since, member.created) + overlap
    out_of_use = (member.last_used or member.created) + overlap + LAST_USED_LAG
    moments = (handed_over, overlapped, out_of_use) if overlap else (handed_over, overlapped)
    return Retirement(max(moments), in_use=member.last_used is not None and now < out_of_use)
