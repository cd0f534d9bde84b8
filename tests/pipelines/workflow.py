# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the jobs of GitHub's workflows as a runner does: the steps in order, each in a shell with its environment.

What a workflow may write in ``${{ }}`` is a name of the context, and nothing else: an expression in a script would be
evaluated before the shell sees it, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.github_server import BRANCH, REPOSITORY, GitHub

EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
EVEN_AFTER_A_FAILURE = "${{ !cancelled() && needs.plan.result != 'skipped' }}"
"""The condition of a job that runs where the one that it needs has failed; no run of these tests is cancelled."""

SHELL = ("--noprofile", "--norc", "-e")
"""How a runner starts bash for a step that names no shell; it sets no pipefail then."""


class Run:
    """One run of a workflow."""

    def __init__(self, desk: Desk, github: GitHub, api: str, number: int, context: Mapping[str, str]) -> None:
        self._desk, self._github, self._number = desk, github, number
        self._ended: dict[str, int | None] = {}
        self._context = {
            "github.repository": REPOSITORY,
            "github.token": github.token,
            "vars.VAULT_ADDR": desk.vault.url,
            **context,
        }
        self._variables = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF_NAME": BRANCH,
            "GITHUB_SHA": context["github.sha"],
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{api}/oidc?api-version=2.0",
        }

    def job(self, workflow: Path, name: str) -> int | None:
        """Run a job, and return the exit status of the step that failed, else 0; None where it is skipped.

        It is skipped where its condition is not met, or the job that it needs has not succeeded, if it does not ask
        for that itself.
        """
        job = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"][name]
        needed = self._ended.get(job.get("needs", ""), 0)
        if job.get("if") == EVEN_AFTER_A_FAILURE:
            skipped = needed is None
        else:
            skipped = ("if" in job and not self._holds(job["if"])) or needed != 0
        self._ended[name] = None if skipped else self._run(job)
        return self._ended[name]

    def _run(self, job: Mapping[str, Any]) -> int:
        """Run the steps; those after a failed one are skipped, unless their condition is ``always()``."""
        self._github.permissions = job["permissions"]
        if "environment" in job:
            ref = self._context.get("github.ref", f"refs/heads/{BRANCH}")
            self._github.identity = {"repository": REPOSITORY, "environment": job["environment"], "ref": ref}
        failed = 0
        for step in job["steps"]:
            condition = step.get("if", "")
            if condition != "always()" and (failed or (condition and not self._holds(condition))):
                continue
            status = self._step(step, job.get("env", {}))
            failed = failed or (0 if step.get("continue-on-error") else status)
        return failed

    def _holds(self, condition: str) -> bool:
        left, equals, right = condition.partition(" == ")
        return self._context[left] == self._context[right] if equals else bool(self._context.get(left))

    def _filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self._context[match[1]], str(text))

    def _step(self, step: Mapping[str, Any], shared: Mapping[str, str]) -> int:
        if "uses" in step:
            return self._use(step["uses"].split("@")[0], step.get("with", {}))
        assert not EXPRESSION.search(step["run"]), "an expression in a script is an injection"
        result = self._desk.folder / "output"
        result.write_text("", encoding="utf-8")
        own = {name: self._filled(value) for name, value in {**shared, **step.get("env", {})}.items()}
        variables = {**self._variables, **own, "GITHUB_OUTPUT": str(result)}
        if self._github.may("id-token", "write"):
            variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "fake-request-token"
        else:
            del variables["ACTIONS_ID_TOKEN_REQUEST_URL"]
        status = self._desk.shell(step["run"], variables, *SHELL)
        for line in result.read_text(encoding="utf-8").splitlines():
            key, _equals, value = line.partition("=")
            self._context[f"steps.{step['id']}.outputs.{key}"] = value
        return status

    def _use(self, action: str, options: Mapping[str, Any]) -> int:
        """Do what an action of GitHub's own does, and return its exit status."""
        work = self._desk.workspace
        if action == "actions/upload-artifact":
            path = work / options["path"]
            files = list(path.iterdir()) if path.is_dir() else [path]
            kept = {file.name: file.read_bytes() for file in files if file.exists()}
            if not kept:
                return int(options.get("if-no-files-found") == "error")
            head = self._context.get("github.event.pull_request.head.sha", self._context["github.sha"])
            name = self._filled(options["name"])
            if self._github.download(name, self._number) and not options.get("overwrite"):
                return 1  # of the same run, started again
            self._github.upload(name, self._number, head, kept)
        elif action == "actions/download-artifact":
            run = int(self._filled(options.get("run-id", str(self._number))))
            if run != self._number:
                assert self._filled(options["github-token"]) == self._github.token
                assert self._github.may("actions", "read")
            found = self._github.download(self._filled(options["name"]), run)
            folder = work / options.get("path", ".")
            folder.mkdir(exist_ok=True)
            for name, content in found.items():
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            return int(not found)
        else:
            assert action in ("actions/checkout", "actions/setup-python")
        return 0
