# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report as people meet it: in a browser, by keyboard, on a phone, on paper, without JavaScript."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.page import visible
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.page_words import WORDS
from ansible_collections.sailpoint_community.isc.tests.page import reports
from ansible_collections.sailpoint_community.isc.tests.page.conftest import Open

WIDTHS = (390, 1440)
SCHEMES = ("dark", "light")
REPORTS = {"normal": reports.normal, "hostile": reports.hostile, "empty": reports.empty}


def axe_source() -> str:
    """Return the text of axe-core, as the package brings it."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page as it is now."""
    page.evaluate(f"() => {{ {axe_source()} }}")
    found = page.evaluate("() => axe.run(document).then(({violations}) => violations)")
    return [f"{each['id']}: {each['help']} {[node['html'][:200] for node in each['nodes'][:3]]}" for each in found]


@pytest.mark.parametrize("name", REPORTS)
def test_it_says_nothing_and_asks_for_nothing(show: Open, name: str) -> None:
    opened = show(REPORTS[name]())
    opened.page.emulate_media(media="print")
    opened.page.emulate_media(media="screen")
    assert opened.said == []
    assert opened.asked == [opened.address]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", REPORTS)
def test_axe_finds_no_violation(show: Open, name: str, scheme: str, width: int) -> None:
    opened = show(REPORTS[name](), width, color_scheme=scheme)
    opened.page.locator("summary").first.click() if name != "empty" else None
    assert violations(opened.page) == []


def test_axe_is_a_judge(show: Open) -> None:
    opened = show(reports.normal())
    opened.page.evaluate("document.documentElement.removeAttribute('lang')")
    assert violations(opened.page)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [320, *WIDTHS])
