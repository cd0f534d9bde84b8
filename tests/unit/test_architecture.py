# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The house as docs/dev/architecture.md draws it, read from the source of plugins/.

Every arrow points down, a file that says PURE is pure, one file imports requests, and no file or function is too long
to be read at once.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
PACKAGE = "ansible_collections.sailpoint_community.isc.plugins"

BELOW = {
    "_modules": {"_run", "_options", "_plan", "_api", "_stores", "_base"},
    "_run": {"_options", "_plan", "_api", "_stores", "_base"},
    "_options": {"_base"},
    "_plan": {"_base"},
    "_api": {"_base"},
    "_stores": {"_base"},
    "_base": set[str](),
}
"""Each folder of module_utils, and the folders that its files may import beside their own."""

MAY_IMPORT_OURS = {
    "modules": ("module_utils._modules",),
    "action": ("module_utils._modules", "module_utils._base.errors", "plugin_utils"),
    "lookup": ("module_utils._base.errors", "plugin_utils"),
    # An action plugin gives a run its context, and censors what it returns. A summary of many hosts reuses the rules.
    "plugin_utils": (
        "module_utils._modules",
        "module_utils._run.claims",
        "module_utils._run.context",
        # A report says what a declaration means, and what is due, as a run does.
        "module_utils._options",
        "module_utils._plan",
        "module_utils._base",
        "plugin_utils",
    ),
}
"""What of this collection each kind of plugin may import."""

MAY_IMPORT_ANSIBLE = {"_modules/entry.py", "_stores/formats.py", "_stores/kinds.py", "_base/secret.py"}
THIRD_PARTY = {"_api/transport.py": {"requests", "urllib3"}}

PURE_STDLIB = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "email",
    "fnmatch",
    "heapq",
    "ipaddress",
    "itertools",
    "json",
    "posixpath",
    "re",
    "string",
    "typing",
    "unicodedata",
    "urllib",
}
"""What needs no I/O and no clock."""

PURE_OTHERS = {"module_utils/_stores/formats.py": "ansible.module_utils.common.yaml"}
"""A library with no I/O of its own that a pure file may use all the same."""

IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input", "urlopen"}

LONGEST_FILE = 300
LONGEST_STORE = 150
LONGEST_FUNCTION = 40
"""In lines of code: docstrings, comments and blank lines do not count."""


def tree_of(source: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(source.read_text(encoding="utf-8"))


def imports_of(source: Path) -> Iterator[str]:
    """Yield the absolute dotted name of all that a file imports, wherever in it: functions and guards included."""
    package = [*PACKAGE.split("."), *source.relative_to(PLUGINS).parts[:-1]]
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *filter(None, [node.module])])
            # With the imported name, since `from .._plan import planner` names the file only there.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def ours(source: Path) -> Iterator[str]:
    """Yield what a file imports of this collection, by its dotted name below plugins/; another collection's in full."""
    for name in imports_of(source):
        if name.split(".")[0] == "ansible_collections":
            yield name.removeprefix(f"{PACKAGE}.")


def is_within(name: str, package: str) -> bool:
    """Return whether a dotted name is a package or lies in it."""
    return f"{name}.".startswith(f"{package}.")


def python_files(*folders: str) -> Iterator[Path]:
    """Yield every Python file in these folders of plugins/ that says anything."""
    for folder in folders:
        yield from (path for path in sorted((PLUGINS / folder).rglob("*.py")) if tree_of(path).body)


def rooms() -> dict[str, Path]:
    """Return the files of module_utils by their paths in it."""
    found = {path.relative_to(MODULE_UTILS).as_posix(): path for path in python_files("module_utils")}
    assert len(found) > 20, "module_utils holds hardly a file: the tests here would check nothing"
    return found


def pure_files() -> dict[str, Path]:
    """Return the files that claim to be pure, by their paths in plugins/."""
    files = {path.relative_to(PLUGINS).as_posix(): path for path in python_files("module_utils", "plugin_utils")}
    return {name: path for name, path in files.items() if is_pure(path)}


def is_pure(source: Path) -> bool:
    """Return whether a file claims to be pure."""
    return (ast.get_docstring(tree_of(source)) or "").startswith("PURE")


