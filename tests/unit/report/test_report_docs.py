# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/report.md and the role's README say what the code does: variables, findings, keys, metrics and examples."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report import model
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_prometheus import render_prometheus
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import hostile_report

COLLECTION = Path(__file__).resolve().parents[3]
PAGE = (COLLECTION / "docs" / "report.md").read_text(encoding="utf-8")
README = (COLLECTION / "roles" / "report" / "README.md").read_text(encoding="utf-8")


def spec_of(role: str) -> dict[str, Any]:
    """Return what a role's argument specification says of its variables."""
    path = COLLECTION / "roles" / role / "meta" / "argument_specs.yml"
    options: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return options


SPEC = spec_of("report")


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    section = text.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_variable_is_explained_with_its_default() -> None:
    table = {row[0].strip("`"): row[1].strip("`") for row in rows(README, "Variables")}
    assert set(table) == {*SPEC, "tokens_connection"}
    for name, option in SPEC.items():
        default = option.get("default", "")
        assert table[name] == str(default).replace("False", "false"), name


def test_the_page_names_the_variables_of_the_playbook() -> None:
    named = {name for row in rows(PAGE, "Variables") for name in names(row[0])}
    of_the_playbook = {"fail_on", "report_hosts", "report_connection", "tokens_connection"}
    assert named == set(SPEC) - {"report_fail_on"} | of_the_playbook


def test_every_finding_is_explained_in_the_order_of_its_urgency() -> None:
    table = rows(PAGE, "What it finds, and what to do")
    assert [names(row[0])[0] for row in table] == list(model.KINDS)
    assert all(len(row) == 3 and all(row) for row in table)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("settings", model.Settings),
        ("hosts", model.HostReport),
        ("owners", model.OwnerReport),
        ("tokens", model.TokenReport),
        ("findings", model.Finding),
    ],
)
def test_every_key_of_the_json_is_explained(key: str, kind: Any) -> None:
    (text,) = (row[1] for row in rows(PAGE, "The JSON") if key in names(row[0]))
    values = {"active", "previous", "expired"}
    assert set(names(text)) - values == {field.name for field in fields(kind)}


def test_every_metric_is_explained_with_its_labels() -> None:
    table = {names(row[0])[0]: row[1] for row in rows(PAGE, "Metrics and alerts")}
    written: dict[str, set[str]] = {}
    for metric, labels in re.findall(r"^(isc_pat_\w+)\{(.*)} ", render_prometheus(hostile_report()), re.MULTILINE):
        written.setdefault(metric, set()).update(re.findall(r'(?:^|",)(\w+)="', labels))
    assert set(table) == set(written)
    first = names(next(iter(table.values())))
    for metric, cell in table.items():
        assert set(first if cell == "the same" else names(cell)) == written[metric], metric


def test_the_example_of_the_role_is_valid() -> None:
    (block,) = re.findall(r"^```yml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (play,) = yaml.safe_load(block)
    (task,) = play["tasks"]
    assert task["ansible.builtin.include_role"]["name"] == "sailpoint_community.isc.report"
    spec = {**SPEC, "tokens_connection": spec_of("tokens")["tokens_connection"]}
    assert not ArgumentSpecValidator(spec).validate(task["vars"]).error_messages
    assert set(task["vars"]["report_fail_on"]) <= set(model.KINDS)
