# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the built archive holds: what users need, and nothing of the developers'."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

COLLECTION = Path(__file__).resolve().parents[2]
TOP = {
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "roles",
    "tests",
}
TESTS = {"tests/config.yml"}
"""The sanity tests of certification read there which Python the modules need."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The paths of the files in the archive."""
    folder = tmp_path_factory.mktemp("archive")
    build = [str(Path(sys.executable).parent / "ansible-galaxy"), "collection", "build", "--output-path", str(folder)]
    subprocess.run(build, cwd=COLLECTION, check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as built:
        return {member.name for member in built if member.isfile()}


def test_only_what_users_need_is_at_the_top(files: set[str]) -> None:
    made_by_a_release = {"CHANGELOG.rst"}
    assert {path.split("/")[0] for path in files} - made_by_a_release == TOP


def test_no_test_is_in_it(files: set[str]) -> None:
    assert {path for path in files if path.startswith("tests/")} == TESTS


def test_every_page_for_users_is_in_it_and_none_for_developers(files: set[str]) -> None:
    docs = COLLECTION / "docs"
    pages = {path.relative_to(COLLECTION) for path in docs.rglob("*") if path.is_file()}
    # The pipelines are to be copied from the repository. An importer lints their playbooks, and does not find those of
    # the collection, which they import.
    expected = {str(path) for path in pages if path.parts[1] not in ("dev", "pipelines")}
    assert {path for path in files if path.startswith("docs/")} == expected


@pytest.mark.parametrize("folder", ["plugins", "roles", "playbooks", "meta"])
def test_every_file_that_works_is_in_it(files: set[str], folder: str) -> None:
    shipped = {path for path in files if path.startswith(f"{folder}/")}
    there = {str(path.relative_to(COLLECTION)) for path in (COLLECTION / folder).rglob("*") if path.is_file()}
    assert shipped == {path for path in there if "__pycache__" not in path}