def code_lines(source: Path, node: ast.AST) -> int:
    """Return how many lines of code a module or a function has: no docstrings, comments or blank lines."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", sys.maxsize)
    prose = {
        line
        for inner in ast.walk(node)
        if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant) and isinstance(inner.value.value, str)
        for line in range(inner.lineno, (inner.end_lineno or inner.lineno) + 1)
    }
    lines = source.read_text(encoding="utf-8").splitlines()
    return sum(
        first <= number <= last and number not in prose and bool(line.strip()) and not line.strip().startswith("#")
        for number, line in enumerate(lines, start=1)
    )


def test_every_file_stands_in_a_folder_of_the_picture() -> None:
    strangers = [room for room in rooms() if room.count("/") != 1 or room.split("/")[0] not in BELOW]
    assert not strangers
    assert {room.split("/")[0] for room in rooms()} == set(BELOW)


def test_the_new_folders_are_no_packages() -> None:
    assert not [path.as_posix() for path in MODULE_UTILS.rglob("__init__.py") if path.parent != MODULE_UTILS]


def test_every_arrow_points_down() -> None:
    upward = [
        f"{room} imports {name}"
        for room, path in rooms().items()
        for folder in [room.split("/")[0]]
        for name in ours(path)
        if not any(is_within(name, f"module_utils.{lower}") for lower in {folder, *BELOW[folder]})
    ]
    assert not upward


def test_the_files_of_a_folder_import_each_other_in_no_circle() -> None:
    arrows = {
        path.relative_to(PLUGINS).with_suffix("").as_posix().replace("/", "."): set(ours(path))
        for path in rooms().values()
    }
    left = set(arrows)
    while left:
        free = {room for room in left if not any(is_within(name, other) for name in arrows[room] for other in left)}
        assert free, f"these import each other: {sorted(left)}"
        left -= free


def test_plugins_import_only_what_is_theirs_to_know() -> None:
    past_the_top = [
        f"{path.relative_to(PLUGINS)} imports {name}"
        for kind, allowed in MAY_IMPORT_OURS.items()
        for path in python_files(kind)
        for name in ours(path)
        if not any(is_within(name, package) for package in allowed)
    ]
    assert not past_the_top


def test_only_the_transport_imports_a_third_party_package() -> None:
    known = sys.stdlib_module_names | {"ansible", "ansible_collections"}
    others = {path.relative_to(PLUGINS).as_posix(): path for path in python_files(*MAY_IMPORT_OURS)}
    foreign = [
        f"{room} imports {name}"
        for room, path in {**rooms(), **others}.items()
        for name in imports_of(path)
        if name.split(".")[0] not in known | THIRD_PARTY.get(room, set())
    ]
    assert not foreign


def test_a_store_loads_its_library_through_one_function_when_it_is_used() -> None:
    """A library that one store needs must not be missed by those who use another."""
    loading = [
        f"{room}, line {node.lineno}"
        for room, path in rooms().items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"import_module", "__import__"}
    ]
    (function,) = (
        node
        for node in ast.walk(tree_of(MODULE_UTILS / "_stores/store.py"))
        if isinstance(node, ast.FunctionDef) and node.name == "library"
    )
    allowed = [f"_stores/store.py, line {line}" for line in range(function.lineno, (function.end_lineno or 0) + 1)]
    assert len(loading) == 1
    assert set(loading) <= set(allowed)


def test_few_files_know_ansible() -> None:
    knowing = {room for room, path in rooms().items() if any(is_within(name, "ansible") for name in imports_of(path))}
    assert knowing == MAY_IMPORT_ANSIBLE


def test_the_whole_planner_is_pure() -> None:
    assert not [room for room, path in rooms().items() if room.startswith("_plan/") and not is_pure(path)]


def test_what_says_pure_imports_nothing_impure() -> None:
    # What only describes data does nothing; it need not say that it is pure.
    data = {MODULE_UTILS / "_base" / name for name in ("model.py", "errors.py", "secret.py")}
    files = {path.relative_to(PLUGINS).as_posix(): path for path in python_files("module_utils", "plugin_utils")}
    by_name = {name.removesuffix(".py").replace("/", "."): path for name, path in files.items()}
    impure = [
        f"{room} imports {name}"
        for room, path in pure_files().items()
        for name in imports_of(path)
        if name.split(".")[0] not in PURE_STDLIB | {"ansible_collections"}
        and not is_within(name, PURE_OTHERS.get(room, "nothing"))
    ]
    impure += [
        f"{room} imports {name}"
        for room, path in pure_files().items()
        for name in ours(path)
        for other, source in by_name.items()
        if is_within(name, other) and not (is_pure(source) or source in data)
    ]
    assert not impure


def test_what_says_pure_reads_no_clock_and_no_file() -> None:
    impure = [
        f"{room}, line {node.lineno}: {called}()"
        for room, path in pure_files().items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (called := getattr(node.func, "attr", getattr(node.func, "id", ""))) in IMPURE_CALLS
    ]
    assert not impure


@pytest.mark.parametrize("folder", ["module_utils", "plugin_utils", "action", "lookup"])
def test_no_file_is_too_long(folder: str) -> None:
    lengths = {path.relative_to(PLUGINS).as_posix(): code_lines(path, tree_of(path)) for path in python_files(folder)}
    assert not {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}


def test_no_store_but_the_file_store_is_a_long_one() -> None:
    lengths = {path.name: code_lines(path, tree_of(path)) for path in python_files("module_utils/_stores")}
    assert {name for name, lines in lengths.items() if lines > LONGEST_STORE} == {"file.py"}


@pytest.mark.parametrize("folder", ["module_utils", "plugin_utils", "action", "lookup", "modules"])
def test_no_function_is_too_long(folder: str) -> None:
    lengths = {
        f"{path.relative_to(PLUGINS)}: {node.name}": code_lines(path, node)
        for path in python_files(folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
