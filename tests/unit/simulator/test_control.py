# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control verbs and the process: clock, seeds, log, secrets, start and stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.sailpoint_community.isc.tests import simulator as package
from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import (
    SimulatorClient,
    SimulatorError,
    running,
)

if TYPE_CHECKING:
    from .conftest import Caller

ROOT = Path(str(package.__file__)).parents[1]


def moment(text: str) -> datetime:
    """Return the time that the simulator wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# -- clock -------------------------------------------------------------------------------------------------------


def test_the_clock_is_real_until_it_is_moved(simulator: SimulatorClient) -> None:
    assert abs(moment(simulator.now()) - datetime.now(timezone.utc)) < timedelta(minutes=1)
    simulator.advance(days=2)
    assert abs(moment(simulator.now()) - datetime.now(timezone.utc) - timedelta(days=2)) < timedelta(minutes=1)


def test_a_frozen_clock_stands_still_and_can_be_moved(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.set_clock("2030-01-01T00:00:00Z")
    assert simulator.now().startswith("2030-01-01T00:0")
    simulator.freeze()
    now = simulator.now()
    time.sleep(0.005)
    assert simulator.now() == now
    simulator.advance(hours=-1)
    assert moment(simulator.now()) == moment(now) - timedelta(hours=1)
    simulator.set_clock(datetime(2031, 1, 1, tzinfo=timezone.utc))
    assert simulator.now() == "2031-01-01T00:00:00.000Z"
    assert nobody.log_in(seeds.USER).made("x")["created"] == "2031-01-01T00:00:00.000Z"
    assert parsedate_to_datetime(nobody.list().headers["Date"]) == datetime(2031, 1, 1, tzinfo=timezone.utc)
    simulator.freeze(False)
    time.sleep(0.005)
    assert simulator.now() > "2031-01-01T00:00:00.000Z"


# -- seeds -------------------------------------------------------------------------------------------------------


def test_a_seed_may_break_the_rules_and_reset_undoes_it(simulator: SimulatorClient, nobody: Caller) -> None:
    owner = seeds.USER.identity_id
    twins = [{"owner": owner, "name": "twin", "created": f"-{day}d", "expirationDate": "-1d"} for day in range(12)]
    bootstrap = {"id": seeds.USER.client_id, "secret": seeds.USER.client_secret, "owner": owner, "name": "bootstrap"}
    simulator.reset({"tokens": [*twins, bootstrap], "now": "2030-01-20T00:00:00Z", "frozen": True})
    tokens = nobody.log_in(seeds.USER).list().json()
    assert [token["name"] for token in tokens] == ["twin"] * 12 + ["bootstrap"]
    assert [tokens[2]["created"], tokens[2]["expirationDate"]] == [
        "2030-01-18T00:00:00.000Z",
        "2030-01-19T00:00:00.000Z",
    ]
    assert len({token["id"] for token in tokens}) == 13
    simulator.reset()
    assert len(simulator.state()["tokens"]) == 3
    assert not simulator.state()["frozen"]


def test_reset_forgets_everything(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    user.made("gone")
    simulator.switch(max_tokens=1)
    simulator.fault(times=None, kind="drop")
    simulator.advance(days=1)
    simulator.reset()
    assert user.list().status_code == 401
    assert nobody.log_in(seeds.USER).names() == {"bootstrap"}
    assert simulator.state()["switches"]["max_tokens"] == 10


@pytest.mark.parametrize(
    "seed",
    [
        {"people": []},
        {"now": "today"},
        {"switches": {"no_such_switch": 1}},
        {"tokens": [{"name": "nobody's"}]},
        {"tokens": [{"owner": seeds.USER.identity_id}]},
        {"tokens": [{"owner": seeds.USER.identity_id, "name": "x", "lastUsed": "recently"}]},
        {"tokens": [{"owner": seeds.USER.identity_id, "name": "x", "colour": "red"}]},
        {"identities": [{"name": "no id"}]},
        {"tokens": 7},
    ],
)
def test_a_seed_that_does_not_fit_changes_nothing(simulator: SimulatorClient, seed: dict[str, Any]) -> None:
    before = simulator.state()["tokens"]
    with pytest.raises(SimulatorError, match="400"):
        simulator.reset(seed)
    assert simulator.state()["tokens"] == before


def test_a_token_can_be_put_and_changed(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    token = user.made("mine", scope=["demo:first"])
    simulator.put_token(token["id"], lastUsed="-10d", expirationDate="+1d")
    changed = next(each for each in user.list().json() if each["id"] == token["id"])
    assert (changed["name"], changed["scope"], changed["created"]) == ("mine", ["demo:first"], token["created"])
    assert moment(changed["expirationDate"]) - moment(changed["lastUsed"]) == timedelta(days=11)
    assert simulator.works(token["id"], token["secret"])
    simulator.put_token("ab" * 16, owner=seeds.USER.identity_id, name="put", secret="fa4e" * 16)
    assert simulator.works("ab" * 16, "fa4e" * 16)


def test_a_token_that_is_given_to_somebody_else_is_listed_there_alone(
    simulator: SimulatorClient, nobody: Caller
) -> None:
    user, admin = nobody.log_in(seeds.USER), nobody.log_in(seeds.ADMIN)
    token = user.made("given away")
    simulator.put_token(token["id"], owner=seeds.ADMIN.identity_id)
    listed = [[each["id"] for each in caller.list(**{"owner-id": "me"}).json()] for caller in (user, admin)]
    assert [ids.count(token["id"]) for ids in listed] == [0, 1]


def test_a_short_secret_is_not_in_the_log_either(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.put_token("ab" * 16, owner=seeds.USER.identity_id, name="short", secret="fa4e")
    nobody.send("GET", "/v3/fa4e")
    assert "fa4e" not in simulator.log()[-1]["path"]


def test_many_people_each_have_their_own(nobody: Caller, simulator: SimulatorClient) -> None:
    simulator.reset(seeds.many(3))
    for person in seeds.many_people(3):
        answer = nobody.grant(person.client_id, person.client_secret).json()
        assert answer["identity_id"] == person.identity_id
        assert nobody.log_in(person).list().json()[0]["id"] == person.client_id


def test_every_seeded_secret_is_unmistakably_fake(simulator: SimulatorClient) -> None:
    simulator.reset(seeds.many(5))
    assert all(text.startswith("fa4e" * 4) for text in simulator.secret_texts())
    simulator.reset()
    assert len(simulator.secret_texts("seed")) == 4
    assert all(text.startswith("fa4e" * 4) for text in simulator.secret_texts())


# -- log and secrets ---------------------------------------------------------------------------------------------


def test_the_log_tells_what_was_sent(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.freeze()
    user = nobody.log_in(seeds.USER)
    user.list(**{"owner-id": "me", "filters": "lastUsed isnull"})
    token = user.made("logged", "v3", scope=["demo:first"])
    user.patch(token["id"], name="renamed")
    grant, listed, created, patched = simulator.log()
    assert [each["number"] for each in (grant, listed, created, patched)] == [1, 2, 3, 4]
    assert (grant["method"], grant["path"], grant["status"]) == ("POST", "/oauth/token", 200)
    assert grant["body"]["client_id"] == grant["client_id"] == seeds.USER.client_id
    assert listed["query"] == {"owner-id": "me", "filters": "lastUsed isnull"}
    assert (listed["body"], listed["content_type"]) == (None, "")
    assert created["body"] == {"name": "logged", "scope": ["demo:first"]}
    assert (created["path"], created["client_id"]) == ("/v3/personal-access-tokens", seeds.USER.client_id)
    assert patched["content_type"] == "application/json-patch+json"
    assert patched["body"] == [{"op": "replace", "path": "/name", "value": "renamed"}]
    assert patched["clock"] == simulator.now()
    assert patched["user_agent"].startswith("python-requests/")
    assert all(each["processed"] for each in (grant, listed, created, patched))


def test_the_log_shows_kept_connections(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    user.list()
    user.send("GET", "/oauth/info", headers={"Connection": "close"})
    user.list()
    ports = [entry["connection"] for entry in simulator.log()]
    assert ports[0] == ports[1] == ports[2] != ports[3]


def test_the_log_can_be_filtered_continued_and_cleared(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    user.list()
    user.list("v3")
    assert [entry["number"] for entry in simulator.log(method="GET", path="^/v3/")] == [3]
    assert [entry["number"] for entry in simulator.log(after=1)] == [2, 3]
    simulator.clear_log()
    assert simulator.log() == []
    user.list()
    assert [entry["number"] for entry in simulator.log()] == [4]


def test_no_secret_is_in_the_log_wherever_it_was_sent(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    token = user.made("leaky")
    unknown = "fa4e0000" * 8
    secret, bearer = token["secret"], str(user.bearer)
    nobody.grant(token["id"], secret)
    nobody.grant(token["id"], unknown)
    nobody.grant(secret, secret)
    user.create(name=f"has {secret} in it", scope=[bearer], client_secret=unknown)
    user.send("GET", f"/v3/{secret}", params={"owner-id": bearer, "client_secret": unknown})
    user.send("POST", "/v3/personal-access-tokens", data=secret)
    user.send("POST", "/v3/personal-access-tokens", json={secret: [[{"deep": bearer}]]})
    text = json.dumps([simulator.log(), simulator.state(), simulator.faults()])
    assert "sha256:" in text
    for value in [*simulator.secret_texts(), unknown]:
        assert value not in text


def test_bodies_that_nobody_can_read_are_logged_by_size(simulator: SimulatorClient, nobody: Caller) -> None:
    nobody.send("POST", "/v3/personal-access-tokens", data="[" * 100_000)
    nobody.send("POST", "/v3/personal-access-tokens", data=b"\xff\xfe")
    assert [entry["body"] for entry in simulator.log()] == [{"unreadable_bytes": 100_000}, {"unreadable_bytes": 2}]


def test_all_secrets_ever_issued_are_listed(simulator: SimulatorClient, nobody: Caller) -> None:
    user = nobody.log_in(seeds.USER)
    token = user.made("listed")
    user.delete(token["id"])
    known = simulator.secrets()
    assert {"client_id": token["id"], "secret": token["secret"], "origin": "create"} in known["secrets"]
    assert known["bearers"] == [{"client_id": seeds.USER.client_id, "access_token": user.bearer}]
    assert simulator.secret_texts("create") == [token["secret"], user.bearer]


def test_check_changes_nothing(simulator: SimulatorClient, nobody: Caller) -> None:
    token = nobody.log_in(seeds.USER).made("checked")
    before = (simulator.state()["tokens"], len(simulator.log()))
    assert simulator.works(token["id"], token["secret"])
    assert not simulator.works(token["id"], "fa4e" * 16)
    assert not simulator.works("ab" * 16, token["secret"])
    assert (simulator.state()["tokens"], len(simulator.log())) == before
    simulator.put_token(token["id"], expirationDate="-1s")
    assert not simulator.works(token["id"], token["secret"])


@pytest.mark.parametrize(
    ("method", "verb", "body", "status"),
    [
        ("POST", "clock", b'{"advance": "a day"}', 400),
        ("POST", "clock", b'{"forward": 7}', 400),
        ("POST", "clock", b"{", 400),
        ("POST", "clock", b"[]", 400),
        ("POST", "release", b'{"then": "explode"}', 400),
        ("GET", "log?after=x", b"", 400),
        ("POST", "check", b"{}", 400),
        ("PUT", "state", b"", 405),
        ("GET", "nothing", b"", 404),
    ],
)
def test_wrong_control_calls_are_refused(
    simulator: SimulatorClient, nobody: Caller, method: str, verb: str, body: bytes, status: int
) -> None:
    assert nobody.send(method, f"/_simulator/{verb}", data=body).status_code == status


# -- the process -------------------------------------------------------------------------------------------------


def started(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start a simulator as a shell would; return it and its address."""
    ready = folder / "url"
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--ready-file", str(ready), "--stop-with-parent", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    wait_until(ready.exists)
    return process, ready.read_text(encoding="utf-8").strip()


