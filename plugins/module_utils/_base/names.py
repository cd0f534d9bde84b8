# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the names of replaced tokens, and how messages refer to tokens.

A token that has been replaced is named ``NAME (previous XXXXXXXX)``, with the first 8 digits of its own id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .model import Token

_PREVIOUS_SUFFIX = re.compile(r" \(previous [0-9A-Za-z]{8}\)$")


def has_previous_suffix(name: str) -> bool:
    """Return whether a name ends like a previous-name."""
    return _PREVIOUS_SUFFIX.search(name) is not None


def name_without_suffix(name: str) -> str:
    """Return a name without the suffix of a previous-name, whichever token's id is in it."""
    return _PREVIOUS_SUFFIX.sub("", name)


def previous_name(name: str, token_id: str) -> str:
    """Return the name of the token with this id once another token has taken over ``name``."""
    return f"{name} (previous {token_id[:8]})"


def family_name(token: Token) -> str:
    """Return the name of the family that a token belongs to: its own name, less a suffix with its own id."""
    return token.name.removesuffix(previous_name("", token.id))


def is_previous(token: Token) -> bool:
    """Return whether a token has a previous-name."""
    return family_name(token) != token.name


def describe(tokens: Sequence[Token]) -> str:
    """Return the names and ids of tokens, for a message."""
    return ", ".join(f"{token.name!r} ({token.id})" for token in tokens)
