# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P3 for the role: the secrets are in the store and nowhere else, even where the store's author took no care."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.leak import people
from ansible_collections.sailpoint_community.isc.tests.leak.harness import HERE, Finished, Playground
from ansible_collections.sailpoint_community.isc.tests.leak.test_leaks import all_secrets, ssh_host
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient

ROLE = HERE / "playbooks" / "role.yml"


def play_role(
    playground: Playground, simulator: SimulatorClient, target: str, broken: str, *arguments: str, **environment: str
) -> tuple[Finished, Path]:
    """Run the role, which fails in the end for a token without a scope; return the folder of the stores too."""
    files = playground.given / "files"
    files.mkdir()
    variables = {"people": people.credentials(), "target": target, "files": str(files), "broken": broken}
    ended = playground.play(ROLE, variables, *arguments, **environment)
    assert ended.code == 2, ended.stdout[-3000:] + ended.stderr
    assert "scope is empty" in ended.stdout + ended.stderr
    assert "censored" in ended.file("dump")
    assert ended.leaks(all_secrets(simulator)) == []
    return ended, files


def stored_works(simulator: SimulatorClient, entry: Path) -> bool:
    """Tell whether what a store holds works."""
    stored = json.loads(entry.read_text(encoding="utf-8"))
    return simulator.works(stored["client_id"], stored["client_secret"])


def key(target: str, name: str) -> str:
    return f"{target}_{name}"


@pytest.mark.parametrize("broken", ["write", "read", "delete"])
@pytest.mark.parametrize(
    "environment",
    [
        {"ANSIBLE_STRATEGY": "linear"},
        {"ANSIBLE_STRATEGY": "free", "ANSIBLE_STDOUT_CALLBACK": "minimal"},
    ],
    ids=["linear", "free, minimal"],
)
def test_in_process_the_secrets_are_in_the_store_alone(
    playground: Playground, simulator: SimulatorClient, broken: str, environment: dict[str, str]
) -> None:
    playground.host("localhost", ansible_connection="local")  # with this Python, which the store's modules need
    ended, files = play_role(playground, simulator, "localhost", broken, **environment)
    assert stored_works(simulator, files / key("localhost", "one"))
    assert stored_works(simulator, files / "built-in" / "localhost" / "three.json")
    assert "its reason is censored" in ended.file("dump")


def test_shipped_the_secrets_are_in_the_store_alone(playground: Playground, simulator: SimulatorClient) -> None:
    # The role itself turns pipelining on, for all that has a secret.
    ssh_host(playground, ansible_pipelining=False)
    _ended, files = play_role(playground, simulator, "fake-bastion", "write")
    assert stored_works(simulator, files / key("fake-bastion", "one"))
    assert stored_works(simulator, files / "built-in" / "fake-bastion" / "three.json")


def test_check_mode_writes_and_tells_nothing_secret(playground: Playground, simulator: SimulatorClient) -> None:
    playground.host("localhost", ansible_connection="local")
    ended, files = play_role(playground, simulator, "localhost", "write", "--check")
    assert "create 'three': it does not exist" in ended.stdout
    assert list(files.iterdir()) == []
    assert {entry["method"] for entry in simulator.log(path="personal-access-tokens")} == {"GET"}