def wait_until(reached: Any) -> None:
    """Wait until ``reached()`` is true; fail after 20 s."""
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listens(url: str) -> bool:
    """Return whether anything listens there."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.connect()
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_also_with_a_request_held(tmp_path: Path, number: int) -> None:
    process, url = started(tmp_path)
    client = SimulatorClient(url)
    client.fault(kind="hold")
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request("GET", "/oauth/info")
    client.held(wait=10)
    process.send_signal(number)
    _out, errors = process.communicate(timeout=20)
    connection.close()
    assert (process.returncode, errors) == (0, b"")
    assert not listens(url)


def test_it_takes_a_seed_and_an_address(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({**seeds.many(2), "now": "2030-01-01T00:00:00Z", "frozen": True}), encoding="utf-8")
    process, url = started(tmp_path, "--seed", str(seed), "--host", "::1")
    try:
        assert url.startswith("http://[::1]:")
        state = SimulatorClient(url).state()
        assert (len(state["identities"]), state["now"]) == (2, "2030-01-01T00:00:00.000Z")
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com", ""])
def test_it_serves_loopback_only(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "simulator", "--host", host, "--ready-file", str(tmp_path / "url")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert refused.returncode == 2
    assert "not a loopback address" in refused.stderr
    assert not (tmp_path / "url").exists()


@pytest.mark.parametrize("option", ["--stop-with-parent", "--stop-with-parent $$"])
def test_it_stops_with_its_parent_even_if_that_is_killed(tmp_path: Path, option: str) -> None:
    pid = tmp_path / "pid"
    script = f'"{sys.executable}" -m simulator --ready-file "{tmp_path}/url" {option} & echo $! > "{pid}"; wait'
    shell = subprocess.Popen(
        ["sh", "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    try:
        wait_until((tmp_path / "url").exists)
        url = (tmp_path / "url").read_text(encoding="utf-8").strip()
        assert listens(url)
        shell.kill()
        shell.wait(20)
        wait_until(lambda: not listens(url))
    finally:
        shell.kill()
        shell.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid.read_text(encoding="utf-8")), signal.SIGTERM)


def test_running_stops_what_it_started() -> None:
    with running(seeds.many(1)) as simulator:
        assert len(simulator.state()["identities"]) == 1
    assert not listens(simulator.base_url)


def test_running_tells_why_a_start_failed() -> None:
    with pytest.raises(SimulatorError, match="unknown in a seed"), running({"people": []}):
        pass
