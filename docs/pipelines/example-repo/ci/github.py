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

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

MARK = "<!-- isc-plan -->"
"""The first line of the comment, by which it is found again."""

NO_PLAN = "## Plan: none\n\nThe run failed before there was a plan. Its output says why."


def call(method: str, url: str, token: str, body: object = None) -> Any:
    """Return the answer to a request as JSON; exit with a message where it is refused."""
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        },
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        said = json.loads(error.read() or b"{}").get("message", "")
        sys.exit(f"ci/github.py: {method} {url} was refused ({error.code}: {said}); look at the job's permissions")


def repository(method: str, path: str, body: object = None) -> Any:
    """Return the answer of this repository's API."""
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"
    return call(method, url, os.environ["GITHUB_TOKEN"], body)


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
        repository("POST", f"issues/{number}/comments", body)


def own_artifacts(name: str) -> list[dict[str, Any]]:
    """Return the artifacts of a name, without those that the run of a fork has uploaded."""
    found = repository("GET", f"actions/artifacts?per_page=100&name={name}")["artifacts"]
    runs = ((each, each["workflow_run"]) for each in found)
    return [each for each, run in runs if run["head_repository_id"] == run["repository_id"]]


def find_report() -> None:
    """Print where the newest report of this branch is: it tells what was known and told before. The first has none."""
    branch = os.environ["GITHUB_REF_NAME"]
    reports = [
        each
        for each in own_artifacts("report")
        if each["workflow_run"]["head_branch"] == branch and not each["expired"]
    ]
    if reports:
        newest = max(reports, key=lambda each: str(each["created_at"]))
        print(f"run-id={newest['workflow_run']['id']}")


def find_plan(commit: str) -> None:
    """Print where the plan of the merged pull request is; what a fork has uploaded is none."""
    merged = [each for each in repository("GET", f"commits/{commit}/pulls") if each["merged_at"]]
    if not merged:
        sys.exit(
            f"ci/github.py: {commit} did not come from a pull request, so nobody has approved a plan; open one instead"
        )
    head = merged[0]["head"]["sha"]
    name = f"plan-{head}"
    plans = [each for each in own_artifacts(name) if each["workflow_run"]["head_sha"] == head]
    kept = [each for each in plans if not each["expired"]]
    if not kept:
        why = "has expired" if plans else "does not exist"
        sys.exit(f"ci/github.py: the plan of pull request {merged[0]['number']}, {name}, {why}; open a new one")
    newest = max(kept, key=lambda each: str(each["created_at"]))
    print(f"name={name}\nrun-id={newest['workflow_run']['id']}")


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
