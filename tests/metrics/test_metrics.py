# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics, the alert rules and the dashboard, as Prometheus' own promtool and Grafana's own model read them."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_prometheus import render_prometheus
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.model import KINDS, Report
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import (
    failed,
    host,
    hostile_report,
    report_of,
    token,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "report"
RULES = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
REPORTS = {"hostile": hostile_report(), "one": report_of(host(token())), "none": report_of(failed())}


def promtool(*arguments: str, folder: Path = DOCS, given: str = "") -> str:
    """Run promtool to success and return what it says."""
    finished = subprocess.run(
        ["promtool", *arguments],
        cwd=folder,
        input=given.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout.decode()
    return finished.stdout.decode()


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_promtool_takes_the_metrics_and_complains_of_nothing(report: Report) -> None:
    assert promtool("check", "metrics", given=render_prometheus(report)) == ""


def test_promtool_takes_the_rules() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", "alerts.yml")


def test_the_rules_pass_their_tests() -> None:
    promtool("test", "rules", "alerts_test.yml")


def test_every_rule_is_tested_both_ways() -> None:
    tests = yaml.safe_load((DOCS / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    cases = [(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]]
    fires = {name for name, expected in cases if expected}
    assert fires == {rule["alert"] for rule in RULES}


def test_promtool_takes_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": "fake:query", "expr": query.replace("$host", ".*"), "labels": {"n": str(n)}}
        for n, query in enumerate(QUERIES)
    ]
    (tmp_path / "queries.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "fake", "rules": rules}]}), encoding="utf-8"
    )
    assert f"{len(QUERIES)} rules found" in promtool("check", "rules", "queries.yml", folder=tmp_path)


@pytest.mark.parametrize("query", [*(rule["expr"] for rule in RULES), *QUERIES])
def test_what_is_asked_for_is_written(query: str) -> None:
    text = render_prometheus(REPORTS["hostile"])
    asked = re.findall(r"\b(isc_pat_\w+)(?:\{([^}]*)})?", query)
    assert asked
    for metric, selector in asked:
        labels = {
            name
            for sample in re.findall(rf"^{metric}\{{(.*)}} ", text, re.MULTILINE)
            for name in re.findall(r'(\w+)="', sample)
        }
        assert set(re.findall(r"(\w+)=~?\"", selector)) <= labels
    for kinds in re.findall(r'kind=~?"([^"]+)"', query):
        assert set(kinds.split("|")) <= set(KINDS)


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    assert not list(lost(DASHBOARD, plain(Dashboard.from_json(DASHBOARD))))


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_grafana_knows_every_option_of_a_panel(panel: dict[str, Any]) -> None:
    model = importlib.import_module(f"grafana_foundation_sdk.models.{panel['type']}")
    assert not list(lost(panel["options"], plain(model.Options.from_json(panel["options"]))))
    custom = panel["fieldConfig"]["defaults"].get("custom")
    assert custom is None or not list(lost(custom, plain(model.FieldConfig.from_json(custom))))
    assert panel["description"]


def test_the_panels_lie_side_by_side() -> None:
    taken = [
        (x, y)
        for grid in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(taken) == len(set(taken))
    assert all(x < 24 for x, _y in taken)


def plain(model: Any) -> Any:
    """Return the JSON that Grafana's model writes."""
    return json.loads(JSONEncoder(sort_keys=True).encode(model))


def lost(given: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield what a model has not kept of the values that it was given."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from lost(value, kept.get(name, "nothing"), f"{path}/{name}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, value in enumerate(given):
            yield from lost(value, kept[number], f"{path}[{number}]")
    elif given != kept:
        yield path
