# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One token, its store, and the runs that keep it: started, killed, ended or repeated, and what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultSecret

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._vault import VaultCipher
from ansible_collections.sailpoint_community.isc.tests.doubles.in_process import run_in_process
from ansible_collections.sailpoint_community.isc.tests.leak.harness import Finished, Playground, Sightings
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN, USER

HERE = Path(__file__).resolve().parent
NAME = "CI"
DECLARED = {
    "name": NAME,
    "renamed_from": [],
    "scope": ["demo:first"],
    "expires_in": "365d",
    "rotate_after": "90d",
    "overlap": "7d",
}
RENAMED = {**DECLARED, "name": f"{NAME} of the east", "renamed_from": [NAME]}
"""The same token with another name, so that its entry has another key."""

CALLER_ID, CALLER_SECRET = "ca11e41d" * 4, "ca11e45e" * 8
"""Whom the runs authenticate as: unlike the simulator's people, no part of the secret is in the id."""

STORED_ID = "570ced1d" * 4
STORED_SECRET = "570ced5e" * 8
ALWAYS = ("--extra-vars", "rotate=always")
"""The arguments of a run that rotates, due or not."""

LONGEST_RUN = 120
"""In seconds; a run takes about two."""

PASSWORD = "fake-vault-password"
VAULT_SECRETS = [("default", VaultSecret(PASSWORD.encode()))]

PROGRAM = f"""#!{sys.executable}
# Keeps entries for the store `command`: a file each in the folder that is its first argument, replaced in one step.
import os, sys
folder, verb, name = sys.argv[1:]
path = os.path.join(folder, name)
if verb == "get" and os.path.exists(path):
    sys.stdout.write(open(path).read())
if verb == "store":
    new = f"{{path}}.{{os.getpid()}}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(sys.stdin.read())
    os.rename(new, path)
if verb == "erase" and os.path.exists(path):
    os.unlink(path)
"""


@dataclass(frozen=True)
class Way:
    """A way to keep a token in a store: a playbook, the store's kind, and the folder below that of all stores."""

    playbook: str
    kind: str = "file"
    folder: str = "."


MODULE = Way("module.yml")
ROLE = Way("role.yml", folder="localhost")
WAYS = {"module": MODULE, "role": ROLE}


class Attempt:
    """One run of ansible-playbook, in a process group of its own."""

    def __init__(
        self,
        playground: Playground,
        playbook: Path,
        variables: Mapping[str, Any],
        *arguments: str,
        environment: Mapping[str, str],
    ) -> None:
        self._shown = playground.watched
        command = playground.command("ansible-playbook", str(playbook), *arguments, variables=variables)
        # Into files: nobody reads a pipe while the run is held, and a full one would stop it somewhere else.
        with (self._shown / "stdout").open("wb") as stdout, (self._shown / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                env={**playground.environment(), **environment},
                cwd=playground.watched,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill all its processes, as a machine that loses its power would."""
        for pid in _family(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self._process.wait(LONGEST_RUN) == -signal.SIGKILL, "it had ended before"

    def wait_for(self, held: Path) -> None:
        """Wait until it is held at an operation of its store, which makes that file."""
        deadline = time.monotonic() + LONGEST_RUN
        while not held.exists():
            assert self._process.poll() is None, "it ended before that operation"
            assert time.monotonic() < deadline, "it did not get to that operation"
            time.sleep(0.02)

    def end(self) -> Finished:
        """Wait until it has ended, and ended well."""
        ended = self.end_somehow()
        assert ended.code == 0, ended.stdout + ended.stderr
        return ended

    def end_somehow(self) -> Finished:
        """Wait until it has ended, well or not."""
        try:
            code = self._process.wait(LONGEST_RUN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        stdout, stderr = ((self._shown / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return Finished(code, stdout, stderr, {})


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it: workers of newer cores leave the process group."""
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text(encoding="ascii").split())
    return [pid, *(each for child in children for each in _family(child))]


