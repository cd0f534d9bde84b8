# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub Actions: the workflows run to their end, with the rights that they ask for and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import PIPELINES, TENANTS, Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.github_server import FORK, REPOSITORY, GitHub
from ansible_collections.sailpoint_community.isc.tests.pipelines.server import serving
from ansible_collections.sailpoint_community.isc.tests.pipelines.workflow import Run

PLAN, APPLY, NIGHTLY = (PIPELINES / "github-actions" / f"{name}.yml" for name in ("plan", "apply", "nightly"))
HEAD, MERGE = "ead0" * 10, "5a3e" * 10
PROPOSED = {"github.ref": "refs/pull/4/merge", "github.event.pull_request.number": "4"}
INSTALLS = [
    ".venv/bin/pip install --quiet --requirement requirements.txt",
    ".venv/bin/ansible-galaxy collection install --upgrade --requirements-file requirements.yml",
]


@dataclass
class Team:
    """What a team does on GitHub."""

    desk: Desk
    github: GitHub
    api: str
    runs: int = field(default=0)

    def run(self, workflow: Path, *jobs: str, **context: str) -> list[int | None]:
        """Start a run, and return how its jobs ended."""
        self.runs += 1
        names = {name.replace("__", "."): value for name, value in context.items()}
        run = Run(self.desk, self.github, self.api, self.runs, {"github.sha": MERGE, **names})
        head = context.get("github.event.pull_request.head.sha", MERGE)
        known = self.github.start(self.runs, workflow.name, head)
        ended = [run.job(workflow, job) for job in jobs]
        known["conclusion"] = "failure" if any(ended) else "success"
        return ended

    def propose(self, head: str = HEAD, repository: str = REPOSITORY) -> list[int | None]:
        """Open a pull request, or push to it."""
        own = {
            "github.event.pull_request.head.sha": head,
            "github.event.pull_request.head.repo.full_name": repository,
        }
        return self.run(PLAN, "plan", "comment", **{**PROPOSED, **own})

    def close(self, head: str = HEAD) -> None:
        """Merge the pull request."""
        merged = {"number": 4, "merged_at": "2026-11-26T02:00:00Z", "head": {"sha": head}, "base": {"ref": "main"}}
        self.github.pulls[MERGE] = [merged]

    def merge(self, head: str = HEAD) -> list[int | None]:
        """Merge the pull request, and run what a merge starts."""
        self.close(head)
        return self.run(APPLY, "apply")


def page_roles() -> dict[str, dict[str, str]]:
    """Return the bound claims of each role of Vault, as docs/pipelines.md has them."""
    page = (PIPELINES.parent / "pipelines.md").read_text(encoding="utf-8")
    bodies = re.findall(r"role/([\w-]+) - <<'JSON'\n(.+?)\nJSON", page, re.DOTALL)
    return {role: json.loads(body)["bound_claims"] for role, body in bodies}


@pytest.fixture
def team(desk: Desk) -> Iterator[Team]:
    """A team whose Vault knows the two environments of its workflows."""
    github = GitHub(branches={"main": MERGE})
    for role, claims in page_roles().items():
        desk.allow(role, **{**claims, "repository": REPOSITORY}, aud=desk.vault.url)
    with serving(github.respond) as api:
        yield Team(desk, github, api)


def test_a_pull_request_is_planned_approved_and_applied(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    assert team.desk.stand_ins() == INSTALLS
    (comment,) = team.github.comments
    assert "Ticket Sync" in comment["body"]
    assert team.desk.names("acme") == ["Ansible"]

    assert team.merge() == [0], team.desk.output

    assert team.desk.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]
    assert team.desk.names("acme-sandbox") == ["Ansible", "Ticket Sync"]
    for tenant in TENANTS:
        pair = team.desk.stored(tenant, "ticket-sync")
        assert team.desk.simulator.works(pair["client_id"], pair["client_secret"])


def test_a_push_updates_the_comment_and_leaves_those_of_others(team: Team) -> None:
    others = [{"id": number, "number": 4, "user": {"type": "User"}, "body": "fine"} for number in range(1, 131)]
    quoted = {"id": 131, "number": 4, "user": {"type": "User"}, "body": "<!-- isc-plan -->\nquoted by a person"}
    team.github.comments = [*others, quoted]
    assert team.propose() == [0, 0], team.desk.output
    assert team.propose("ead1" * 10) == [0, 0], team.desk.output
    assert len(team.github.comments) == 132
    assert team.github.comments[130]["body"].endswith("quoted by a person")


