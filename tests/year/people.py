# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who lives through the year: the owners with what is declared each night, and the consumers of the stores."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import EntryPoint
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import Person, many, many_people

TEAM, MODERATE, ROBOT, CROWDED, FULL = many_people(5)
OWNERS = {"team": TEAM, "v3": MODERATE, "robot": ROBOT, "crowded": CROWDED, "full": FULL}

EIGHT = [f"eighth-{number}" for number in range(1, 9)]
"""The tokens of the owner who has one free slot for all their rotations: made on one night, with one lifetime."""

RENAMED_ON = 105
"""The night from which on "reports" is called "reporting": four nights after a rotation."""

PRESSED_ON = 120
"""The night of the rotation that somebody asked for."""

FOUND_ON, ADOPTED_ON = 90, 91
"""The nights on which "legacy" is declared first, and with adopt."""

LEGACY_ID, LEGACY_SECRET = "1e9ac4ed" * 4, "1e9ac45e" * 8

LEGACY_READS_ON = ADOPTED_ON + 14
"""The night after which the holder of that token reads the store for the first time."""

Options = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One of the runs of each night: who it is, which module it calls, and with which options on which night."""

    person: Person
    entry: EntryPoint
    declared: Callable[[int], Options]
    authenticates: bool = False


def store_in(stores: Path) -> Options:
    """Return the option ``store`` of all."""
    return {"file": {"path": f"{stores}/{{key}}.json"}}


def runs(stores: Path) -> dict[str, Run]:
    """Return the runs of each night, by their owners; every token has its store in a file of its own name."""
    store = store_in(stores)

    def one(name: str, **options: Any) -> Options:
        return {"name": name, "scope": ["demo:first"], **options}

    def team(night: int) -> Options:
        declared = [
            one("sixty", expires_in="90d", rotate_after="60d"),
            one("brief", expires_in="45d", rotate_before="14d", overlap="2d"),
            one("pressed", never_expires=True, rotate="always" if night == PRESSED_ON else "when_due"),
        ]
        reports = one("reports", expires_in="150d", rotate_after="100d")
        if night >= RENAMED_ON:
            reports.update(name="reporting", renamed_from=["reports"])
        declared.append(reports)
        if night >= FOUND_ON:
            declared.append(one("legacy", expires_in="365d", adopt=night == ADOPTED_ON))
        return {"personal_access_tokens": declared, "store": store, "on_error": "report"}

    def crowded(_night: int) -> Options:
        # Due in the same night, with one free slot; declared in the order opposite to that in which they expire.
        times = {"rotate_after": "48d", "overlap": "2d"}
        names = {"latest": "71d", "later": "70d", "soonest": "69d"}
        declared = [one(name, expires_in=lifetime, **times) for name, lifetime in names.items()]
        return {"personal_access_tokens": declared, "store": store, "on_error": "report"}

    def full(_night: int) -> Options:
        times = {"expires_in": "90d", "rotate_before": "14d"}
        return {"personal_access_tokens": [one(name, **times) for name in EIGHT], "store": store, "on_error": "report"}

    def moderate(_night: int) -> Options:
        return one("forced", store=store, api_version="v3", rotate_before="30d")

    def robot(_night: int) -> Options:
        times = {"expires_in": "60d", "rotate_after": "30d"}
        return one("robot", store=store, scope=["sp:scopes:all"], authenticates=True, **times)

    return {
        "team": Run(TEAM, PERSONAL_ACCESS_TOKEN_SET, team),
        "v3": Run(MODERATE, PERSONAL_ACCESS_TOKEN, moderate),
        "robot": Run(ROBOT, PERSONAL_ACCESS_TOKEN, robot, authenticates=True),
        "crowded": Run(CROWDED, PERSONAL_ACCESS_TOKEN_SET, crowded),
        "full": Run(FULL, PERSONAL_ACCESS_TOKEN_SET, full),
    }


def seed(start: str) -> dict[str, Any]:
    """Return the tenant on the first night: what nobody declares stays as it is all the year."""
    world = many(5)
    robot = next(token for token in world["tokens"] if token["owner"] == ROBOT.identity_id)
    robot.update(name="robot", created="-10d", expirationDate="+50d", userAwareTokenNeverExpires=False)
    legacy = {"id": LEGACY_ID, "secret": LEGACY_SECRET, "owner": TEAM.identity_id, "name": "legacy"}
    strangers = [{"owner": CROWDED.identity_id, "name": f"stranger {number}", "created": "-9d"} for number in range(5)]
    world["tokens"] += [{**legacy, "created": "-90d", "lastUsed": "-1d", "scope": ["demo:first"]}, *strangers]
    return {**world, "now": start, "frozen": True}


@dataclass
class Consumer:
    """A program that reads a store every few days, and logs in every day with what it has read.

    ``given`` is what it has without the store until it begins to read that, on the night ``begins``. From the night
    ``moves`` on it reads ``moved``.
    """

    store: Path
    every: int
    begins: int = 1
    given: tuple[str, str] | None = None
    moves: int = 0
    moved: Path | None = None

    def live(self, night: int, base_url: str, session: requests.Session) -> bool:
        """Read the store if it is time, and log in; return whether that worked."""
        if night >= self.begins and (night - self.begins) % self.every == 0:
            store = self.moved if self.moved and night >= self.moves else self.store
            values: Mapping[str, str] = json.loads(store.read_text(encoding="utf-8"))
            self.given = values["client_id"], values["client_secret"]
        assert self.given is not None
        client_id, client_secret = self.given
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return session.post(f"{base_url}/oauth/token", data=form, timeout=30).status_code == 200


OVERLAPS = {"brief": timedelta(days=2), **dict.fromkeys(("latest", "later", "soonest"), timedelta(days=2))}
"""Of those that are not declared with the 7 days that are the default."""


def consumers(stores: Path) -> dict[str, Consumer]:
    """Return the consumers; each reads its store more often than the overlap is long."""
    often = {"sixty": 6, "brief": 1, "pressed": 5, "reports": 6, "forced": 6, "robot": 3}
    daily = dict.fromkeys(("latest", "later", "soonest", *EIGHT), 1)
    readers = {name: Consumer(stores / f"{name}.json", every) for name, every in {**often, **daily}.items()}
    readers["reports"].moves, readers["reports"].moved = RENAMED_ON, stores / "reporting.json"
    readers["legacy"] = Consumer(stores / "legacy.json", 5, LEGACY_READS_ON, (LEGACY_ID, LEGACY_SECRET))
    return readers
