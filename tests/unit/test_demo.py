# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo reads as a story: what happens to tokens with a store takes no more lines an act than the first act."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

COLLECTION = Path(__file__).resolve().parents[2]
DEMO = COLLECTION / "tests" / "demo"
WITH_A_STORE = range(10, 13)


def lengths(text: str, title: str) -> Counter[int]:
    """Return how many lines each act has, by its number in its titles; lines before the first act are not counted."""
    lines = Counter[int]()
    act = 0
    for line in text.splitlines():
        found = re.match(rf"{title}(\d+)\. ", line)
        act = int(found[1]) if found else act
        lines[act] += 1
    return lines


def hold(lines: Counter[int]) -> None:
    """See that no act with a store is longer than the first one."""
    assert lines[1] > 0
    assert not {act: lines[act] for act in WITH_A_STORE if not 0 < lines[act] <= lines[1]}, f"act 1 has {lines[1]}"


def test_the_playbook_of_an_act_with_a_store_is_no_longer_than_that_of_the_first_act() -> None:
    hold(lengths((DEMO / "playbook.yml").read_text(encoding="utf-8"), r" +- name: "))


@pytest.mark.playbooks
def test_the_output_of_an_act_with_a_store_is_no_longer_than_that_of_the_first_act() -> None:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SAIL_"))}
    env = {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
    }
    run = subprocess.run(["bash", str(DEMO / "run.sh")], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    hold(lengths(run.stdout, r"TASK \["))
