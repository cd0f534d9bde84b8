# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P3 for tokens whose secrets go to files, and for sets: in the files, and nowhere else."""

from __future__ import annotations

import json

import pytest

from ansible_collections.sailpoint_community.isc.tests.leak import people
from ansible_collections.sailpoint_community.isc.tests.leak.harness import HERE, Finished, Playground
from ansible_collections.sailpoint_community.isc.tests.leak.test_leaks import all_secrets, ssh_host
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient

STORES = HERE / "playbooks" / "stores.yml"
FOREIGN = "fake-foreign-secret-0123456789abcdef"


def play_stores(playground: Playground, simulator: SimulatorClient, target: str, **environment: str) -> Finished:
    files = playground.given / "files"
    files.mkdir()
    for name, text in (
        ("foreign.json", f'{{"password": "{FOREIGN}"'),
        ("foreign.yml", f"password: {FOREIGN}\n"),
        ("foreign.env", f"SAIL_CLIENT_SECRET='{FOREIGN}'\nPASSWORD='{FOREIGN}'\n"),
    ):
        (files / name).write_text(text, encoding="utf-8")
    variables = {"people": people.credentials(), "target": target, "files": str(files)}
    ended = playground.play(STORES, variables, **environment)
    assert ended.code == 0, ended.stdout[-3000:] + ended.stderr
    stored = json.loads((files / "one.json").read_text(encoding="utf-8"))
    assert simulator.works(stored["client_id"], stored["client_secret"])
    assert (files / "one.json").stat().st_mode & 0o777 == 0o600
    return ended


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_in_process_the_secrets_are_in_the_files_alone(
    playground: Playground, simulator: SimulatorClient, strategy: str
) -> None:
    ended = play_stores(playground, simulator, "localhost", ANSIBLE_STRATEGY=strategy)
    assert ended.leaks([*all_secrets(simulator), FOREIGN]) == []
    assert "1 of 3 personal access tokens failed" in ended.stdout + ended.stderr


def test_shipped_the_secrets_are_in_the_files_alone(playground: Playground, simulator: SimulatorClient) -> None:
    ssh_host(playground, ansible_pipelining=True)
    ended = play_stores(playground, simulator, "fake-bastion")
    assert ended.leaks([*all_secrets(simulator), FOREIGN]) == []
    assert "1 of 3 personal access tokens failed" in ended.stdout + ended.stderr
