# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport against a server that answers oddly or breaks off: what is sent, again too, and what errors say."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import urllib3.util.connection

from ansible_collections.sailpoint_community.isc.plugins.module_utils._api import answers, transport
from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.deadline import Deadline
from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.exchange import Call, Failure
from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.retry import pause_before_retry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.transport import Transport
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.addresses import is_loopback
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    DeclarationError,
    IscError,
    LostAnswerError,
    NotFoundError,
    UnreadableAnswerError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Connection
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.calling import (
    ALL_SECRETS,
    BEARER,
    CLIENT_ID,
    CLIENT_SECRET,
    CREATED_SECRET,
    ENCODED_CLIENT_SECRET,
    RIGHT,
    SECOND_BEARER,
    Caller,
    failure_of,
    granted,
)
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.odd_server import (
    CUT_OFF,
    CUT_OFF_CHUNKED,
    DROPPED,
    NO_HTTP,
    RESET,
    SILENT,
    Odd,
    OddServer,
    answer,
    free_port,
    make_certificate,
    trickles,
)

FINE = answer(body=[])
SHORT = 0.5
"""A timeout in seconds, for a server that stays silent."""

NO_CONTENT = answer(204, Content_Type="")
ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")

CALLS = {"GET": Caller.get, "PATCH": Caller.change, "DELETE": Caller.delete, "grant": Caller.grant}
ANSWERS = {"GET": FINE, "PATCH": FINE, "DELETE": NO_CONTENT, "grant": granted()}

HANG_UPS = {
    "dropped": DROPPED,
    "reset": RESET,
    "silent": SILENT,
    "no HTTP": NO_HTTP,
    "cut off": CUT_OFF,
    "chunk cut off": CUT_OFF_CHUNKED,
}
# Of a DELETE's answer the status is enough.
BREAKS = [(call, how) for call in CALLS for how in HANG_UPS if call != "DELETE" or not how.endswith("cut off")]
UNREADABLE = {
    "HTML": (
        answer(200, b"<html>fake</html>", Content_Type="text/html"),
        "200 (text/html) with a body that is not JSON",
    ),
    "empty": (answer(200), "200 (application/json) with an empty body"),
    "truncated": (answer(200, b'[{"id": "01'), "with a body that is not JSON"),
    "deep": (answer(200, b"[" * 200_000), "with JSON that is nested too deeply"),
    "NaN": (answer(200, b"[NaN]"), "with a body that is not JSON"),
    "not UTF-8": (answer(200, b'["\xff\xfe"]'), "with a body that is not Unicode"),
    "half a surrogate pair": (answer(200, rb'["\uD800"]'), "with a body that is not Unicode"),
    "no content type": (answer(200, b"fake", Content_Type=""), "200 (no content type) with a body that is not JSON"),
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as open_servers:
        yield open_servers


# Sessions and bearer tokens


def test_creating_an_http_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(requests, "Session")
    monkeypatch.setattr(ssl, "SSLContext", None)
    Caller("https://tenant.example")


def test_one_connection_and_one_grant_serve_many_requests() -> None:
    with OddServer(granted(), FINE, answer(500), FINE, NO_CONTENT, FINE) as server:
        caller = Caller(server.url)
        caller.get(query={"owner-id": "me", "filters": "lastUsed le 2027-01-31T00:00:00.000Z"})
        failure_of(caller.get, ApiError)
        caller.change()
        caller.delete()
        caller.create()
    assert server.calls == [
        "POST /oauth/token",
        "GET /things?owner-id=me&filters=lastUsed%20le%202027-01-31T00%3A00%3A00.000Z",
        "GET /things",
        "PATCH /things/1",
        "DELETE /things/1",
        "POST /things",
    ]
    assert server.connections == 1
    assert {seen.headers["authorization"] for seen in server.seen[1:]} == {f"Bearer {BEARER}"}
    kinds = [seen.headers.get("content-type") for seen in server.seen[1:]]
    assert kinds == [None, None, "application/json-patch+json", None, "application/json"]
    assert server.seen[-1].json == {"name": "new"}


def test_the_credentials_are_sent_in_the_body_alone() -> None:
    with OddServer(granted(scope="a b", identity_id="fake-identity")) as server:
        grant = Caller(server.url).grant()
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/oauth/token")
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in seen.headers
    form = {"grant_type": ["client_credentials"], "client_id": [CLIENT_ID], "client_secret": [CLIENT_SECRET]}
    assert parse_qs(seen.body.decode()) == form
    assert grant.access_token.reveal() == BEARER
    assert (grant.expires_in, grant.scope, grant.identity_id) == (43199, {"a", "b"}, "fake-identity")


@pytest.mark.parametrize(
    "call", [Caller.get, Caller.create, lambda caller: caller.http.grant(CLIENT_SECRET, Secret("x"))]
)
def test_a_client_id_that_may_be_the_secret_is_neither_sent_nor_shown(call: Any) -> None:
    with OddServer() as server:
        caller = Caller(server.url, client_id=CLIENT_SECRET, client_secret=Secret(CLIENT_ID))
        assert "swapped with client_secret" in str(failure_of(partial(call, caller), DeclarationError))
    assert server.connections == 0


def test_with_an_access_token_there_is_no_grant() -> None:
    with OddServer(FINE) as server:
        Caller(server.url, bearer=BEARER).get()
    assert server.calls == ["GET /things"]


def test_without_credentials_nothing_is_sent() -> None:
    with OddServer() as server:
        caller = Caller(server.url, client_id=None, client_secret=None)
        assert "client_id and client_secret, or access_token" in str(failure_of(caller.get, DeclarationError))
    assert server.connections == 0


@pytest.mark.parametrize("bearer", ["with white space", "line\nend", "ünïcode", ""])
def test_an_access_token_that_no_header_can_hold_is_refused(bearer: str) -> None:
    error = failure_of(lambda: Caller("https://tenant.example", bearer=bearer), DeclarationError)
    assert str(error) == (
        "access_token contains white space or characters that no HTTP header may contain; remove them"
    )
    assert not bearer or bearer not in str(error)


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_401_renews_the_bearer_token_once_and_repeats(call: Any) -> None:
    with OddServer(granted(), answer(401), granted(SECOND_BEARER), FINE, FINE) as server:
        caller = Caller(server.url)
        call(caller)
        caller.get()
    bearers = [seen.headers.get("authorization") for seen in server.seen]
    renewed = f"Bearer {SECOND_BEARER}"
    assert bearers == [None, f"Bearer {BEARER}", None, renewed, renewed]
    assert caller.slept == []


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_401_that_stays_is_an_error(call: Any) -> None:
    expired = answer(401, {"error": "JWT validation failed: JWT is expired"})
    with OddServer(granted(), expired, granted(SECOND_BEARER), expired) as server:
        error = failure_of(lambda: call(Caller(server.url)), ApiError)
    assert len(server.seen) == 4
    assert "401: JWT validation failed: JWT is expired; a renewed bearer token is refused too" in str(error)


def test_a_401_to_an_access_token_is_an_error_at_once() -> None:
    with OddServer(answer(401)) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).get, ApiError)
    assert len(server.seen) == 1
    assert "the access_token has expired or belongs to another tenant" in str(error)


