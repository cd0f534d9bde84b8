# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the report share: answers of hosts, and reports made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Owner, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.moments import format_moment
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_info
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.findings import make_report
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.model import Report, Settings
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.rows import HostFacts
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, id_of

BASE_URL = "https://fake.api.identitynow.invalid"
OWN = id_of(0xB007)
"""The id of the token that a host is read with."""

OWNER = Owner("fa4e0001", "Fake Owner")
NOT_LATER = timedelta()

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "[click](https://evil.invalid) ![x](http://evil.invalid/p.png) <https://evil.invalid> www.example.com",
    "a | b",
    "<script>alert(1)</script> <!-- & -->",
    'a "quoted" \\ back\\slash\\" one',
    "two\nlines\r\nand # HELP x y",
    "right-to-left \u202e txt.exe \u200b \u2028 \x1b[31m red \x00 nul",
    "naïve ☃ 𝔘𝔫𝔦 é",
    "**bold** _it_ `code` ~~gone~~ # head",
    "lone \udc80 surrogate",
    "{{ 7 * 7 }} {% raw %}",
)
"""Names that are harmless only where they are escaped."""


def token(
    number: int = 1,
    name: str = "CI",
    *,
    age: timedelta = timedelta(days=50),
    used: timedelta | None = timedelta(days=1),
    expires: timedelta | None = timedelta(days=200),
    scope: frozenset[str] | None = frozenset({"idn:fake:read"}),
    owner: Owner = OWNER,
    managed: bool = False,
) -> Token:
    """Return a token about which there is nothing to find."""
    return Token(
        id=id_of(number),
        name=name,
        scope=scope,
        owner=owner,
        created=NOW - age,
        last_used=None if used is None else NOW - used,
        expiration_date=None if expires is None else NOW + expires,
        managed=managed,
    )


def host(
    *tokens: Token,
    name: str = "production",
    declared: Sequence[Declared] | None = None,
    owner: dict[str, Any] | None = None,
    client_id: str | None = None,
) -> HostFacts:
    """Return what a host answered that was read just now; ``owner`` is what is known of every owner beside its name."""
    infos = [token_info(each, NOW) for each in tokens]
    for info in infos:
        info["owner"].update(owner or {})
    reading = {
        "base_url": BASE_URL,
        "api_version": "v1",
        "client_id": client_id,
        "listed_at": format_moment(NOW),
        "seconds": 0.5,
        "owners_error": None,
    }
    return HostFacts(name, {"personal_access_tokens": infos, "reading": reading}, None, declared)


def answering_later(facts: HostFacts, later: timedelta) -> HostFacts:
    """Return what a host answers so much later, its tokens in use all the time."""
    listed = facts.listed or {}
    now = format_moment(NOW + later)
    infos = [{**info, "last_used": now} for info in listed["personal_access_tokens"]]
    reading = {**listed["reading"], "listed_at": now}
    return replace(facts, listed={"personal_access_tokens": infos, "reading": reading})


def failed(name: str = "production", declared: Sequence[Declared] | None = None) -> HostFacts:
    """Return what is known of a host that could not be read."""
    return HostFacts(name, None, "fake error", declared)


def report_of(*facts: HostFacts, previous: Report | None = None, later: timedelta = NOT_LATER) -> Report:
    """Return the report of some hosts, now or later."""
    return make_report(facts, Settings(), 10, previous, NOW + later)


def kinds_of(report: Report) -> list[str]:
    """Return the kinds of the findings, the most urgent first."""
    return [finding.kind for finding in report.findings]


def hostile_report() -> Report:
    """Return a report in which every text that comes from outside is hostile."""
    tokens = [
        token(number, name, expires=days(3), owner=Owner(f"fa4e{number}", name), scope=frozenset({name}))
        for number, name in enumerate(HOSTILE, 1)
    ]
    facts = host(*tokens, name=HOSTILE[8], owner={"state": "INACTIVE_LONG_TERM", "manager": {"name": HOSTILE[5]}})
    bad = HostFacts(HOSTILE[0], None, HOSTILE[7])
    return report_of(facts, bad)
