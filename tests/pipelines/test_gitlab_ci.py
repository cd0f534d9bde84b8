# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitLab CI: the jobs run to their end, each where its rules say so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import PIPELINES, Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.github_server import jwt
from ansible_collections.sailpoint_community.isc.tests.pipelines.gitlab_server import PROJECT, GitLab
from ansible_collections.sailpoint_community.isc.tests.pipelines.server import serving

FILE = PIPELINES / "gitlab-ci" / ".gitlab-ci.yml"
VAULT = "https://vault.example.com"
"""The address that a user replaces by that of their own Vault."""

HEAD, MERGE = "ead0" * 10, "5a3e" * 10
FORK = "8"
"""The number of somebody's fork of the project."""

IID = "4"
PROPOSED = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": IID,
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": PROJECT,
}
MERGED = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": MERGE}
NIGHT = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": MERGE}


def holds(condition: str, variables: Mapping[str, str]) -> bool:
    """Return whether a rule's condition is met; it compares variables and texts, joined by &&."""

    def value(term: str) -> str | None:
        return variables.get(term[1:]) if term.startswith("$") else term.strip('"')

    pairs = [part.split(" == ") for part in condition.split(" && ")]
    return all(value(left) == value(right) for left, right in pairs)


@dataclass
class Team:
    """What a team does on GitLab."""

    desk: Desk
    gitlab: GitLab
    api: str
    pipelines: int = field(default=0)
    cache: dict[str, bytes] = field(default_factory=dict)

    def run(self, **variables: str) -> dict[str, int]:
        """Start a pipeline, and return how its jobs ended."""
        document = yaml.safe_load(FILE.read_text(encoding="utf-8").replace(VAULT, self.desk.vault.url))
        self.pipelines += 1
        known = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.api}/api/v4",
            "CI_PROJECT_ID": PROJECT,
            "CI_DEFAULT_BRANCH": "main",
            "GITLAB_TOKEN": self.gitlab.token,
            **variables,
        }
        jobs = {name: job for name, job in document.items() if isinstance(job, dict) and "rules" in job}
        chosen = {name: job for name, job in jobs.items() if any(holds(rule["if"], known) for rule in job["rules"])}
        return {name: self._run(name, job, document, known) for name, job in chosen.items()}

    def _run(self, name: str, job: Mapping[str, Any], document: Mapping[str, Any], variables: Mapping[str, str]) -> int:
        defaults = document["default"]
        claims = {"project_id": PROJECT, "pipeline_source": variables["CI_PIPELINE_SOURCE"]}
        tokens = {key: jwt(**claims, aud=token["aud"]) for key, token in defaults["id_tokens"].items()}
        environment = {**variables, **tokens, **document["variables"], **job["variables"]}
        script = "\n".join([*job.get("before_script", defaults["before_script"]), *job["script"]])
        self.desk.clean()
        report = self.desk.workspace / "report"
        if "cache" in job and self.cache:
            report.mkdir()
            for file, content in self.cache.items():
                (report / file).write_bytes(content)
        status = self.desk.shell(script, environment, "-eo", "pipefail")
        if "cache" in job and (not status or job["cache"]["when"] == "always"):
            self.cache = {file.name: file.read_bytes() for file in report.iterdir()}
        self._keep(name, job["artifacts"]["paths"] if "artifacts" in job and not status else [], status)
        return status

    def _keep(self, name: str, paths: list[str], status: int) -> None:
        """Keep what a job leaves, as GitLab does: also in the lists that its API shows."""
        state = "failed" if status else "success"
        ref = f"refs/merge-requests/{IID}/head"
        new = {"id": self.pipelines, "project_id": int(PROJECT), "sha": HEAD, "ref": ref, "status": state}
        self.gitlab.pipelines.insert(0, new)
        self.gitlab.jobs[self.pipelines] = [{"id": 100 + self.pipelines, "name": name, "status": state}]
        for path in paths:
            file = self.desk.workspace / path
            if file.is_file():
                self.gitlab.artifacts[100 + self.pipelines, path] = file.read_bytes()
                file.unlink()

    def merge(self, target: str = "main", **variables: str) -> dict[str, int]:
        """Merge the merge request."""
        merged = {"iid": int(IID), "state": "merged", "sha": HEAD, "target_branch": target}
        self.gitlab.merge_requests[MERGE] = [merged]
        return self.run(**{**MERGED, **variables})


@pytest.fixture
def team(desk: Desk) -> Iterator[Team]:
    """A team whose Vault tells a merge request from what is on the default branch.

    GitLab's runner clones with the umask 0000, so that everybody may write to the checkout.
    """
    gitlab = GitLab()
    desk.workspace.chmod(0o777)
    desk.allow("isc-plan", project_id=PROJECT, pipeline_source="merge_request_event", aud=desk.vault.url)
    desk.allow("isc-apply", project_id=PROJECT, aud=desk.vault.url)
    with serving(gitlab.respond) as api:
        yield Team(desk, gitlab, api)


