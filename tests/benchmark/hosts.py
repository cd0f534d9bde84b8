# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays over many hosts, each an identity of its own, against the least that a play can cost.

`make benchmark` runs it. Seconds are of this machine and its noise; the ratios, paired within a round, are what counts.
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
MOST_HOSTS_OF_URI = 100
"""Two uri tasks take a minute and more for these already."""


@dataclass(frozen=True)
class Play:
    """A play, and whether it makes tokens that can be created, repeated and rotated.

    It has tasks, or is a playbook of the collection. ``then`` are others to run over what it has made.
    """

    name: str
    tasks: list[dict[str, Any]] = field(default_factory=list)
    keeps_tokens: bool = False
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

PLAYS = [
    Play("floor (assert)", [FLOOR]),
    Play("personal_access_token", [TOKEN], keeps_tokens=True),
    Play("_set, 3 tokens", [SET], keeps_tokens=True),
    Play("role, 3 tokens", [ROLE], keeps_tokens=True),
    Play("apply, 3 tokens", keeps_tokens=True, playbook="sailpoint_community.isc.apply", then=OVER_WHAT_IS_MADE),
    Play("two uri", URI),
]


@dataclass(frozen=True)
class Figures:
    """What one run of a play took."""

    seconds: float
    requests: int
    lines: int
    megabytes: float


Table = dict[tuple[str, str], list[Figures]]


def main() -> None:
    """Run each play in turn, for some rounds, and print a table of seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    seed = seeds.many(arguments.hosts)
    table: Table = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, running() as simulator:
        write_plays(Path(folder), seed, simulator.base_url)
        for number in range(arguments.rounds + 1):
            for play in PLAYS:
                if play.name == "two uri" and arguments.hosts > MOST_HOSTS_OF_URI:
                    continue
                simulator.reset(seed)
                shutil.rmtree(Path(folder, "stores"), ignore_errors=True)
                for name, phase, figures in run_phases(Path(folder), play, simulator, arguments.forks):
                    if number or arguments.rounds == 0:  # the first round only warms the caches up
                        table[name, phase].append(figures)
    report(arguments, table)


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


def run_phases(folder: Path, play: Play, simulator: SimulatorClient, forks: int) -> Iterator[tuple[str, str, Figures]]:
    """Run a play once for each state that it can find the tokens in, and yield its name, the state and the figures."""
    if not play.keeps_tokens:
        yield play.name, "converged", run(folder, play, simulator, forks)
        return
    yield play.name, "created", run(folder, play, simulator, forks)
    yield play.name, "converged", run(folder, play, simulator, forks)
    for other in play.then:
        yield other.name, "converged", run(folder, other, simulator, forks)
    simulator.advance(days=80)
    yield play.name, "rotated", run(folder, play, simulator, forks)


def run(folder: Path, play: Play, simulator: SimulatorClient, forks: int) -> Figures:
    """Run a play and return what it took."""
    command = ["ansible-playbook", "-i", "inventory.json", "--forks", str(forks), f"{play.name}.json"]
    before = len(simulator.log())
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
    return Figures(took, len(simulator.log()) - before, len(text.splitlines()), usage.ru_maxrss / 1024)


def report(arguments: argparse.Namespace, table: Table) -> None:
    """Print the table."""
    floor = table["floor (assert)", "converged"]
    print(f"{arguments.hosts} hosts, {arguments.forks} forks, medians of {arguments.rounds} rounds after a first one")
    columns = ("seconds", "x floor", "least", "most", "requests", "lines", "MB")
    print(f"{'play':24}{'state':12}" + "".join(f"{column:>10}" for column in columns))
    for (name, phase), taken in table.items():
        ratios = [one.seconds / other.seconds for one, other in zip(taken, floor)]
        seconds = statistics.median(one.seconds for one in taken)
        ratio = (statistics.median(ratios), min(ratios), max(ratios))
        last = taken[-1]
        print(
            f"{name:24}{phase:12}{seconds:10.2f}"
            + "".join(f"{figure:10.2f}" for figure in ratio)
            + f"{last.requests:10}{last.lines:10}{last.megabytes:10.0f}"
        )


if __name__ == "__main__":
    main()