def test_refused_credentials_end_a_create_before_it_is_sent() -> None:
    with OddServer(answer(400, {"error": "invalid_client", "error_description": "Bad fake credentials"})) as server:
        error = failure_of(Caller(server.url).create, ApiError)
    assert server.calls == ["POST /oauth/token"]
    assert str(error) == (
        f"could not exchange the credentials of client {CLIENT_ID} for a bearer token: POST /oauth/token at "
        f"127.0.0.1:{server.port} answered 400: invalid_client; Bad fake credentials; check client_id and "
        "client_secret (expired, deleted or rotated?); they must belong to this tenant"
    )


def test_a_404_to_a_grant_is_no_missing_token() -> None:
    with OddServer(answer(404)) as server:
        assert "GET /oauth/info at base_url names" in str(failure_of(Caller(server.url).get, ApiError))


@pytest.mark.parametrize(
    "document",
    [[], "text", 7, None, {}, {"access_token": 7}, {"access_token": ""}, {"access_token": f"{BEARER}\r\nX: y"}],
)
def test_a_grant_without_a_usable_token_is_unreadable(document: object) -> None:
    with OddServer(answer(body=document)) as server:
        error = failure_of(Caller(server.url).get, UnreadableAnswerError)
    assert "POST /oauth/token" in str(error)
    assert "answered 200 without a usable access_token; check that base_url and token_url" in str(error)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"expires_in": "43199", "scope": 7, "identity_id": 7}, (None, None, None)),
        ({"expires_in": True, "scope": "", "identity_id": None}, (None, frozenset(), None)),
        ({"expires_in": 15, "scope": ["a", "b"], "identity_id": ""}, (15, {"a", "b"}, "")),
    ],
)
def test_only_the_token_is_demanded_of_a_grant(more: dict[str, Any], expected: object) -> None:
    with OddServer(granted(**more)) as server:
        grant = Caller(server.url).grant()
    assert (grant.expires_in, grant.scope, grant.identity_id) == expected


def test_cookies_are_not_kept() -> None:
    with OddServer(answer(body=[], Set_Cookie="fake=cookie; Path=/"), FINE) as server:
        caller = Caller(server.url, bearer=BEARER)
        caller.get()
        caller.get()
    assert "cookie" not in server.seen[1].headers


# Repeating


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_status_is_waited_out(call: str, status: int) -> None:
    with OddServer(answer(status), ANSWERS[call]) as server:
        caller = Caller(server.url, bearer=BEARER)
        CALLS[call](caller)
    assert len(server.seen) == 2
    assert server.seen[0] == server.seen[1]
    assert caller.slept == [0.25]


@pytest.mark.parametrize(("call", "how"), BREAKS)
def test_a_broken_connection_is_tried_again(call: str, how: str) -> None:
    with OddServer(HANG_UPS[how], ANSWERS[call]) as server:
        caller = Caller(server.url, bearer=BEARER, timeout=SHORT)
        CALLS[call](caller)
    assert len(server.seen) == 2
    assert caller.slept == [0.25]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 418, 500, 501, 599])
@pytest.mark.parametrize("call", CALLS)
def test_no_other_status_is_repeated(call: str, status: int) -> None:
    with OddServer(answer(status, {"detailCode": "fake"})) as server:
        caller = Caller(server.url, bearer=BEARER)
        error = failure_of(lambda: CALLS[call](caller))
    assert isinstance(error, ApiError)
    assert error.status == status
    assert isinstance(error, NotFoundError) == (status == 404 and call in ("PATCH", "DELETE"))
    assert len(server.seen) == 1


def test_retries_end() -> None:
    with OddServer(*[answer(503)] * 4) as server:
        caller = Caller(server.url, bearer=BEARER, retries=2)
        error = failure_of(caller.get, ApiError)
    assert len(server.seen) == 3
    assert caller.slept == [0.25, 0.5]
    assert "answered 503; run again later" in str(error)


def test_a_renewal_gives_no_further_retries() -> None:
    script = [answer(503), answer(401), granted(SECOND_BEARER), answer(503), answer(503), answer(503)]
    with OddServer(granted(), *script) as server:
        caller = Caller(server.url, retries=2)
        failure_of(caller.get, ApiError)
    assert len(server.seen) == 6
    assert len(caller.slept) == 2


def test_without_retries_there_is_one_try() -> None:
    with OddServer(DROPPED, FINE) as server:
        error = failure_of(Caller(server.url, bearer=BEARER, retries=0).get, ConnectionFailedError)
    assert len(server.seen) == 1
    assert str(error) == (
        f"could not list the things: GET /things at 127.0.0.1:{server.port} got no answer: "
        "the connection was lost; run again"
    )


