# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that must never be printed, and the one place that knows every secret of a run."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .ids import is_id

try:
    # ansible-core 2.22 and later mask a registered value wherever it would be displayed.
    from ansible.module_utils.secrets import register_secret
except ImportError:
    register_secret = None

MASK = "********"


@dataclass(frozen=True)
class Secret:
    """A secret that no repr, traceback or format string shows; only ``reveal()`` returns its value."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the value in plain text."""
        return self._value

    def __str__(self) -> str:
        return MASK


class Secrets:
    """The secrets that one run has learned, to redact them from what it reports."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def learn(self, value: str) -> Secret:
        """Remember ``value`` and return it wrapped."""
        if value:
            self._values.add(value)
            if register_secret is not None:
                register_secret(value)
        return Secret(value)

    def redact(self, text: str) -> str:
        """Return ``text`` with every known secret masked, the longest first, since one may contain another."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text


def structure_of(given: object) -> object:
    """Return what an option holds that was given as a text, of JSON or of Python, for its secrets to be found."""
    for parse in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            return parse(given) if isinstance(given, str) else given
    return given


def masked(value: Any, secrets: Sequence[str]) -> Any:
    """Return options with every secret in them masked, and every client id that is none, for it may be the secret.

    Of two secrets, the longer one comes first.
    """
    if isinstance(value, Mapping):
        return {key: MASK if _is_misplaced(key, each) else masked(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each, secrets) for each in value]
    text = str(value)
    for secret in secrets:
        text = text.replace(secret, MASK)
    return value if text == str(value) else text


def _is_misplaced(key: str, value: Any) -> bool:
    return key == "client_id" and bool(value) and not is_id(str(value))
