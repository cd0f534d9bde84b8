# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What GitLab's REST API does for the jobs, and refuses as GitLab does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.pipelines.server import Answer, Request

PROJECT = "7"


@dataclass
class GitLab:
    """One project. ``artifacts`` are by the id of a job and the path of a file; ``me`` is whose the token is."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    merge_requests: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    artifacts: dict[tuple[int, str], bytes] = field(default_factory=dict)
    token: str = "fake-gitlab-token"
    me: int = 71

    def respond(self, request: Request) -> Answer:
        """Answer a request."""
        if request.headers.get("private-token") != self.token:
            return Answer(401, {"message": "401 Unauthorized"})
        if (request.method, request.path) == ("GET", "/api/v4/user"):
            return Answer(200, {"id": self.me, "bot": True})
        for method, pattern, respond in self._routes():
            match = re.fullmatch(f"/api/v4/projects/{PROJECT}/{pattern}", request.path)
            if match and request.method == method:
                return respond(request, *match.groups())
        return Answer(404, {"error": "404 Not Found"})

    def _routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("GET", r"merge_requests/(\d+)/notes", lambda request, _iid: self._page(request, self.notes)),
            ("POST", r"merge_requests/(\d+)/notes", self._note),
            ("PUT", r"merge_requests/(\d+)/notes/(\d+)", self._edit),
            (
                "GET",
                "repository/commits/([0-9a-f]{40})/merge_requests",
                lambda request, commit: self._page(request, self.merge_requests.get(commit, [])),
            ),
            ("GET", r"merge_requests/(\d+)/pipelines", lambda request, _iid: self._page(request, self.pipelines)),
            ("GET", r"pipelines/(\d+)/jobs", lambda request, id_: self._page(request, self.jobs.get(int(id_), []))),
            ("GET", r"jobs/(\d+)/artifacts/(.+)", self._artifact),
        ]

    @staticmethod
    def _page(request: Request, items: list[dict[str, Any]]) -> Answer:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        return Answer(200, items[size * (page - 1) : size * page])

    def _note(self, request: Request, _iid: str) -> Answer:
        if set(request.body) != {"body"} or not 0 < len(request.body["body"]) <= 1_000_000:
            return Answer(400, {"error": "body is invalid"})
        new = {"id": len(self.notes) + 1, "system": False, "author": {"id": self.me}, "body": request.body["body"]}
        self.notes.append(new)
        return Answer(201, new)

    def _edit(self, request: Request, _iid: str, note: str) -> Answer:
        if set(request.body) != {"body"}:
            return Answer(400, {"error": "body is missing"})
        (found,) = (each for each in self.notes if each["id"] == int(note))
        if found["author"]["id"] != self.me:
            return Answer(403, {"message": "403 Forbidden"})
        found["body"] = request.body["body"]
        return Answer(200, found)

    def _artifact(self, _request: Request, job: str, path: str) -> Answer:
        content = self.artifacts.get((int(job), path))
        return Answer(404, {"message": "404 Not Found"}) if content is None else Answer(200, content)
