# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What GitHub's REST API, its artifacts and its identity provider do for the workflows, and refuse as GitHub does."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.pipelines.server import Answer, Request

REPOSITORY = "fake-org/isc-tokens"
BRANCH = "main"
OWN, FORK = 11, 12
"""The ids of the repository, and of somebody's fork of it."""


def jwt(**claims: str) -> str:
    """Return a JSON Web Token that nobody has signed."""
    return f"fake.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.jwt"


@dataclass
class GitHub:
    """One repository. ``permissions`` are those of the job at work, and ``identity`` what its identity says."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    permissions: Mapping[str, str] = field(default_factory=dict)
    identity: dict[str, str] = field(default_factory=dict)
    token: str = "fake-github-token"

    def may(self, permission: str, wanted: str) -> bool:
        """Return whether the job has a permission; who may write may read."""
        return self.permissions.get(permission) in (wanted, "write")

    def respond(self, request: Request) -> Answer:
        """Answer a request."""
        if request.path == "/oidc":
            return self._identify(request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(401, {"message": "Bad credentials"})
        for method, pattern, permission, respond in self._routes():
            match = re.fullmatch(f"/repos/{REPOSITORY}/{pattern}", request.path)
            if match and request.method == method:
                wanted = "read" if method == "GET" else "write"
                if not self.may(permission, wanted):
                    return Answer(403, {"message": "Resource not accessible by integration"})
                return respond(request, *match.groups())
        return Answer(404, {"message": "Not Found"})

    def _routes(self) -> list[tuple[str, str, str, Callable[..., Answer]]]:
        return [
            ("GET", r"issues/(\d+)/comments", "pull-requests", self._list),
            ("POST", r"issues/(\d+)/comments", "pull-requests", self._comment),
            ("PATCH", r"issues/comments/(\d+)", "pull-requests", self._edit),
            ("GET", "commits/([0-9a-f]{40})/pulls", "pull-requests", self._pulls),
            ("GET", r"branches/([\w-]+)", "contents", self._branch),
            ("GET", "actions/artifacts", "actions", self._artifacts),
            ("GET", r"actions/runs/(\d+)/artifacts", "actions", self._artifacts),
            ("GET", r"actions/workflows/(\w+\.yml)/runs", "actions", self._runs),
        ]

    def _identify(self, request: Request) -> Answer:
        if request.headers.get("authorization") != "Bearer fake-request-token" or not self.may("id-token", "write"):
            return Answer(403, {"message": "no identity"})
        return Answer(200, {"value": jwt(**self.identity, aud=request.query["audience"])})

    def _list(self, request: Request, number: str) -> Answer:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        found = [each for each in self.comments if each["number"] == int(number)]
        return Answer(200, found[size * (page - 1) : size * page])

    def _comment(self, request: Request, number: str) -> Answer:
        if set(request.body) != {"body"} or not 0 < len(request.body["body"]) <= 65536:
            return Answer(422, {"message": "Validation Failed"})
        user = {"login": "github-actions[bot]", "type": "Bot"}
        new = {"id": len(self.comments) + 1, "number": int(number), "user": user, "body": request.body["body"]}
        self.comments.append(new)
        return Answer(201, new)

    def _edit(self, request: Request, comment: str) -> Answer:
        (found,) = (each for each in self.comments if each["id"] == int(comment))
        if set(request.body) != {"body"} or not 0 < len(request.body["body"]) <= 65536:
            return Answer(422, {"message": "Validation Failed"})
        found["body"] = request.body["body"]
        return Answer(200, found)

    def _pulls(self, _request: Request, commit: str) -> Answer:
        return Answer(200, self.pulls.get(commit, []))

    def _branch(self, _request: Request, branch: str) -> Answer:
        return Answer(200, {"name": branch, "commit": {"sha": self.branches[branch]}})

    def _runs(self, request: Request, workflow: str) -> Answer:
        wanted = {"head_sha": request.query["head_sha"], "event": request.query["event"], "workflow": workflow}
        found = [each for each in self.runs if all(each[key] == value for key, value in wanted.items())]
        return Answer(200, {"total_count": len(found), "workflow_runs": found})

    def start(self, number: int, workflow: str, head: str, repository: int = OWN) -> dict[str, Any]:
        """Keep a run that has begun, or begun again; ``conclusion`` is how it ended."""
        event = "pull_request" if workflow == "plan.yml" else "push"
        started = f"2026-11-26T02:{len(self.runs):02}:00Z"
        new = {"id": number, "workflow": workflow, "event": event, "head_sha": head, "run_started_at": started}
        new |= {"conclusion": None, "repository": {"id": OWN}, "head_repository": {"id": repository}}
        self.runs = [new, *(each for each in self.runs if each["id"] != number)]
        return new

    def _artifacts(self, request: Request, run: str = "") -> Answer:
        named = [
            each
            for each in self.artifacts
            if each["name"] == request.query["name"] and run in ("", str(each["workflow_run"]["id"]))
        ]
        shown = [{key: value for key, value in each.items() if key != "files"} for each in named]
        return Answer(200, {"total_count": len(shown), "artifacts": shown})

    def upload(
        self,
        name: str,
        run: int,
        head: str,
        files: Mapping[str, bytes],
        repository: int = OWN,
        branch: str = BRANCH,
    ) -> None:
        """Keep an artifact of a run, in the place of one that has this name."""
        self.artifacts = [each for each in self.artifacts if (each["name"], each["workflow_run"]["id"]) != (name, run)]
        self.artifacts.append(
            {
                "id": len(self.artifacts) + 1,
                "name": name,
                "expired": False,
                "created_at": f"2026-11-26T02:00:{len(self.artifacts):02}Z",
                "workflow_run": {
                    "id": run,
                    "repository_id": OWN,
                    "head_repository_id": repository,
                    "head_sha": head,
                    "head_branch": branch,
                },
                "files": dict(files),
            }
        )

    def download(self, name: str, run: int) -> Mapping[str, bytes]:
        """Return the files of an artifact of a run; none if there is no such artifact."""
        found = (each for each in self.artifacts if each["name"] == name and each["workflow_run"]["id"] == run)
        files: dict[str, bytes] = next(found, {}).get("files", {})
        return files