def test_the_page_never_scrolls_sideways(show: Open, name: str, width: int) -> None:
    page = show(REPORTS[name](), width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wider = page.evaluate(
        """[...document.querySelectorAll("main *")]
          .filter((each) => !each.closest(".unseen") && each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.outerHTML.slice(0, 100))"""
    )
    assert wider == []


def test_hostile_texts_are_shown_as_text(show: Open) -> None:
    report = reports.hostile()
    opened = show(report)
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.locator("img, iframe, object, embed, base").count() == 0
    assert opened.page.locator("script").count() == 2
    assert set(opened.names()) == {visible(token["name"]) for token in report["tokens"]}
    sentences = opened.page.locator(".sentence").all_text_contents()
    assert {visible(finding["text"]) for finding in report["findings"]} >= set(sentences)
    assert set(opened.page.locator("td.manager").all_text_contents()) == set(map(visible, reports.HOSTILE))


def test_the_policy_runs_no_other_script_and_makes_no_markup_of_a_text(show: Open) -> None:
    opened = show(reports.normal())
    opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          try { script.textContent = "window.hacked = true"; document.body.append(script); } catch {}
          try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked = true'>"); } catch {}
        }"""
    )
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.locator("img").count() == 0
    assert opened.asked == [opened.address]


def test_what_matters_comes_in_order(show: Open) -> None:
    page = show(reports.normal()).page
    titles = page.locator("h1, h2").all_text_contents()
    assert titles == ["Personal access tokens", "Counts", "Findings", "Tokens", "Owners"]
    groups = page.locator("#groups h3").evaluate_all("(all) => all.map((each) => each.id)")
    assert groups == [kind for kind in WORDS if kind in reports.normal()["counts"]]
    header = page.locator("header").inner_text()
    assert "26 November 2026, 02:00 UTC" in header
    assert "The scan is not complete: 1 of 3 tenants could not be read." in header
    assert "globex: the server did not answer" in header
    assert "its figures are stale, of 20 November 2026" in header


def test_stale_figures_are_marked_where_they_stand(show: Open) -> None:
    page = show(reports.normal()).page
    stale = page.locator("tr.stale")
    assert stale.count() == 2
    assert all("Stale: of 20 Nov 2026" in text for text in stale.all_text_contents())


def test_a_moment_of_the_evening_before_is_of_yesterday(show: Open) -> None:
    """The report is made at 02:00, less than five hours later."""
    used = show(reports.normal()).page.locator("tr", has_text="CRM Sync").locator('td[data-label="Last used"]')
    assert used.first.inner_text().split() == ["25", "Nov", "2026", "yesterday"]


def test_a_complete_scan_says_so(show: Open) -> None:
    assert "The scan is complete." in show(reports.large(20, hosts=1)).page.locator("header").inner_text()


def test_an_old_page_says_so(show: Open) -> None:
    opened = show(reports.normal())
    assert opened.page.locator("#aged").is_hidden()
    opened.page.clock.set_fixed_time("2026-12-31T00:00:00Z")
    opened.page.reload()
    assert "34 days ago" in opened.page.locator("#aged").inner_text()
    assert opened.page.locator("#axis text.today").text_content() == "26 Nov 2026"


def test_a_family_stands_together_with_its_overlap(show: Open) -> None:
    page = show(reports.normal()).page
    body = page.locator("tbody", has_text="Ticket Sync (previous 5ae78bfc)")
    assert body.locator("th > bdi").all_text_contents() == [
        "Ticket Sync",
        "Ticket Sync (previous 5ae78bfc)",
        "Ticket Sync (previous 0c11d2aa)",
    ]
    live, previous = body.locator("tr").nth(0), body.locator("tr").nth(1)
    made = float((live.locator("rect.spent").get_attribute("x") or "")[:-1])
    both = float((previous.locator("rect.both").get_attribute("x") or "")[:-1])
    assert both == pytest.approx(made)
    assert previous.locator("rect.before").count() == 1
    assert previous.locator("rect.spent").count() == 0
    assert live.locator("path.due").count() == 1
    assert live.locator("circle.used").count() == 1


def test_filters_work_by_keyboard(show: Open) -> None:
    opened = show(reports.normal())
    keyboard = opened.page.keyboard
    assert opened.told() == "Shown: 16 of 16 tokens, 11 of 11 findings."
    keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the tokens"
    for _each in range(1 + len(reports.normal()["counts"])):
        keyboard.press("Tab")
    keyboard.type("crm")
    assert opened.told() == "Shown: 1 of 16 tokens, 1 of 11 findings."
    assert opened.names() == ["CRM Sync"]
    keyboard.press("Control+A")
    keyboard.press("Delete")
    keyboard.press("Tab")
    keyboard.type("globex")
    assert opened.told() == "Shown: 2 of 16 tokens, 1 of 11 findings."
    for _each in range(4):
        keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Clear"
    keyboard.press("Enter")
    expect(opened.page.locator("#shown")).to_have_text("Shown: 16 of 16 tokens, 11 of 11 findings.")


@pytest.mark.parametrize(
    ("field", "value", "count"),
    [
        ("state", "expired", 2),
        ("state", "previous", 2),
        ("state", "undeclared", 4),
        ("state", "stale", 2),
        ("finding", "never_used", 1),
    ],
)
def test_a_choice_filters(show: Open, field: str, value: str, count: int) -> None:
    opened = show(reports.normal())
    opened.page.locator(f"#{field}").select_option(value)
    assert opened.told().startswith(f"Shown: {count} of 16 tokens")


def test_a_whole_name_means_nobody_else(show: Open) -> None:
    report = reports.large(40, hosts=1)
    report["tokens"][0]["owner"] = report["owners"][0]["name"] = "svc"
    opened = show(report)
    opened.page.locator("#owner").fill("sv")
    assert opened.told().startswith("Shown: 40 of 40 tokens")
    opened.page.locator("#owner").fill("svc")
    assert opened.told().startswith("Shown: 1 of 40 tokens")


@pytest.mark.parametrize(
    ("order", "first"), [("urgent", "Audit Feed"), ("end", "Audit Feed"), ("use", "Role Mining"), ("name", "Access")]
)
def test_the_order_is_chosen(show: Open, order: str, first: str) -> None:
    opened = show(reports.normal())
    opened.page.locator("#order").select_option(order)
    names = opened.names()
    assert names[0].startswith(first)
    assert ("Ticket Sync", "Ticket Sync (previous 5ae78bfc)") in zip(names, names[1:])


def test_the_axis_is_chosen(show: Open) -> None:
    page = show(reports.normal()).page
    ends = page.locator("tbody", has_text="Role Mining").locator("path.end")
    assert ends.count() == 0
    page.locator("#span").select_option("365")
    assert ends.count() == 1


def test_a_finding_leads_to_its_token(show: Open) -> None:
    opened = show(reports.normal())
    opened.page.get_by_role("button", name="Show the token HR Import").press("Enter")
    assert opened.names() == ["HR Import"]
    assert opened.page.evaluate("document.activeElement.id") == "tokens"


def test_the_focus_is_seen(show: Open) -> None:
    page = show(reports.normal()).page
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_paper_all_findings_and_no_controls(show: Open) -> None:
    report = reports.large(300)
    page = show(report).page
    sentences = page.locator(".sentence")
    at_first = sentences.count()
    assert at_first < len(report["findings"])
    page.emulate_media(media="print", color_scheme="dark")
    expect(sentences).to_have_count(len(report["findings"]))
    assert page.locator("#token-table tbody tr").count() == 300
    assert page.locator("button:visible, input:visible, select:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    expect(sentences).to_have_count(at_first)


def test_a_browser_that_tells_only_that_it_prints_prints_all_findings(show: Open) -> None:
    report = reports.large(300)
    page = show(report).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".sentence").count() == len(report["findings"])
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".sentence").count() < len(report["findings"])


def test_it_prints(show: Open) -> None:
    assert show(reports.normal()).page.pdf().startswith(b"%PDF")


def test_without_javascript_the_findings_are_a_list(show: Open) -> None:
    report = reports.hostile()
    page = show(report, java_script_enabled=False).page
    items = page.locator("main noscript li > span").all_inner_texts()
    assert items == [visible(finding["text"]) for finding in report["findings"]]
    assert page.locator("#search").is_hidden()
    assert "need JavaScript" in page.locator("main").inner_text()
    assert page.locator("img").count() == 0


def test_thousands_of_tokens_are_shown_by_pages(show: Open) -> None:
    opened = show(reports.large(10_000))
    page = opened.page
    assert opened.told().startswith("Shown: 10,000 of 10,000 tokens")
    assert page.evaluate("document.querySelectorAll('*').length") < 5000
    first = opened.names()
    page.locator("#token-pages-below").get_by_role("button", name="Next page").press("Enter")
    assert not set(opened.names()) & set(first)
    focused = page.evaluate("[document.activeElement.textContent, document.activeElement.closest('nav').id]")
    assert focused == ["Next page", "token-pages"]
    assert page.locator("#token-pages").inner_text().split("\n")[1].startswith("Page 2 of ")


def test_more_findings_come_on_demand(show: Open) -> None:
    page = show(reports.large(2000)).page
    unused = page.locator("section.group", has=page.locator("#unused"))
    assert unused.locator("li").count() == 8
    unused.get_by_role("button", name="Show 50 more of Unused").press("Enter")
    assert unused.locator("li").count() == 58
    assert page.evaluate("document.activeElement.tagName") == "LI"


def test_the_data_are_the_report(show: Open) -> None:
    report = reports.normal()
    data: dict[str, Any] = json.loads(show(report).page.locator("#report").text_content() or "")
    assert data["report"] == report