@pytest.mark.parametrize(("jitter", "factor"), [(1.0, 1.0), (0.5, 0.75), (0.0, 0.5)])
def test_backoff_doubles_up_to_a_cap_and_is_jittered(jitter: float, factor: float) -> None:
    with OddServer(*[DROPPED] * 9) as server:
        caller = Caller(server.url, bearer=BEARER, retries=8, jitter=jitter)
        error = failure_of(caller.get, ConnectionFailedError)
    assert caller.slept == [factor * pause for pause in (0.5, 1, 2, 4, 8, 16, 20, 20)]
    assert "(9 tries)" in str(error)


def test_any_number_of_retries_can_be_asked_for() -> None:
    call = Call("", "GET", "http://127.0.0.1:1/things", "", {})
    failure = Failure("", "", lasting=False, sent=True)
    assert pause_before_retry(call, failure, 5000, 5000, 0.0, datetime.now(timezone.utc)) == 10.0


DATE = "Sat, 01 Jan 2050 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("7", 7.5),
        ("0", 0.5),
        ("60", 60.5),
        ("Sat, 01 Jan 2050 12:00:09 GMT", 9.5),
        ("Sat, 01 Jan 2050 13:00:09 +0100", 9.5),
        ("Sat, 01 Jan 2050 11:00:00 GMT", 0.5),
        ("Sat, 01 Jan 2000 11:00:00 GMT", 0.5),
    ],
)
@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_retry_after_is_honoured(call: Any, value: str, pause: float) -> None:
    with OddServer(answer(429, Retry_After=value, Date=DATE), FINE) as server:
        caller = Caller(server.url, bearer=BEARER, jitter=0.5)
        call(caller)
    assert caller.slept == [pause]


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.5", "1e3", "²", "9" * 5000, "Sat, 99 Foo 2050 99:99:99", "0x10"]
)
@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_without_a_usable_retry_after_it_backs_off(call: Any, value: str) -> None:
    with OddServer(answer(429, {"message": " Rate Limit Exceeded "}, Retry_After=value, Date=DATE), FINE) as server:
        caller = Caller(server.url, bearer=BEARER, jitter=0.5)
        call(caller)
    assert caller.slept == [0.375]


@pytest.mark.parametrize("value", ["61", "3600", "Sat, 01 Jan 2050 13:00:00 GMT", "999999999"])
@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_wait_that_is_too_long_fails_at_once(call: Any, value: str) -> None:
    with OddServer(answer(429, Retry_After=value, Date=DATE)) as server:
        caller = Caller(server.url, bearer=BEARER)
        error = failure_of(lambda: call(caller), ApiError)
    assert caller.slept == []
    seconds = value if value.isdigit() else "3600"
    assert f"answered 429; the server asks to wait {seconds} s, but a run waits 60 s at most: run again after" in str(
        error
    )


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_429_that_stays_is_an_error(call: Any) -> None:
    with OddServer(*[answer(429, {"message": " Rate Limit Exceeded "})] * 3) as server:
        error = failure_of(lambda: call(Caller(server.url, bearer=BEARER, retries=2)), ApiError)
    assert "answered 429: Rate Limit Exceeded; the rate limit is still exceeded" in str(error)
    assert len(server.seen) == 3


# The creating POST


@pytest.mark.parametrize("how", HANG_UPS)
def test_a_create_whose_answer_is_lost_is_not_repeated(how: str) -> None:
    with OddServer(HANG_UPS[how]) as server:
        error = failure_of(Caller(server.url, bearer=BEARER, timeout=SHORT).create, LostAnswerError)
    assert len(server.seen) == 1
    assert str(error).startswith(f"could not create the thing: POST /things at 127.0.0.1:{server.port} got no answer: ")
    assert str(error).endswith(
        "; the token may have been created and its secret lost: run again, since only a new list shows that"
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_create_with_a_status_that_leaves_it_open_is_lost(status: int) -> None:
    body = {"detailCode": "500.0 Internal Fault", "trackingId": "fake-tracking", "messages": [{"text": "Oh"}]}
    with OddServer(answer(status, body, Retry_After="1")) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).create, LostAnswerError)
    assert len(server.seen) == 1
    told = f"answered {status} (500.0 Internal Fault): Oh (trackingId fake-tracking); the token may have been created"
    assert told in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_create_is_lost(status: int) -> None:
    with OddServer(answer(status, Location="https://login.example/"), FINE) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).create, LostAnswerError)
    assert len(server.seen) == 1
    assert f"answered {status}, a redirect to login.example; the token may have been created" in str(error)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 415, 422])
def test_a_refused_create_is_known_not_to_have_happened(status: int) -> None:
    with OddServer(answer(status, b"cut", "close", Content_Length="50")) as server:
        failure_of(Caller(server.url, bearer=BEARER).create, ApiError)
    assert len(server.seen) == 1


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_create_with_an_unreadable_answer_is_lost(kind: str) -> None:
    odd, problem = UNREADABLE[kind]
    with OddServer(odd) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).create, LostAnswerError)
    assert f"{problem}; the token may have been created" in str(error)
    assert len(server.seen) == 1


def test_a_create_is_repeated_after_a_refused_connection(stack: ExitStack) -> None:
    port = free_port()
    caller = Caller(f"http://127.0.0.1:{port}", bearer=BEARER)
    started: list[OddServer] = []
    caller.before_sleep = lambda: started.append(stack.enter_context(OddServer(FINE, port=port)))
    caller.create()
    assert started[0].calls == ["POST /things"]
    assert caller.slept == [0.25]


def test_a_create_is_repeated_after_a_failed_tls_handshake(stack: ExitStack, tmp_path: Path) -> None:
    port = free_port()
    tls, ca_path = make_certificate(tmp_path, "localhost")
    caller = Caller(f"https://localhost:{port}", bearer=BEARER, ca_path=str(ca_path), retries=1)
    plain = OddServer(NO_HTTP, port=port)
    servers: list[OddServer] = []

    def speak_tls() -> None:
        plain.__exit__()
        servers.append(stack.enter_context(OddServer(FINE, port=port, tls=tls)))

    caller.before_sleep = speak_tls
    caller.create()
    assert plain.connections == 1
    assert servers[0].calls == ["POST /things"]


