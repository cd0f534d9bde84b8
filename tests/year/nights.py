# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lives through a year by the simulator's clock, night by night, and keeps what happened."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context
from ansible_collections.sailpoint_community.isc.tests.doubles.in_process import run_in_process
from ansible_collections.sailpoint_community.isc.tests.leak.harness import Playground
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.year import people
from ansible_collections.sailpoint_community.isc.tests.year.people import OWNERS, Consumer, Options, Run

NIGHTS = 365
START = datetime.fromisoformat("2027-01-01T02:00:00+00:00")
MORNING = timedelta(hours=6)
"""From the nightly run to the consumers' day."""

REAL_NIGHTS = (1, 61, 62, people.RENAMED_ON, people.PRESSED_ON)
"""On these the team's run is a real ansible-playbook with the role.

A create, a rotation, nothing to do, a token renamed with its entry, a rotation on request.
"""

PLAYBOOK = Path(__file__).resolve().parent / "playbooks" / "night.yml"


def at(night: int) -> datetime:
    """Return the moment of a night's run."""
    return START + timedelta(days=night - 1)


@dataclass(frozen=True)
class Action:
    """What was done in one night to one token of a declared name, and why."""

    night: int
    kind: str
    name: str
    id: str
    reason: str


@dataclass(frozen=True)
class Said:
    """What the results of one night said of a token that had been replaced."""

    night: int
    id: str
    may_go_at: datetime | None
    in_use: bool


