# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: what is refused before anything is listed, and that a reader never finds a part of one."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.text_file import replace_text
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.files import (
    check_files,
    read_previous,
    write_files,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import host, hostile_report, report_of, token

REPORT = report_of(host(token(scope=None)))
TEXT_FORMS = ("json", "csv", "markdown", "prometheus")


def test_a_report_is_written_and_read_again(folder: Path) -> None:
    paths = {form: str(folder / form) for form in TEXT_FORMS}
    check_files(paths)
    assert read_previous(paths["json"]) is None
    write_files(hostile_report(), paths)
    assert read_previous(paths["json"]) == hostile_report()
    assert sorted(os.listdir(folder)) == sorted(TEXT_FORMS)
    assert all((folder / form).read_text(encoding="utf-8") for form in TEXT_FORMS)


def test_what_cannot_be_written_is_refused(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o500)
    (folder / "file").touch()
    for path, why in {
        "file/report.json": "file is not a folder that the user can write to; nothing was done",
        "file/none/report.json": "file is not a folder that the user can write to; nothing was done",
        "closed": "is a folder; name a file in it",
        "closed/none/report.json": "closed is not a folder that the user can write to; nothing was done",
    }.items():
        with pytest.raises(DeclarationError, match=f"^json .*{why}"):
            check_files({"json": str(folder / path)})


def test_two_forms_in_one_file_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "report")
    with pytest.raises(DeclarationError, match="csv and json are one file"):
        check_files({"json": str(folder / "report"), "csv": str(folder / "link")})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("[", "is not JSON"),
        ("[]", "is no report"),
        ("[" * 100_000, "cannot be read"),
        ('{"format": "sailpoint_community.isc/report", "version": 9}', "is a report of version 9"),
    ],
)
def test_what_is_no_report_is_not_overwritten(folder: Path, text: str, says: str) -> None:
    (folder / "report.json").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=says):
        read_previous(str(folder / "report.json"))


def test_what_is_not_text_is_not_overwritten(folder: Path) -> None:
    (folder / "report.json").write_bytes(b"\xff\xfe")
    with pytest.raises(DeclarationError, match="exists and cannot be read"):
        read_previous(str(folder / "report.json"))


def test_a_write_that_fails_leaves_the_file_of_before_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "report.json"
    write_files(REPORT, {"json": str(path)})
    before = path.read_bytes()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = r"json .* could not be written \(No space left on device\), and is as it was"
    with pytest.raises(DeclarationError, match=told):
        write_files(hostile_report(), {"json": str(path)})
    assert path.read_bytes() == before
    assert os.listdir(folder) == ["report.json"]


def test_missing_folders_are_made_by_the_write_alone(folder: Path) -> None:
    path = folder / "public" / "today" / "report.json"
    check_files({"json": str(path)})
    assert not (folder / "public").exists()
    write_files(REPORT, {"json": str(path)})
    assert read_previous(str(path)) == REPORT


def test_the_umask_says_who_may_read_it(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        write_files(REPORT, {"json": str(folder / "report.json")})
    finally:
        os.umask(before)
    assert (folder / "report.json").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_replaced_keeps_its_mode_and_its_group(folder: Path) -> None:
    path = folder / "report.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, -1, 4242)
    before = path.stat()
    replace_text("json", str(path), "new")
    assert (path.stat().st_mode, path.stat().st_gid) == (before.st_mode, before.st_gid)
    assert path.read_text(encoding="utf-8") == "new"


def test_a_group_that_cannot_be_kept_loses_its_rights_to_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "report.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o660)
    status = os.fstat

    def of_another_group(file: int) -> os.stat_result:
        mode, ino, dev, links, user, group, *rest = status(file)
        return os.stat_result((mode, ino, dev, links, user, group + 1, *rest))

    def refuse(*_ids: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", of_another_group)
    replace_text("json", str(path), "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_followed(folder: Path) -> None:
    path = folder / "isc.prom"
    (folder / "link").symlink_to(path)
    write_files(REPORT, {"prometheus": str(folder / "link")})
    assert (folder / "link").is_symlink()
    assert "isc_pat_findings" in path.read_text(encoding="utf-8")


def test_json_is_for_programs_that_know_no_surrogates(folder: Path) -> None:
    write_files(hostile_report(), {"json": str(folder / "report.json")})
    assert json.loads((folder / "report.json").read_bytes())["format"] == "sailpoint_community.isc/report"