def _raise(error: Exception) -> Any:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        (socket, socket.gaierror(socket.EAI_NONAME, "fake"), "its host name cannot be resolved"),
        (urllib3.util.connection, socket.timeout("fake"), "no connection within 5 s"),
        (urllib3.util.connection, OSError(113, "fake"), "it cannot be reached (No route to host)"),
    ],
)
@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_what_fails_before_sending_is_repeated(
    monkeypatch: pytest.MonkeyPatch, call: Any, target: Any, error: Exception, text: str
) -> None:
    name = "getaddrinfo" if target is socket else "create_connection"
    with OddServer(FINE) as server:
        caller = Caller(server.url, bearer=BEARER)
        with monkeypatch.context() as patched:
            patched.setattr(target, name, _raise(error))
            caller.before_sleep = patched.undo
            call(caller)
            assert caller.slept == [0.25]
            patched.setattr(target, name, _raise(error))
            fresh = Caller(server.url, bearer=BEARER, retries=1)
            message = str(failure_of(lambda: call(fresh), ConnectionFailedError))
    assert f"got no answer: {text} (2 tries); check base_url" in message


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_connection_that_stays_refused(call: Any) -> None:
    caller = Caller(f"http://127.0.0.1:{free_port()}", bearer=BEARER, retries=1)
    error = failure_of(lambda: call(caller), ConnectionFailedError)
    assert "got no answer: the connection was refused (2 tries); check base_url, the network" in str(error)


def test_every_request_has_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts: list[object] = []
    send = requests.adapters.HTTPAdapter.send

    def noting(adapter: Any, request: Any, *, timeout: Any, **options: Any) -> Any:
        timeouts.append(timeout)
        return send(adapter, request, timeout=timeout, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noting)
    with OddServer(granted(), FINE, FINE, NO_CONTENT, FINE) as server:
        caller = Caller(server.url, timeout=7.5)
        for call in (Caller.get, Caller.change, Caller.delete, Caller.create):
            call(caller)
    assert timeouts == [7.5] * 5


def test_a_silent_server_is_named_with_the_timeout() -> None:
    with OddServer(SILENT) as server:
        error = failure_of(Caller(server.url, bearer=BEARER, timeout=SHORT, retries=0).get, ConnectionFailedError)
    assert "it sent nothing for 0.5 s; run again, or set a longer timeout" in str(error)


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
@pytest.mark.parametrize("url", ["https://.example", f"https://{'a' * 80}.example", "https://"])
def test_an_impossible_address_is_an_error_at_once(call: Any, url: str) -> None:
    caller = Caller(url, bearer=BEARER)
    error = failure_of(lambda: call(caller), ConnectionFailedError)
    assert "got no answer: no request can be sent to this address; check base_url" in str(error)
    assert caller.slept == []


# The patience of a run

TRICKLES = trickles(600)
"""Answers that take half a minute."""


def test_no_number_of_retries_makes_a_run_wait_longer() -> None:
    with OddServer(*[DROPPED] * 9) as server:
        caller = Caller(server.url, bearer=BEARER, retries=100, run_timeout=100, lasting=30)
        error = failure_of(caller.get, ConnectionFailedError)
    assert str(error) == (
        f"could not list the things: GET /things at 127.0.0.1:{server.port} got no answer: the connection was lost "
        "(4 tries); the run has waited 122 s for the server in all, and run_timeout is 100 s: run again later, or "
        "raise run_timeout"
    )
    assert len(server.seen) == 4


def test_all_requests_of_a_run_share_its_patience() -> None:
    with OddServer(*[FINE] * 9) as server:
        caller = Caller(server.url, bearer=BEARER, run_timeout=100, lasting=60)
        caller.get()
        caller.get()
        for call in (Caller.get, Caller.change, Caller.delete, Caller.create, Caller.grant):
            error = failure_of(partial(call, caller), ConnectionFailedError)
            assert "was not sent; the run has waited 120 s for the server in all" in str(error)
    assert len(server.seen) == 2


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_pause_that_the_run_cannot_wait_out_is_not_begun(call: Any) -> None:
    with OddServer(answer(429, Retry_After="30"), FINE) as server:
        caller = Caller(server.url, bearer=BEARER, run_timeout=20, lasting=4)
        error = failure_of(lambda: call(caller), ConnectionFailedError)
    assert (caller.slept, len(server.seen)) == ([], 1)
    assert "answered 429; the run has waited 4 s for the server in all, and run_timeout is 20 s" in str(error)


def test_a_pause_that_a_caller_asks_for_counts_as_any_other() -> None:
    with OddServer(*[FINE] * 2) as server:
        caller = Caller(server.url, bearer=BEARER, run_timeout=100, lasting=30)
        caller.get()
        assert caller.http.wait(60)
        assert not caller.http.wait(10)
        caller.get()
        assert "was not sent; the run has waited 120 s" in str(failure_of(caller.get))
    assert caller.slept == [60]


