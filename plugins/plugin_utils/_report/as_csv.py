# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report as CSV: one row a token, for a spreadsheet."""

from __future__ import annotations

import re
from typing import Any

from .model import Report

COLUMNS = (
    "host",
    "owner",
    "owner_id",
    "name",
    "id",
    "state",
    "created",
    "last_used",
    "rotation_due",
    "expiration_date",
    "scope",
    "declared",
    "managed",
    "stale",
    "findings",
)

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # the last four: full width
"""What a spreadsheet takes for the beginning of a formula."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def render_csv(report: Report) -> str:
    """Return the tokens as CSV (RFC 4180): every cell in quotes, and none that a spreadsheet takes for a formula."""
    rows = [COLUMNS, *([_text(getattr(token, column)) for column in COLUMNS] for token in report.tokens)]
    return "".join(",".join(_cell(value) for value in row) + "\r\n" for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _cell(text: str) -> str:
    """Return a cell; an apostrophe makes text of what would be a formula, and of white space that would be trimmed."""
    text = _CONTROL.sub("�", text)
    if text[:1].isspace() or text.startswith(_FORMULA):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"'
