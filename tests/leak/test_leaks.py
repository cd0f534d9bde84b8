# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P3 for all ways in which a module can run: no secret in any output, log, cache, report or temp file."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
import requests

from ansible_collections.sailpoint_community.isc.tests.leak import people
from ansible_collections.sailpoint_community.isc.tests.leak.harness import HERE, Finished, Playground, forms
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient

EVERYTHING = HERE / "playbooks" / "everything.yml"
SHORT = HERE / "playbooks" / "short.yml"
TOLD = HERE / "playbooks" / "told.yml"
TOKENS = "personal-access-tokens"

SHOW_ARGUMENTS = {"ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
"""Has the arguments of a task shown with its first result, as it was run."""

SSH = f"""#!{sys.executable}
# Stands for ssh: runs the command here. In its folder, `down` makes it fail, and `cut` makes it lose half an answer.
import os, re, subprocess, sys
here = os.path.dirname(os.path.abspath(__file__))
open(os.path.join(here, "calls"), "a").write("ssh\\n")
if os.path.exists(os.path.join(here, "down")):
    sys.exit(sys.stderr.write("fake ssh: no route to host\\n") and 255)
if "-O" in sys.argv:
    sys.exit(0)
ran = subprocess.run(["/bin/sh", "-c", sys.argv[-1]], stdout=subprocess.PIPE, env={{**os.environ, "TMPDIR": TARGET}})
secret = re.search(rb'"(secret|access_token)": "', ran.stdout)
cut = os.path.exists(os.path.join(here, "cut")) and secret
os.write(1, ran.stdout[: secret.end() + 24] if cut else ran.stdout)
sys.exit(137 if cut else ran.returncode)
"""

SUDO = """#!/bin/sh
# Stands for sudo: runs the command as the same user.
echo sudo >> "$(dirname "$0")/calls"
while :; do
    case $1 in
        -u) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
exec "$@"
"""


def all_secrets(simulator: SimulatorClient) -> list[str]:
    """Return every secret and bearer token that was given to the play or issued to it."""
    return [*people.given_secrets(), *simulator.secret_texts()]


def make_the_server_talkative(simulator: SimulatorClient) -> None:
    """Make it show in its errors what it was sent, as some gateways do, and lose some answers."""

    def fault(person: people.Person, method: str, path: str, **spec: object) -> None:
        simulator.fault(client_id=person.client_id, method=method, path=path, **{"times": None, **spec})

    secret = people.ECHOED_GRANT.client_secret
    oauth = {"error": "invalid_client", "error_description": f"{secret} ({quote_plus(secret)}) is wrong"}
    fault(people.ECHOED_GRANT, "POST", "oauth", kind="answer", status=401, json=oauth)
    page = f"<html>{people.ECHOED_PAGE.client_secret}</html>"
    fault(people.ECHOED_PAGE, "POST", "oauth", kind="answer", status=200, body=page)
    for person, method in ((people.ECHOED_LIST, "GET"), (people.ECHOED_CREATE, "POST")):
        text = {"locale": "en-US", "localeOrigin": "DEFAULT", "text": f"not you, {person.client_secret}"}
        error = {"detailCode": person.client_secret, "trackingId": person.client_secret, "messages": [text]}
        fault(person, method, TOKENS, kind="answer", status=400, json=error)
    location = f"https://attacker.invalid/?client_secret={quote_plus(people.REDIRECTED.client_secret)}"
    fault(people.REDIRECTED, "GET", TOKENS, kind="redirect", location=location)
    fault(people.CUT_CREATE, "POST", TOKENS, kind="truncated", when="after", times=1)
    fault(people.CUT_CREATE, "POST", TOKENS, kind="hold", when="after", nth=3, seconds=5)


def echoed_bearer(simulator: SimulatorClient) -> str:
    """Return a bearer token which the server shows in its refusals."""
    person = people.BEARER
    form = {"grant_type": "client_credentials", "client_id": person.client_id, "client_secret": person.client_secret}
    token = str(requests.post(f"{simulator.base_url}/oauth/token", data=form, timeout=10).json()["access_token"])
    refusal = {"error": f"{token} is wrong"}
    simulator.fault(client_id=person.client_id, times=None, kind="answer", status=401, json=refusal)
    return token


def play_everything(playground: Playground, simulator: SimulatorClient, target: str, **environment: str) -> Finished:
    """Run everything that a task can do with a secret, and see that it could use what it got."""
    make_the_server_talkative(simulator)
    variables = {"people": people.credentials(), "given_bearer": echoed_bearer(simulator), "target": target}
    ended = playground.play(EVERYTHING, variables, **environment)
    assert ended.code == 0, ended.stdout[-3000:] + ended.stderr
    used = {entry["client_id"] for entry in simulator.log("POST", "oauth") if entry["status"] == 200}
    assert len(issued_ids(simulator)) >= 7
    assert len(used & issued_ids(simulator)) >= 5
    # Everything that could have told was there to tell.
    for report in ("log", "dump", "junit/", "tree/", "facts/"):
        assert ended.file(report), report
    assert "censored" in ended.file("dump")
    assert '"event": "retry"' in ended.file("dump")
    return ended


def issued_ids(simulator: SimulatorClient) -> set[str]:
    """Return the ids of the tokens that were created."""
    return {each["client_id"] for each in simulator.secrets()["secrets"] if each["origin"] == "create"}


def play_short(playground: Playground, target: str, delegate: str | None = None, **environment: str) -> Finished:
    """Run the short play, every task of ours delegated to ``delegate``."""
    variables = {"people": people.credentials(), "target": target, **({"delegate": delegate} if delegate else {})}
    return playground.play(SHORT, variables, **environment)


def ssh_host(playground: Playground, **variables: object) -> None:
    """Add the host that is reached through the stand-in for ssh."""
    ssh = playground.script("ssh", SSH.replace("TARGET", repr(str(playground.watched / "target"))))
    transfer = {"ansible_ssh_transfer_method": "piped", "ansible_ssh_executable": ssh}
    playground.host("fake-bastion", ansible_connection="ssh", ansible_ssh_retries=0, **transfer, **variables)


# In the controller's own process


@pytest.mark.parametrize(
    "environment",
    [
        {"ANSIBLE_STRATEGY": "linear"},
        {"ANSIBLE_STRATEGY": "free", "ANSIBLE_STDOUT_CALLBACK": "minimal", "ANSIBLE_KEEP_REMOTE_FILES": "1"},
        {"ANSIBLE_STDOUT_CALLBACK": "oneline", "ANSIBLE_DEBUG": "1"},
        {"ANSIBLE_STRATEGY": "linear", **SHOW_ARGUMENTS},
        {"ANSIBLE_STRATEGY": "free", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1"},
    ],
    ids=[
        "linear",
        "free, minimal, keeping remote files",
        "oneline, debugging",
        "linear, showing arguments",
        "free, showing arguments",
    ],
)
def test_in_process_no_secret_is_left_anywhere_and_each_is_usable(
    playground: Playground, simulator: SimulatorClient, environment: dict[str, str]
) -> None:
    ended = play_everything(playground, simulator, "localhost", **environment)
    assert ended.leaks(all_secrets(simulator)) == []
    assert not ended.file("remote/"), "nothing was shipped"
    assert ("client_secret=********" in ended.stdout) is ("ANSIBLE_DISPLAY_ARGS_TO_STDOUT" in environment)


def test_a_host_elsewhere_with_a_local_connection_runs_in_process(
    playground: Playground, simulator: SimulatorClient
) -> None:
    playground.host("far.example", ansible_connection="local")
    ended = play_short(playground, "far.example")
    assert ended.code == 0, ended.stdout + ended.stderr
    assert ended.leaks(all_secrets(simulator)) == []
    assert not ended.file("remote/"), "nothing was shipped"


def test_ad_hoc_no_secret_is_left_anywhere(playground: Playground, simulator: SimulatorClient) -> None:
    maker = people.MAKER
    ended = playground.run(
        "ansible",
        "localhost",
        *("-m", "sailpoint_community.isc.access_token"),
        *("-a", "base_url={{ base_url }}"),
        SAIL_CLIENT_ID=maker.client_id,
        SAIL_CLIENT_SECRET=maker.client_secret,
        ANSIBLE_LOAD_CALLBACK_PLUGINS="1",
    )
    assert ended.code == 0, ended.stdout + ended.stderr
    assert len(simulator.log("POST", "oauth")) == 1
    assert ended.leaks(all_secrets(simulator)) == []


# Shipped


def test_shipped_with_pipelining_no_secret_is_left_anywhere_and_each_is_usable(
    playground: Playground, simulator: SimulatorClient
) -> None:
    ssh_host(playground, ansible_pipelining=True)
    ended = play_everything(playground, simulator, "fake-bastion")
    assert ended.leaks(all_secrets(simulator)) == []
    assert calls(playground) > 20, "it was not shipped"


def test_shipped_without_pipelining_the_temp_file_holds_the_options_and_nothing_else_is_left(
    playground: Playground, simulator: SimulatorClient
) -> None:
    ssh_host(playground, ansible_pipelining=False)
    ended = play_short(playground, "fake-bastion")
    assert ended.code == 0, ended.stdout + ended.stderr
    # The module with its options lies in a temp file here, and then in one of the target.
    files = ("tmp/ansible-local-", "AnsiballZ_")
    assert ended.leaks(all_secrets(simulator), but=files) == []
    # Core's own way, which no plugin can change, and the proof that vanished files are searched.
    shipped = {path: contents for path, contents in ended.files.items() if "AnsiballZ_" in path}
    given = forms(people.MAKER.client_secret)
    assert any(needle in content for found in shipped.values() for content in found for needle in given)
    # What the module answers is in none of them: the bearer tokens were issued, and not passed on.
    bearers = [each["access_token"] for each in simulator.secrets()["bearers"]]
    assert len(bearers) >= 2
    assert ended.leaks(bearers) == []


def test_become_on_a_local_connection_ships_and_leaves_nothing(
    playground: Playground, simulator: SimulatorClient
) -> None:
    sudo = playground.script("sudo", SUDO)
    become = {"ansible_become": True, "ansible_become_user": "root", "ansible_become_exe": sudo}
    playground.host("becoming", ansible_connection="local", ansible_pipelining=True, **become)
    ended = play_short(playground, "becoming", ANSIBLE_BECOME_ALLOW_SAME_USER="1")
    assert ended.code == 0, ended.stdout + ended.stderr
    assert calls(playground) >= 3, "it was not shipped"
    assert ended.leaks(all_secrets(simulator)) == []


def test_a_delegated_task_is_shipped_to_its_host_and_leaves_nothing(
    playground: Playground, simulator: SimulatorClient
) -> None:
    ssh_host(playground, ansible_pipelining=True)
    ended = play_short(playground, "localhost", delegate="fake-bastion")
    assert ended.code == 0, ended.stdout + ended.stderr
    assert calls(playground) >= 3, "it was not shipped"
    assert ended.leaks(all_secrets(simulator)) == []


def test_half_an_answer_is_withheld(playground: Playground, simulator: SimulatorClient) -> None:
    ssh_host(playground, ansible_pipelining=True)
    playground.script("cut", "")
    ended = play_short(playground, "fake-bastion")
    assert ended.code != 0
    assert len(issued_ids(simulator)) == 1
    assert "is withheld" in ended.stdout + ended.stderr
    assert "137" in ended.stdout + ended.stderr
    assert ended.leaks(all_secrets(simulator)) == []


@pytest.mark.parametrize("pipelining", [True, False])
def test_an_unreachable_host_tells_why(playground: Playground, simulator: SimulatorClient, pipelining: bool) -> None:
    ssh_host(playground, ansible_pipelining=pipelining)
    playground.script("down", "")
    ended = play_short(playground, "fake-bastion")
    assert ended.code != 0
    assert "fake ssh: no route to host" in ended.file("dump")
    assert not simulator.log()
    assert ended.leaks(all_secrets(simulator)) == []


def calls(playground: Playground) -> int:
    """Return how often a stand-in was called."""
    path = playground.given / "calls"
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


# What is censored is told all the same, as far as it is no secret


@pytest.mark.parametrize("target", ["localhost", "fake-bastion"])
def test_what_happened_is_told_where_results_are_censored(
    playground: Playground, simulator: SimulatorClient, target: str
) -> None:
    ssh_host(playground, ansible_pipelining=True)
    ended = playground.play(TOLD, {"people": people.credentials(), "target": target})
    assert ended.code == 0, ended.stdout + ended.stderr
    told = re.sub(r"\s+", " ", ended.stdout + ended.stderr)
    assert f"{target}: + create 'one' it does not exist" in told
    assert told.count(f"[WARNING]: {target}: personal access token 'one': no scope is declared") == 1
    assert told.count("personal access token 'two': a new token is needed, but its secret would be lost") >= 1
    assert len(issued_ids(simulator)) == 1
    # Once, by core itself from 2.19 on.
    assert told.count(f"could not exchange the credentials of client {people.FORGED.client_id}") == 1
    assert ended.leaks(all_secrets(simulator)) == []


# The search itself


@pytest.mark.parametrize(
    "encode",
    [
        str,
        json.dumps,
        repr,
        quote_plus,
        quote,
        lambda secret: json.dumps(json.dumps({"secret": secret})),
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.b64encode(f"x{secret}x".encode()).decode(),
        lambda secret: base64.b64encode(f"xy{secret}".encode()).decode(),
        lambda secret: secret[:-8],
        lambda secret: secret[8:],
    ],
)
@pytest.mark.parametrize(
    "secret",
    [
        people.MAKER.client_secret,
        "5ec4e7fa" * 8,
        "eyJhbGciOiAibm9uZSJ9.eyJzaW11bGF0ZWQiOiB0cnVlLCAianRpIjogImZha2UifQ.ZmFrZS1zaWduYXR1cmUtb2YtYS1mYWtl",
    ],
    ids=["awkward", "hex", "bearer"],
)
@pytest.mark.parametrize("place", ["stdout", "stderr", "file"])
def test_a_secret_is_found_in_every_form(encode: Callable[[str], str], secret: str, place: str) -> None:
    text = f"before {encode(secret)} after"
    files = {"some/path": {b"harmless", text.encode()}} if place == "file" else {}
    ended = Finished(0, text if place == "stdout" else "", text if place == "stderr" else "", files)
    assert len(ended.leaks([secret])) >= 1
    assert ended.leaks(["another-fake-secret-0123456789"]) == []
