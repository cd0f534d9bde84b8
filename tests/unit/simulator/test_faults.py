# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of fault, before and after the request's effect; which requests they hit; requests that are held."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from ansible_collections.sailpoint_community.isc.tests import simulator as package
from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient, SimulatorError
from ansible_collections.sailpoint_community.isc.tests.simulator.faults import KINDS, Faults

if TYPE_CHECKING:
    from .conftest import Caller

BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture
def user(nobody: Caller) -> Caller:
    """Fake User, logged in."""
    return nobody.log_in(seeds.USER)


def truth(simulator: SimulatorClient) -> set[str]:
    """Return the names of all tokens that are there, whatever the API answers."""
    return {token["name"] for token in simulator.state()["tokens"]}


def create_under(simulator: SimulatorClient, user: Caller, when: str, **fault: Any) -> requests.Response:
    """Create the token ``new`` under that fault; check that it took effect if and only if ``when`` is after."""
    simulator.fault(method="POST", path="personal-access-tokens", when=when, **fault)
    try:
        return user.create(name="new", userAwareTokenNeverExpires=True)
    finally:
        assert ("new" in truth(simulator)) is (when == "after")
        entry = simulator.log(method="POST", path="personal-access-tokens")[-1]
        assert entry["processed"] is (when == "after")
        assert entry["fault"] is not None


