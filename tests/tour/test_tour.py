# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/tour.md is what happens to a newcomer: from the built archive, on a machine where nothing is set up."""

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
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER, default

TOOK = r"(?m)^\(took .* s\)$"
"""The one thing that differs from run to run and stays in the page; it is not compared."""

PEOPLE = default()
SEED: dict[str, Any] = {
    **PEOPLE,
    "now": "2027-01-04T09:00:00Z",
    "frozen": True,
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
LIVE = ("CRM Sync", "HR Feed", "Ticket Sync")


class Newcomer:
    """Somebody who follows the tour in a home where there is nothing but the archive."""

    def __init__(self, home: Path, simulator: SimulatorClient) -> None:
        self.home = home
        self.simulator = simulator
        self.printed = ""
        self._numbers = {each["id"]: each["id"] for each in SEED["tokens"]}

    def do(self, kind: str, text: str) -> None:
        """Write a file that the page shows, run its command, or let something happen in the tenant."""
        if kind == "yml":
            write(self.home, text)
        elif kind == "then":
            self._let_happen(text)
        else:
            self._run(text.strip())

    def _run(self, command: str) -> None:
        start = time.monotonic()
        output = run(command, self.home, self._clean(), self.simulator, status=None)
        took = f"(took {time.monotonic() - start:.1f} s)\n" if command.startswith("ansible") else ""
        quoted = shown(output) if command.startswith("ansible-playbook") else output
        self.printed = self._named_alike(quoted) + took

    def _clean(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
        return {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8"}

    def _named_alike(self, output: str) -> str:
        """Return an output with ~ for the home, and with a number for each id that the simulator has made up."""
        for token in sorted(self.simulator.state()["tokens"], key=lambda token: (token["created"], token["name"])):
            self._numbers.setdefault(token["id"], f"{len(self._numbers) + 10:08x}" * 4)
        for token_id, number in self._numbers.items():
            output = output.replace(token_id, number).replace(f"(previous {token_id[:8]})", f"(previous {number[:8]})")
        return output.replace(str(self.home), "~")

    def _let_happen(self, what: str) -> None:
        if "nights later" in what:
            self.simulator.advance(days=10 if what.startswith("ten") else 70)
            for token in self._tokens(*LIVE):
                self.simulator.put_token(token["id"], lastUsed="-10h")
        else:
            (token,) = self._tokens("CRM Sync")
            self.simulator.put_token(token["id"], scope=[*token["scope"], "idn:accounts:manage"])

    def _tokens(self, *names: str) -> list[dict[str, Any]]:
        return [token for token in self.simulator.state()["tokens"] if token["name"] in names]


@pytest.fixture
def home(short_path: Path) -> Path:
    """A home with the archive in it, as `ansible-galaxy collection build` makes it."""
    command = ["ansible-galaxy", "collection", "build", "--output-path", str(short_path), str(COLLECTION)]
    subprocess.run(command, check=True, capture_output=True)
    return short_path


def test_the_tour_is_what_happens(simulator: SimulatorClient, home: Path) -> None:
    simulator.reset(SEED)
    hold("tour.md", Newcomer(home, simulator), unsaid=TOOK)
