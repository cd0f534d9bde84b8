# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the jobs need of GitLab's API: the plan's note, and the plan of a merged merge request.

    ci/gitlab.py note PLAN.md          write the plan's note, or update the one that is there
    ci/gitlab.py find-plan PLAN.json   fetch the plan of the merge request that brought this commit

GITLAB_TOKEN is a project access token with the role Reporter and the scope api: a job's own token may neither write
notes nor read merge requests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import web

MARK = "<!-- isc-plan -->"
"""The first line of the note, by which it is found again."""

NO_PLAN = "## Plan: none\n\nThe job failed before there was a plan. Its output says why."

JOB = "plan"
"""The job whose artifact the plan is."""


def fetch(method: str, path: str, body: object = None, *, again: bool = True) -> Any:
    """Return the answer of the API: of an artifact its bytes, of everything else its JSON; exit where there is none."""
    if not os.environ.get("GITLAB_TOKEN"):
        sys.exit("ci/gitlab.py: GITLAB_TOKEN is not set; make a project access token with the scope api")
    headers = {"PRIVATE-TOKEN": os.environ["GITLAB_TOKEN"]}
    call = web.call if "/artifacts/" in path else web.call_json
    try:
        return call(method, f"{os.environ['CI_API_V4_URL']}/{path}", headers, body, again=again)
    except web.UnsentError as error:
        sys.exit(f"ci/gitlab.py: {error}")
    except web.CallError as error:
        if error.status == 404 and call is web.call:
            sys.exit(f"ci/gitlab.py: the plan has expired ({path}); open a new merge request")
        if 400 <= error.status < 500:
            sys.exit(
                f"ci/gitlab.py: {method} {path} was refused ({error}); GITLAB_TOKEN may have expired, or lack a right"
            )
        sys.exit(f"ci/gitlab.py: {method} {path} has failed ({error}); run the job again")


def project() -> str:
    """Return the path of this project in the API."""
    return f"projects/{os.environ['CI_PROJECT_ID']}"


def pages(path: str) -> Iterator[dict[str, Any]]:
    """Yield all items of a list."""
    page = 1
    while found := fetch("GET", f"{path}?per_page=100&page={page}"):
        yield from found
        page += 1


def note(file: str) -> None:
    """Write the plan's note, or update the one that is there: without a plan, it must not show an older one."""
    text = NO_PLAN
    if os.path.exists(file):
        with open(file, encoding="utf-8") as plan:
            text = plan.read()
    body = {"body": f"{MARK}\n{text}"}
    notes = f"{project()}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    me = fetch("GET", "user")["id"]
    old = [each for each in pages(notes) if each["author"]["id"] == me and each["body"].startswith(MARK)]
    if old:
        fetch("PUT", f"{notes}/{old[0]['id']}", body)
    else:
        # Not a second time: the first one may be there although its answer was lost.
        fetch("POST", notes, body, again=False)


def find_plan(file: str) -> None:
    """Fetch the plan of the merged merge request: that of its newest pipeline, which has to have succeeded."""
    commit = os.environ["CI_COMMIT_SHA"]
    merged = [
        each
        for each in pages(f"{project()}/repository/commits/{commit}/merge_requests")
        if each["state"] == "merged" and each["target_branch"] == os.environ["CI_DEFAULT_BRANCH"]
    ]
    if not merged:
        sys.exit(
            f"ci/gitlab.py: {commit} did not come from a merge request, so nobody has approved a plan; open one instead"
        )
    iid, head = merged[0]["iid"], merged[0]["sha"]
    pipelines = [
        each
        for each in pages(f"{project()}/merge_requests/{iid}/pipelines")
        if each["ref"].startswith(f"refs/merge-requests/{iid}/")
        and str(each["project_id"]) == os.environ["CI_PROJECT_ID"]  # not that of a fork
    ]
    newest = max(pipelines, key=lambda each: int(each["id"]), default=None)
    if newest is None or newest["status"] != "success":
        sys.exit(f"ci/gitlab.py: the newest plan of merge request {iid} is missing or failed; open a new one")
    if newest["sha"] != head:
        sys.exit(f"ci/gitlab.py: the newest plan of merge request {iid} is not of its last commit; open a new one")
    jobs = [each for each in pages(f"{project()}/pipelines/{newest['id']}/jobs") if each["name"] == JOB]
    if not jobs:
        sys.exit(f"ci/gitlab.py: pipeline {newest['id']} of merge request {iid} has no job {JOB}; open a new one")
    plan = fetch("GET", f"{project()}/jobs/{jobs[0]['id']}/artifacts/plan.json")
    with open(file, "wb") as copy:
        copy.write(plan)


if __name__ == "__main__":
    commands = {"note": note, "find-plan": find_plan}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](sys.argv[2])
