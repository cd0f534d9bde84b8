# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays over many hosts, each an identity of its own, against the least that a play can cost, and against our aims.

`make benchmark` runs it. Seconds are of this machine and its noise; the ratios are what counts. Since a machine changes
its speed within minutes, each run of a play is compared with a run of the floor just before it. So is the floor's own:
its row shows the noise.
Each play starts where there are no tokens but the hosts' own: it creates, converges, and rotates what is due.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient, running

CONNECTION = {
    "base_url": "{{ simulator }}",
    "client_id": "{{ client_id }}",
    "client_secret": "{{ client_secret }}",
}
DECLARED = [{"name": f"Token {letter}", "scope": ["idn:accounts:read"]} for letter in "ABC"]
LIFETIME = {"expires_in": "90d", "rotate_before": "14d"}
STORE = {"file": {"path": "{{ stores }}/{{ inventory_hostname }}/{key}.json"}}

FLOOR = {"name": "The floor", "ansible.builtin.assert": {"that": ["client_id is defined"], "quiet": True}}
TOKEN = {
    "name": "The token",
    "sailpoint_community.isc.personal_access_token": {**CONNECTION, **LIFETIME, **DECLARED[0], "store": STORE},
}
SET = {
    "name": "The tokens",
    "sailpoint_community.isc.personal_access_token_set": {
        **CONNECTION,
        **LIFETIME,
        "personal_access_tokens": DECLARED,
        "store": STORE,
    },
}
VARIABLES = {
    "tokens_connection": CONNECTION,
    "tokens_defaults": LIFETIME,
    "tokens_declared": DECLARED,
    "tokens_store": STORE,
}
ROLE = {
    "name": "The role",
    "ansible.builtin.import_role": {"name": "sailpoint_community.isc.tokens"},
    "vars": VARIABLES,
}
URI = [
    {
        "name": "The bearer token",
        "ansible.builtin.uri": {
            "url": "{{ simulator }}/oauth/token",
            "method": "POST",
            "body_format": "form-urlencoded",
            "body": {
                "grant_type": "client_credentials",
                "client_id": "{{ client_id }}",
                "client_secret": "{{ client_secret }}",
            },
        },
        "no_log": True,
        "register": "bearer",
    },
    {
        "name": "The list",
        "ansible.builtin.uri": {
            "url": "{{ simulator }}/personal-access-tokens/v1?owner-id=me",
            "headers": {"Authorization": "Bearer {{ bearer.json.access_token }}"},
        },
        "no_log": True,
    },
]

MANY = 100
"""Above so many hosts, two uri tasks are not measured: they take a second a host."""

MOST_OF_FLOOR = {"_set, 3 tokens": 1.8, "role, 3 tokens": 3.5}
"""The aims: how many times the floor these plays may take where nothing changes."""

MOST_TO_CREATE = 3
"""How many times as long a play may take to create its tokens as it takes where nothing changes."""

REQUESTS_OF_A_HOST = 2
"""It asks for a bearer token and lists, whatever the number of its tokens."""

REQUESTS_OF_A_TOKEN = {"created": 2, "converged": 0, "rotated": 3}
"""A new token is created and proved; to be rotated, the old one is renamed first."""


@dataclass(frozen=True, eq=False)
class Play:
    """A play, and how many tokens of each host it keeps, which can be created, repeated and rotated.

    It has tasks, or is a playbook of the collection. ``then`` are others to run over what it has made.
    """

    name: str
    tasks: list[dict[str, Any]] = field(default_factory=list)
    keeps: int = 0
    playbook: str | None = None
    variables: dict[str, Any] = field(default_factory=lambda: VARIABLES)
    then: tuple[Play, ...] = ()

    @property
    def content(self) -> list[dict[str, Any]]:
        """The content of its file."""
        if self.playbook is not None:
            return [{"import_playbook": self.playbook, "vars": self.variables}]
        return [{"name": self.name, "hosts": "all", "gather_facts": False, "tasks": self.tasks}]


OVER_WHAT_IS_MADE = (
    Play("plan, 3 tokens", playbook="sailpoint_community.isc.plan"),
    Play(
        "report, 4 tokens",  # the host's own is one
        playbook="sailpoint_community.isc.report",
        variables={"tokens_connection": CONNECTION, "report_html": "report.html", "report_json": "report.json"},
    ),
)

FLOOR_PLAY = Play("floor (assert)", [FLOOR])
URI_PLAY = Play("two uri", URI)
PLAYS = [
    FLOOR_PLAY,
    Play("personal_access_token", [TOKEN], keeps=1),
    Play("_set, 3 tokens", [SET], keeps=3),
    Play("role, 3 tokens", [ROLE], keeps=3),
    Play("apply, 3 tokens", keeps=3, playbook="sailpoint_community.isc.apply", then=OVER_WHAT_IS_MADE),
    URI_PLAY,
]


@dataclass(frozen=True)
class Figures:
    """What one run of a play took, and the floor just before it."""

    seconds: float
    floor: float
    requests: int
    lines: int
    megabytes: float

    @property
    def times_floor(self) -> float:
        """How many times as long as the floor it took."""
        return self.seconds / self.floor


Table = dict[tuple[Play, str], list[Figures]]


