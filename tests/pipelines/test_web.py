# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scripts of the pipelines say when the platform or Vault does not answer as it should."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import EXAMPLE
from ansible_collections.sailpoint_community.isc.tests.pipelines.server import Answer, Request, serving

HURRIED = """
import runpy, sys
sys.path.insert(0, "ci")
import web
web.PAUSES, web.TIMEOUT = (0, 0), 0.5
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script as it is, with no pause between its tries."""

COMMANDS = {
    "vault.py": [],
    "github.py": ["find-report"],
    "gitlab.py": ["find-plan", "plan.json"],
}
"""A command of each script that sends a request which may be sent again."""

PAGE = b"<html>\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>"


def environment(url: str) -> Mapping[str, str]:
    """Return what the jobs set; the platform and Vault are both at ``url``."""
    return {
        "PATH": "/usr/bin",
        "VAULT_ADDR": url,
        "VAULT_ROLE": "isc-plan",
        "VAULT_JWT": "fake.e30.jwt",
        "GITHUB_API_URL": url,
        "GITHUB_REPOSITORY": "fake-org/isc-tokens",
        "GITHUB_REF_NAME": "main",
        "GITHUB_TOKEN": "fake-github-token",
        "CI_API_V4_URL": url,
        "CI_PROJECT_ID": "7",
        "CI_COMMIT_SHA": "5a3e" * 10,
        "CI_DEFAULT_BRANCH": "main",
        "CI_MERGE_REQUEST_IID": "4",
        "GITLAB_TOKEN": "fake-gitlab-token",
    }


def run(url: str, script: str, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the example repository; ``changed`` are variables of its environment."""
    command = [sys.executable, "-c", HURRIED, f"ci/{script}", *(arguments or COMMANDS[script])]
    variables = {**environment(url), **changed}
    return subprocess.run(command, cwd=EXAMPLE, env=variables, check=False, capture_output=True, text=True, timeout=60)


def only_line(ended: subprocess.CompletedProcess[str], script: str) -> str:
    """Return the one line that a script says when it fails."""
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert not ended.stdout
    assert line.startswith(f"ci/{script}: ")
    return line


@contextmanager
def deaf() -> Iterator[str]:
    """Yield an address that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("script", COMMANDS)
@pytest.mark.parametrize(("status", "told", "tries"), [(502, "502: Bad Gateway", 3), (403, "refused", 1)])
def test_a_fault_is_told_in_one_line_after_three_tries_and_a_refusal_after_one(
    script: str, status: int, told: str, tries: int
) -> None:
    seen: list[Request] = []

    def respond(request: Request) -> Answer:
        seen.append(request)
        return Answer(status, PAGE)

    with serving(respond) as url:
        ended = run(url, script)
    assert told in only_line(ended, script)
    assert len(seen) == tries


@pytest.mark.parametrize("script", COMMANDS)
def test_a_page_in_the_place_of_an_answer_is_told_in_one_line(script: str) -> None:
    with serving(lambda _request: Answer(200, PAGE)) as url:
        ended = run(url, script)
    assert "not JSON" in only_line(ended, script)


@pytest.mark.parametrize("script", COMMANDS)
def test_an_answer_that_is_cut_off_is_not_shown(script: str) -> None:
    with serving(lambda _request: Answer(200, b'{"auth": {"client_token": "fake-secret')) as url:
        ended = run(url, script)
    assert "not JSON: 38 bytes" in only_line(ended, script)
    assert "fake-secret" not in ended.stderr


@pytest.mark.parametrize("script", COMMANDS)
def test_what_is_not_there_is_told_in_one_line(script: str) -> None:
    assert "not reached" in only_line(run("http://127.0.0.1:9", script), script)


@pytest.mark.parametrize("script", COMMANDS)
@pytest.mark.parametrize(
    "where", ["no address", "http://127.0.0.1:9\n", "http://fake-user:fake-password@127.0.0.1:fake-port"]
)
def test_an_address_that_is_none_is_told_in_one_line(script: str, where: str) -> None:
    ended = run(where, script)
    assert "could not be sent as it is" in only_line(ended, script)
    assert "fake-password" not in ended.stderr


@pytest.mark.parametrize(
    ("script", "variable"),
    [("vault.py", "VAULT_NAMESPACE"), ("github.py", "GITHUB_TOKEN"), ("gitlab.py", "GITLAB_TOKEN")],
)
@pytest.mark.parametrize("value", ["fake-secret\n", "fake-secret\r\nmore", "fake-secret\u2026"])
def test_a_token_that_cannot_be_sent_is_in_no_output(script: str, variable: str, value: str) -> None:
    """The library quotes it, and a platform masks only the whole value, which has a line break in it."""
    with serving(lambda _request: Answer(200, {})) as url:
        ended = run(url, script, **{variable: value})
    line = only_line(ended, script)
    assert "a variable with a token or an address probably has a line break in it" in line
    assert "fake-secret" not in ended.stdout + ended.stderr
    assert "again" not in line


@pytest.mark.parametrize("script", COMMANDS)
def test_what_does_not_answer_is_told_in_one_line(script: str) -> None:
    with deaf() as url:
        ended = run(url, script)
    assert "timed out" in only_line(ended, script)


def test_an_answer_after_a_fault_is_taken() -> None:
    answers = [Answer(503, PAGE), Answer(500, {"errors": ["busy"]}), Answer(200, {"auth": {"client_token": "fake"}})]
    with serving(lambda _request: answers.pop(0)) as url:
        ended = run(url, "vault.py")
    assert (ended.returncode, ended.stdout) == (0, "fake\n")


@pytest.mark.parametrize(("script", "command"), [("github.py", ["comment", "4"]), ("gitlab.py", ["note"])])
def test_a_comment_is_not_written_twice(script: str, command: list[str]) -> None:
    """The answer may be lost after the comment was written."""
    seen: list[str] = []

    def respond(request: Request) -> Answer:
        seen.append(request.method)
        if request.method == "POST":
            return Answer(502, PAGE)
        return Answer(200, {"id": 71} if request.path == "/user" else [])

    with serving(respond) as url:
        ended = run(url, script, *command, "no-plan.md")
    assert "502" in only_line(ended, script)
    assert seen.count("POST") == 1
