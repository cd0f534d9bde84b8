# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what a host declares of one token, and when that rotates it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...module_utils._base.model import Declared, Token
from ...module_utils._base.names import family_name, is_previous


def declaration_of(token: Token, declared: Sequence[Declared]) -> Declared | None:
    """Return what is declared of a token: by its id, its family's name, or a former name. None if nothing is."""
    family = family_name(token)
    exact = (one for one in declared if token.id == one.id or family == one.name)
    former = (one for one in declared if family in one.renamed_from)
    return next(exact, None) or next(former, None)


def rotation_due(declared: Declared, token: Token) -> datetime | None:
    """Return from when on a run rotates the token because of its age or its end; None if none ever does.

    It is the moment at which ``_plan.due`` finds its first reason. The quota may let a rotation begin earlier.
    """
    if is_previous(token) or token.managed or declared.state == "absent":
        return None
    if declared.id is not None or declared.rotate == "never":
        return None
    moments = []
    if declared.rotate_after is not None:
        moments.append(token.created + declared.rotate_after)
    # A fixed date is the same for the next token, and never_expires is about to be patched.
    moves = declared.expiration_date is None and not declared.never_expires
    if declared.rotate_before is not None and token.expiration_date is not None and moves:
        moments.append(token.expiration_date - declared.rotate_before)
    return min(moments, default=None)
