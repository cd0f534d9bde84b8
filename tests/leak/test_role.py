# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P3 for the role: the secrets are in the store and nowhere else, even where the store's author took no care."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kinds import KINDS
from ansible_collections.sailpoint_community.isc.tests.leak import people
from ansible_collections.sailpoint_community.isc.tests.leak.harness import HERE, Finished, Playground
from ansible_collections.sailpoint_community.isc.tests.leak.test_leaks import SHOW_ARGUMENTS, all_secrets, ssh_host
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient

ROLE = HERE / "playbooks" / "role.yml"
PARAMETERS = HERE / "playbooks" / "role_parameters.yml"
FOREIGN = "fake-foreign-secret-0123456789abcdef"

CARELESS = """#!/bin/sh
# A program for the store `command` whose author thought of no secret at all. Its second argument is what fails of it.
entry="$1/$4"
umask 077
if test "$3" = store; then content=$(cat); else content=$(cat "$entry" 2> /dev/null); fi
echo "$content" >&2
if test "$2" = "$3"; then exit 1; fi
case $3 in
    get) test -z "$content" || echo "$content" ;;
    store) echo "$content" > "$entry" ;;
    erase) rm "$entry" ;;
esac
"""

BROKEN = ["foreign", *(["store", "get", "erase"] if "command" in KINDS else [])]
"""What is broken of a store: it holds something else, or a program fails at one of its verbs."""


def stores_for(playground: Playground, files: Path, target: str, broken: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the stores of the play: one that is well and is careless if it can be, the same broken, and files."""
    path = f"{files}/careless/{{key}}"
    built_in = {"file": {"path": f"{files}/built-in/{target}/{{key}}.json"}}
    (files / "careless").mkdir()
    if broken == "foreign":
        careless = {"file": {"path": path, "format": "json"}}
        for name in ("one", "two"):
            (files / f"foreign-{name}").write_text(f'{{"password": "{FOREIGN}"}}', encoding="utf-8")
        foreign = {"file": {"path": f"{files}/foreign-{{key}}", "format": "json"}}
        return {"careless": careless, "broken": foreign, "built_in": built_in}
    program = [playground.script("careless", CARELESS), str(files / "careless")]
    stores = {name: {"command": {"argv": [*program, verb]}} for name, verb in (("careless", "-"), ("broken", broken))}
    return {**stores, "built_in": built_in}


def play_role(
    playground: Playground, simulator: SimulatorClient, target: str, broken: str, *arguments: str, **environment: str
) -> tuple[Finished, Path]:
    """Run the role, which fails in the end for a token without a scope; return the folder of the stores too."""
    files = playground.given / "files"
    files.mkdir()
    stores = stores_for(playground, files, target, broken)
    variables = {"people": people.credentials(), "target": target, "stores": stores, "broken": broken}
    runs = []
    for playbook, shown in ((ROLE, SHOW_ARGUMENTS), (PARAMETERS, {})):
        ended = playground.play(playbook, variables, *arguments, **{**shown, **environment})
        runs.append(ended)
        assert ended.code == 2, ended.stdout[-3000:] + ended.stderr
        assert "scope is empty" in ended.stdout + ended.stderr
        assert ended.leaks([*all_secrets(simulator), FOREIGN]) == []
        if shown and "MINIMAL" not in environment:
            assert "client_secret=********" in ended.stdout, "no arguments were shown"
    return runs[0], files


def stored_works(simulator: SimulatorClient, entry: Path) -> bool:
    """Return whether what a store holds works."""
    stored = json.loads(entry.read_text(encoding="utf-8"))
    return simulator.works(stored["client_id"], stored["client_secret"])


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    "environment",
    [
        {"ANSIBLE_STRATEGY": "linear"},
        {"ANSIBLE_STRATEGY": "free"},
        {"ANSIBLE_STRATEGY": "free", "ANSIBLE_STDOUT_CALLBACK": "minimal", "MINIMAL": "shows no arguments"},
    ],
    ids=["linear", "free", "free, minimal"],
)
def test_in_process_the_secrets_are_in_the_store_alone(
    playground: Playground, simulator: SimulatorClient, broken: str, environment: dict[str, str]
) -> None:
    playground.host("localhost", ansible_connection="local")
    ended, files = play_role(playground, simulator, "localhost", broken, **environment)
    assert stored_works(simulator, files / "careless" / "one")
    assert stored_works(simulator, files / "built-in" / "localhost" / "three.json")
    # A verb that fails tells why, but for what it printed of the entry.
    why = "and nothing else; it was not changed" if broken == "foreign" else "its reason is withheld"
    assert why in ended.file("dump")


@pytest.mark.parametrize("broken", BROKEN[:2])
def test_shipped_the_secrets_are_in_the_store_alone(
    playground: Playground, simulator: SimulatorClient, broken: str
) -> None:
    # The role itself turns pipelining on, for all that has a secret.
    ssh_host(playground, ansible_pipelining=False)
    _ended, files = play_role(playground, simulator, "fake-bastion", broken)
    assert stored_works(simulator, files / "careless" / "one")
    assert stored_works(simulator, files / "built-in" / "fake-bastion" / "three.json")


def test_check_mode_writes_and_tells_nothing_secret(playground: Playground, simulator: SimulatorClient) -> None:
    playground.host("localhost", ansible_connection="local")
    ended, files = play_role(playground, simulator, "localhost", BROKEN[-1], "--check")
    assert "+ create  'three'  it does not exist" in ended.stdout
    assert [path for path in files.rglob("*") if path.is_file() and not path.name.startswith("foreign-")] == []
    assert {entry["method"] for entry in simulator.log(path="personal-access-tokens")} == {"GET"}
