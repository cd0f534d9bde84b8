# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P3 for tokens whose secrets go to stores, and for sets: in the stores, and nowhere else."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kinds import KINDS
from ansible_collections.sailpoint_community.isc.tests.leak import people
from ansible_collections.sailpoint_community.isc.tests.leak.harness import HERE, Finished, Playground
from ansible_collections.sailpoint_community.isc.tests.leak.test_leaks import (
    SHORT,
    SHOW_ARGUMENTS,
    all_secrets,
    ssh_host,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.stores.benches.shared import shared_bench

STORES = HERE / "playbooks" / "stores.yml"
SERVED_STORES = HERE / "playbooks" / "served_stores.yml"
FOREIGN = "fake-foreign-secret-0123456789abcdef"
PASSWORD = "fake-vault-password-of-the-stores"

PROGRAM = """#!/bin/sh
# Keeps entries for the store `command`, a file each in the folder that is its first argument; shows all it can.
umask 077
case $2 in
    get) if test -e "$1/$3"; then tee /dev/stderr < "$1/$3"; fi ;;
    store) tee "$1/$3" /dev/stderr ;;
    erase) cat "$1/$3" >&2; rm "$1/$3" ;;
esac
"""


def stores_for(playground: Playground, files: Path, target: str) -> dict[str, dict[str, Any]]:
    """Return the options of each store that runs there without a server, by its kind."""
    program = playground.script("program", PROGRAM)
    (files / "command").mkdir()
    stores: dict[str, dict[str, Any]] = {
        "file": {"path": f"{files}/file/{{key}}.json"},
        "vault_file": {"path": f"{files}/vault_file/{{key}}.yml"},
        "command": {"argv": [program, f"{files}/command"]},
    }
    if target != "localhost":
        del stores["vault_file"]  # its passwords never leave the controller
    return {kind: options for kind, options in stores.items() if kind in KINDS}


def stored_in(kind: str, files: Path) -> tuple[str, str]:
    """Return the pair that a store keeps for the token that the play leaves in it."""
    if kind == "vault_file":
        encrypted = (files / kind / "two-vault-file.yml").read_bytes()
        values = yaml.safe_load(VaultLib([("default", VaultSecret(PASSWORD.encode()))]).decrypt(encrypted))
    else:
        name = f"two-{kind}.json" if kind == "file" else f"two-{kind}"
        values = json.loads((files / kind / name).read_text(encoding="utf-8"))
    return values["client_id"], values["client_secret"]


def play_stores(
    playground: Playground, simulator: SimulatorClient, target: str, playbook: Path, **environment: str
) -> Finished:
    files = playground.given / "files"
    files.mkdir()
    for name, text in (
        ("foreign.json", f'{{"password": "{FOREIGN}"'),
        ("foreign.yml", f"password: {FOREIGN}\n"),
        ("foreign.env", f"SAIL_CLIENT_SECRET='{FOREIGN}'\nPASSWORD='{FOREIGN}'\n"),
    ):
        (files / name).write_text(text, encoding="utf-8")
    stores = stores_for(playground, files, target)
    simulator.switch(max_tokens=50)
    variables = {"people": people.credentials(), "target": target, "files": str(files), "stores": stores}
    environment["ANSIBLE_VAULT_PASSWORD_FILE"] = playground.script("password", f"#!/bin/sh\necho {PASSWORD}\n")
    ended = playground.play(playbook, variables, **environment)
    assert ended.code == 0, ended.stdout[-3000:] + ended.stderr
    for kind in stores:
        assert simulator.works(*stored_in(kind, files)), kind
    assert (files / "file" / "two-file.json").stat().st_mode & 0o777 == 0o600
    return ended


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_in_process_the_secrets_are_in_the_stores_alone(
    playground: Playground, simulator: SimulatorClient, strategy: str
) -> None:
    ended = play_stores(playground, simulator, "localhost", STORES, ANSIBLE_STRATEGY=strategy, **SHOW_ARGUMENTS)
    assert ended.leaks([*all_secrets(simulator), FOREIGN, PASSWORD]) == []
    assert "1 of 3 personal access tokens failed" in ended.stdout + ended.stderr
    assert "client_secret=********" in ended.stdout, "no arguments were shown"
    assert "'token': '********'" in ended.stdout, "no store's arguments were shown"


def test_shipped_the_secrets_are_in_the_stores_alone(playground: Playground, simulator: SimulatorClient) -> None:
    ssh_host(playground, ansible_pipelining=True)
    ended = play_stores(playground, simulator, "fake-bastion", STORES, **SHOW_ARGUMENTS)
    assert ended.leaks([*all_secrets(simulator), FOREIGN, PASSWORD]) == []
    assert "1 of 3 personal access tokens failed" in ended.stdout + ended.stderr
    assert "client_secret=********" in ended.stdout, "no arguments were shown"


# Over the network: what a library logs, and what a run logs in to a store with, is searched for too


SERVED = {
    "hashi_vault": ("path", "isc/{key}"),
    "aws_secretsmanager": ("name", "isc/{key}"),
    "azure_key_vault": ("name", "isc-{key}"),
    "kubernetes": ("name", "isc-{key}"),
}
"""Where each store with a server keeps the entry of a key."""


def test_over_the_network_the_secrets_are_in_the_stores_alone(
    playground: Playground, simulator: SimulatorClient, short_path: Path
) -> None:
    with ExitStack() as opened:
        benches = [opened.enter_context(shared_bench(kind, short_path / "benches" / kind)) for kind in SERVED]
        stores, foreign, environment = {}, {}, {}
        for (kind, (option, place)), bench in zip(SERVED.items(), benches):
            bench.plant({"client_secret": FOREIGN})
            foreign[kind] = bench.option()[kind]
            stores[kind] = {**foreign[kind], option: place}
            environment.update(bench.environment())
        declared = [{"name": kind, "store": {kind: options}} for kind, options in stores.items()]
        variables = {"people": people.credentials(), "stores": stores, "declared": declared, "foreign": foreign}
        ended = playground.play(SERVED_STORES, variables, **{**environment, **SHOW_ARGUMENTS, "ANSIBLE_DEBUG": "1"})
        assert ended.code == 0, ended.stdout[-3000:] + ended.stderr
        own = [secret for bench in benches for secret in bench.own_secrets]
    assert ended.leaks([*all_secrets(simulator), *own, FOREIGN]) == []
    assert "client_secret=********" in ended.stdout, "no arguments were shown"


# What a playbook has in it literally, core itself hands to callbacks before a task begins, and junit writes it down

BEFORE = ("dump-of-starts", "junit/")


def literally(playground: Playground, playbook: Path) -> Path:
    """Return a copy of a playbook with the secrets themselves in the place of the variables that hold them."""
    folder = playground.given / "playbooks"
    shutil.copytree(playbook.parent, folder)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'"\{\{ people\.(\w+)\.client_secret \}\}"', _secret_of, text), encoding="utf-8")
    assert json.dumps(people.FORGED.client_secret) in (folder / playbook.name).read_text(encoding="utf-8")
    return folder / playbook.name