def test_no_request_waits_longer_than_the_run_may(monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts: list[object] = []
    send = requests.adapters.HTTPAdapter.send

    def noting(adapter: Any, request: Any, *, timeout: Any, **options: Any) -> Any:
        timeouts.append(timeout)
        return send(adapter, request, timeout=timeout, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noting)
    with OddServer(FINE, FINE, FINE) as server:
        caller = Caller(server.url, bearer=BEARER, timeout=7, run_timeout=10, lasting=4)
        for _request in range(3):
            caller.get()
    assert timeouts == [7, 6, 2]


@pytest.mark.parametrize("where", TRICKLES)
def test_a_server_that_trickles_does_not_hold_a_run_for_ever(where: str) -> None:
    with OddServer(TRICKLES[where]) as server:
        # Long enough for a server on a busy machine to read the request, and far shorter than its answer.
        caller = Caller(server.url, bearer=BEARER, run_timeout=4 * SHORT)
        error = failure_of(caller.get, ConnectionFailedError)
        assert server.sent_slowly < 600
    assert len(server.seen) == 1
    assert "got no answer: it sent no complete answer in time; the run has waited " in str(error)


@pytest.mark.parametrize("where", TRICKLES)
def test_a_create_whose_answer_trickles_is_lost(where: str) -> None:
    with OddServer(TRICKLES[where]) as server:
        error = failure_of(Caller(server.url, bearer=BEARER, run_timeout=SHORT).create, LostAnswerError)
        assert server.sent_slowly < 600
    assert "it sent no complete answer in time; the token may have been created" in str(error)


def test_a_trickle_is_cut_off_behind_a_proxy_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tls, ca_path = make_certificate(tmp_path, "tenant.example")
    with OddServer(TRICKLES["body"], tls=tls, proxy=True) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        caller = Caller("https://tenant.example", bearer=BEARER, ca_path=str(ca_path), run_timeout=SHORT)
        error = failure_of(caller.get, ConnectionFailedError)
        assert server.sent_slowly < 600
    assert "it sent no complete answer in time" in str(error)


def test_a_proxy_that_trickles_does_not_hold_a_run_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tls, ca_path = make_certificate(tmp_path, "tenant.example")
    with OddServer(FINE, tls=tls, proxy=True, slow_connect=True) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        caller = Caller("https://tenant.example", bearer=BEARER, ca_path=str(ca_path), run_timeout=SHORT)
        error = failure_of(caller.get, ConnectionFailedError)
        assert server.sent_slowly < 600
    assert "run_timeout is" in str(error)


@pytest.mark.parametrize("limits", [{"run_timeout": SHORT}, {"timeout": SHORT, "retries": 0}], ids=str)
def test_a_tls_handshake_that_trickles_does_not_hold_a_run_for_ever(limits: dict[str, float]) -> None:
    """Python's own timeout of a handshake holds for the whole of it, not for each byte."""
    with OddServer(slow_handshake=True) as server:
        caller = Caller(f"https://127.0.0.1:{server.port}", bearer=BEARER, **limits)
        error = failure_of(caller.get, ConnectionFailedError)
        assert 0 < server.sent_slowly < 600
    assert "got no answer" in str(error)


def test_a_connection_that_comes_too_late_does_not_outlive_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = urllib3.util.connection.create_connection

    def connect_late(*args: Any, **options: Any) -> socket.socket:
        time.sleep(2 * SHORT)
        return connect(*args, **options)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect_late)
    with OddServer(TRICKLES["body"]) as server:
        caller = Caller(server.url, bearer=BEARER, run_timeout=SHORT)
        assert "in time" in str(failure_of(caller.get, ConnectionFailedError))
        assert server.sent_slowly < 600


def resolving(*addresses: str) -> Any:
    """Return what resolves a host name to these addresses, and an address to itself."""

    def getaddrinfo(host: str, port: int, *_more: Any, **_options: Any) -> list[Any]:
        found = [host] if host.replace(".", "").isdigit() else addresses
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    return getaddrinfo


@pytest.mark.parametrize("limits", [{"timeout": 30}, {"timeout": SHORT * 0.7}], ids=str)
def test_a_host_with_many_addresses_that_are_silent_does_not_hold_a_run_longer(
    limits: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    class Silent(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            time.sleep(self.gettimeout() or 0)
            raise socket.timeout

    monkeypatch.setattr(socket, "getaddrinfo", resolving(*(f"192.0.2.{number}" for number in range(1, 9))))
    monkeypatch.setattr(socket, "socket", Silent)
    caller = Caller("https://tenant.example", bearer=BEARER, run_timeout=SHORT, retries=0, **limits)
    began = time.monotonic()
    failure_of(caller.get, ConnectionFailedError)
    assert time.monotonic() - began < 2 * SHORT
    assert 1 <= len(tried) <= 3


def test_the_next_address_of_a_host_is_tried_where_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with OddServer(FINE) as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolving("127.0.0.2", "127.0.0.1"))
        Caller(f"http://localhost:{server.port}", bearer=BEARER).get()
    assert server.calls == ["GET /things"]
    assert server.seen[0].headers["host"] == f"localhost:{server.port}"


def test_a_host_all_of_whose_addresses_refuse_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("127.0.0.2", "127.0.0.1"))
    caller = Caller(f"http://localhost:{free_port()}", bearer=BEARER, retries=0)
    assert "the connection was refused" in str(failure_of(caller.get, ConnectionFailedError))


def test_a_socks_proxy_resolves_the_name_of_the_tenant_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("127.0.0.2"))
    asked = []

    class Socks(urllib3.connection.HTTPConnection):
        """Stands for SOCKSConnection of urllib3, which needs PySocks."""

        _socks_options = None

        def _new_conn(self) -> Any:
            asked.append(self.host)
            raise OSError

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Socks

    session, adapter = requests.Session(), requests.adapters.HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": Pool}
    session.mount("http://", adapter)
    deadline = Deadline()
    deadline.watch(session)
    with deadline.after(60), pytest.raises(requests.ConnectionError):
        session.get("http://tenant.example", timeout=30)
    assert asked == ["tenant.example"]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux shows the signals that a thread blocks")
def test_an_interrupt_reaches_the_thread_that_waits_and_not_the_timer() -> None:
    """A signal goes to any thread that does not block it. If the timer gets it, the wait for an answer goes on."""
    before = threading.enumerate()  # a timer of another test may still be ending
    with Deadline().after(60):
        timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
        (timer,) = [thread for thread in timers if thread not in before]
        status = Path(f"/proc/self/task/{timer.native_id}/status").read_text(encoding="ascii")
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    assert all(blocked >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGTERM))
    assert not {signal.SIGINT, signal.SIGTERM} & signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_an_answer_that_is_slow_but_in_time_is_read() -> None:
    with OddServer(*trickles(5).values()) as server:
        caller = Caller(server.url, bearer=BEARER)
        assert [caller.get().document for _each in TRICKLES] == [[]] * len(TRICKLES)


ALL_CALLS = {**CALLS, "create": Caller.create}


