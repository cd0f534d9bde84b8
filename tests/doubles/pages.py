# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that are what happens: their files are written, their commands run, and what these print is in the page.

``UPDATE_DOCS=1`` writes the outputs into the page of the checkout that CHECKOUT names.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER

COLLECTION = Path(__file__).resolve().parents[2]
TENANT = "https://acme.api.identitynow.com"
"""What stands in a page for the address of the simulator."""

BLOCK = re.compile(r"^```(yml|shell|text)\n(.*?)^```$|^<!-- (then): (.*?) -->$", re.MULTILINE | re.DOTALL)
ENDED = re.compile(r"(?:ok|changed|skipping): \[\w+\]")
BANNER = re.compile(r"^(?:PLAY|TASK|RUNNING HANDLER|PLAY RECAP) .*\*$")
ERROR = re.compile(r"^(?:\[ERROR\]: Task failed|fatal: \[).*", re.MULTILINE | re.DOTALL)
"""What ansible-core adds to a task that fails, until the end of the play; its versions do not agree on it."""


class Follows(Protocol):
    """Who does what a page says."""

    printed: str

    def do(self, kind: str, text: str) -> None:
        """Do what a block says: write a file (yml), run commands (shell), or let something happen (then)."""


def by_hand(number: int, name: str, **fields: Any) -> dict[str, Any]:
    """Return a token of the user that somebody has made, in use until this day."""
    token = {"owner": USER.identity_id, "name": name, "id": f"{number:08x}" * 4, "secret": f"{number:08x}" * 8}
    return {**token, "created": "-90d", "lastUsed": "-10h", **fields}


def shown(output: str) -> str:
    """Return what a page quotes of an output: what tasks tell, else the sum of the host."""
    told, _banner, recap = output.partition("\nPLAY RECAP ")
    told = ERROR.sub("", told)
    kept = [line for line in told.splitlines() if not BANNER.match(line) and not ENDED.fullmatch(line)]
    text = re.sub(r"\n{2,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{text or next(line for line in recap.splitlines() if line.startswith('acme ')).rstrip()}\n"


def write(folder: Path, text: str) -> None:
    """Write a file that a page shows; its name is the comment in its first line."""
    name, _end, content = text.removeprefix("# ").partition("\n")
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")


def run(command: str, folder: Path, env: Mapping[str, str], simulator: SimulatorClient) -> tuple[str, int]:
    """Run a command in a folder; return what it printed, in which there is no secret, and its exit status."""
    finished = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={
            **env,
            "SAIL_BASE_URL": simulator.base_url,
            "SAIL_CLIENT_ID": USER.client_id,
            "SAIL_CLIENT_SECRET": USER.client_secret,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert not [secret for secret in simulator.secret_texts() if secret in finished.stdout]
    return finished.stdout.replace(simulator.base_url, TENANT), finished.returncode


def happened(page: str, reader: Follows) -> str:
    """Do what a page says, and return it with what was printed."""
    pieces, position = [], 0
    for block in BLOCK.finditer(page):
        kind, text, span = (block[1], block[2], 2) if block[1] else (block[3], block[4], 4)
        pieces.append(page[position : block.start(span)])
        position = block.end(span)
        if kind == "text":
            pieces.append(reader.printed)
        else:
            pieces.append(text)
            reader.do(kind, text)
    return "".join([*pieces, page[position:]])


def hold(name: str, reader: Follows, unsaid: str = r"(?!)") -> None:
    """See that a page of docs/ is what happens, but for what the pattern ``unsaid`` matches; or write it."""
    page = (COLLECTION / "docs" / name).read_text(encoding="utf-8")
    new = happened(page, reader)
    if os.environ.get("UPDATE_DOCS"):
        Path(os.environ["CHECKOUT"], "docs", name).write_text(new, encoding="utf-8")
        return
    told, now = (re.sub(unsaid, "", text).splitlines() for text in (page, new))
    difference = "\n".join(unified_diff(told, now, "the page", "what happened", lineterm="", n=1))
    assert not difference, difference
