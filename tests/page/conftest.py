# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A browser, and what a test does with it: open a report as a file, and note all that the page says or asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.page import render_page
from ansible_collections.sailpoint_community.isc.tests.page.chromium import ARGUMENTS, find
from ansible_collections.sailpoint_community.isc.tests.page.reports import NOW


@dataclass
class Opened:
    """A report in the browser: its page, and what the page has said and asked for."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return what the live region tells."""
        return self.page.locator("#shown").inner_text()

    def names(self) -> list[str]:
        """Return the names of the tokens that are shown."""
        return self.page.locator("#token-table tbody th > bdi").all_text_contents()


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; the tests are skipped where there is none."""
    program = find()
    if program is None:
        pytest.skip("no Chromium was found (Debian's package chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report; further arguments are options of the browser's context, as ``color_scheme``."""
    contexts = []

    def open_report(report: dict[str, Any], width: int = 1440, **options: Any) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(render_page(report), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        opened = Opened(context.new_page(), path.as_uri())
        opened.page.clock.set_fixed_time(NOW)
        opened.page.on("console", lambda message: opened.said.append(message.text))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.page.goto(opened.address)
        return opened

    yield open_report
    for context in contexts:
        context.close()