def test_another_declaration_than_the_approved_one_is_refused(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    declared = team.desk.workspace / "host_vars" / "acme.yml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("Audit Feed", "Audit Feeds"), encoding="utf-8")

    (status,) = team.merge()

    assert status != 0
    assert team.desk.names("acme") == ["Ansible"]


def test_what_the_plan_does_not_have_is_not_done(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    (stolen,) = (each["files"] for each in team.github.artifacts if "plan.json" in each["files"])
    plan = json.loads(stolen["plan.json"])
    host = plan["hosts"]["acme"]
    host["steps"] = [step for step in host["steps"] if step["name"] != "Audit Feed"]
    stolen["plan.json"] = json.dumps(plan).encode()

    (status,) = team.merge()

    assert status != 0
    assert team.desk.names("acme") == ["Ansible", "Ticket Sync"]


def start_again(github: GitHub) -> None:
    """Start the older one of two runs again, and cancel it."""
    github.runs[1].update(run_started_at="2026-11-26T03:00:00Z", conclusion="cancelled")


def forge(github: GitHub) -> None:
    """Make the two runs those of two forks, one of which is deleted."""
    github.runs[0]["head_repository"], github.runs[1]["head_repository"] = {"id": FORK}, None


SPOILED: dict[str, tuple[Callable[[GitHub], object], str]] = {
    "expired": (lambda github: github.artifacts[1].update(expired=True), "has expired"),
    "deleted": (lambda github: github.artifacts.pop(1), "has expired"),
    "fork": (forge, "the newest plan of pull request 4 is missing"),
    "none": (lambda github: github.runs.clear(), "the newest plan of pull request 4 is missing"),
    "failed": (
        lambda github: github.runs[0].update(conclusion="failure"),
        "the newest plan of pull request 4 has ended with failure",
    ),
    "running": (
        lambda github: github.runs[0].update(conclusion=None),
        "the newest plan of pull request 4 has not ended",
    ),
    "started again": (start_again, "the newest plan of pull request 4 has ended with cancelled"),
    "no pull request": (lambda github: github.pulls.clear(), "did not come from a pull request"),
    "other base": (
        lambda github: github.pulls[MERGE][0].update(base={"ref": "other"}),
        "did not come from a pull request",
    ),
    "moved on": (lambda github: github.branches.update(main="07e4" * 10), "main has moved on"),
}
"""What makes the approved plan none, and what the run says then."""


@pytest.mark.parametrize("spoiled", SPOILED)
def test_without_an_approved_plan_nothing_is_done(team: Team, spoiled: str) -> None:
    for number in (901, 902):
        team.github.start(number, "plan.yml", HEAD)["conclusion"] = "success"
        team.github.upload(f"plan-{HEAD}", number, HEAD, {"plan.json": b"{}"})
    team.close()
    spoil, why = SPOILED[spoiled]
    spoil(team.github)

    (status,) = team.run(APPLY, "apply")

    assert status == 1
    assert re.search(f"(?m)^ci/github.py: .*{why}", team.desk.output), team.desk.output
    assert team.desk.names("acme") == ["Ansible"]


def test_a_forged_artifact_replaces_no_file_of_the_checkout(team: Team) -> None:
    """Whoever may push a branch says what its run uploads."""
    assert team.propose() == [0, 0], team.desk.output
    forged = {f"ci/{name}": b"#!/bin/sh\ntouch forged\n" for name in ("apply.sh", "github.py", "vault.py")}
    for artifact in team.github.artifacts:
        artifact["files"].update(forged)
    before = {file: file.read_bytes() for file in (team.desk.workspace / "ci").glob("*.*")}

    team.runs -= 1  # the same run
    assert team.run(PLAN, "comment", **{**PROPOSED, "github.event.pull_request.head.sha": HEAD}) == [0]
    assert team.merge() == [0], team.desk.output

    assert team.desk.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]
    assert {file: file.read_bytes() for file in before} == before


def test_a_night_does_nothing_that_nobody_has_approved(team: Team) -> None:
    team.desk.simulator.advance(days=45)
    before = team.desk.stored("acme", "ansible")["client_id"]

    assert team.run(NIGHTLY, "nightly") == [2]

    assert "only_due" in team.desk.output
    assert not {"Ticket Sync", "Audit Feed"} & set(team.desk.names("acme"))
    assert team.desk.stored("acme", "ansible")["client_id"] != before  # what is due is done all the same
    assert set(team.github.artifacts[-1]["files"]) == {"report.html", "report.json"}


def test_a_night_can_be_started_again(team: Team) -> None:
    """The first try has uploaded its report already."""
    first = team.run(NIGHTLY, "nightly")
    team.runs -= 1
    assert team.run(NIGHTLY, "nightly") == first
    assert len([each for each in team.github.artifacts if each["name"] == "report"]) == 1


def test_an_apply_is_for_the_default_branch_alone(team: Team) -> None:
    """Not every plan of GitHub can hold an environment to a branch, so Vault does."""
    assert team.propose() == [0, 0], team.desk.output
    team.close()
    assert team.run(APPLY, "apply", **{"github.ref": "refs/heads/other"}) == [1]
    assert 'claim "ref" does not match' in team.desk.output


def test_a_night_takes_the_place_of_no_merge() -> None:
    """GitHub cancels the run of a group that waits when another one of the group comes."""
    groups = {
        workflow.stem: yaml.safe_load(workflow.read_text(encoding="utf-8"))["concurrency"]
        for workflow in (PLAN, APPLY, NIGHTLY)
    }
    assert len({group["group"] for group in groups.values()}) == 3
    assert [name for name, group in groups.items() if group["cancel-in-progress"]] == ["plan"]


def test_a_fork_gets_no_identity(team: Team) -> None:
    assert team.propose(repository="somebody/isc-tokens")[0] is None


def test_a_role_of_vault_is_for_one_environment(team: Team) -> None:
    team.desk.allow("isc-plan", repository=REPOSITORY, environment="isc-apply", aud=team.desk.vault.url)
    status, _comment = team.propose()
    assert status == 1
    assert 'claim "environment" does not match' in team.desk.output


def test_a_night_rotates_the_pipelines_own_token_and_reports(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    assert team.merge() == [0], team.desk.output
    before = team.desk.stored("acme", "ansible")["client_id"]
    team.desk.simulator.advance(days=45)

    assert team.run(NIGHTLY, "nightly") == [0], team.desk.output

    after = team.desk.stored("acme", "ansible")
    assert after["client_id"] != before
    assert team.desk.simulator.works(after["client_id"], after["client_secret"])
    assert f"Ansible (previous {before[:8]})" in team.desk.names("acme")
    report = team.github.artifacts[-1]
    assert report["name"] == "report"
    assert set(report["files"]) == {"report.html", "report.json"}
    team.desk.simulator.advance(days=1)
    team.desk.clean()
    team.github.upload("report", 99, HEAD, {"report.json": b"not that of a branch"}, branch="other")
    team.github.upload("report", 98, HEAD, {"report.json": b"not that of a fork"}, repository=FORK)
    inventory = team.desk.workspace / "inventory.yml"
    inventory.write_text(inventory.read_text(encoding="utf-8").replace("127.0.0.1", "127.0.0.2", 1), encoding="utf-8")

    (status,) = team.run(NIGHTLY, "nightly")  # one tenant cannot be reached, the other one with the new token

    assert status != 0
    second = json.loads(team.github.artifacts[-1]["files"]["report.json"])
    assert [host["stale"] for host in second["hosts"]] == [True, False]
    assert all(token["stale"] is (token["host"] == second["hosts"][0]["host"]) for token in second["tokens"])
    assert {token["host"] for token in second["tokens"]} == set(TENANTS)


def test_a_plan_that_fails_takes_the_place_of_the_one_before_and_cannot_be_applied(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    declared = team.desk.workspace / "host_vars" / "acme.yml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("scope:", "scopes:"), encoding="utf-8")
    team.desk.clean()

    status, commented = team.propose("ead1" * 10)

    assert (status, commented) == (2, 0), team.desk.output
    (comment,) = team.github.comments
    assert "failed" in comment["body"]
    assert "unsupported parameters" in comment["body"]
    assert team.merge("ead1" * 10) == [1]
    assert team.desk.names("acme") == ["Ansible"]


def test_a_run_that_has_no_plan_takes_the_place_of_the_one_before(team: Team) -> None:
    assert team.propose() == [0, 0], team.desk.output
    team.desk.clean()
    (team.desk.workspace / "ci" / "vault.py").write_text("raise SystemExit('fake failure')\n", encoding="utf-8")
    assert team.propose("ead1" * 10) == [1, 0], team.desk.output
    assert team.github.comments[0]["body"] == (
        "<!-- isc-plan -->\n## Plan: none\n\nThe run failed before there was a plan. Its output says why."
    )


@pytest.mark.parametrize("workflow", [PLAN, APPLY, NIGHTLY], ids=lambda path: path.stem)
def test_a_workflow_asks_for_little_and_pins_what_it_uses(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert "pull_request_target" not in text
    assert document["permissions"] == {}
    uses = [step["uses"] for job in document["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", each) for each in uses)
    written = {
        name for job in document["jobs"].values() for name, right in job["permissions"].items() if right != "read"
    }
    assert written <= {"id-token", "pull-requests"}
