# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The import arrows between the files of plugins/, read from their source.

A room of module_utils imports only rooms below it, modules and action plugins know the top room alone, one file imports
requests, and the planner's rooms know no I/O, no clock and no Ansible.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PACKAGE = "ansible_collections.sailpoint_community.isc.plugins"

ROOMS = [
    "_module",
    "_tokens",
    "_results",
    "_options",
    "_context",
    "_apply",
    "_credentials_file",
    "_client",
    "_http",
    "_answers",
    "_plan",
    "_prune",
    "_family",
    "_model",
    "_time",
    "_ids",
    "_errors",
    "_secrets",
]
"""module_utils from top to bottom: a room may import those after it."""

TOP_ROOM = "module_utils._module"
SECRETS = TOP_ROOM.replace("_module", "_secrets")
CONTEXT = TOP_ROOM.replace("_module", "_context")
ERRORS = TOP_ROOM.replace("_module", "_errors")

# The action plugins give a run its context, and mark what carries a secret, so that they too register it with core.
MAY_IMPORT_OURS = {
    "modules": (TOP_ROOM,),
    "plugin_utils": (TOP_ROOM, CONTEXT, SECRETS, ERRORS, "plugin_utils"),
    "action": (TOP_ROOM, "plugin_utils"),
}
"""What of this collection each kind of plugin may import."""

ANSIBLE_ROOMS = {"_module", "_credentials_file", "_http", "_secrets"}
THIRD_PARTY = {"_http": {"requests", "urllib3"}}

PURE_ROOMS = {"_plan", "_prune", "_family", "_time", "_ids"}
PURE_STDLIB = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "fnmatch",
    "functools",
    "itertools",
    "operator",
    "re",
    "typing",
}
IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input"}


def tree_of(source: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(source.read_text(encoding="utf-8"))


def imports_of(source: Path) -> Iterator[str]:
    """Yield the absolute dotted name of all that a file imports, wherever in it: functions and guards included."""
    package = [PACKAGE, *source.relative_to(PLUGINS).parts[:-1]]
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = ".".join(package).split(".")
            parents = parents[: len(parents) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *filter(None, [node.module])])
            # With the imported name, since `from .module_utils import _plan` names the room only there.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def ours(source: Path) -> Iterator[str]:
    """Yield what a file imports of this collection, by its dotted name below plugins/; another collection's in full."""
    for name in imports_of(source):
        if name.split(".")[0] == "ansible_collections":
            yield name.removeprefix(f"{PACKAGE}.") if name.startswith(f"{PACKAGE}.") else name


def below(room: str) -> list[str]:
    """Return the rooms that a room may import; none for a file that is no room, which has a test of its own."""
    return ROOMS[ROOMS.index(room) + 1 :] if room in ROOMS else []


def is_within(name: str, package: str) -> bool:
    """Tell whether a dotted name is a package or lies in it."""
    return f"{name}.".startswith(f"{package}.")


def python_files(*folders: str) -> Iterator[Path]:
    """Yield every Python file in these folders of plugins/ that says anything."""
    for folder in folders:
        yield from (path for path in sorted((PLUGINS / folder).rglob("*.py")) if tree_of(path).body)


def rooms() -> list[Path]:
    """Return the files of module_utils."""
    found = list(python_files("module_utils"))
    assert found, "module_utils holds no file: the tests of this file would check nothing"
    return found


def test_every_file_of_module_utils_is_a_known_room() -> None:
    unknown = [str(path) for path in rooms() if path.parent.name != "module_utils" or path.stem not in ROOMS]
    assert not unknown, "give each its place in ROOMS"


def test_a_room_imports_only_rooms_below_it() -> None:
    upward = [
        f"{room.stem} imports {name}"
        for room in rooms()
        for name in ours(room)
        if not any(is_within(name, f"module_utils.{lower}") for lower in below(room.stem))
    ]
    assert not upward


def test_plugins_import_only_the_top_room() -> None:
    past_the_top = [
        f"{path.relative_to(PLUGINS)} imports {name}"
        for kind, allowed in MAY_IMPORT_OURS.items()
        for path in python_files(kind)
        for name in ours(path)
        if not any(is_within(name, package) for package in allowed)
    ]
    assert not past_the_top


def test_only_the_http_room_imports_a_third_party_package() -> None:
    known = sys.stdlib_module_names | {"ansible", "ansible_collections"}
    foreign = [
        f"{path.relative_to(PLUGINS)} imports {name}"
        for path in [*rooms(), *python_files(*MAY_IMPORT_OURS)]
        for name in imports_of(path)
        if name.split(".")[0] not in known | THIRD_PARTY.get(path.stem, set())
    ]
    assert not foreign


def test_only_the_outer_rooms_know_ansible() -> None:
    knowing = [
        f"{room.stem} imports {name}"
        for room in rooms()
        for name in imports_of(room)
        if is_within(name, "ansible") and room.stem not in ANSIBLE_ROOMS
    ]
    assert not knowing


def test_the_planner_imports_nothing_that_does_io() -> None:
    impure = [
        f"{room.stem} imports {name}"
        for room in rooms()
        for name in imports_of(room)
        if room.stem in PURE_ROOMS and name.split(".")[0] not in PURE_STDLIB | {"ansible_collections"}
    ]
    assert not impure


def test_the_planner_reads_no_clock_and_no_file() -> None:
    impure = [
        f"{room.stem}, line {node.lineno}: {called}()"
        for room in rooms()
        if room.stem in PURE_ROOMS
        for node in ast.walk(tree_of(room))
        if isinstance(node, ast.Call)
        and (called := getattr(node.func, "attr", getattr(node.func, "id", ""))) in IMPURE_CALLS
    ]
    assert not impure
