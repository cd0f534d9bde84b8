# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of the report, with names that are harmless only where they are escaped; read by somebody else's reader."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter

import pytest
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.moments import parse_moment
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.plan_text import printable
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._markdown import escaped
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_csv import COLUMNS, render_csv
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_markdown import (
    HEADINGS,
    render_markdown,
)
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_prometheus import render_prometheus
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.as_text import render_summary
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.model import KINDS, report_as_dict
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.rows import HostFacts
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import (
    HOSTILE,
    answering_later,
    failed,
    host,
    hostile_report,
    report_of,
    token,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, id_of

REPORT = hostile_report()

# CSV.


def test_csv_has_one_row_a_token_that_a_reader_takes_apart_again() -> None:
    rows = list(csv.reader(io.StringIO(render_csv(REPORT), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    names = [row[COLUMNS.index("name")].removeprefix("'") for row in rows[1:]]
    assert names == [re.sub("[\0\x1b]", "\ufffd", name) for name in HOSTILE]


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
@pytest.mark.parametrize("space", ["", " ", "\u00a0 "])
def test_csv_has_no_formula(start: str, space: str) -> None:
    report = report_of(host(token(1, f"{space}{start}1+1"), name=f"{start}host"))
    rows = list(csv.reader(io.StringIO(render_csv(report), newline="")))
    assert rows[1][COLUMNS.index("name")].startswith("'")
    assert rows[1][COLUMNS.index("host")].startswith("'")


def test_csv_says_what_is_not_known() -> None:
    row = next(csv.DictReader(io.StringIO(render_csv(report_of(host(token(1, scope=None, used=None)))))))
    assert (row["scope"], row["last_used"], row["declared"], row["stale"]) == ("", "", "", "no")


# Markdown.


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_a_text_as_it_stands(text: str) -> None:
    assert " ".join(rendered(escaped(text)).split()) == " ".join(printable(text).split())


def rendered(markdown: str) -> str:
    """Return the text that a reader sees of one line; what is more than text fails."""
    shown = MarkdownIt("gfm-like").renderInline(markdown)
    assert "<" not in shown, shown
    return html.unescape(shown)


def test_markdown_is_whole_tables() -> None:
    text = render_markdown(REPORT)
    assert all(one.isprintable() for line in text.split("\n") for one in line)
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}
    headings = re.findall(r"^## (.+) \((\d+)\)$", text, re.MULTILINE)
    counted = Counter(finding.kind for finding in REPORT.findings)
    assert headings == [(HEADINGS[kind], str(counted[kind])) for kind in KINDS if counted[kind]]
    assert "**1 of 2 hosts could not be read.**" in text
    assert text.count("\n") < len(REPORT.findings) + 60


def test_markdown_of_nothing_says_so() -> None:
    text = render_markdown(report_of(host(token())))
    assert "There is nothing to look at." in text
    assert "1 token on 1 host, 0 findings." in text


def test_every_kind_has_a_heading() -> None:
    assert list(HEADINGS) == list(KINDS)


# Prometheus.


def test_metrics_have_the_values_and_names_of_the_report() -> None:
    families = {family.name: family for family in text_string_to_metric_families(render_prometheus(REPORT))}
    expires = families["isc_pat_expires_timestamp_seconds"].samples
    assert len(expires) == len(HOSTILE)
    clean = {name.encode("utf-8", "replace").decode() for name in HOSTILE}
    assert {sample.labels["name"] for sample in expires} == clean
    assert {sample.value for sample in expires} == {(NOW + days(3)).timestamp()}
    assert set(families) == {
        "isc_pat_expires_timestamp_seconds",
        "isc_pat_last_used_timestamp_seconds",
        "isc_pat_created_timestamp_seconds",
        "isc_pat_findings",
        "isc_pat_owner_free_slots",
        "isc_pat_scan_timestamp_seconds",
        "isc_pat_scan_duration_seconds",
        "isc_pat_scan_complete",
    }
    assert {family.type for family in families.values()} == {"gauge"}


def test_metrics_have_no_token_that_the_platform_manages() -> None:
    """An alert on one could not be ended by anybody here."""
    text = render_prometheus(report_of(host(token(1, "OURS"), token(2, "THEIRS", expires=-days(1), managed=True))))
    assert 'name="OURS"' in text
    assert "THEIRS" not in text


def test_metrics_never_lose_a_series_to_a_failed_scan_or_to_time() -> None:
    first = report_of(host(token(1, expires=days(5)), token(2, "B", expires=None, used=None)))
    stale = report_of(failed(), previous=first, later=days(9))

    def series(text: str) -> set[str]:
        return {line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")}

    assert series(render_prometheus(first)) == series(render_prometheus(stale))
    assert 'isc_pat_scan_complete{host="production"} 1' in render_prometheus(first)
    assert 'isc_pat_scan_complete{host="production"} 0' in render_prometheus(stale)
    later = report_of(answering_later(host(token(1, expires=days(5))), days(9)), later=days(9))
    assert series(render_prometheus(later)) <= series(render_prometheus(first))


def test_metrics_count_each_kind_on_each_host() -> None:
    text = render_prometheus(report_of(host(token(scope=None)), host(token(), name="other")))
    assert 'isc_pat_findings{host="production",kind="all_rights"} 1' in text
    assert 'isc_pat_findings{host="other",kind="all_rights"} 0' in text
    assert text.count("isc_pat_findings{") == 2 * len(KINDS)


# JSON, and the screen.


def test_json_is_plain_and_its_moments_are_of_one_form() -> None:
    value = json.loads(json.dumps(report_as_dict(REPORT)))
    assert value == report_as_dict(REPORT)
    moments = [each[key] for each in value["tokens"] for key in ("created", "last_used", "expiration_date")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment in [*moments, value["made_at"]])
    assert parse_moment(value["tokens"][0]["expiration_date"]) == NOW + days(3)
    assert value["tokens"][0]["id"] == id_of(1)


def test_the_summary_is_short_and_moves_no_cursor() -> None:
    odd = HostFacts("\x1b[2J\u202e\nhost", None, "\x1b[31m")
    shown = render_summary(report_of(odd), {})
    assert all(one.isprintable() for line in shown.split("\n") for one in line)
    assert len(shown.split("\n")) == 2
    text = render_summary(REPORT, {"json": "/fake/report.json"})
    lines = text.split("\n")
    assert len(lines) == 13
    assert lines[0].startswith(f"{len(HOSTILE)} tokens on 2 hosts: ")
    assert lines[-1] == "json: /fake/report.json"
    assert all(one.isprintable() for line in lines for one in line)
