# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: which tokens belong to a declared name, and which of them is live.

All tokens of one owner named NAME, or NAME (previous XXXXXXXX) with the first 8 digits of their own id, are NAME's
family. Names are unique per owner, so giving a token its previous-name is an atomic claim on NAME.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .._base.errors import PlanError
from .._base.ids import has_known_form
from .._base.model import Declared, Token
from .._base.names import describe, family_name, is_previous


@dataclass(frozen=True)
class Family:
    """The tokens of one declared name, without those that the platform manages.

    ``live`` is the one whose credentials its consumers use. ``bearers`` claim the name. ``others`` are all but
    ``live``.
    """

    name: str
    live: Token | None
    bearers: tuple[Token, ...]
    others: tuple[Token, ...]

    @property
    def members(self) -> tuple[Token, ...]:
        """All its tokens, the live one last."""
        return (*self.others, *([self.live] if self.live else []))


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
                f"{len(candidates)} tokens claim this name, and without a store nothing tells which "
                f"one is in use: {describe(candidates)}; delete or rename one of them by its id"
            )
    live = candidates[0] if candidates else None
    claiming = bearers or ([] if live else former)
    members = {token.id: token for token in [*claiming, *previous]}
    return Family(name, live, tuple(claiming), tuple(t for t in members.values() if t is not live))


def newer_than(live: Token, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens that were made after the live one.

    By the id too: of two that were made at the same moment, only one may take the name back, or they take turns.
    """
    return [token for token in tokens if (token.created, token.id) > (live.created, live.id)]


def find_namesakes(declared: Declared, present: Sequence[Token]) -> Family:
    """Return NAME and its previous ones, none of them live, whatever a store holds or ``renamed_from`` lists.

    Raises PlanError if the platform manages NAME, or if the store holds the credentials of another token.
    """
    name = declared.name or ""
    members = tuple(token for token in _own_tokens(declared, present) if family_name(token) == name)
    if declared.stored_client_id and declared.stored_client_id not in {token.id for token in members}:
        _refuse_stranger(declared, present)
    return Family(name, None, tuple(token for token in members if token.name == name), members)


def _own_tokens(declared: Declared, present: Sequence[Token]) -> list[Token]:
    """Return the tokens that the platform does not manage. Raises PlanError if it manages the declared one."""
    managed = [token for token in present if token.managed and declared.name == token.name]
    managed += [token for token in present if token.managed and token.id == declared.stored_client_id]
    if managed:
        raise PlanError(
            f"{describe(managed[:1])} is managed by the platform and is never touched; declare another name"
        )
    return [token for token in present if not token.managed]


def _refuse_stranger(declared: Declared, present: Sequence[Token]) -> None:
    """Refuse a store that names a living token of another name, or one that may be another identity's.

    Two names with one store would keep replacing each other's credentials. What the list does not show is gone only if
    that is proved.
    """
    strangers = [token for token in present if token.id == declared.stored_client_id]
    if strangers:
        raise PlanError(
            f"{declared.store_at} holds the credentials of {describe(strangers)}, which does not have this name; "
            f"correct the store's path, or list {strangers[0].name!r} in renamed_from if it is to be renamed"
        )
    stored = declared.stored_client_id or ""
    if not strangers and not has_known_form(stored):
        raise PlanError(
            f"{declared.store_at} names {stored!r}, which is not a token id: one has 32 hexadecimal digits; correct "
            "the store, or what reads it"
        )
    if not declared.stored_is_dead and not declared.adopt:
        raise PlanError(
            f"{declared.store_at} names {stored}, which the list does not show: it may be another identity's, "
            "and nobody knows whether it is dead. Give its client_secret in stored_credentials, so that this can be "
            "tried, or set adopt: true to make a new token"
        )
