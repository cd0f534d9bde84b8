# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What contributors read is true: files and commands that a page names are there, and it names all that it lists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS

COLLECTION = Path(__file__).resolve().parents[2]
MODULE_UTILS = COLLECTION / "plugins" / "module_utils"
PAGES = [
    *(COLLECTION / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "tests/README.md")),
    *sorted(COLLECTION.glob("docs/dev/*.md")),
]
MAKEFILE = (COLLECTION / "Makefile").read_text(encoding="utf-8")
SUITES = re.findall(r"\w+", (re.search(r"^SESSIONS := ((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE) or [""])[1])
TARGETS = {*SUITES, *re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE)}

CHECK_MODE = r"\b(?:if|not) [\w.]*\bcheck_mode\b"
"""What a file that decides it says; the others only pass it on."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(COLLECTION).as_posix())


def text_of(page: Path) -> str:
    """Return a page."""
    return page.read_text(encoding="utf-8")


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that the host gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for link in re.findall(r"\]\((?!https://)(.+?)\)", text_of(page)):
        path, _hash, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            wrong.append(link)
    assert not wrong


@each_page
def test_files_that_are_named_are_there(page: Path) -> None:
    """A name in backticks with a slash in it; NAME stands for any, and only working in the checkout makes build/."""
    places = (COLLECTION, page.parent, page.parent / "unit", MODULE_UTILS)
    named = re.findall(r"`((?!build/)[\w./-]*[a-z_]/[\w./-]*)`", text_of(page))
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert not [name for name in missing if "NAME" not in name]


@each_page
def test_commands_that_are_named_are_there(page: Path) -> None:
    named = re.findall(r"(?:^|`)make (?:PYTHON=\S+ )?(\w+)", text_of(page), re.MULTILINE)
    assert not {name for name in named if name.islower()} - TARGETS


def test_every_suite_is_explained() -> None:
    assert len(SUITES) > 10
    rows = re.findall(r"^\| `make (\w+)` \|", text_of(COLLECTION / "tests" / "README.md"), re.MULTILINE)
    assert sorted(rows) == sorted({*SUITES, "demo", "benchmark", "benchmark_page", "matrix"})


def test_the_architecture_names_every_file() -> None:
    page = text_of(COLLECTION / "docs" / "dev" / "architecture.md")
    picture = "\n".join(re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    files = [path.relative_to(MODULE_UTILS) for path in sorted(MODULE_UTILS.glob("_*/*.py"))]
    assert len(files) > 20
    assert not [str(path) for path in files if not re.search(rf"\b{path.stem}\b", picture)]
    rows = {
        name for row in re.findall(r"^\|(.*?)\|", page, re.MULTILINE) for name in re.findall(r"`(_\w+/\w+\.py)`", row)
    }
    modules = {f"_modules/{path.name}" for path in (COLLECTION / "plugins" / "modules").glob("*.py")}
    # One row is for all modules.
    assert {path.as_posix() for path in files} - modules == rows - modules


def test_the_architecture_names_every_file_that_decides_check_mode() -> None:
    page = text_of(COLLECTION / "docs" / "dev" / "architecture.md")
    named = re.search(r"^\| where is check mode decided\? \|(.*)\|$", page, re.MULTILINE)
    assert named
    deciding = [path for path in COLLECTION.glob("plugins/**/*.py") if re.search(CHECK_MODE, text_of(path))]
    assert len(deciding) > 2
    assert sorted(path.relative_to(COLLECTION).as_posix() for path in deciding) == sorted(
        name if name.startswith("plugins/") else f"plugins/module_utils/{name}"
        for name in re.findall(r"`(.+?)`", named[1])
    )


def test_the_promises_are_told() -> None:
    page = text_of(COLLECTION / "docs" / "dev" / "architecture.md")
    assert re.findall(r"^- \*\*(P\d)", page, re.MULTILINE) == ["P1", "P2", "P3", "P4", "P5", "P6"]


def test_the_bug_report_offers_every_version_of_the_api() -> None:
    form: dict[str, Any] = yaml.safe_load(text_of(COLLECTION / ".github" / "ISSUE_TEMPLATE" / "bug_report.yml"))
    (field,) = (field for field in form["body"] if field.get("id") == "api_version")
    assert field["attributes"]["options"] == list(API_VERSIONS)
