# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jenkins: the shell steps of the Jenkinsfile run to their end, stage by stage. Groovy itself is not run."""

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import PIPELINES, Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.github_server import jwt

FILE = PIPELINES / "jenkins" / "Jenkinsfile"
STAGES = ("Plan", "Apply", "Nightly")
VENV = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
echo "$0 $*" >> "$STAND_INS"
mkdir -p "$3/bin"
cp "$(dirname "$0")/pip" "$(dirname "$0")/ansible-galaxy" "$3/bin"
: > "$3/bin/activate"
"""
"""What takes the place of python3: an environment that it makes has stand-ins in it."""


def stages() -> dict[str, str]:
    """Return the text of each stage."""
    parts = re.split(r"stage\('(\w+)'\)", FILE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.fixture
def jenkins(desk: Desk) -> Desk:
    """A desk whose Vault knows the jobs of a Jenkins."""
    for role in ("isc-plan", "isc-apply"):
        desk.allow(role, job="isc-tokens")
    python = desk.folder / "bin" / "python3"
    python.write_text(VENV.format(python=sys.executable), encoding="utf-8")
    python.chmod(0o700)
    return desk


def run(desk: Desk, stage: str) -> int:
    """Run the shell steps of a stage with its environment, and return the exit status of the one that fails, else 0."""
    text = stages()[stage]
    role = re.search(r"VAULT_ROLE = '([\w-]+)'", text)
    assert role is not None
    variables = {"VAULT_ADDR": desk.vault.url, "VAULT_ROLE": role[1]}
    secret = re.search(r"withCredentials\(\[string\(credentialsId: '[\w-]+', variable: '(\w+)'\)\]\)", text)
    assert secret is not None
    steps = re.findall(r"\bsh '(.+)'", text)
    assert steps
    for step in steps:
        status = desk.shell(step, {**variables, secret[1]: jwt(job="isc-tokens")}, "-xe")
        if status:
            return status
    return 0


def test_a_plan_is_shown_approved_and_applied_and_a_night_rotates(jenkins: Desk) -> None:
    assert tuple(stages()) == STAGES
    assert run(jenkins, "Plan") == 0, jenkins.output
    assert "Ticket Sync" in (jenkins.workspace / "plan.md").read_text(encoding="utf-8")
    assert jenkins.names("acme") == ["Ansible"]

    assert run(jenkins, "Apply") == 0, jenkins.output
    assert jenkins.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]

    before = jenkins.stored("acme", "ansible")["client_id"]
    jenkins.simulator.advance(days=45)
    assert run(jenkins, "Nightly") == 0, jenkins.output
    assert jenkins.stored("acme", "ansible")["client_id"] != before


def test_only_an_approval_on_main_applies() -> None:
    apply = stages()["Apply"]
    assert re.search(r"when \{\s+beforeInput true\s+branch 'main'", apply)
    assert "input {" in apply
    assert "agent none" in FILE.read_text(encoding="utf-8")
    assert "branch 'main'" in stages()["Nightly"]


def test_no_secret_is_filled_in_by_groovy() -> None:
    """In double quotes, Groovy would put it on the command line of the shell."""
    assert not re.search(r'sh\s*(\(|)"', FILE.read_text(encoding="utf-8"))
    assert "${" not in FILE.read_text(encoding="utf-8")


def test_braces_are_balanced() -> None:
    text = FILE.read_text(encoding="utf-8")
    for opening, closing in ("{}", "()", "[]"):
        assert text.count(opening) == text.count(closing)