class Scene:
    """A folder where everything lies that is written: the store, and what every run leaves."""

    def __init__(
        self, simulator: SimulatorClient, folder: Path, way: Way, declared: Mapping[str, Any] | None = None
    ) -> None:
        declared = DECLARED if declared is None else declared
        self.simulator = simulator
        self.folder = folder
        self._way = way
        self._declared = declared
        self._stores = folder / "store" / way.folder
        self._playbook = HERE / "playbooks" / way.playbook
        self._playgrounds = [Playground(folder / number, simulator.base_url) for number in ("one", "two")]
        for playground in self._playgrounds:
            playground.host("localhost", ansible_connection="local")
            playground.script("password", f"#!/bin/sh\necho {PASSWORD}\n")
            playground.script("program", PROGRAM)
        self.entry = self._entry(str(declared["name"]))
        """Where the credentials have to be in the end."""
        self.former = [self._entry(name) for name in declared["renamed_from"]]
        """Where they may be in the beginning, and have to be gone in the end."""
        if way.kind == "command":
            self._stores.mkdir(parents=True)  # all others make it themselves

    def _entry(self, name: str) -> Path:
        ending = {"file": ".json", "vault_file": ".yml", "command": ""}[self._way.kind]
        return self._stores / f"{name.lower().replace(' ', '-')}{ending}"

    def _store(self) -> dict[str, Any]:
        """Return the option ``store``."""
        folder = str(self._stores)
        stores: dict[str, dict[str, Any]] = {
            "file": {"file": {"path": f"{folder}/{{key}}.json"}},
            "vault_file": {"vault_file": {"path": f"{folder}/{{key}}.yml"}},
            "command": {"command": {"argv": [str(self._playgrounds[0].given / "program"), folder]}},
        }
        return stores[self._way.kind]

    def begin(self, created: str | None) -> None:
        """Start afresh: with nothing, or with a token, made then, that the store holds under its first name."""
        self.simulator.reset()
        caller = {"secret": CALLER_SECRET, "name": "caller", "scope": ["sp:scopes:all"]}
        owner = {"owner": USER.identity_id, "lastUsed": "-2d", "expirationDate": "+100d"}
        self.simulator.put_token(CALLER_ID, **owner, **caller, created="-3d")
        # A set tells the ids of what its owner has beside, and that of the first token has its secret in it.
        self.simulator.put_token(USER.client_id, owner=ADMIN.identity_id)
        if created is None:
            return
        stored = {"secret": STORED_SECRET, "name": NAME, "scope": DECLARED["scope"]}
        self.simulator.put_token(STORED_ID, **owner, **stored, created=created)
        self._keep({"base_url": self.simulator.base_url, "client_id": STORED_ID, "client_secret": STORED_SECRET})

    def _keep(self, values: Mapping[str, str]) -> None:
        """Put credentials in the store."""
        entry = self._entry(NAME)
        entry.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps(values)
        entry.write_bytes(_cipher_for(None).encrypt(content) if self._way.kind == "vault_file" else content.encode())
        entry.chmod(0o600)

    def _environment(self) -> Mapping[str, str]:
        """Return what the store needs in the environment of a run."""
        return {"ANSIBLE_VAULT_PASSWORD_FILE": str(self._playgrounds[0].given / "password")}

    def start(self, *arguments: str, place: int = 0, hold: int = 0) -> Attempt:
        """Start a run; two at once need a ``place`` each.

        It is held, if ``hold`` is not 0, at that moment of its dealings with the store: see the callback ``hold``.
        """
        pair = {"client_id": CALLER_ID, "client_secret": CALLER_SECRET}
        variables = {**pair, "declared": self._declared, "store": self._store()}
        playground = self._playgrounds[place]
        environment = playground.environment()
        return Attempt(
            playground,
            self._playbook,
            variables,
            *arguments,
            environment={
                **self._environment(),
                "ANSIBLE_CALLBACK_PLUGINS": f"{environment['ANSIBLE_CALLBACK_PLUGINS']}:{HERE / 'callback_plugins'}",
                "ANSIBLE_CALLBACKS_ENABLED": f"{environment['ANSIBLE_CALLBACKS_ENABLED']},hold",
                "HOLD_FOLDER": str(playground.given),
                "HOLD_AT": str(hold),
            },
        )

    def run(self) -> Finished:
        """Run to the end."""
        return self.start().end()

    def run_again(self) -> bool:
        """Run the module in this process, as a later run would, and return whether it changed anything.

        Those that are killed or race are real runs, and the role's that finish what a killed one left. What comes
        after these is the same code, and takes a tenth of the time so.
        """
        connection = {"base_url": self.simulator.base_url, "client_id": CALLER_ID, "client_secret": CALLER_SECRET}
        options = {**connection, **self._declared, "store": self._store()}
        context = Context(check_mode=False, environ={}, sleep=time.sleep, cipher_for=_cipher_for)
        result = run_in_process(PERSONAL_ACCESS_TOKEN, options, context)
        assert not result.get("failed"), result["msg"]
        return bool(result["changed"])

    def held(self) -> Path:
        """Return the file that tells that a run is held at its store."""
        return self._playgrounds[0].given / "held"

    def moments(self) -> list[str]:
        """Return the moments of the runs so far at which one could be held: before and after each operation."""
        return (self._playgrounds[0].given / "moments").read_text(encoding="utf-8").splitlines()

    def stored(self) -> tuple[str, str] | None:
        """Return the pair that a consumer finds in the store, under the name or under a former one."""
        found = [pair for pair in map(self._pair_in, (self.entry, *self.former)) if pair is not None]
        assert len(set(found)) <= 1, "two entries of one token differ"
        return found[0] if found else None

    def _pair_in(self, entry: Path) -> tuple[str, str] | None:
        try:
            content = entry.read_bytes()
        except FileNotFoundError:
            return None
        encrypted = self._way.kind == "vault_file"
        values = yaml.safe_load(_cipher_for(None).decrypt(content)) if encrypted else json.loads(content)
        return values["client_id"], values["client_secret"]

    def check(self, had_any: bool) -> None:
        """See that the store holds what works, once it had anything, and that no other file holds a secret.

        A put that is killed leaves a temporary file, which only its owner may read.
        """
        stored = self.stored()
        assert stored is not None or not had_any, "the store has lost its credentials"
        if stored is not None:
            assert self.simulator.works(*stored), "the store holds dead credentials"
        entries = [entry for entry in (self.entry, *self.former, *self.leftovers()) if entry.exists()]
        assert {stat.S_IMODE(entry.stat().st_mode) for entry in entries} <= {0o600}
        sightings = Sightings(self.folder)
        sightings.look()
        left = Finished(0, "", "", sightings.contents)
        plain = [] if self._way.kind == "vault_file" else [str(entry.relative_to(self.folder)) for entry in entries]
        leaks = left.leaks(self.secret_texts(), but=["given/", *plain])
        assert not leaks, leaks

    def secret_texts(self) -> list[str]:
        """Return what no file may hold but the store."""
        return self.simulator.secret_texts()

    def leftovers(self) -> list[Path]:
        """Return the temporary files of runs that were killed."""
        return list((self.folder / "store").rglob(".sailpoint-isc-*"))

    def check_ended(self) -> None:
        """See that the store is as declared, beside what ``check`` sees: its only entry is under the token's name."""
        self.check(had_any=True)
        assert [path for path in (self.folder / "store").rglob("*") if path.is_file()] == [self.entry]

    def tokens(self) -> dict[str, dict[str, Any]]:
        """Return the tokens that the runs have made or found, by their ids."""
        return {each["id"]: each for each in self.simulator.state()["tokens"] if each["name"].startswith(NAME)}

    def calls(self, after: int = 0) -> list[str]:
        """Return the requests after that number of the log, the OAuth calls as such."""
        log = self.simulator.log(after=after)
        return ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in log]


def _cipher_for(vault_id: str | None) -> VaultCipher:
    return VaultCipher(VAULT_SECRETS, vault_id)
