# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the formats of a file with credentials, read and written so that every common reader gets the same values."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any, Callable

from ansible.module_utils.common.yaml import HAS_YAML, SafeLoader, yaml_dump, yaml_load

from .._base.errors import DeclarationError

FORMATS = ("json", "yaml", "env")
"""The formats that a file with credentials can have."""

_ENDINGS = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".env": "env"}
KEYS = ("base_url", "client_id", "client_secret")
VARIABLES = {key: f"SAIL_{key.upper()}" for key in KEYS}

# Only what a POSIX shell, python-dotenv, docker compose and systemd take for the same value: without the characters
# that some of them expand or unescape, even between single quotes. An unquoted value also stops at what a shell parses.
_ENV_LINE = re.compile(
    r"""(?:export[ \t]+)?(?P<name>[A-Z_]+)=
    (?:'(?P<single>[^'"\\$`\x00-\x1f\x7f-\U0010ffff]*)'
    |"(?P<double>[^'"\\$`\x00-\x1f\x7f-\U0010ffff]*)"
    |(?P<bare>[0-9A-Za-z_.:/@%+=,-]*))
    (?:[ \t]+\#.*)?""",
    re.VERBOSE,
)
_EXPORT = re.compile(r"^[ \t]*export[ \t]", re.MULTILINE)
_BARE = re.compile(r"[0-9A-Za-z_.:/@%+=,-]+")


def format_of(path: str) -> str:
    """Return the format that the ending of a path says. Raises DeclarationError where it says none."""
    name = posixpath.basename(path)
    ending = name if name == ".env" else posixpath.splitext(name)[1]
    if ending not in _ENDINGS:
        raise DeclarationError(
            f"the ending of {path} does not indicate a format: end it with .json, .yaml or .env, or give format"
        )
    return _ENDINGS[ending]


def is_supported(file_format: str) -> bool:
    """Return whether this Python can read and write a format: yaml needs PyYAML."""
    return file_format != "yaml" or bool(HAS_YAML)


def parse(file_format: str, text: str) -> Any:
    """Return what a text holds, None if that cannot be told."""
    try:
        return _PARSERS[file_format](text)
    except Exception:  # noqa: BLE001  # pylint: disable=broad-except
        return None  # each parser has exceptions of its own, and all carry the text


def render(file_format: str, values: Mapping[str, str], replaced: str = "") -> str | None:
    """Return the text that holds these values, None if they would not be read from it as they are.

    ``replaced`` is the text in whose place it comes: if a shell exports the variables of that, it exports these too.
    """
    try:
        text = _WRITERS[file_format](values)
        if file_format == "env" and _EXPORT.search(replaced):
            text = "".join(f"export {line}" for line in text.splitlines(keepends=True))
    except Exception:  # noqa: BLE001  # pylint: disable=broad-except
        return None
    return text if parse(file_format, text) == values else None


def _parse_yaml(text: str) -> Any:
    """Return what YAML holds; raise ValueError for more than three scalars, without loading it.

    The loader of libyaml recurses without a limit: deep nesting would end the whole process.
    """
    events = SafeLoader(text)
    # Those of the stream, the document and the mapping, each with its end, and of 3 keys with their values.
    for _event in range(12):
        if events.check_event():
            events.get_event()
    if events.check_event():
        raise ValueError
    return yaml_load(text)


def _env_value(value: str) -> str:
    """Return a value as an .env file has it: bare where it can be, since `docker run --env-file` keeps the quotes."""
    return value if _BARE.fullmatch(value) else f"'{value}'"


def _parse_env(text: str) -> dict[str, str]:
    """Return the variables by their keys, an unknown one by its own name; raise ValueError for anything else."""
    keys = {variable: key for key, variable in VARIABLES.items()}
    values: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        match = _ENV_LINE.fullmatch(line)
        if match is None:
            raise ValueError
        key = keys.get(match["name"], match["name"])
        if key in values:
            raise ValueError
        values[key] = match["single"] or match["double"] or match["bare"] or ""
    return values


_PARSERS: Mapping[str, Callable[[str], Any]] = {"json": json.loads, "yaml": _parse_yaml, "env": _parse_env}

_WRITERS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "json": lambda values: json.dumps(values, indent=2) + "\n",
    "yaml": lambda values: yaml_dump(values, default_flow_style=False, sort_keys=False),
    "env": lambda values: "".join(f"{VARIABLES[key]}={_env_value(value)}\n" for key, value in values.items()),
}
