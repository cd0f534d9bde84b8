# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports to make pages of: one of a normal night, one whose every text is hostile, one of as many tokens as wanted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

Days = tuple[float, "float | None", "float | None", "float | None"]
"""When a token was made, was last used, is due for rotation, and expires: in days from now."""

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=timezone.utc)
URGENCY = (
    "unreachable",
    "expired",
    "expiring",
    "rotation_deferred",
    "previous_in_use",
    "owner_inactive",
    "bootstrap_expiring",
    "quota",
    "all_rights",
    "never_expires",
    "never_used",
    "unused",
)
JOBS = (
    "Ticket Sync",
    "CRM Sync",
    "Audit Feed",
    "HR Import",
    "Access Review Export",
    "SIEM Forwarder",
    "Nightly Backup",
    "Role Mining",
    "Terraform",
    "Password Sync",
)
SCOPES = ("idn:accounts:read", "idn:identity:read", "idn:sources:manage", "sp:search:read")
SENTENCES = {
    "expired": "{name!r} of {owner!r} expired 6 days ago.",
    "expiring": "{name!r} of {owner!r} expires in 9 days, and nothing rotates it.",
    "rotation_deferred": "{name!r} of {owner!r} has been due for rotation for 4 days, and is not rotated.",
    "previous_in_use": "{name!r} of {owner!r} was replaced 9 days ago, and is still in use (last used 1 day ago).",
    "all_rights": "{name!r} of {owner!r} has no scope, and so all the rights of its owner.",
    "never_expires": "{name!r} of {owner!r} never expires.",
    "never_used": "{name!r} of {owner!r} was made 40 days ago, and was never used.",
    "unused": "{name!r} of {owner!r} was last used 120 days ago.",
}
HOSTILE = (
    "</script><script>window.hacked = true</script>",
    '"><img src=x onerror="window.hacked = true">',
    "<!-- <script>",
    "quotes ' \" ` & &amp; \\u003c",
    "abc\u202egnp.exe\u202c after",
    "\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639\u0631\u0628\u064a\u0629\u200f 123",
    "line\u2028separator\nand a feed\x00",
    "=cmd|' /C calc'!A0",
    "W" * 250,
)


def moment(days: float) -> str:
    """Return the moment so many days after now."""
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def token(host: str, owner: str, name: str, days: Days, **fields: Any) -> dict[str, Any]:
    """Return a token of a report; a name in parentheses at the end makes it one that was replaced."""
    family = name.split(" (previous ")[0]
    made, used, due, end = (None if each is None else moment(each) for each in days)
    return {
        "host": host,
        "id": f"fake-{host}-{owner}-{name}",
        "name": name,
        "family": family,
        "state": "expired" if days[3] is not None and days[3] <= 0 else "active" if family == name else "previous",
        "scope": ["idn:accounts:read"],
        "owner_id": f"fake-owner-{owner}",
        "owner": owner,
        "created": made,
        "last_used": used,
        "expiration_date": end,
        "rotation_due": due,
        "declared": due is not None or family != name,
        "managed": False,
        "stale": False,
        "findings": [],
        **fields,
    }


