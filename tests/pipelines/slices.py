# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of many tenants by ansible-runner: in one run, and in slices over workers that know nothing of each other.

By hand, with as many tenants as wanted:
python -m ansible_collections.sailpoint_community.isc.tests.pipelines.slices 1000
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.sailpoint_community.isc.tests.simulator.client import running
from ansible_collections.sailpoint_community.isc.tests.simulator.fixtures import short_folder
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import Person, many, many_people

COLLECTIONS = Path(__file__).resolve().parents[5]
PROGRAMS = Path(sys.executable).parent
RUNNER = str(PROGRAMS / "ansible-runner")
PLAYBOOK = "sailpoint_community.isc.plan"


def inventory_of(people: list[Person], base_url: str, stores: Path) -> dict[str, Any]:
    """Return an inventory: a host for each identity, with the token that it declares."""
    hosts = {
        f"tenant-{number:04}": {
            "isc_client_id": person.client_id,
            "isc_client_secret": person.client_secret,
        }
        for number, person in enumerate(people)
    }
    shared = {
        "ansible_python_interpreter": sys.executable,
        "tokens_connection": {
            "base_url": base_url,
            "client_id": "{{ isc_client_id }}",
            "client_secret": "{{ isc_client_secret }}",
        },
        "tokens_store": {"file": {"path": f"{stores}/{{{{ inventory_hostname }}}}/{{key}}.json"}},
        "tokens_defaults": {"expires_in": "90d", "rotate_before": "14d"},
        "tokens_declared": [{"name": "Ticket Sync", "scope": ["demo:first"]}],
    }
    return {"all": {"hosts": hosts, "vars": shared}}


def slices_of(inventory: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Return the inventory in slices, every so many hosts, as AWX makes them."""
    hosts, shared = inventory["all"]["hosts"], inventory["all"]["vars"]
    names = sorted(hosts)
    return [
        {"all": {"hosts": {name: hosts[name] for name in names[first::count]}, "vars": shared}}
        for first in range(count)
    ]


def prepare(folder: Path, inventory: Mapping[str, Any], plan: Path) -> Path:
    """Lay a folder out for ansible-runner, and return it."""
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir(parents=True)
    (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump(dict(inventory)), encoding="utf-8")
    (folder / "env" / "extravars").write_text(json.dumps({"plan_json": str(plan)}), encoding="utf-8")
    variables = {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_FORKS": "10",
    }
    (folder / "env" / "envvars").write_text(json.dumps(variables), encoding="utf-8")
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of ansible-runner itself."""
    path = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}


def run(folder: Path, inventory: Mapping[str, Any]) -> dict[str, Any]:
    """Plan in one run, and return the plan."""
    plan = folder / "one" / "plan.json"
    prepare(plan.parent, inventory, plan)
    command = [RUNNER, "run", str(plan.parent), "--playbook", PLAYBOOK, "--quiet"]
    subprocess.run(command, env=environment(folder), check=True, stdout=subprocess.DEVNULL)
    return read(plan)


def run_sliced(folder: Path, inventory: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Plan in slices at once, each over a worker of its own, and return the plans that came back."""
    lines = [start(folder / f"slice-{number}", each) for number, each in enumerate(slices_of(inventory, count))]
    for line in lines:
        for process in line:
            if process.wait():
                raise RuntimeError(f"ansible-runner ended with {process.returncode}: {process.args!r}")
    return [read(folder / f"slice-{number}" / "back" / "artifacts" / "plan" / "plan.json") for number in range(count)]


def start(folder: Path, inventory: Mapping[str, Any]) -> list[subprocess.Popen[bytes]]:
    """Start transmit | worker | process. What the worker leaves among its artifacts comes back."""
    there, back = folder / "there", folder / "back"
    prepare(folder / "sent", inventory, there / "artifacts" / "plan" / "plan.json")
    there.mkdir()
    (back / "env").mkdir(parents=True)
    commands = [
        [RUNNER, "transmit", str(folder / "sent"), "--playbook", PLAYBOOK, "--ident", "plan"],
        [RUNNER, "worker", "--private-data-dir", str(there)],
        [RUNNER, "process", str(back), "--ident", "plan"],
    ]
    line: list[subprocess.Popen[bytes]] = []
    for command in commands:
        source = line[-1].stdout if line else None
        sink = subprocess.PIPE if len(line) < 2 else subprocess.DEVNULL
        stdin = subprocess.DEVNULL if source is None else source
        line.append(subprocess.Popen(command, stdin=stdin, stdout=sink, env=environment(folder)))
        if source is not None:
            source.close()  # so that a process that ends early is noticed by the one before it
    return line


def read(plan: Path) -> dict[str, Any]:
    """Return a plan."""
    document = json.loads(plan.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def main() -> None:
    """Compare the plans of as many tenants as the first argument says."""
    count = int(sys.argv[1])
    with running() as simulator, short_folder() as folder:
        simulator.reset({**many(count), "frozen": True})
        inventory = inventory_of(many_people(count), simulator.base_url, folder / "stores")
        begun = time.monotonic()
        whole = run(folder, inventory)
        between = time.monotonic()
        parts = run_sliced(folder, inventory, 2)
        ended = time.monotonic()
    merged = {name: host for part in parts for name, host in part["hosts"].items()}
    others = [name for name, host in whole["hosts"].items() if merged.pop(name, None) != host]
    print(f"{count} hosts: one run {between - begun:.0f} s, two slices at once {ended - between:.0f} s")
    print(f"{whole['sum']}; another plan for {len(others) + len(merged)} hosts {others[:3]}")


if __name__ == "__main__":
    main()