@pytest.mark.parametrize("how", ["silent", "dropped"])
def test_a_server_that_was_silent_is_not_asked_anew_for_the_next_token(how: str) -> None:
    with OddServer(*[HANG_UPS[how]] * 2) as server:
        caller = Caller(server.url, bearer=BEARER, timeout=SHORT, retries=1)
        failure_of(caller.change, ConnectionFailedError)
        for name, call in ALL_CALLS.items():
            error = failure_of(partial(call, caller), ConnectionFailedError)
            assert (
                f"at 127.0.0.1:{server.port} was not sent, since the server did not answer an earlier request of this "
                f"run, PATCH /things/1 at 127.0.0.1:{server.port}; run again when it answers"
            ) in str(error), name
    assert (len(server.seen), caller.slept) == (2, [0.25])


def test_after_a_create_without_an_answer_the_list_is_tried_once() -> None:
    with OddServer(SILENT, SILENT) as server:
        caller = Caller(server.url, bearer=BEARER, timeout=SHORT)
        failure_of(caller.create, LostAnswerError)
        assert "did not answer an earlier request" in str(failure_of(caller.create, ConnectionFailedError))
        assert "it sent nothing for 0.5 s" in str(failure_of(caller.get, ConnectionFailedError))
        assert "did not answer an earlier request" in str(failure_of(caller.get, ConnectionFailedError))
    assert (server.calls, caller.slept) == (["POST /things", "GET /things"], [])


def test_a_server_that_answers_the_list_after_a_lost_create_is_asked_as_before() -> None:
    with OddServer(SILENT, FINE, answer(503), FINE, FINE) as server:
        caller = Caller(server.url, bearer=BEARER, timeout=SHORT)
        failure_of(caller.create, LostAnswerError)
        caller.get()
        caller.change()
        caller.create()
    assert len(server.seen) == 5


def test_a_create_whose_connection_broke_does_not_end_the_run() -> None:
    with OddServer(RESET, FINE, FINE) as server:
        caller = Caller(server.url, bearer=BEARER)
        failure_of(caller.create, LostAnswerError)
        caller.create()
        caller.change()
    assert len(server.seen) == 3


def test_a_silent_host_is_not_taken_for_another() -> None:
    with OddServer(FINE) as server:
        caller = Caller(server.url, bearer=BEARER, retries=0, token_url=f"http://127.0.0.1:{free_port()}/oauth/token")
        failure_of(caller.grant, ConnectionFailedError)
        caller.get()
    assert server.calls == ["GET /things"]


def test_what_no_retry_can_help_is_told_anew_each_time(tmp_path: Path) -> None:
    caller = Caller("https://localhost:1", bearer=BEARER, ca_path=str(tmp_path / "missing.pem"))
    for _time in range(2):
        assert "cannot be read" in str(failure_of(caller.get, ConnectionFailedError))


# Answers


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_unreadable_answer_is_named_but_not_shown(kind: str) -> None:
    odd, problem = UNREADABLE[kind]
    with OddServer(odd) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).get, UnreadableAnswerError)
    assert str(error).startswith(f"could not list the things: GET /things at 127.0.0.1:{server.port} answered 200 (")
    assert f"{problem}; check that base_url leads to the tenant's API" in str(error)
    assert "fake" not in str(error)


def test_a_body_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (answers, transport):
        monkeypatch.setattr(module, "BODY_LIMIT", 1000)
    with OddServer(answer(body=["x" * 1000]), answer(body=["x" * 996])) as server:
        caller = Caller(server.url, bearer=BEARER)
        error = failure_of(caller.get, UnreadableAnswerError)
        assert caller.get().document == ["x" * 996]
    assert "answered 200 (application/json) with a body of more than 1000 bytes" in str(error)


def test_the_body_of_an_error_is_read_up_to_a_lower_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ERROR_BODY_LIMIT", 1000)
    assert (
        _message_of({"detailCode": "fake", "more": "x" * 1000})
        == "answered 400; correct the declaration as the server's message says"
    )
    assert _message_of({"detailCode": "fake", "more": "x" * 900}).startswith("answered 400 (fake); ")


def test_a_delete_needs_a_status_alone() -> None:
    with OddServer(NO_CONTENT) as server:
        assert Caller(server.url, bearer=BEARER).delete().document is None
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "odd",
    [
        answer(200),
        answer(202, {"some": "thing"}),
        answer(200, b"<html>"),
        answer(200, b"cut", "close", Content_Length="50"),
        answer(206),
    ],
)
def test_another_success_is_no_proof_of_a_deletion(odd: Odd) -> None:
    with OddServer(odd) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).delete, UnreadableAnswerError)
    assert "but only 204 confirms the deletion; " in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [b"", b"<html>no such page</html>", [], "text", {"message": "no Route matched"}])
@pytest.mark.parametrize("call", [Caller.change, Caller.delete])
def test_a_404_that_is_not_the_apis_is_no_proof_of_a_missing_token(call: Any, body: object) -> None:
    with OddServer(answer(404, body)) as server:
        error = failure_of(partial(call, Caller(server.url, bearer=BEARER)), UnreadableAnswerError)
    assert ", which is not in the API's error format; check that base_url" in str(error)
    assert "answered 404" in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sun, 31 Jan 2027 10:00:00 GMT", datetime(2027, 1, 31, 10, tzinfo=timezone.utc)),
        ("Sun, 31 Jan 2027 10:00:00 -0000", datetime(2027, 1, 31, 10, tzinfo=timezone.utc)),
        ("Sun, 31 Jan 2027 10:00:00 +0200", datetime(2027, 1, 31, 8, tzinfo=timezone.utc)),
        ("", None),
        ("rubbish", None),
        ("0", None),
        (" , ", None),
        ("Sun, 31 Feb 2027 10:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Sun, 31 Jan 99999 10:00:00 GMT", None),
        ("Sun, 31 Jan 2027 10:00:00 +9999999999", None),
    ],
)
def test_the_date_header_is_read_where_it_is_usable(value: str, expected: datetime | None) -> None:
    with OddServer(answer(body=[], Date=value)) as server:
        assert Caller(server.url, bearer=BEARER).get().date == expected


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://login.example/path?code=fake-code", "a redirect to login.example; "),
        ("//user:fake-password@login.example/", "a redirect to login.example; "),
        (f"https://{BEARER}.example/{CLIENT_SECRET}", "a redirect to ********.example; "),
        ("/elsewhere?code=fake-code", "a redirect; "),
        ("https://[bad", "a redirect; "),
        ("", "a redirect; "),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_a_redirect_is_not_followed(status: int, location: str, named: str) -> None:
    with OddServer(answer(status, Location=location), FINE) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).get, UnreadableAnswerError)
    assert len(server.seen) == 1
    assert f"answered {status}, {named}redirects are not followed: correct base_url" in str(error)
    assert "fake-code" not in str(error)
    assert "fake-password" not in str(error)