def main() -> None:
    """Measure each number of hosts in turn, and print a table of seconds, ratios and aims for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=numbers, default="100,1000", help="numbers of hosts (default: %(default)s)")
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running() as simulator:
        measure(Path(folder), simulator, 1, arguments.forks, rounds=1)  # only warms the caches up
        for hosts in arguments.hosts:
            table = measure(Path(folder), simulator, hosts, arguments.forks, arguments.rounds)
            print(f"{hosts} hosts, {arguments.forks} forks; medians, rounds: {arguments.rounds}")
            report(hosts, table)


def numbers(text: str) -> list[int]:
    """Return the numbers in a text that commas separate."""
    return [int(number) for number in text.split(",")]


def measure(folder: Path, simulator: SimulatorClient, hosts: int, forks: int, rounds: int) -> Table:
    """Run each play in turn, for some rounds, and return what each took."""
    seed = seeds.many(hosts)
    table: Table = defaultdict(list)
    write_plays(folder, seed, simulator.base_url)
    for _round in range(rounds):
        for play in PLAYS:
            if play is URI_PLAY and hosts > MANY:
                continue
            simulator.reset(seed)
            shutil.rmtree(folder / "stores", ignore_errors=True)
            for what, state, figures in run_states(folder, play, simulator, forks):
                table[what, state].append(figures)
    return table


def write_plays(folder: Path, seed: dict[str, Any], simulator: str) -> None:
    """Write an inventory with a host per token, and a playbook per play."""
    hosts = {
        f"tenant{number:04}": {"client_id": token["id"], "client_secret": token["secret"]}
        for number, token in enumerate(seed["tokens"])
    }
    settings = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "simulator": simulator,
        "stores": str(folder / "stores"),
    }
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": settings}}))
    for play in [*PLAYS, *OVER_WHAT_IS_MADE]:
        (folder / f"{play.name}.json").write_text(json.dumps(play.content))


def run_states(folder: Path, play: Play, simulator: SimulatorClient, forks: int) -> Iterator[tuple[Play, str, Figures]]:
    """Run a play once for each state that it can find the tokens in, and yield the play, the state and the figures."""
    if not play.keeps:
        yield play, "converged", run(folder, play, simulator, forks)
        return
    yield play, "created", run(folder, play, simulator, forks)
    yield play, "converged", run(folder, play, simulator, forks)
    for other in play.then:
        yield other, "converged", run(folder, other, simulator, forks)
    simulator.advance(days=80)
    yield play, "rotated", run(folder, play, simulator, forks)


def run(folder: Path, play: Play, simulator: SimulatorClient, forks: int) -> Figures:
    """Run the floor and then a play, and return what they took."""
    floor = run_once(folder, FLOOR_PLAY, forks)[0]
    before = len(simulator.log())
    took, text, megabytes = run_once(folder, play, forks)
    return Figures(took, floor, len(simulator.log()) - before, len(text.splitlines()), megabytes)


def run_once(folder: Path, play: Play, forks: int) -> tuple[float, str, float]:
    """Run a play and return its seconds, its output and the megabytes that it needed at most."""
    command = ["ansible-playbook", "-i", "inventory.json", "--forks", str(forks), f"{play.name}.json"]
    with Path(folder, "output").open("w+", encoding="utf-8") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=os.environ, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        sys.exit(f"{play.name} failed:\n{text[-3000:]}")
    return took, text, usage.ru_maxrss / 1024


def report(hosts: int, table: Table) -> None:
    """Print the table."""
    columns = ("seconds", "x floor", "least", "most", "requests", "lines", "MB")
    print(f"{'play':24}{'state':12}" + "".join(f"{column:>10}" for column in columns) + "  aims")
    for (play, state), taken in table.items():
        ratios = [one.times_floor for one in taken]
        seconds = statistics.median(one.seconds for one in taken)
        last = taken[-1]
        print(
            f"{play.name:24}{state:12}{seconds:10.2f}"
            + "".join(f"{figure:10.2f}" for figure in (statistics.median(ratios), min(ratios), max(ratios)))
            + f"{last.requests:10}{last.lines:10}{last.megabytes:10.0f}  "
            + "; ".join(f"{aim}: {'met' if is_met else 'missed'}" for aim, is_met in aims(hosts, table, play, state))
        )
    if (URI_PLAY, "converged") not in table:
        print(
            f"{URI_PLAY.name:24}{'':12}not measured above {MANY} hosts: a second a host is {hosts // 60} minutes here"
        )
    print(flush=True)


def aims(hosts: int, table: Table, play: Play, state: str) -> Iterator[tuple[str, bool]]:
    """Yield what a row aims at, and whether that is met."""
    if play is FLOOR_PLAY:
        return
    if state == "converged" and play.name in MOST_OF_FLOOR:
        most = MOST_OF_FLOOR[play.name]
        ratio = statistics.median(one.times_floor for one in table[play, state])
        yield f"{ratio:.2f} x floor, at most {most}", ratio <= most
    if state == "created":
        both = zip(table[play, state], table[play, "converged"])
        ratio = statistics.median(created.times_floor / converged.times_floor for created, converged in both)
        yield f"{ratio:.2f} x converged, at most {MOST_TO_CREATE}", ratio <= MOST_TO_CREATE
    requests = hosts * (REQUESTS_OF_A_HOST + REQUESTS_OF_A_TOKEN[state] * play.keeps)
    yield f"{requests} requests", table[play, state][-1].requests == requests


if __name__ == "__main__":
    main()
