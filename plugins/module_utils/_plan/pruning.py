# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: which tokens nobody declares, and which of them may go because nobody uses them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from .._base.model import Declared, PruneRules, Token
from .._base.names import name_without_suffix
from .retirement import HANDOVER, LAST_USED_LAG


def undeclared(
    declared: Sequence[Declared], present: Sequence[Token], kept: Collection[str | None]
) -> tuple[Token, ...]:
    """Return the tokens that no declaration is about, in the order of the list; ``kept`` are ids that stay.

    A family belongs to its declared name, whatever becomes of the declaration. So does a token whose name only looks
    like it.
    """
    names = {_folded(name or "") for one in declared for name in (one.name, *one.renamed_from)}
    ids = {one.id for one in declared} | set(kept)
    return tuple(
        token
        for token in present
        if not token.managed and token.id not in ids and not {_folded(name) for name in _names(token)} & names
    )


def prunable(
    rules: PruneRules,
    declared: Sequence[Declared],
    present: Sequence[Token],
    kept: Collection[str | None],
    now: datetime,
) -> list[Token]:
    """Return the undeclared tokens that may be pruned at ``now`` (UTC); ``kept`` are ids that may not.

    What is excluded counts as a pattern and literally, since a name may have brackets in it. Spellings count as one
    name here, for a token that is spared by mistake is still there.
    """
    excluded = {_folded(name) for name in rules.exclude}
    return [
        token
        for token in undeclared(declared, present, kept)
        if not {_folded(name) for name in _names(token)} & excluded
        and not any(_matches(name, pattern) for name in _names(token) for pattern in rules.exclude)
        and now >= _idle_since(token, rules.unused_for)
    ]


def _matches(name: str, pattern: str) -> bool:
    """Return whether a pattern matches a name, in any spelling; a bracket may stand for itself, as in names."""
    patterns = (pattern, pattern.replace("[", "[[]"))
    return any(fnmatchcase(form(name), form(one)) for form in (_composed, _spelled) for one in patterns)


def _folded(name: str) -> str:
    """Return a name in one form for all its spellings, in upper or lower case."""
    return _spelled(_spelled(name).casefold())


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _spelled(name: str) -> str:
    """Return a name in one form for all that look alike: however characters are composed, and whatever the spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _names(token: Token) -> set[str]:
    """Return the names that a token goes by: its own, and that of the family that it may belong to."""
    return {token.name, name_without_suffix(token.name)}


def _idle_since(token: Token, unused_for: timedelta) -> datetime:
    """Return the moment from which a token counts as unused."""
    # As for members of a family: a token of the last hour may be another run's, and lastUsed is written once a day.
    used = token.last_used + LAST_USED_LAG if token.last_used else token.created
    return max(token.created + HANDOVER, used + unused_for)