def finding(kind: str, host: str, text: str, of: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a finding of a report; ``of`` is the token that it is about."""
    return {
        "kind": kind,
        "urgency": URGENCY.index(kind) + 1,
        "host": host,
        "token_id": of and of["id"],
        "name": of and of["name"],
        "owner": of and of["owner"],
        "text": text,
        "date": of and of["expiration_date"],
    }


def report(
    hosts: Sequence[dict[str, Any]], tokens: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Return a report: the findings of its tokens by their sentences, and what is found beside them."""
    findings = [
        finding(kind, each["host"], SENTENCES[kind].format(**each), each)
        for each in tokens
        for kind in each["findings"]
    ]
    findings = sorted([*findings, *others], key=lambda each: (each["urgency"], each["date"] or ""))
    return {
        "format": "sailpoint_community.isc/report",
        "version": 1,
        "made_at": moment(0),
        "complete": not any(host["error"] for host in hosts),
        "settings": {"expires_within_days": 30, "unused_for_days": 90},
        "hosts": list(hosts),
        "owners": owners_of(tokens),
        "tokens": list(tokens),
        "findings": findings,
        "counts": Counter(each["kind"] for each in findings),
    }


def owners_of(tokens: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the owners of tokens, with ten slots each."""
    counts = Counter((each["host"], each["owner_id"], each["owner"]) for each in tokens)
    return [
        {
            "host": host,
            "id": owner_id,
            "name": name,
            "tokens": count,
            "max_tokens": 10,
            "free": max(10 - count, 0),
            "state": "INACTIVE" if name == "svc-legacy" else "ACTIVE",
            "manager": "Dana Fake" if name == "svc-legacy" else None,
        }
        for (host, owner_id, name), count in counts.items()
    ]


def host(name: str, error: str | None = None) -> dict[str, Any]:
    """Return a tenant of a report; with an error, its figures are six days old."""
    return {
        "host": name,
        "base_url": f"https://{name}.api.fake.example",
        "scanned_at": moment(-6 if error else 0),
        "seconds": 0.4,
        "stale": bool(error),
        "error": error,
    }


def empty() -> dict[str, Any]:
    """Return a report over no tenant."""
    return report([], [])


NIGHT: tuple[tuple[str, str, str, Days, dict[str, Any]], ...] = (
    ("acme-prod", "svc-integrations", "Ticket Sync", (-9, -0.2, 67, 81), {}),
    (
        "acme-prod",
        "svc-integrations",
        "Ticket Sync (previous 5ae78bfc)",
        (-79, -1, None, 21),
        {"findings": ["previous_in_use"]},
    ),
    ("acme-prod", "svc-integrations", "Ticket Sync (previous 0c11d2aa)", (-170, -88, None, -80), {}),
    (
        "acme-prod",
        "svc-integrations",
        "CRM Sync",
        (-81, -0.2, None, 9),
        {"findings": ["expiring"], "scope": list(SCOPES)},
    ),
    ("acme-prod", "svc-integrations", "Audit Feed", (-96, -6.2, None, -6), {"findings": ["expired"]}),
    ("acme-prod", "svc-integrations", "HR Import", (-86, -0.2, -4, 4), {"findings": ["rotation_deferred"]}),
    ("acme-prod", "svc-integrations", "SIEM Forwarder", (-30, -0.1, 46, 60), {}),
    ("acme-prod", "svc-integrations", "Nightly Backup", (-12, -1, 64, 78), {}),
    ("acme-prod", "svc-integrations", "Nightly Backup (previous 77aa01fe)", (-88, -12.5, None, 2), {}),
    (
        "acme-prod",
        "svc-legacy",
        "Terraform",
        (-700, -130, None, None),
        {"findings": ["all_rights", "never_expires", "unused"], "scope": None},
    ),
    ("acme-prod", "svc-legacy", "Role Mining", (-40, None, None, 325), {"findings": ["never_used"]}),
    ("acme-sandbox", "svc-sandbox", "Access Review Export", (-20, -0.5, 56, 70), {}),
    ("acme-sandbox", "svc-sandbox", "Password Sync", (-75, -3, 1, 15), {}),
    ("acme-sandbox", "svc-sandbox", "Webhook Relay", (-5, -2, 346, 360), {"managed": True, "declared": None}),
    ("globex", "svc-globex", "Ticket Sync", (-50, -6, 26, 40), {"stale": True}),
    ("globex", "svc-globex", "Audit Feed", (-33, -6, 43, 57), {"stale": True}),
)


def normal() -> dict[str, Any]:
    """Return what a night finds in three tenants, one of which was not reached."""
    tokens = [token(where, owner, name, days, **fields) for where, owner, name, days, fields in NIGHT]
    error = "the server did not answer within 30 seconds"
    text = f"it could not be read, and its figures are those of {moment(-6)}: {error}"
    unreachable = finding("unreachable", "globex", text)
    text = "'svc-integrations' has 9 of 10 tokens: one slot is free, and every rotation needs one."
    quota = finding("quota", "acme-prod", text) | {"owner": "svc-integrations"}
    text = "'svc-legacy' is INACTIVE and owns 2 tokens; their manager is 'Dana Fake'."
    inactive = finding("owner_inactive", "acme-prod", text) | {"owner": "svc-legacy"}
    hosts = [host("acme-prod"), host("acme-sandbox"), host("globex", error)]
    return report(hosts, tokens, [unreachable, quota, inactive])


def hostile() -> dict[str, Any]:
    """Return a report in which every text from outside tries to be something else."""
    hosts = [host(text, f"error: {text}") for text in HOSTILE[:2]]
    tokens = [
        token(HOSTILE[number % 2], text, name, (-60, None, 16, 30), scope=list(HOSTILE), findings=["never_used"])
        for number, text in enumerate(HOSTILE)
        for name in (text, f"{text} (previous 00c0ffee)")
    ]
    others = [finding("unreachable", hosts[0]["host"], f"{text} was not reached.") for text in HOSTILE]
    made = report(hosts, tokens, others)
    for owner, text in zip(made["owners"], HOSTILE):
        owner.update(state=text, manager=text)
    return made


def large(tokens: int, hosts: int = 200) -> dict[str, Any]:
    """Return a report of so many tokens, eight an owner, the same each time."""
    dice = random.Random(10)
    made: list[dict[str, Any]] = []
    while len(made) < tokens:
        number = len(made)
        where, owner = f"tenant-{number // 8 % hosts:04}", f"svc-{number // 8:05}"
        age, life = dice.uniform(1, 80), dice.choice([90, 90, 90, 180, 365])
        name = f"{dice.choice(JOBS)} {number:05}"
        kinds = [kind for kind in SENTENCES if dice.random() < 0.06]
        days = (-age, -dice.uniform(0, 20), life - age - 14, life - age)
        made.append(token(where, owner, name, days, scope=dice.sample(SCOPES, 2), findings=kinds))
        if dice.random() < 0.2 and len(made) < tokens:
            made.append(token(where, owner, f"{name} (previous 0badcafe)", (-age - 76, -age, None, 14 - age)))
    return report([host(f"tenant-{number:04}") for number in range(hosts)], made)