def test_the_credentials_do_not_follow_a_redirect_either() -> None:
    with OddServer() as other, OddServer(answer(307, Location=f"{other.url}/oauth/token")) as server:
        error = failure_of(Caller(server.url).get, UnreadableAnswerError)
    assert other.connections == 0
    assert "a redirect to 127.0.0.1; redirects are not followed: correct base_url and token_url" in str(error)


# What an error's body says


def _message_of(body: object, status: int = 400, **headers: str) -> str:
    with OddServer(answer(status, body, **headers)) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).get, ApiError)
    return str(error).split(f"at 127.0.0.1:{server.port} ", 1)[1]


def test_an_error_tells_code_texts_tracking_id_and_what_to_do() -> None:
    body = {
        "detailCode": "400.1 Bad Request Content",
        "trackingId": "e7eab609",
        "messages": [
            {"locale": "fr-FR", "localeOrigin": "REQUEST", "text": "Faux"},
            {"locale": "en-US", "localeOrigin": "DEFAULT", "text": "It is wrong"},
            {"locale": "en", "text": "  It\nis   wrong "},
        ],
        "causes": [{"locale": None, "text": "The name is taken"}, {"text": "It is wrong"}],
    }
    with OddServer(answer(400, body)) as server:
        error = failure_of(Caller(server.url, bearer=BEARER).get, ApiError)
    assert str(error) == (
        f"could not list the things: GET /things at 127.0.0.1:{server.port} answered 400 (400.1 Bad Request Content): "
        "It is wrong; The name is taken (trackingId e7eab609); correct the declaration as the server's message says"
    )
    assert isinstance(error, ApiError)
    assert (error.status, error.detail_code, error.tracking_id) == (400, "400.1 Bad Request Content", "e7eab609")


def test_without_an_english_text_every_text_is_shown() -> None:
    body = {"messages": [{"locale": "fr", "text": "Faux"}, {"locale": "de", "text": "Falsch"}]}
    assert _message_of(body).startswith("answered 400: Faux; Falsch; ")


def test_a_403_names_the_scope_that_is_missing() -> None:
    assert f"this needs the scope {RIGHT}: select it for this run's token" in _message_of({}, 403)


def test_a_404_tells_whether_the_path_or_the_token_is_missing() -> None:
    assert _message_of({}, 404) == "answered 404; check base_url and api_version"
    gone = answer(404, {"detailCode": "404 Not found"})
    with OddServer(gone, gone) as server:
        caller = Caller(server.url, bearer=BEARER)
        assert "the token may be gone" in str(failure_of(caller.change, NotFoundError))
        assert "the token may be gone" in str(failure_of(caller.delete, NotFoundError))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>fake</html>",
        b"[" * 200_000,
        b"\xff\xfe",
        rb'{"detailCode": "\ud800"}',
        None,
        [],
        ["text"],
        7,
        {},
        {"detailCode": 7, "trackingId": ["x"], "messages": "text", "causes": {"text": "x"}, "error": {"a": "b"}},
        {"detailCode": "", "trackingId": " ", "messages": [None, 7, "text", [], {}], "causes": [{"text": None}]},
        {"messages": [{"locale": 7, "text": 7}, {"locale": [], "text": {}}], "message": None},
    ],
)
def test_an_error_body_of_any_shape_is_no_second_error(body: object) -> None:
    assert _message_of(body) == "answered 400; correct the declaration as the server's message says"


def test_what_a_server_says_is_one_bounded_printable_line() -> None:
    texts = [{"text": f"{number}\x1b[31m\u202e\r\n{'long ' * 200}"} for number in range(50)]
    message = _message_of({"messages": texts, "detailCode": "\x00" * 9 + "code\x07", "trackingId": "x" * 5000})
    assert message.startswith("answered 400 (code): 0[31m long long")
    assert len(message) < 2200


