# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One token, its store, and the real runs that keep it: started, killed, ended, and what they leave behind."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.leak.harness import Finished, Playground, Sightings
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER

PLAYBOOKS = Path(__file__).resolve().parent / "playbooks"
NAME = "CI"
DECLARED = {"name": NAME, "scope": ["demo:first"], "expires_in": "365d", "rotate_after": "90d", "overlap": "7d"}
STORED_ID = "570ced1d" * 4
STORED_SECRET = "570ced5e" * 8
ALWAYS = ("--extra-vars", "rotate=always")
"""The arguments of a run that rotates, due or not."""

LONGEST_RUN = 120
"""In seconds; a run takes about two."""


@dataclass(frozen=True)
class Way:
    """A way to keep a token in a store: a playbook, what it is told of the store's folder, and the file in there."""

    playbook: str
    file: str


MODULE = Way("module.yml", "token.json")
ROLE = Way("role.yml", "localhost/ci.json")
WAYS = {"module": MODULE, "role": ROLE}


class Attempt:
    """One run of ansible-playbook, in a process group of its own."""

    def __init__(self, playground: Playground, playbook: Path, variables: Mapping[str, Any], *arguments: str) -> None:
        self._shown = playground.watched
        command = playground.command("ansible-playbook", str(playbook), *arguments, variables=variables)
        # Into files: nobody reads a pipe while the run is held, and a full one would stop it somewhere else.
        with (self._shown / "stdout").open("wb") as stdout, (self._shown / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                env=playground.environment(),
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

    def end(self) -> Finished:
        """Wait until it has ended, and ended well."""
        try:
            code = self._process.wait(LONGEST_RUN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        stdout, stderr = ((self._shown / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        assert code == 0, stdout + stderr
        return Finished(code, stdout, stderr, {})


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it: workers of newer cores leave the process group."""
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text(encoding="ascii").split())
    return [pid, *(each for child in children for each in _family(child))]


def changes_nothing(ended: Finished) -> bool:
    """Tell whether a run did nothing."""
    return re.search(r"changed=0 .* failed=0 ", ended.stdout) is not None


class Scene:
    """A folder where everything lies that is written: the store, and what every run leaves."""

    def __init__(self, simulator: SimulatorClient, folder: Path, way: Way) -> None:
        self.simulator = simulator
        self.folder = folder
        self.store = folder / "store" / way.file
        self.store.parent.mkdir(parents=True)
        self._playbook = PLAYBOOKS / way.playbook
        self._playgrounds = [Playground(folder / number, simulator.base_url) for number in ("one", "two")]
        for playground in self._playgrounds:
            playground.host("localhost", ansible_connection="local")

    def begin(self, created: str | None) -> None:
        """Start afresh: with nothing, or with a token, made then, that the store holds."""
        self.simulator.reset()
        if created is None:
            return
        fields = {"secret": STORED_SECRET, "owner": USER.identity_id, "name": NAME, "scope": DECLARED["scope"]}
        self.simulator.put_token(STORED_ID, **fields, created=created, lastUsed="-2d", expirationDate="+100d")
        values = {"base_url": self.simulator.base_url, "client_id": STORED_ID, "client_secret": STORED_SECRET}
        self.store.write_text(json.dumps(values), encoding="utf-8")
        self.store.chmod(0o600)

    def start(self, *arguments: str, place: int = 0) -> Attempt:
        """Start a run; two at once need a ``place`` each."""
        pair = {"client_id": USER.client_id, "client_secret": USER.client_secret}
        variables = {**pair, "declared": DECLARED, "store_folder": str(self.folder / "store"), "store": str(self.store)}
        return Attempt(self._playgrounds[place], self._playbook, variables, *arguments)

    def run(self) -> Finished:
        """Run to the end."""
        return self.start().end()

    def stored(self) -> tuple[str, str] | None:
        """Return the pair that a consumer finds in the store."""
        try:
            values = json.loads(self.store.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return values["client_id"], values["client_secret"]

    def check(self, had_any: bool) -> None:
        """See that the store holds what works, once it had anything, and that no other file holds a secret."""
        stored = self.stored()
        assert stored is not None or not had_any, "the store has lost its credentials"
        if stored is not None:
            assert self.simulator.works(*stored), "the store holds dead credentials"
            assert stat.S_IMODE(self.store.stat().st_mode) == 0o600
        sightings = Sightings(self.folder)
        sightings.look()
        left = Finished(0, "", "", sightings.contents)
        given = ("given/", str(self.store.relative_to(self.folder)))
        assert left.leaks(self.simulator.secret_texts(), but=given) == []

    def tokens(self) -> dict[str, dict[str, Any]]:
        """Return the tokens that the runs have made or found, by their ids."""
        return {each["id"]: each for each in self.simulator.state()["tokens"] if each["name"].startswith(NAME)}

    def calls(self, after: int = 0) -> list[str]:
        """Return the requests after that number of the log, the OAuth calls as such."""
        log = self.simulator.log(after=after)
        return ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in log]
