# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes the page of the report safe, without a browser: its escaping and its policy. tests/page has the rest."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report import page
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.page_words import LEVELS, WORDS, words_for
from ansible_collections.sailpoint_community.isc.tests.page import reports

VOID = {"meta", "input", "br"}
OUTSIDE = re.compile(
    r"""(?:src|href|action|poster|srcset)\s*=\s*["'](?!#)|@import|url\((?!#)|\bfetch\(|XMLHttp|import\("""
)


class Elements(HTMLParser):
    """The elements of a page: the tags in it, in order, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[str] = []
        self.comments = 0
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        if tag in ("script", "style"):
            self.raw.append(({"tag": tag, **dict(attrs)}, ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends."""
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        """Count a comment."""
        self.comments += 1

    def handle_data(self, data: str) -> None:
        """Note the text of a script or a style."""
        if self.open and self.open[-1] in ("script", "style"):
            attributes, text = self.raw[-1]
            self.raw[-1] = attributes, text + data


def policy_of(text: str) -> dict[str, str]:
    """Return the directives of a page's policy."""
    (content,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    return dict((each.split(" ", 1)) for each in html.unescape(content).split("; "))


def digest(text: str) -> str:
    """Return the source of a policy that allows just this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    text = page.render_page(reports.hostile())
    elements = Elements(text)
    script, style = (next(raw for attributes, raw in elements.raw if attributes == wanted) for wanted in (
        {"tag": "script", "type": "module"}, {"tag": "style"},
    ))  # fmt: skip
    assert policy_of(text) == {
        "default-src": "'none'",
        "script-src": digest(script),
        "style-src": digest(style),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert len(elements.raw) == 3


def test_nothing_is_loaded_from_outside() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(page.ASSETS.iterdir()))
    assert not OUTSIDE.findall(text)
    assert not re.findall(r"""\sstyle=|\son\w+=["']|innerHTML|outerHTML|insertAdjacentHTML|document\.write""", text)


@pytest.mark.parametrize("text", [*reports.HOSTILE, "<!--<script>", "]]>", "\ud800", "${data}", "$style"])
def test_no_text_is_markup(text: str) -> None:
    def tags(name: str) -> Elements:
        report = reports.report([reports.host(name, name)], [reports.token(name, name, name, (-1, None, None, None))])
        report["findings"] = [reports.finding("unreachable", name, name), {**reports.finding("expired", name, name)}]
        report["findings"][1]["kind"] = name
        report["counts"] = {"unreachable": 1, name: 1}
        return Elements(page.render_page(report))

    harmless, hostile = tags("fake"), tags(text)
    assert hostile.tags == harmless.tags
    assert hostile.comments == harmless.comments
    assert hostile.open == []


@pytest.mark.parametrize("text", [*reports.HOSTILE, "<!--<script>", "]]>", "\ud800"])
def test_the_data_end_no_element_and_are_the_text_again(text: str) -> None:
    data = page.as_script_data({text: [text]})
    assert not set("<>&\u2028\u2029") & set(data)
    assert data.isascii()
    assert json.loads(data) == {text: [text]}


def test_what_would_deceive_is_shown_by_its_number() -> None:
    assert page.visible("abc\u202egnp.exe") == "abc‹U+202E›gnp.exe"
    assert page.visible({"a\x00": ["b\u2028", ("\ud800", 1, None, True)]}) == {
        "a‹U+0000›": ["b‹U+2028›", ["‹U+D800›", 1, None, True]]
    }
    assert page.visible("שלום العربية naïve 名前 \u200f\u200d") == "שלום العربية naïve 名前 \u200f\u200d"


def test_nothing_deceiving_reaches_the_page() -> None:
    text = page.render_page(reports.hostile())
    (data,) = (raw for attributes, raw in Elements(text).raw if attributes.get("id") == "report")
    for shown in (text.replace("\n", ""), json.dumps(json.loads(data), ensure_ascii=False)):
        assert not page.DECEIVING.findall(shown)
        assert "abc‹U+202E›gnp.exe" in shown


@pytest.mark.parametrize("report", [reports.normal(), reports.hostile(), reports.empty()])
def test_the_page_can_be_written(report: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page.render_page(report), encoding="utf-8")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_same_report_makes_the_same_page() -> None:
    assert page.render_page(reports.normal()) == page.render_page(reports.normal())


def test_who_was_not_reached_is_named_with_or_without_old_figures() -> None:
    known, unknown = reports.host("globex", "timeout"), reports.host("initech", "refused") | {"scanned_at": None}
    text = page.render_page(reports.report([reports.host("acme"), known, unknown], []))
    assert "The scan is not complete: 2 of 3 tenants could not be read." in text
    assert "<bdi>globex</bdi>: <bdi>timeout</bdi> <em>(its figures are stale, of <time" in text
    assert "<bdi>initech</bdi>: <bdi>refused</bdi> <em>(no figures of it are known)</em>" in text


def test_a_report_over_no_tenant_says_so() -> None:
    text = page.render_page(reports.empty())
    assert "No tenant was scanned." in text
    assert "No finding." in text


def test_every_kind_has_its_words() -> None:
    assert tuple(WORDS) == reports.URGENCY
    levels = [list(LEVELS).index(words.level) for words in WORDS.values()]
    assert levels == sorted(levels), "the most urgent levels come first"
    assert words_for("some_new_kind").title == "Some new kind"