@pytest.mark.parametrize("secret", ALL_SECRETS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_secret_that_an_error_echoes_is_masked(status: int, secret: str) -> None:
    text = f"refused {secret[:9]}\x00{secret[9:]} and again '{secret}'"
    body = {
        "detailCode": text,
        "trackingId": text,
        "messages": [{"locale": "en", "text": text}],
        "causes": [{"text": f"because of {text}"}],
        "error": text,
        "error_description": f"x {text}",
        "message": f"y {text}",
        "secret": CREATED_SECRET,
    }
    odd = answer(status, body, Retry_After=text)
    with OddServer(granted(), granted(SECOND_BEARER), odd, granted(SECOND_BEARER), odd, odd) as server:
        caller = Caller(server.url, retries=0)
        caller.http.authenticate()
        caller.http.authenticate()
        error = failure_of(caller.create)
    assert "refused ******** and again '********'" in str(error)
    with OddServer(odd) as server:
        caller = Caller(server.url, retries=0)
        caller.secrets.learn(BEARER)
        caller.secrets.learn(SECOND_BEARER)
        assert "'********'" in str(failure_of(caller.grant, ApiError))


@pytest.mark.parametrize("secret", ALL_SECRETS)
def test_a_secret_in_a_header_or_an_unreadable_body_is_not_shown(secret: str) -> None:
    body = json.dumps({"secret": CREATED_SECRET, "text": secret})[:-1].encode()
    calls: tuple[Any, ...] = (Caller.get, Caller.create)
    for call in calls:
        with OddServer(answer(200, body, Content_Type=f"text/{secret}")) as server:
            caller = Caller(server.url, bearer=BEARER)
            for learnt in ALL_SECRETS:
                caller.secrets.learn(learnt)
            assert "(text/********)" in str(failure_of(partial(call, caller)))


def test_a_text_is_redacted_before_it_is_cut() -> None:
    message = _message_of({"messages": [{"text": "x" * 290 + BEARER + " end"}]})
    assert BEARER[:6] not in message
    assert "x***" in message


@pytest.mark.parametrize(("call", "how"), BREAKS)
def test_a_broken_connection_shows_no_secret(call: str, how: str) -> None:
    script = [HANG_UPS[how]] if call == "grant" else [granted(), HANG_UPS[how]]
    with OddServer(*script) as server:
        caller = Caller(server.url, timeout=SHORT, retries=0)
        failure_of(lambda: CALLS[call](caller), ConnectionFailedError)


# The environment


def test_netrc_does_not_replace_the_authorization(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login fake password fake-netrc-password\ndefault login fake password fake\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with OddServer(granted(), FINE) as server:
        Caller(server.url).get()
    assert [seen.headers.get("authorization") for seen in server.seen] == [None, f"Bearer {BEARER}"]


def test_a_proxy_carries_the_request_and_sees_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tls, ca_path = make_certificate(tmp_path, "tenant.example")
    with OddServer(granted(), FINE, tls=tls, proxy=True) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://proxy-user:fake-proxy-password@127.0.0.1:{server.port}")
        Caller("https://tenant.example", ca_path=str(ca_path)).get()
    assert server.calls == ["CONNECT tenant.example:443", "POST /oauth/token", "GET /things"]
    opened, _granted, sent = server.seen
    assert "authorization" not in opened.headers
    assert opened.headers["proxy-authorization"].startswith("Basic ")
    assert sent.headers["authorization"] == f"Bearer {BEARER}"
    assert "proxy-authorization" not in sent.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_plain_http_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with OddServer() as proxy, OddServer(FINE) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        Caller(f"http://{host}:{server.port}", bearer=BEARER).get()
    assert proxy.connections == 0
    assert server.calls == ["GET /things"]


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch, call: Any) -> None:
    with OddServer(answer(407), answer(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://proxy-user:fake-proxy-password@127.0.0.1:{proxy.port}")
        caller = Caller("https://tenant.example", bearer=BEARER, retries=1)
        error = failure_of(lambda: call(caller), ConnectionFailedError)
    assert "the proxy failed or refused (2 tries); check HTTPS_PROXY and NO_PROXY" in str(error)
    assert "fake-proxy-password" not in str(error)


def test_the_ca_bundle_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tls, ca_path = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_path))
    with OddServer(FINE, tls=tls) as server:
        Caller(f"https://localhost:{server.port}", bearer=BEARER).get()
    assert server.calls == ["GET /things"]


@pytest.mark.parametrize("call", [Caller.get, Caller.create])
def test_a_certificate_that_is_not_trusted_is_an_error_at_once(tmp_path: Path, call: Any) -> None:
    tls, _ca_path = make_certificate(tmp_path, "localhost")
    with OddServer(FINE, tls=tls) as server:
        caller = Caller(f"https://localhost:{server.port}", bearer=BEARER)
        error = failure_of(lambda: call(caller), ConnectionFailedError)
    assert (server.calls, caller.slept) == ([], [])
    assert "its TLS certificate could not be verified (self" in str(error)
    assert "; set ca_path to the CA of localhost:" in str(error)


def test_a_certificate_for_another_host_is_an_error(tmp_path: Path) -> None:
    tls, ca_path = make_certificate(tmp_path, "tenant.example")
    with OddServer(FINE, tls=tls) as server:
        caller = Caller(f"https://localhost:{server.port}", bearer=BEARER, ca_path=str(ca_path))
        error = failure_of(caller.get, ConnectionFailedError)
    assert (server.calls, caller.slept) == ([], [])
    assert "its TLS certificate could not be verified (" in str(error)


def test_without_validation_any_certificate_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    tls, _ca_path = make_certificate(tmp_path, "tenant.example")
    (tmp_path / "other").mkdir()
    _tls, other_path = make_certificate(tmp_path / "other", "other.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other_path))
    with OddServer(FINE, tls=tls) as server:
        Caller(f"https://localhost:{server.port}", bearer=BEARER, validate_certs=False).get()
    assert server.calls == ["GET /things"]
    assert not recwarn.list


def test_a_ca_bundle_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    caller = Caller("https://localhost:1", bearer=BEARER, ca_path=missing)
    assert f"the CA bundle {missing} cannot be read" in str(failure_of(caller.get, ConnectionFailedError))
    assert caller.slept == []


@pytest.mark.parametrize("option", ["base_url", "token_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://tenant.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://localhost@tenant.example",
        "http://tenant.example\\@127.0.0.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://tenant.example",
        "tenant.example",
        "",
    ],
)
def test_credentials_go_in_clear_text_to_loopback_alone(option: str, url: str) -> None:
    urls: dict[str, Any] = {
        "base_url": "https://tenant.example",
        "token_url": "https://tenant.example/token",
        option: url,
    }
    error = failure_of(lambda: Transport(Connection(**urls), Secrets()), DeclarationError)
    assert str(error) == f"{option} must begin with https://, since credentials are sent to it"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9:80", "localhost", "LOCALHOST:8080", "[::1]:8080"])
def test_loopback(host: str) -> None:
    assert is_loopback(f"http://{host}")
    assert is_loopback(f"https://{host}/path")


def test_a_missing_requests_is_an_error_at_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    spec = importlib.util.spec_from_file_location(f"{transport.__name__}_without_requests", transport.__file__)
    assert spec is not None
    assert spec.loader is not None
    bare = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, bare)
    spec.loader.exec_module(bare)
    http = bare.Transport(bare.Connection("https://tenant.example", "https://tenant.example"), Secrets())
    error = failure_of(lambda: http.grant(CLIENT_ID, Secrets().learn(CLIENT_SECRET)), IscError)
    assert sys.executable in str(error)
    assert "pipx inject ansible-core requests" in str(error)
    assert ENCODED_CLIENT_SECRET not in str(error)
