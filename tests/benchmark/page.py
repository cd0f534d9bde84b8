# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a large report in headless Chromium: how long until it is seen, and how long a frame of scrolling takes.

`make benchmark_page` runs it. Times are of this machine and its noise. Beside them is the time that the page's own
thread had of a processor, which other work on the machine moves little.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
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
    page = context.new_page()
    worked = thread_of(page)
    page.goto(path.as_uri())
    paint = page.evaluate(FIRST_PAINT)
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    loading = worked()
    elements = page.evaluate("document.querySelectorAll('*').length")
    frames = page.evaluate(FRAMES)
    scrolling = worked() / len(frames)
    typing = page.evaluate(TYPING)
    filtering = worked()
    context.close()
    return {
        "elements": elements,
        "frames": frames,
        "first sight": (paint, None),
        "all in place": (ready, loading),
        "a scroll frame": (statistics.median(frames), scrolling),
        "a filter typed": (typing, filtering),
    }


def thread_of(page: Page) -> Callable[[], float]:
    """Return what tells how many milliseconds the page's thread has worked since it was asked last."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = 0.0

    def worked() -> float:
        nonlocal before
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        since, before = metrics["TaskDuration"] * 1000 - before, metrics["TaskDuration"] * 1000
        return float(since)

    return worked


def tell(width: int, rounds: list[dict[str, Any]]) -> None:
    """Print the figures of one width."""
    frames = sorted(frame for each in rounds for frame in each["frames"])
    print(f"\n{width} pixels wide, {rounds[0]['elements']:,} elements, {len(rounds)} visits: milliseconds")
    print(f"{'':18}{'best':>8}{'median':>8}{'worst':>8}{'of the processor':>18}")
    for name in ("first sight", "all in place", "a scroll frame", "a filter typed"):
        times = sorted(each[name][0] for each in rounds)
        work = [each[name][1] for each in rounds if each[name][1] is not None]
        own = f"{statistics.median(work):>18,.1f}" if work else ""
        print(f"{name:18}{times[0]:>8,.1f}{statistics.median(times):>8,.1f}{times[-1]:>8,.1f}{own}")
    print(f"of 100 frames, 95 took {frames[len(frames) * 95 // 100]:.1f} at most")


if __name__ == "__main__":
    main()
