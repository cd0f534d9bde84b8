# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: a declaration as the text of a YAML file with variables for the role tokens.

Names and scopes come from outside: each is one quoted scalar on one line, and Ansible is kept from templating it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JINJA = ("{{", "{%", "{#")
"""What Ansible would evaluate, wherever a variable's value has it."""


@dataclass(frozen=True)
class Declaration:
    """One token of a declaration: its options in order, and the remarks above it."""

    options: Mapping[str, Any]
    remarks: Sequence[str] = ()


def declaration_text(
    head: Iterable[str], variables: Mapping[str, Any], declared: Sequence[Declaration], end: Iterable[str]
) -> str:
    """Return the file: remarks, the variables with ``tokens_declared`` as the last one, and remarks at the end."""
    lines = [*_remarks(head, ""), "---"]
    for name, value in variables.items():
        lines += _entry(name, value, "")
    lines.append("tokens_declared:" if declared else "tokens_declared: []")
    for one in declared:
        lines += _remarks(one.remarks, "  ")
        entries = [line for name, value in one.options.items() for line in _entry(name, value, "    ")]
        lines += [f"  - {entries[0].lstrip()}", *entries[1:]]
    remarks = list(_remarks(end, ""))
    return "\n".join([*lines, *([""] if remarks else []), *remarks]) + "\n"


def declares_the_same(one: str, other: str) -> bool:
    """Return whether two such files differ in nothing but their remarks."""
    return _declared_lines(one) == _declared_lines(other)


def _declared_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def quoted(text: str) -> str:
    """Return a text as a double-quoted YAML scalar of one line."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _remarks(texts: Iterable[str], indent: str) -> Iterator[str]:
    """Yield remarks, each on one line whatever is in it."""
    for text in texts:
        line = "".join(character if character.isprintable() else _escaped(character) for character in text)
        yield f"{indent}# {line}".rstrip()


def _entry(name: str, value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a key and its value; the keys are names of options."""
    if isinstance(value, Mapping):
        yield f"{indent}{name}:{'' if value else ' {}'}"
        for key, inner in value.items():
            yield from _entry(key, inner, f"{indent}  ")
    elif isinstance(value, (list, tuple)) and value:
        yield f"{indent}{name}:"
        yield from (f"{indent}  - {_scalar(each)}" for each in value)
    else:
        yield f"{indent}{name}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    # A text with the beginning of a template would be run as one when the variable is used.
    return f"!unsafe {quoted(text)}" if any(mark in text for mark in JINJA) else quoted(text)
