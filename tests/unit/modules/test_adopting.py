# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From tokens made by hand to stored ones, lived through night by night: it happens as the export has foretold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER, default

Module = Callable[..., dict[str, Any]]

START = datetime.fromisoformat("2027-01-01T02:00:00+00:00")
DAY = timedelta(days=1)
MORNING = timedelta(hours=6)


class Consumer:
    """A program with credentials of its own, that reads the store each day after its work."""

    def __init__(self, store: Path, client_id: str, client_secret: str) -> None:
        self.store = store
        self.given = (client_id, client_secret)

    def work(self, base_url: str, session: requests.Session) -> bool:
        """Log in with what there is, then read the store; return whether the login worked."""
        form = {"grant_type": "client_credentials", "client_id": self.given[0], "client_secret": self.given[1]}
        works = session.post(f"{base_url}/oauth/token", data=form, timeout=30).status_code == 200
        if self.store.exists():
            entry = json.loads(self.store.read_text(encoding="utf-8"))
            self.given = entry["client_id"], entry["client_secret"]
        return works


def by_hand(count: int, expires: str | None) -> list[dict[str, Any]]:
    """Return tokens that people have made, each in use."""
    return [
        {
            "id": f"{number}ad3fa4e" * 4,
            "secret": f"{number}ad3fa4e" * 8,
            "owner": USER.identity_id,
            "name": f"Hand {number}",
            "scope": ["demo:first"],
            "created": "-100d",
            "lastUsed": "-18h",
            "expirationDate": expires,
        }
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("count", "version", "options", "nights", "ends_on"),
    [
        (8, "v1", {}, 64, 73),
        (8, "v3", {"overlap": "2d"}, 29, 33),
    ],
)
def test_tokens_made_by_hand_are_stored_in_the_nights_that_were_foretold(
    simulator: SimulatorClient,
    module: Module,
    tmp_path: Path,
    count: int,
    version: str,
    options: dict[str, str],
    nights: int,
    ends_on: int,
) -> None:
    seed = default()
    hand = by_hand(count, None if version != "v3" else "+150d")
    simulator.reset({**seed, "tokens": [*seed["tokens"], *hand], "now": START.isoformat(), "frozen": True})
    path = tmp_path / "host.yml"
    store = {"file": {"path": f"{tmp_path}/{{key}}.json"}}
    export = module(
        PERSONAL_ACCESS_TOKEN_EXPORT,
        path=str(path),
        adopt_into_store=True,
        store=store,
        api_version=version,
        **options,
    )
    foretold = export["adoption"]
    assert (foretold["nights"], foretold["ends_on"]) == (nights, ends_on)
    variables = yaml.safe_load(path.read_text(encoding="utf-8"))

    consumers = [Consumer(tmp_path / f"hand-{n}.json", one["id"], one["secret"]) for n, one in enumerate(hand, 1)]
    made: dict[str, int] = {}
    gone: dict[str, int] = {}
    with requests.Session() as session:
        for night in range(1, ends_on + 1):
            simulator.set_clock(START + (night - 1) * DAY)
            result = module(
                PERSONAL_ACCESS_TOKEN_SET,
                personal_access_tokens=variables["tokens_declared"],
                store=store,
                api_version=version,
            )
            assert not result.get("failed"), result["msg"]
            for action in result["actions"]:
                if action["action"] == "create":
                    made[action["name"]] = night
                elif action["action"] == "delete":
                    gone[action["name"].partition(" (")[0]] = night
            simulator.set_clock(START + (night - 1) * DAY + MORNING)
            works = [one.work(simulator.base_url, session) for one in consumers]
            assert works == [True] * count, night

    assert made == {one["name"]: one["night"] for one in foretold["takeovers"]}
    assert gone == {one["name"]: one["gone_on"] for one in foretold["takeovers"]}
    assert max(made.values()) == nights
    overlap = int(options.get("overlap", "7d")[:-1])
    assert all(gone[name] - made[name] >= overlap for name in made)
    assert not {token["id"] for token in hand} & {token["id"] for token in simulator.state()["tokens"]}

    again = module(
        PERSONAL_ACCESS_TOKEN_EXPORT,
        path=str(tmp_path / "again.yml"),
        adopt_into_store=True,
        store=store,
        api_version=version,
        **options,
    )
    assert again["adoption_plan"] == ["No token is to be taken over: the store holds all of them."]


def test_a_consumer_that_never_switches_keeps_its_token_and_is_named_while_there_is_time(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    hand = by_hand(8, None)
    seed = default()
    simulator.reset({**seed, "tokens": [*seed["tokens"], *hand], "now": START.isoformat(), "frozen": True})
    options = {
        "personal_access_tokens": [{"name": one["name"]} for one in hand],
        "store": {"file": {"path": f"{tmp_path}/{{key}}.json"}},
        "adopt": True,
        "expires_in": "90d",
        "rotate_before": "14d",
        "on_error": "report",
    }
    stubborn = Consumer(tmp_path / "nowhere.json", hand[0]["id"], hand[0]["secret"])
    with requests.Session() as session:
        for night in range(20):
            simulator.set_clock(START + night * DAY)
            result = module(PERSONAL_ACCESS_TOKEN_SET, **options)
            simulator.set_clock(START + night * DAY + MORNING)
            assert stubborn.work(simulator.base_url, session)
    (failure,) = result["failures"]
    assert "end the use of 'Hand 1 (previous 1ad3fa4e)'" in failure["msg"]
    waiting = result["personal_access_tokens"][1:]
    assert all("its takeover waits" in one["deferred"] for one in waiting)
    assert {token["id"] for token in hand} <= {token["id"] for token in simulator.state()["tokens"]}
