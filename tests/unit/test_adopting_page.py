# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/adopting.md is what happens: its files are written, its commands run, and what they print is in the page.

``UPDATE_DOCS=1`` writes the outputs into the page of the folder that CHECKOUT names.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER, default

COLLECTION = Path(__file__).resolve().parents[2]
PAGE = COLLECTION / "docs" / "adopting.md"
TENANT = "https://acme.api.identitynow.com"
BLOCK = re.compile(r"^```(yml|shell|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDED = re.compile(r"(?:ok|changed|skipping): \[\w+\]")
BANNER = re.compile(r"^(?:PLAY|TASK|RUNNING HANDLER|PLAY RECAP) .*\*$")


def by_hand(number: int, name: str, **fields: Any) -> dict[str, Any]:
    """Return a token that somebody has made, in use until this day."""
    token = {"owner": USER.identity_id, "name": name, "id": f"{number:08x}" * 4, "secret": f"{number:08x}" * 8}
    return {**token, "created": "-90d", "lastUsed": "-10h", **fields}


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


def shown(output: str) -> str:
    """Return what a page quotes of an output: what tasks tell, else the sum of the host."""
    told, _banner, recap = output.partition("\nPLAY RECAP ")
    kept = [line for line in told.splitlines() if not BANNER.match(line) and not ENDED.fullmatch(line)]
    text = re.sub(r"\n{2,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{text or next(line for line in recap.splitlines() if line.startswith('acme ')).rstrip()}\n"


class Reader:
    """Somebody who does what the page says, in a folder."""

    def __init__(self, folder: Path, simulator: SimulatorClient) -> None:
        self.folder = folder
        self.simulator = simulator
        self.printed = ""

    def do(self, language: str, text: str) -> None:
        """Write a file that the page shows, or run its commands."""
        if language == "yml":
            name, _end, content = text.removeprefix("# ").partition("\n")
            (self.folder / name).write_text(content.replace("/etc/isc", f"{self.folder}/etc/isc"), encoding="utf-8")
            return
        self.printed = "".join(shown(self._run(line)) for line in text.splitlines())

    def _run(self, command: str) -> str:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SAIL_"))}
        finished = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env={
                **inherited,
                "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
                "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
                "ANSIBLE_NOCOLOR": "1",
                "COLUMNS": "400",
                "SAIL_BASE_URL": self.simulator.base_url,
                "SAIL_CLIENT_ID": USER.client_id,
                "SAIL_CLIENT_SECRET": USER.client_secret,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, f"{command}\n{finished.stdout}"
        assert not [secret for secret in self.simulator.secret_texts() if secret in finished.stdout]
        return finished.stdout.replace(self.simulator.base_url, TENANT).replace(str(self.folder), "")


def test_the_page_is_what_happens(simulator: SimulatorClient, short_path: Path) -> None:
    simulator.reset(SEED)
    reader = Reader(short_path, simulator)
    page = PAGE.read_text(encoding="utf-8")
    pieces, position = [], 0
    for block in BLOCK.finditer(page):
        pieces.append(page[position : block.start(2)])
        position = block.end(2)
        if block[1] == "text":
            pieces.append(reader.printed)
        else:
            pieces.append(block[2])
            reader.do(block[1], block[2])
    happened = "".join([*pieces, page[position:]])
    if os.environ.get("UPDATE_DOCS"):
        Path(os.environ["CHECKOUT"], "docs", "adopting.md").write_text(happened, encoding="utf-8")
        return
    assert page == happened
