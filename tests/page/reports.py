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


def token(host: str, owner: str, name: str, **fields: Any) -> dict[str, Any]:
    """Return a token of a report."""
    family = fields.pop("family", name)
    return {
        "host": host,
        "id": f"fake-{host}-{owner}-{name}",
        "name": name,
        "family": family,
        "state": "active" if family == name else "previous",
        "scope": ["idn:accounts:read"],
        "owner_id": f"fake-owner-{owner}",
        "owner": owner,
        "created": moment(-60),
        "last_used": moment(-0.2),
        "expiration_date": moment(30),
        "rotation_due": moment(16),
        "declared": True,
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


def normal() -> dict[str, Any]:
    """Return what a night finds in three tenants, one of which was not reached."""
    previous = {"rotation_due": None, "expiration_date": moment(21), "created": moment(-79)}
    tokens = [
        token("acme-prod", "svc-integrations", "Ticket Sync", created=moment(-9), expiration_date=moment(81), rotation_due=moment(67)),
        token(
            "acme-prod",
            "svc-integrations",
            "Ticket Sync (previous 5ae78bfc)",
            family="Ticket Sync",
            findings=["previous_in_use"],
            last_used=moment(-1),
            **previous,
        ),
        token(
            "acme-prod",
            "svc-integrations",
            "Ticket Sync (previous 0c11d2aa)",
            family="Ticket Sync",
            state="expired",
            created=moment(-170),
            last_used=moment(-88),
            expiration_date=moment(-80),
            rotation_due=None,
        ),
        token("acme-prod", "svc-integrations", "CRM Sync", expiration_date=moment(9), rotation_due=None, declared=False, findings=["expiring"], scope=list(SCOPES)),
        token("acme-prod", "svc-integrations", "Audit Feed", created=moment(-96), expiration_date=moment(-6), last_used=moment(-6.2), rotation_due=None, state="expired", declared=False, findings=["expired"]),
        token("acme-prod", "svc-integrations", "HR Import", created=moment(-86), expiration_date=moment(4), rotation_due=moment(-4), findings=["rotation_deferred"]),
        token("acme-prod", "svc-integrations", "SIEM Forwarder", created=moment(-30), expiration_date=moment(60), rotation_due=moment(46)),
        token("acme-prod", "svc-integrations", "Nightly Backup", created=moment(-12), expiration_date=moment(78), rotation_due=moment(64)),
        token("acme-prod", "svc-integrations", "Nightly Backup (previous 77aa01fe)", family="Nightly Backup", last_used=moment(-12.5), **{**previous, "created": moment(-88), "expiration_date": moment(2)}),
        token("acme-prod", "svc-legacy", "Terraform", created=moment(-700), expiration_date=None, rotation_due=None, scope=None, declared=False, last_used=moment(-130), findings=["all_rights", "never_expires", "unused"]),
        token("acme-prod", "svc-legacy", "Role Mining", created=moment(-40), last_used=None, expiration_date=moment(325), rotation_due=None, declared=False, findings=["never_used"]),
        token("acme-sandbox", "svc-sandbox", "Access Review Export", created=moment(-20), expiration_date=moment(70), rotation_due=moment(56)),
        token("acme-sandbox", "svc-sandbox", "Password Sync", created=moment(-75), expiration_date=moment(15), rotation_due=moment(1)),
        token("acme-sandbox", "svc-sandbox", "Webhook Relay", created=moment(-5), expiration_date=moment(360), rotation_due=moment(346), managed=True, declared=None),
        token("globex", "svc-globex", "Ticket Sync", created=moment(-50), expiration_date=moment(40), rotation_due=moment(26), stale=True, last_used=moment(-6)),
        token("globex", "svc-globex", "Audit Feed", created=moment(-33), expiration_date=moment(57), rotation_due=moment(43), stale=True, last_used=moment(-6)),
    ]  # fmt: skip
    others = [
        finding("unreachable", "globex", f"'globex' could not be read, and its figures are those of {moment(-6)}: the server did not answer within 30 seconds."),
        finding("quota", "acme-prod", "'svc-integrations' has 9 of 10 tokens: one slot is free, and every rotation needs one.")
        | {"owner": "svc-integrations"},
        finding("owner_inactive", "acme-prod", "'svc-legacy' is INACTIVE and owns 2 tokens; their manager is 'Dana Fake'.")
        | {"owner": "svc-legacy"},
    ]  # fmt: skip
    hosts = [host("acme-prod"), host("acme-sandbox"), host("globex", "the server did not answer within 30 seconds")]
    return report(hosts, tokens, others)


def hostile() -> dict[str, Any]:
    """Return a report in which every text from outside tries to be something else."""
    hosts = [host(text, f"error: {text}") for text in HOSTILE[:2]]
    tokens = [
        token(HOSTILE[number % 2], text, text, scope=list(HOSTILE), findings=["never_used"], last_used=None)
        for number, text in enumerate(HOSTILE)
    ]
    tokens += [
        token(each["host"], each["owner"], f"{each['name']} (previous 00c0ffee)", family=each["name"])
        for each in tokens
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
        fields = {"created": moment(-age), "scope": dice.sample(SCOPES, 2), "findings": kinds}
        made.append(
            token(
                where, owner, name, expiration_date=moment(life - age), rotation_due=moment(life - age - 14), **fields
            )
        )
        if dice.random() < 0.2 and len(made) < tokens:
            old = {"created": moment(-age - 76), "expiration_date": moment(14 - age), "rotation_due": None}
            made.append(token(where, owner, f"{name} (previous 0badcafe)", family=name, last_used=moment(-age), **old))
    return report([host(f"tenant-{number:04}") for number in range(hosts)], made)
