# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: text from outside for Markdown, so that nothing in it is markup, a mention or a link."""

from __future__ import annotations

import re
import string

from ..module_utils._modules.plan_text import printable

_ENTITIES = {ord(character): f"&#{ord(character)};" for character in string.punctuation if character not in ",.:;-'()"}
_BARE_ADDRESS = re.compile("www(?=\\.)", re.IGNORECASE)
"""What becomes a link although nothing marks it as one; other schemes need a slash or an @, which are escaped."""


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, in a table's cell too."""
    return _BARE_ADDRESS.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", printable(text).translate(_ENTITIES))


def code(text: str) -> str:
    """Return text as code: hosts of Markdown notify nobody who is mentioned in code."""
    return f"<code>{escaped(text)}</code>"
