# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML file that needs nothing else: no server, no network, no library.

Names, scopes and errors come from outside. Here they are escaped; the script gets them as JSON, and puts them into the
page as text nodes. The browser holds the page to that: its policy lets it load nothing, run no script but this one, and
never make markup of a text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

from .model import gaps
from .page_words import LEVELS, words_for

ASSETS = Path(__file__).parent / "assets"  # not `page`: Ansible's importer takes such a folder for this module

STYLES = ("page.css", "parts.css", "timeline.css", "media.css")
SCRIPTS = ("timeline.js", "facts.js", "page.js")
"""In this order, for a later one overrides or uses those before it."""

DECEIVING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Characters that are not seen, or that turn the text around them about."""


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""In English whatever the controller's locale is."""


def render_page(report: Mapping[str, Any]) -> str:
    """Return the page of a report, which is given in its JSON form."""
    shown = visible(report)
    style, script = "".join(map(_asset, STYLES)), "".join(map(_asset, SCRIPTS))
    return Template(_asset("page.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        made=_moment(shown["made_at"]),
        scope=_scope(shown),
        scan=_scan(shown["hosts"]),
        counts=_counts(shown),
        findings=_static_findings(shown["findings"]),
        data=as_script_data({"report": shown, "kinds": _kinds(shown), "levels": LEVELS}),
    )


def visible(value: Any) -> Any:
    """Return a value of JSON whose texts show the characters that would hide, or deceive, by their numbers."""
    if isinstance(value, str):
        return DECEIVING.sub(lambda found: f"‹U+{ord(found[0]):04X}›", value)
    if isinstance(value, Mapping):
        return {visible(key): visible(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible(each) for each in value]
    return value


def as_script_data(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it ends the element, or is markup at all."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _kinds(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the kinds that occur, the most urgent first, with their words."""
    urgency = {finding["kind"]: finding["urgency"] for finding in reversed(report["findings"])}
    return [{"kind": kind, **words_for(kind)._asdict()} for kind in sorted(urgency, key=lambda each: urgency[each])]


def _moment(text: str | None) -> str:
    """Return a moment as markup for people; what is none is shown as it stands."""
    if text is None:
        return "never"
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 (it is UTC, and stays so)
    except ValueError:
        return html.escape(text)
    return f'<time datetime="{text}">{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC</time>'


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _isolated(text: Any) -> str:
    """Return a text from outside as markup, in which a right-to-left name moves nothing beside it."""
    return f"<bdi>{html.escape(str(text))}</bdi>"


def _scope(report: Mapping[str, Any]) -> str:
    hosts, owners, tokens = report["hosts"], report["owners"], report["tokens"]
    where = _counted(len(hosts), "tenant", "tenants")
    if len(hosts) == 1:
        where = _isolated(hosts[0]["base_url"] or hosts[0]["host"])
    return f"{_counted(len(tokens), 'token', 'tokens')} of {_counted(len(owners), 'owner', 'owners')}, {where}"


def _scan(hosts: Sequence[Mapping[str, Any]]) -> str:
    """Return what the page says first: whether the figures are whole, and whose are not."""
    missed = [host for host in hosts if host["error"] or host["stale"]]
    if not hosts:
        return '<p class="scan missed">No tenant was scanned.</p>'
    if not missed:
        return '<p class="scan whole">The scan is complete.</p>'
    lacks = gaps(((host["error"], host["stale"]) for host in hosts), "tenant", "tenants")
    lines = [
        '<div class="scan missed">',
        f"<p>The scan is not complete: {lacks}.</p>",
        "<ul>",
        *(f"<li>{_missed(host)}</li>" for host in missed),
        "</ul></div>",
    ]
    return "\n".join(lines)


def _missed(host: Mapping[str, Any]) -> str:
    error = f": {_isolated(host['error'])}" if host["error"] else ""
    of = _moment(host["scanned_at"])
    figures = f"its figures are stale, of {of}" if host["scanned_at"] else "no figures of it are known"
    return f"{_isolated(host['host'])}{error} <em>({figures})</em>"


def _counts(report: Mapping[str, Any]) -> str:
    kinds = [each for each in _kinds(report) if report["counts"].get(each["kind"])]
    if not kinds:
        return '<p class="none">No finding.</p>'
    tiles = (
        f'<li class="{each["level"]}"><a href="#{html.escape(each["kind"])}"><b>{report["counts"][each["kind"]]:,}</b> '
        f"<span>{html.escape(each['title'])}</span></a></li>"
        for each in kinds
    )
    return "\n".join(['<ul class="counts">', *tiles, "</ul>"])


def _static_findings(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return the findings for a browser that runs no script."""
    return "\n".join(_static_groups(findings)) or "<p>There is none.</p>"


def _static_groups(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in _kinds({"findings": findings}):
        kind = html.escape(each["kind"])
        yield f'<section class="group {each["level"]}" aria-labelledby="{kind}"><div>'
        yield f'<h3 id="{kind}">{html.escape(each["title"])} <small>{LEVELS[each["level"]]}</small></h3>'
        yield f'<p class="advice">{html.escape(each["advice"])}</p></div>'
        yield "<ul>"
        yield from _static_items(finding for finding in findings if finding["kind"] == each["kind"])
        yield "</ul></section>"


def _static_items(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for finding in findings:
        # Not _isolated: a sentence is English, also where it begins with a name that is not.
        sentence = f'<span dir="ltr">{html.escape(finding["text"])}</span>'
        yield f"<li>{sentence} <small>{_isolated(finding['host'])}</small></li>"
