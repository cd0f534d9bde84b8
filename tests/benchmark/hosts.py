# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A converged play over many hosts, each an identity of its own, against the least that a play can cost.

`make benchmark` runs it. Seconds are of this machine and its noise; the ratios, paired within a round, are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import running

FLOOR = {"name": "The floor", "ansible.builtin.assert": {"that": ["client_id is defined"], "quiet": True}}
OURS = {
    "name": "The token",
    "sailpoint_community.isc.personal_access_token": {
        "base_url": "{{ simulator }}",
        "client_id": "{{ client_id }}",
        "client_secret": "{{ client_secret }}",
        "name": "bootstrap",
    },
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
PLAYS: dict[str, list[dict[str, Any]]] = {"floor (assert)": [FLOOR], "personal_access_token": [OURS], "two uri": URI}


def main() -> None:
    """Run each play in turn, for some rounds, and print a table of seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    seed = seeds.many(arguments.hosts)
    with tempfile.TemporaryDirectory() as folder, running() as simulator:
        simulator.reset(seed)
        write_plays(Path(folder), seed, simulator.base_url)
        seconds: dict[str, list[float]] = {name: [] for name in PLAYS}
        for number in range(arguments.rounds + 1):
            for name in PLAYS:
                took = run(Path(folder), name, arguments.forks)
                if number:  # the first round only warms the caches up
                    seconds[name].append(took)
        requests = len(simulator.log())
    report(arguments, seconds, requests)


def write_plays(folder: Path, seed: dict[str, Any], simulator: str) -> None:
    """Write an inventory with a host per token, and a playbook per play."""
    hosts = {
        f"tenant{number:04}": {"client_id": token["id"], "client_secret": token["secret"]}
        for number, token in enumerate(seed["tokens"])
    }
    settings = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "simulator": simulator}
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": settings}}))
    for name, tasks in PLAYS.items():
        play = {"name": name, "hosts": "all", "gather_facts": False, "tasks": tasks}
        (folder / f"{name}.json").write_text(json.dumps([play]))


def run(folder: Path, name: str, forks: int) -> float:
    """Run one play and return how long it took, in seconds."""
    command = ["ansible-playbook", "-i", "inventory.json", "--forks", str(forks), f"{name}.json"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if done.returncode or "changed=1" in done.stdout:
        sys.exit(f"{name} failed or changed something:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return took


def report(arguments: argparse.Namespace, seconds: dict[str, list[float]], requests: int) -> None:
    """Print the table."""
    floor = seconds["floor (assert)"]
    print(f"{arguments.hosts} hosts, {arguments.forks} forks, median of {arguments.rounds} rounds; {requests} requests")
    print(f"{'play':24}{'seconds':>10}{'x floor':>10}{'least':>10}{'most':>10}")
    for name, taken in seconds.items():
        ratios = [one / other for one, other in zip(taken, floor)]
        figures = (statistics.median(taken), statistics.median(ratios), min(ratios), max(ratios))
        print(f"{name:24}" + "".join(f"{figure:10.2f}" for figure in figures))


if __name__ == "__main__":
    main()