def _secret_of(found: re.Match[str]) -> str:
    return json.dumps(people.PEOPLE[found[1]].client_secret)


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_secrets_in_the_playbook_itself_are_not_shown_with_the_arguments(
    playground: Playground, simulator: SimulatorClient, strategy: str
) -> None:
    playbook = literally(playground, STORES)
    ended = play_stores(playground, simulator, "localhost", playbook, ANSIBLE_STRATEGY=strategy, **SHOW_ARGUMENTS)
    assert ended.leaks([*all_secrets(simulator), FOREIGN, PASSWORD], but=BEFORE) == []
    assert "client_secret=********" in ended.stdout, "no arguments were shown"


@pytest.mark.parametrize("pipelining", [True, False])
def test_those_of_a_task_that_does_not_reach_its_host_are_not_shown(
    playground: Playground, simulator: SimulatorClient, pipelining: bool
) -> None:
    ssh_host(playground, ansible_pipelining=pipelining)
    playground.script("down", "")
    variables = {"people": people.credentials(), "target": "fake-bastion"}
    ended = playground.play(literally(playground, SHORT), variables, **SHOW_ARGUMENTS)
    assert "client_secret=********" in ended.stdout, "no arguments were shown"
    assert "fake ssh: no route to host" in ended.file("dump")
    assert ended.leaks(all_secrets(simulator), but=BEFORE) == []