def in_background(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start ``call`` in a thread; its result, or the exception, will be in the list."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(call())
        except requests.RequestException as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, results


# -- what is sent ------------------------------------------------------------------------------------------------


def test_the_readme_lists_every_kind() -> None:
    text = Path(str(package.__file__)).with_name("README.md").read_text(encoding="utf-8")
    table = text.partition("| `kind` |")[2].partition("## What it leaves out")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(KINDS)


@BOTH
@pytest.mark.parametrize(
    ("status", "key"),
    [
        (400, "detailCode"),
        (401, "error"),
        (403, "detailCode"),
        (404, "detailCode"),
        (429, "message"),
        (500, "messages"),
    ],
)
def test_answer_has_the_documented_body_of_its_status(
    simulator: SimulatorClient, user: Caller, when: str, status: int, key: str
) -> None:
    answer = create_under(simulator, user, when, kind="answer", status=status)
    assert answer.status_code == status
    assert key in answer.json()
    assert simulator.log()[-1]["status"] == status


@pytest.mark.parametrize("status", [502, 503, 504])
def test_answer_of_a_gateway_is_html(simulator: SimulatorClient, user: Caller, status: int) -> None:
    simulator.fault(kind="answer", status=status)
    answer = user.list()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("value", [None, "7", "soon", "Wed, 21 Oct 2037 07:28:00 GMT"])
def test_answer_has_the_wanted_headers(simulator: SimulatorClient, user: Caller, value: str | None) -> None:
    simulator.fault(kind="answer", status=429, headers={} if value is None else {"Retry-After": value})
    answer = user.list()
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == value


@pytest.mark.parametrize("value", [{"not": "a list"}, [1, "two", None], "text", 7, [{"name": "no id"}], []])
def test_answer_has_the_wanted_json(simulator: SimulatorClient, user: Caller, value: Any) -> None:
    simulator.fault(kind="answer", status=200, json=value)
    assert user.list().json() == value


def test_answer_has_the_wanted_text(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(kind="answer", status=418, body="short and stout", headers={"Date": "never"})
    answer = user.list()
    assert (answer.status_code, answer.text, answer.headers["Date"]) == (418, "short and stout", "never")


@BOTH
def test_html(simulator: SimulatorClient, user: Caller, when: str) -> None:
    answer = create_under(simulator, user, when, kind="html")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html>" in answer.text


@BOTH
def test_empty(simulator: SimulatorClient, user: Caller, when: str) -> None:
    answer = create_under(simulator, user, when, kind="empty", status=202)
    assert (answer.status_code, answer.content) == (202, b"")


@BOTH
def test_cut_json(simulator: SimulatorClient, user: Caller, when: str) -> None:
    answer = create_under(simulator, user, when, kind="cut_json")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 0
    with pytest.raises(ValueError, match=r"Unterminated|delimiter|Expecting"):
        answer.json()


@BOTH
def test_truncated(simulator: SimulatorClient, user: Caller, when: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        create_under(simulator, user, when, kind="truncated")
    assert user.list().status_code == 200


def test_deep_json(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(kind="deep_json")
    assert user.list().text == "[" * 100_000 + "]" * 100_000
    simulator.fault(kind="deep_json", depth=2)
    assert user.list().json() == [[]]


def test_without_field(simulator: SimulatorClient, user: Caller) -> None:
    user.made("second")
    simulator.fault(method="GET", when="after", kind="without_field", field="owner")
    tokens = user.list().json()
    assert [token["name"] for token in tokens] == ["bootstrap", "second"]
    assert not any("owner" in token for token in tokens)
    assert "secret" not in create_under(simulator, user, "after", kind="without_field", field="secret").json()
    simulator.fault(when="after", kind="without_field", field="access_token")
    assert "access_token" not in user.grant(seeds.USER.client_id, seeds.USER.client_secret).json()


def test_spoiling_an_empty_answer(simulator: SimulatorClient, user: Caller) -> None:
    """A 204 has nothing to cut or to take a field from: it must not break the simulator."""
    for kind in ("cut_json", "truncated", "without_field"):
        token = user.made(kind)
        simulator.fault(
            method="DELETE", when="after", kind=kind, **({"field": "id"} if kind == "without_field" else {})
        )
        if kind == "truncated":
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                user.delete(token["id"])
        else:
            assert user.delete(token["id"]).status_code in (200, 204)
        assert kind not in truth(simulator)


@BOTH
def test_redirect(simulator: SimulatorClient, user: Caller, when: str) -> None:
    answer = create_under(simulator, user, when, kind="redirect", location="https://elsewhere.invalid/", status=307)
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://elsewhere.invalid/")
    simulator.fault(kind="redirect")
    assert user.list().headers["Location"] == "https://attacker.invalid/"


@BOTH
@pytest.mark.parametrize(("kind", "text"), [("drop", "reset"), ("close", "closed")])
def test_drop_and_close(simulator: SimulatorClient, user: Caller, when: str, kind: str, text: str) -> None:
    with pytest.raises(requests.exceptions.ConnectionError, match=text):
        create_under(simulator, user, when, kind=kind)
    assert simulator.log()[-1]["status"] is None
    assert user.list().status_code == 200


# -- which requests are hit --------------------------------------------------------------------------------------


def test_a_fault_hits_only_what_it_matches(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    admin = nobody.log_in(seeds.ADMIN)
    simulator.fault(method="GET", path="^/v3/", client_id=seeds.USER.client_id, times=None, kind="answer", status=503)
    assert user.list("v3").status_code == 503
    assert user.list("v1").status_code == 200
    assert admin.list("v3").status_code == 200
    assert user.create("v3", name="x").status_code == 200
    assert user.list("v3").status_code == 503


def test_a_grant_is_matched_by_its_client_id(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.fault(client_id=seeds.USER.client_id, kind="answer", status=503)
    assert nobody.grant(seeds.ADMIN.client_id, seeds.ADMIN.client_secret).status_code == 200
    assert nobody.grant(seeds.USER.client_id, seeds.USER.client_secret).status_code == 503


def test_nth_and_times(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(method="GET", nth=2, times=2, kind="answer", status=503)
    assert [user.list().status_code for _try in range(5)] == [200, 503, 503, 200, 200]
    fault = simulator.faults()[0]
    assert (fault["matched"], fault["fired"]) == (5, 2)


def test_of_several_faults_the_oldest_fires(simulator: SimulatorClient, user: Caller) -> None:
    for status in (503, 429):
        simulator.fault(times=2, kind="answer", status=status)
    simulator.fault(nth=3, kind="answer", status=500)
    assert [user.list().status_code for _try in range(4)] == [503, 503, 500, 200]


def test_no_more_faults(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(times=None, kind="answer", status=503)
    assert user.list().status_code == 503
    simulator.clear_faults()
    assert user.list().status_code == 200
    assert simulator.faults() == []


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "answer"},
        {"kind": "drop", "status": 200},
        {"kind": "drop", "when": "meanwhile"},
        {"kind": "drop", "nth": 0},
        {"kind": "drop", "nth": None},
        {"kind": "drop", "times": 0},
        {"kind": "drop", "path": "("},
        {"kind": "without_field", "when": "after"},
        {"kind": "without_field", "field": "id"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(simulator: SimulatorClient, fault: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError, match="400"):
        simulator.fault(**fault)
    assert simulator.faults() == []


# -- holding -----------------------------------------------------------------------------------------------------


@BOTH
def test_hold_until_released(simulator: SimulatorClient, user: Caller, when: str) -> None:
    simulator.fault(method="POST", when=when, kind="hold")
    thread, results = in_background(lambda: user.made("new"))
    held = simulator.held(wait=10)
    assert [(each["when"], each["method"], each["path"]) for each in held] == [
        (when, "POST", "/personal-access-tokens/v1")
    ]
    assert held[0]["client_id"] == seeds.USER.client_id
    assert ("new" in truth(simulator)) is (when == "after")
    assert simulator.log()[-1]["number"] == held[0]["log"]
    assert simulator.log()[-1]["status"] is None
    assert results == []
    assert simulator.release(held[0]["hold"]) == 1
    thread.join(10)
    assert results[0]["name"] == "new"
    assert "new" in truth(simulator)
    assert simulator.held() == []


@BOTH
def test_hold_then_drop(simulator: SimulatorClient, user: Caller, when: str) -> None:
    simulator.fault(method="POST", when=when, kind="hold")
    thread, results = in_background(lambda: user.made("new"))
    simulator.held(wait=10)
    simulator.release(then="drop")
    thread.join(10)
    assert isinstance(results[0], requests.exceptions.ConnectionError)
    assert ("new" in truth(simulator)) is (when == "after")


def test_a_released_request_is_not_held_any_more_even_before_it_wakes_up() -> None:
    async def release_and_look() -> None:
        faults = Faults()
        waiting = asyncio.ensure_future(faults.hold(faults.add({"kind": "hold"}), {}))
        await asyncio.sleep(0)
        assert len(faults.holds) == 1
        faults.release()
        assert not faults.holds
        assert await waiting

    asyncio.run(release_and_look())


def test_hold_for_some_seconds(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(kind="hold", seconds=0.05)
    assert user.list().status_code == 200


def test_a_caller_may_give_up_while_held(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(method="POST", when="after", kind="hold")
    with pytest.raises(requests.exceptions.ReadTimeout):
        user.send("POST", "/v3/personal-access-tokens", json={"name": "lost"}, timeout=0.2)
    assert len(simulator.held()) == 1
    assert simulator.release() == 1
    assert "lost" in truth(simulator)
    assert user.list().status_code == 200


def test_waiting_in_vain_is_an_error(simulator: SimulatorClient) -> None:
    with pytest.raises(TimeoutError, match="no request was held"):
        simulator.held(wait=0.05)
    assert simulator.held() == []


def test_reset_drops_what_is_held(simulator: SimulatorClient, user: Caller) -> None:
    simulator.fault(method="GET", kind="hold")
    thread, results = in_background(user.list)
    simulator.held(wait=10)
    simulator.reset()
    thread.join(10)
    assert isinstance(results[0], requests.exceptions.ConnectionError)
    assert simulator.held() == []
    assert simulator.log() == []


def test_control_is_never_hit(simulator: SimulatorClient) -> None:
    simulator.fault(times=None, kind="drop")
    assert simulator.state()["tokens"]
    assert json.dumps(simulator.log()) == "[]"
