# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/tour.md is what happens to a newcomer: from the built archive, on a machine where nothing is set up.

The page has a line ``<!-- then: … -->`` where something happens in the tenant: the method of this name does it. The
block ``bash``, which sets the variables of the connection, is not run: they are in the environment of each command.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.tests.doubles.pages import COLLECTION, by_hand, hold, run, shown, write
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import MY_RIGHTS, USER

SEED: dict[str, Any] = {
    "now": "2027-01-04T09:00:00Z",
    "frozen": True,
    "identities": [
        {
            "id": USER.identity_id,
            "name": "Fake User",
            "rights": [
                *MY_RIGHTS,
                "idn:accounts:read",
                "idn:accounts:manage",
                "idn:identities:read",
                "idn:sources:read",
            ],
        }
    ],
    "tokens": [
        by_hand(1, "CRM Sync", scope=["idn:accounts:read", "idn:accounts:manage"], userAwareTokenNeverExpires=True),
        by_hand(2, "HR Feed", scope=["idn:identities:read"], expirationDate="+40d"),
        by_hand(3, "Old Portal", scope=["sp:scopes:all"], lastUsed="-200d", created="-400d"),
        {
            "owner": USER.identity_id,
            "name": "Ansible",
            "id": USER.client_id,
            "secret": USER.client_secret,
            "scope": ["sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage"],
            "created": "-1d",
            "expirationDate": "+100d",
        },
    ],
}
SECONDS = r"\d+\.\d s"
"""How long a command took is in the page, and is not compared."""


class Newcomer:
    """Somebody who follows the tour in a home where there is nothing but the archive."""

    def __init__(self, home: Path, simulator: SimulatorClient) -> None:
        self.home = home
        self.simulator = simulator
        self.printed = ""
        self._numbers = {each["id"]: each["id"] for each in SEED["tokens"]}

    def do(self, kind: str, text: str) -> None:
        """Write a file that the page shows, run its commands, or let something happen in the tenant."""
        if kind == "yml":
            write(self.home, text)
        elif kind == "then":
            getattr(self, text.replace(" ", "_"))()
        else:
            self._run(text.strip())

    def _run(self, command: str) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
        # Older versions of ansible-core break a warning at the width of the terminal.
        env = {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "400"}
        start = time.monotonic()
        output, status = run(command, self.home, env, self.simulator)
        seconds = time.monotonic() - start
        quoted = shown(output) if command.startswith("ansible-playbook") else output
        ended = f"exit status {status}, " if status else ""
        took = f"({ended}took {seconds:.1f} s)\n" if command.startswith("ansible") else ""
        self.printed = self._made_alike(quoted) + took

    def _made_alike(self, output: str) -> str:
        """Return an output in which nothing differs from run to run: the one place where a text is replaced.

        Each id that the simulator has made up becomes a number, the home becomes ~, and the moment of a plan or report,
        which this machine's clock tells, that of the tenant.
        """
        for token in sorted(self.simulator.state()["tokens"], key=lambda token: (token["created"], token["name"])):
            self._numbers.setdefault(token["id"], f"{len(self._numbers) + 1:08x}" * 4)
        for token_id, number in self._numbers.items():
            output = output.replace(token_id, number).replace(f"(previous {token_id[:8]})", f"(previous {number[:8]})")
        output = re.sub(r"Made at [\d:.TZ-]+Z", f"Made at {self.simulator.now()[:19]}Z", output)
        return output.replace(str(self.home), "~")

    def ten_nights_later(self) -> None:
        """All tokens that are in a store are in use, and an old one of CRM Sync still is."""
        self._pass(10)

    def seventy_nights_later(self) -> None:
        """The same, later."""
        self._pass(70)

    def somebody_changes_the_scope(self) -> None:
        """CRM Sync gets a scope that nobody has declared."""
        (token,) = (each for each in self.simulator.state()["tokens"] if each["name"] == "CRM Sync")
        self.simulator.put_token(token["id"], scope=[*token["scope"], "idn:accounts:manage"])

    def _pass(self, days: int) -> None:
        self.simulator.advance(days=days)
        for token in self.simulator.state()["tokens"]:
            if token["name"] in ("CRM Sync", "CRM Sync (previous 00000001)", "HR Feed", "Ticket Sync"):
                self.simulator.put_token(token["id"], lastUsed="-10h")


@pytest.fixture
def home(short_path: Path) -> Path:
    """A home with the archive in it, as `ansible-galaxy collection build` makes it."""
    command = ["ansible-galaxy", "collection", "build", "--output-path", str(short_path), str(COLLECTION)]
    subprocess.run(command, check=True, capture_output=True)
    return short_path


def test_the_tour_is_what_happens(simulator: SimulatorClient, home: Path) -> None:
    simulator.reset(SEED)
    hold("tour.md", Newcomer(home, simulator), unsaid=SECONDS)
