# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the workflows need of GitHub's API: an identity, the plan's comment, and the plan of a merged pull request.

ci/github.py identity AUDIENCE         print a JSON Web Token for this job
ci/github.py comment NUMBER PLAN.md    write the plan's comment, or update the one that is there
ci/github.py find-plan COMMIT          print which run has the plan of the pull request that brought this commit
ci/github.py find-report               print which run has the report of the night before, if there is one
"""

from __future__ import annotations

import os
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import web

MARK = "<!-- isc-plan -->"
"""The first line of the comment, by which it is found again."""

WORKFLOW = "plan.yml"
"""The file of the workflow that plans."""

NO_PLAN = "## Plan: none\n\nThe run failed before there was a plan. Its output says why."


def call(method: str, url: str, token: str, body: object = None, *, again: bool = True) -> Any:
    """Return the answer to a request as JSON; exit with a message where there is none."""
    headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {token}"}
    try:
        return web.call_json(method, url, headers, body, again=again)
    except web.UnsentError as error:
        sys.exit(f"ci/github.py: {error}")
    except web.CallError as error:
        if 400 <= error.status < 500:
            sys.exit(f"ci/github.py: {method} {url} was refused ({error}); look at the job's permissions")
        sys.exit(f"ci/github.py: {method} {url} has failed ({error}); run the job again")


def repository(method: str, path: str, body: object = None, *, again: bool = True) -> Any:
    """Return the answer of this repository's API."""
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"
    return call(method, url, os.environ["GITHUB_TOKEN"], body, again=again)


def identity(audience: str) -> None:
    """Print a token that says which workflow this is; the job needs the permission id-token: write."""
    if "ACTIONS_ID_TOKEN_REQUEST_URL" not in os.environ:
        sys.exit("ci/github.py: the job has no identity; give it the permission id-token: write")
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={urllib.parse.quote(audience, safe='')}"
    print(call("GET", url, os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])["value"])


def comments(number: str) -> Iterator[dict[str, Any]]:
    """Yield all comments of a pull request."""
    page = 1
    while found := repository("GET", f"issues/{number}/comments?per_page=100&page={page}"):
        yield from found
        page += 1


def comment(number: str, file: str) -> None:
    """Write the plan's comment, or update the one that is there: without a plan, it must not show an older one."""
    text = NO_PLAN
    if os.path.exists(file):
        with open(file, encoding="utf-8") as plan:
            text = plan.read()
    body = {"body": f"{MARK}\n{text}"}
    old = [each for each in comments(number) if each["user"]["type"] == "Bot" and each["body"].startswith(MARK)]
    if old:
        repository("PATCH", f"issues/comments/{old[0]['id']}", body)
    else:
        # Not a second time: the first one may be there although its answer was lost.
        repository("POST", f"issues/{number}/comments", body, again=False)


def find_report() -> None:
    """Print where the newest report of this branch is: it tells what was known and told before. The first has none."""
    branch = os.environ["GITHUB_REF_NAME"]
    found = repository("GET", "actions/artifacts?per_page=100&name=report")["artifacts"]
    runs = ((each, each["workflow_run"]) for each in found if not each["expired"])
    reports = [
        each
        for each, run in runs
        if run["head_branch"] == branch and run["head_repository_id"] == run["repository_id"]  # not that of a fork
    ]
    if reports:
        newest = max(reports, key=lambda each: str(each["created_at"]))
        print(f"run-id={newest['workflow_run']['id']}")


def merged_head(commit: str) -> tuple[int, str]:
    """Return the number of the pull request that brought a commit to this branch, and the commit that was reviewed."""
    branch = os.environ["GITHUB_REF_NAME"]
    newest = repository("GET", f"branches/{urllib.parse.quote(branch, safe='')}")["commit"]["sha"]
    if newest != commit:
        sys.exit(f"ci/github.py: {branch} has moved on to {newest}; its own run applies it, together with {commit}")
    pulls = repository("GET", f"commits/{commit}/pulls")
    merged = [each for each in pulls if each["merged_at"] and each["base"]["ref"] == branch]
    if not merged:
        sys.exit(
            f"ci/github.py: {commit} did not come from a pull request, so nobody has approved a plan; open one instead"
        )
    return merged[0]["number"], merged[0]["head"]["sha"]


def find_plan(commit: str) -> None:
    """Print where the plan of the merged pull request is: that of its newest run, which has to have succeeded."""
    number, head = merged_head(commit)
    query = f"head_sha={head}&event=pull_request&per_page=100"
    runs = [
        each
        for each in repository("GET", f"actions/workflows/{WORKFLOW}/runs?{query}")["workflow_runs"]
        if each["head_repository"] and each["head_repository"]["id"] == each["repository"]["id"]  # not that of a fork
    ]
    # A run that somebody starts again is the newest one from then on.
    newest = max(runs, key=lambda each: str(each["run_started_at"]), default=None)
    if newest is None or newest["conclusion"] != "success":
        ended = newest and newest["conclusion"]
        state = f"has ended with {ended}" if ended else "is missing" if newest is None else "has not ended"
        sys.exit(f"ci/github.py: the newest plan of pull request {number} {state}; open a new one")
    name = f"plan-{head}"
    artifacts = repository("GET", f"actions/runs/{newest['id']}/artifacts?per_page=100&name={name}")["artifacts"]
    if not [each for each in artifacts if each["name"] == name and not each["expired"]]:
        sys.exit(f"ci/github.py: the plan of pull request {number}, {name}, has expired; open a new one")
    print(f"name={name}\nrun-id={newest['id']}")


COMMANDS: dict[str, tuple[Callable[..., None], int]] = {
    "identity": (identity, 1),
    "comment": (comment, 2),
    "find-plan": (find_plan, 1),
    "find-report": (find_report, 0),
}
"""What each command calls, and how many arguments it takes."""

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS or len(sys.argv) != 2 + COMMANDS[sys.argv[1]][1]:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]][0](*sys.argv[2:])
