# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/adopting.md is what happens: its files are written, its commands run, and what they print is in the page."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.tests.doubles.pages import COLLECTION, by_hand, hold, run, shown, write
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import default

pytestmark = pytest.mark.playbooks
SEED: dict[str, Any] = {
    **default(),
    "now": "2027-01-04T02:00:00Z",
    "frozen": True,
    "tokens": [
        *default()["tokens"],
        by_hand(1, "Audit Feed", scope=["idn:identities:read"], expirationDate="+80d"),
        by_hand(2, "CRM Sync", scope=["idn:accounts:read", "idn:accounts:manage"], created="-400d"),
        by_hand(3, "Ticket Sync", scope=["idn:accounts:read"], expirationDate="+60d"),
        by_hand(4, " pasted", scope=["idn:sources:read"], created="-20d"),
        by_hand(5, "Old Portal", scope=["sp:scopes:all"], expirationDate="-3d", lastUsed="-200d"),
        by_hand(6, "Data Lake", scope=["idn:identities:read"]),
        by_hand(7, "HR Feed", scope=["idn:identities:read"], expirationDate="+40d"),
        by_hand(8, "Nightly Export", scope=["idn:identities:read"], lastUsed="-41d"),
    ],
}


class Reader:
    """Somebody who does what the page says, in a folder."""

    def __init__(self, folder: Path, simulator: SimulatorClient) -> None:
        self.folder = folder
        self.simulator = simulator
        self.printed = ""

    def do(self, kind: str, text: str) -> None:
        """Write a file that the page shows, or run its commands."""
        if kind == "yml":
            write(self.folder, text.replace("/etc/isc", f"{self.folder}/etc/isc"))
        else:
            self.printed = "".join(shown(self._run(line)) for line in text.splitlines())

    def _run(self, command: str) -> str:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SAIL_"))}
        env = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "400",
        }
        output, status = run(command, self.folder, env, self.simulator)
        assert status == 0, f"{command}\n{output}"
        return output.replace(str(self.folder), "")


def test_the_page_is_what_happens(simulator: SimulatorClient, short_path: Path) -> None:
    simulator.reset(SEED)
    hold("adopting.md", Reader(short_path, simulator))
