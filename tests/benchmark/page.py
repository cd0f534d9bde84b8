# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a large report in headless Chromium: how long until it is seen, and how long a frame of scrolling takes.

`make benchmark_page` runs it. Seconds are of this machine and its noise, the best of some rounds is its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.page import render_page
from ansible_collections.sailpoint_community.isc.tests.page import reports
from ansible_collections.sailpoint_community.isc.tests.page.chromium import ARGUMENTS, find

WIDTHS = (1440, 390)

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

FRAMES = """() => new Promise((resolve) => {
  const times = [];
  let last;
  const step = (now) => {
    if (last !== undefined) times.push(now - last);
    last = now;
    scrollBy(0, 120);
    if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1 || times.length >= 300) resolve(times);
    else requestAnimationFrame(step);
  };
  scrollTo(0, 0);
  requestAnimationFrame(step);
})"""
"""A wheel's turn each frame, from the top to the bottom; the time from each frame to the next."""

TYPING = """() => {
  const input = document.getElementById("text");
  const began = performance.now();
  input.value = "backup 00";
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  document.body.getBoundingClientRect();
  return performance.now() - began;
}"""
"""A filter is typed, and the page is laid out anew."""


def main() -> None:
    """Make the page, open it some times at each width, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    program = find()
    if program is None:
        parser.error("no Chromium was found (Debian's package chromium)")
    report = reports.large(arguments.tokens)
    began = time.perf_counter()
    text = render_page(report)
    seconds = time.perf_counter() - began
    findings = len(report["findings"])
    print(f"{arguments.tokens:,} tokens, {findings:,} findings: {len(text) / 1e6:.1f} MB, rendered in {seconds:.2f} s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder, "report.html")
        path.write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for width in WIDTHS:
            rounds = [measure(browser, path, width) for _round in range(arguments.rounds)]
            tell(width, rounds)
        browser.close()


def measure(browser: Browser, path: Path, width: int) -> dict[str, Any]:
    """Return what one visit took, in milliseconds."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page: Page = context.new_page()
    page.goto(path.as_uri())
    paint = page.evaluate(FIRST_PAINT)
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    elements = page.evaluate("document.querySelectorAll('*').length")
    frames = page.evaluate(FRAMES)
    typing = page.evaluate(TYPING)
    context.close()
    return {"paint": paint, "ready": ready, "elements": elements, "frames": frames, "typing": typing}


def tell(width: int, rounds: list[dict[str, Any]]) -> None:
    """Print the figures of one width."""

    def times(name: str) -> str:
        values = [each[name] for each in rounds if each[name] is not None]
        return (
            f"{min(values):,.0f} to {max(values):,.0f} ms, median {statistics.median(values):,.0f}" if values else "-"
        )

    frames = sorted(frame for each in rounds for frame in each["frames"])
    print(f"\n{width} pixels wide, {rounds[0]['elements']:,} elements, {len(rounds)} visits")
    print(f"  first sight      {times('paint')}")
    print(f"  all in place     {times('ready')}")
    median, slow = statistics.median(frames), frames[len(frames) * 95 // 100]
    print(f"  a scroll frame   median {median:.1f} ms, 95 of 100 within {slow:.1f}, longest {frames[-1]:.1f}")
    print(f"  a filter typed   {times('typing')}")


if __name__ == "__main__":
    main()