@dataclass
class Year:
    """What happened: ``locked_out`` are the logins that did not work, ``costs`` the requests of each run.

    ``alive`` are the numbers of tokens after each night, by owner, ``last_login`` the moments at which a consumer used
    an id for the last time.
    """

    simulator: SimulatorClient
    folder: Path
    actions: list[Action] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    deferred: dict[int, dict[str, str]] = field(default_factory=dict)
    failures: dict[int, list[str]] = field(default_factory=dict)
    warnings: dict[int, list[str]] = field(default_factory=dict)
    costs: list[tuple[int, str, bool, list[str]]] = field(default_factory=list)
    alive: dict[int, Counter[str]] = field(default_factory=dict)
    logins: dict[int, int] = field(default_factory=dict)
    locked_out: list[str] = field(default_factory=list)
    last_login: dict[str, datetime] = field(default_factory=dict)

    def live(self) -> None:
        """Live through all nights and days."""
        (self.folder / "stores").mkdir()
        self.simulator.reset(people.seed(START.isoformat()))
        robot = people.ROBOT
        values = {"base_url": self.simulator.base_url, "client_id": robot.client_id}
        text = json.dumps({**values, "client_secret": robot.client_secret})
        (self.folder / "stores" / "robot.json").write_text(text, encoding="utf-8")
        runs, consumers = people.runs(self.folder / "stores"), people.consumers(self.folder / "stores")
        with requests.Session() as session:
            for night in range(1, NIGHTS + 1):
                self._night(night, runs)
                self._day(night, consumers, session)

    def _night(self, night: int, runs: Mapping[str, Run]) -> None:
        self.simulator.set_clock(at(night))
        for owner, run in runs.items():
            self._run(night, owner, run)
        owners = {person.identity_id: owner for owner, person in OWNERS.items()}
        self.alive[night] = Counter(owners[token["owner"]] for token in self.simulator.state()["tokens"])

    def _day(self, night: int, consumers: Mapping[str, Consumer], session: requests.Session) -> None:
        self.simulator.set_clock(at(night) + MORNING)
        self.logins[night] = 0
        for name, consumer in consumers.items():
            works = consumer.live(night, self.simulator.base_url, session)
            if works and consumer.given:
                self.logins[night] += 1
                self.last_login[consumer.given[0]] = at(night) + MORNING
            else:
                self.locked_out.append(f"{name} on the day after night {night}")

    def _run(self, night: int, owner: str, run: Run) -> None:
        self.simulator.clear_log()
        options = run.declared(night)
        if owner == "team" and night in REAL_NIGHTS:
            result = self._by_playbook(night, run, options)
        else:
            result = self._in_process(run, options)
        calls = ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in self.simulator.log()]
        self.costs.append((night, owner, result.get("changed", False), calls))
        failures = [result["msg"]] if result.get("failed") else [each["msg"] for each in result.get("failures", [])]
        for key, values in (("failures", failures), ("warnings", result.get("warnings", []))):
            if values:
                getattr(self, key).setdefault(night, []).extend(values)
        for each in result.get("personal_access_tokens", [result]):
            self._note(night, each)

    def _in_process(self, run: Run, options: Options) -> dict[str, Any]:
        """Run a module here, as its action plugin does."""
        connection = {"base_url": self.simulator.base_url}
        if not run.authenticates:
            connection.update(client_id=run.person.client_id, client_secret=run.person.client_secret)
        context = Context(check_mode=False, environ={}, sleep=lambda seconds: None)
        return run_in_process(run.entry, {**connection, **options}, context)

    def _by_playbook(self, night: int, run: Run, options: Options) -> dict[str, Any]:
        """Run the same by the role, and return what it tells in ``tokens_result``."""
        playground = Playground(self.folder / f"night-{night}", self.simulator.base_url)
        pair = {"client_id": run.person.client_id, "client_secret": run.person.client_secret}
        given = {"declared": options["personal_access_tokens"], "store": options["store"]}
        ended = playground.play(PLAYBOOK, {**pair, **given})
        assert ended.code == 0, ended.stdout + ended.stderr
        events = [json.loads(line) for line in (playground.watched / "dump").read_text(encoding="utf-8").splitlines()]
        results = [event["result"] for event in events if event["event"] == "ok"]
        (result,) = (each for each in results if "personal_access_tokens" in each)
        return dict(result)

    def _note(self, night: int, result: dict[str, Any]) -> None:
        for one in result.get("actions", []):
            name = one["name"].split(" (")[0]
            self.actions.append(Action(night, one["action"], name, one["id"], one["reason"]))
        for one in result.get("previous", []):
            moment = None if one["may_go_at"] is None else datetime.fromisoformat(one["may_go_at"])
            self.said.append(Said(night, one["id"], moment, one["in_use"]))
        if "deferred" in result:
            self.deferred.setdefault(night, {})[result["name"]] = result["deferred"]

    def reasons(self, kind: str, name: str) -> list[tuple[int, str]]:
        """Return the nights and reasons of what was done to the tokens of a name."""
        return [(one.night, one.reason) for one in self.actions if (one.kind, one.name) == (kind, name)]

    def table(self) -> Iterator[str]:
        """Yield the nights on which something happened, and a line for all the year."""
        yield f"{'night':>5}  {'what was done, and why':<100} alive  every login worked"
        for night in range(1, NIGHTS + 1):
            works = "no" if any(each.endswith(f" night {night}") for each in self.locked_out) else "yes"
            ends = f"{sum(self.alive[night].values()):>5}  {works} ({self.logins[night]})"
            for position, text in enumerate(self._happened(night)):
                yield f"{'' if position else night:>5}  {text:<100} {'' if position else ends}".rstrip()
        kinds = Counter(one.kind for one in self.actions)
        yield (
            f"{NIGHTS} nights, work on {len({one.night for one in self.actions})}; {kinds['create']} tokens created, "
            f"{kinds['delete']} deleted; {sum(self.logins.values())} logins, {len(self.locked_out)} of them refused"
        )

    def _happened(self, night: int) -> Iterator[str]:
        done = [one for one in self.actions if one.night == night]
        freed = {one.name for one in done if one.kind == "rename" and one.reason == "frees the name for its successor"}
        texts = [
            f"{'rotate' if one.kind == 'create' and one.name in freed else one.kind} {one.name}: {one.reason}"
            for one in done
            if one.kind != "rename" or one.name not in freed
        ]
        texts += [f"defer {name}: {reason}" for name, reason in self.deferred.get(night, {}).items()]
        texts += [f"refuse {failure}" for failure in self.failures.get(night, [])]
        for text in texts:
            short = re.sub(r"([0-9a-f]{8})[0-9a-f]{24}", r"\1", text)
            yield short if len(short) <= 100 else f"{short[:99]}…"