def test_a_merge_request_is_planned_approved_and_applied(team: Team) -> None:
    assert team.run(**PROPOSED) == {"plan": 0}, team.desk.output
    (note,) = team.gitlab.notes
    assert "Ticket Sync" in note["body"]
    assert team.desk.names("acme") == ["Ansible"]

    assert team.merge() == {"apply": 0}, team.desk.output

    assert team.desk.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]
    assert team.desk.names("acme-sandbox") == ["Ansible", "Ticket Sync"]


def test_a_push_updates_the_note(team: Team) -> None:
    people = {"system": False, "author": {"id": 1}}
    team.gitlab.notes = [{"id": number, **people, "body": "fine"} for number in range(1, 131)]
    team.gitlab.notes.append({"id": 131, **people, "body": "<!-- isc-plan -->\nquoted by a person"})
    assert team.run(**PROPOSED) == {"plan": 0}, team.desk.output
    assert team.run(**PROPOSED) == {"plan": 0}, team.desk.output
    assert len(team.gitlab.notes) == 132
    assert team.gitlab.notes[130]["body"].endswith("quoted by a person")


WHY = {
    "failed": "the newest plan of merge request 4 is missing or failed",
    "none": "the newest plan of merge request 4 is missing or failed",
    "fork": "the newest plan of merge request 4 is missing or failed",
    "other commit": "the newest plan of merge request 4 is not of its last commit",
    "expired": "the plan has expired",
    "other target": "did not come from a merge request",
    "no merge request": "did not come from a merge request",
    "no token": "GITLAB_TOKEN is not set",
    "expired token": "GITLAB_TOKEN may have expired",
}
"""What a job says that finds no approved plan."""


@pytest.mark.parametrize("spoiled", WHY)
def test_without_an_approved_plan_nothing_is_done(team: Team, spoiled: str) -> None:
    gitlab = team.gitlab
    known = {"project_id": int(PROJECT), "sha": HEAD, "ref": f"refs/merge-requests/{IID}/head"}
    newest = {"id": 902, **known, "status": "success"}
    gitlab.pipelines = [newest, {"id": 901, **known, "status": "failed" if spoiled == "fork" else "success"}]
    gitlab.jobs = {number: [{"id": 1000 + number, "name": "plan"}] for number in (901, 902)}
    gitlab.artifacts = {(1000 + number, "plan.json"): b"{}" for number in (901, 902)}
    if spoiled == "failed":
        newest["status"] = "failed"
    elif spoiled == "none":
        gitlab.pipelines.clear()
    elif spoiled == "fork":
        newest["project_id"] = int(FORK)
    elif spoiled == "other commit":
        newest["sha"] = "07e4" * 10
    elif spoiled == "expired":
        del gitlab.artifacts[1902, "plan.json"]
    token = {"no token": "", "expired token": "fake-expired-token"}.get(spoiled, gitlab.token)

    if spoiled == "no merge request":
        ended = team.run(**MERGED)
    else:
        ended = team.merge("other" if spoiled == "other target" else "main", GITLAB_TOKEN=token)

    assert ended == {"apply": 1}
    assert re.search(f"(?m)^ci/gitlab.py: .*{WHY[spoiled]}", team.desk.output), team.desk.output
    assert team.desk.names("acme") == ["Ansible"]


def test_a_fork_gets_no_job(team: Team) -> None:
    assert team.run(**{**PROPOSED, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": FORK}) == {}


def test_a_night_rotates_and_reports(team: Team) -> None:
    assert team.run(**PROPOSED) == {"plan": 0}, team.desk.output
    assert team.merge() == {"apply": 0}, team.desk.output
    before = team.desk.stored("acme", "ansible")["client_id"]
    team.desk.simulator.advance(days=45)
    assert team.run(**NIGHT) == {"nightly": 0}, team.desk.output
    assert team.desk.stored("acme", "ansible")["client_id"] != before
    assert set(team.cache) == {"report.html", "report.json"}
    first = json.loads(team.cache["report.json"])
    assert team.run(**NIGHT) == {"nightly": 0}, team.desk.output
    second = json.loads(team.cache["report.json"])
    assert len(second["tokens"]) >= len(first["tokens"])
    inventory = team.desk.workspace / "inventory.yml"
    inventory.write_text(inventory.read_text(encoding="utf-8").replace("127.0.0.1", "127.0.0.2", 1), encoding="utf-8")
    assert team.run(**NIGHT)["nightly"] != 0
    assert [host["stale"] for host in json.loads(team.cache["report.json"])["hosts"]] == [True, False]


def test_a_plan_that_fails_takes_the_place_of_the_one_before_and_cannot_be_applied(team: Team) -> None:
    assert team.run(**PROPOSED) == {"plan": 0}, team.desk.output
    declared = team.desk.workspace / "host_vars" / "acme.yml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("scope:", "scopes:"), encoding="utf-8")
    assert team.run(**PROPOSED) == {"plan": 2}
    (note,) = team.gitlab.notes
    assert "unsupported parameters" in note["body"]
    assert team.merge() == {"apply": 1}
    assert team.desk.names("acme") == ["Ansible"]


def test_no_static_secret_is_in_it() -> None:
    assert not re.search(r"(?i)(secret|token|password): *\S*[0-9a-f]{16}", FILE.read_text(encoding="utf-8"))
