# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TokenClient: what it sends, field by field, and what it makes of answers that are not what the API promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.client import TokenClient
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    IscError,
    LostAnswerError,
    NotFoundError,
    UnreadableAnswerError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Changes,
    NewToken,
    Owner,
    Token,
)
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.calling import (
    BEARER,
    CREATED_SECRET,
    SECOND_BEARER,
    Caller,
    failure_of,
    granted,
)
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.odd_server import (
    CUT_OFF,
    DROPPED,
    Odd,
    OddServer,
    answer,
)

MOMENT = datetime(2027, 1, 31, 10, 0, 0, 98000, tzinfo=timezone.utc)
DATE = "2027-01-31T10:00:00.098Z"
TOKEN = Token("0123abcd", "one", frozenset({"a"}), Owner("fake-owner-id", "Support"), MOMENT)
PATH = "/personal-access-tokens/v1"
MISSING = object()


def shown(**fields: object) -> dict[str, Any]:
    """Return a token as the API shows it; a field that is MISSING is left out."""
    token = {
        "id": "0123abcd",
        "name": "one",
        "scope": ["a"],
        "owner": {"type": "IDENTITY", "id": "fake-owner-id", "name": "Support"},
        "created": DATE,
        **fields,
    }
    return {key: value for key, value in token.items() if value is not MISSING}


def created(**fields: object) -> dict[str, Any]:
    """Return a create's answer."""
    return shown(**{"secret": CREATED_SECRET, "accessTokenValiditySeconds": 43200, "expirationDate": None, **fields})


def api_at(server: OddServer, version: str = "v1", **options: Any) -> TokenClient:
    """Return the API of a server."""
    return TokenClient(Caller(server.url, **{"bearer": BEARER, **options}).http, API_VERSIONS[version])


def create_one(api: TokenClient) -> object:
    """Create a token."""
    return api.create(NewToken("one", never_expires=True))


def rename_one(api: TokenClient) -> object:
    """Patch a token."""
    return api.patch(TOKEN, Changes(name="two"))


def delete_one(api: TokenClient) -> None:
    """Delete a token."""
    api.delete(TOKEN)


Call = Callable[[TokenClient], object]


# What is sent


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("v1", "/personal-access-tokens/v1"),
        ("v3", "/v3/personal-access-tokens"),
        ("v2024", "/v2024/personal-access-tokens"),
        ("v2025", "/v2025/personal-access-tokens"),
        ("v2026", "/v2026/personal-access-tokens"),
        ("beta", "/beta/personal-access-tokens"),
    ],
)
def test_every_version_has_its_paths(version: str, path: str) -> None:
    script = [answer(body=[]), answer(body=created()), answer(body=shown()), answer(204)]
    with OddServer(*script) as server:
        api = api_at(server, version)
        for call in (TokenClient.list, create_one, rename_one, delete_one):
            call(api)
    calls = [f"GET {path}?owner-id=me", f"POST {path}", f"PATCH {path}/0123abcd", f"DELETE {path}/0123abcd"]
    assert server.calls == calls


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, "?owner-id=me"),
        ({"owner": "2c91/ä"}, "?owner-id=2c91%2F%C3%A4"),
        ({"owner": None}, ""),
        ({"owner": None, "never_used": True}, "?filters=lastUsed%20isnull"),
        ({"last_used_by": MOMENT}, f"?owner-id=me&filters=lastUsed%20le%20{quote(DATE)}"),
    ],
)
def test_list_asks_for_an_owner_and_filters(arguments: dict[str, Any], query: str) -> None:
    with OddServer(answer(body=[])) as server:
        api_at(server).list(**arguments)
    assert server.calls == [f"GET {PATH}{query}"]


@pytest.mark.parametrize(
    ("new", "body"),
    [
        (NewToken("one"), {"name": "one"}),
        (NewToken("one", never_expires=True), {"name": "one", "userAwareTokenNeverExpires": True}),
        (
            NewToken("öne", frozenset("bca"), 900, MOMENT),
            {"name": "öne", "scope": ["a", "b", "c"], "accessTokenValiditySeconds": 900, "expirationDate": DATE},
        ),
    ],
)
def test_create_sends_what_is_declared_and_no_more(new: NewToken, body: object) -> None:
    with OddServer(answer(body=created())) as server:
        api_at(server).create(new)
    (seen,) = server.seen
    assert seen.json == body
    assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("changes", "operations"),
    [
        (Changes(name="two"), {"/name": "two"}),
        (Changes(scope=frozenset("cab")), {"/scope": ["a", "b", "c"]}),
        (Changes(expiration_date=MOMENT), {"/expirationDate": DATE}),
        (Changes(never_expires=True), {"/expirationDate": None, "/userAwareTokenNeverExpires": True}),
        (Changes("two", frozenset("a"), MOMENT), {"/name": "two", "/scope": ["a"], "/expirationDate": DATE}),
    ],
)
def test_patch_replaces_what_differs_and_no_more(changes: Changes, operations: dict[str, object]) -> None:
    with OddServer(answer(body=shown(name="two"))) as server:
        assert api_at(server).patch(TOKEN, changes).name == "two"
    (seen,) = server.seen
    assert seen.json == [{"op": "replace", "path": path, "value": value} for path, value in operations.items()]
    assert seen.headers["content-type"] == "application/json-patch+json"


# What is read


def test_list_returns_the_tokens_and_the_servers_time() -> None:
    full = shown(
        lastUsed="2027-01-31T10:00:00Z",
        expirationDate="2027-07-31T10:00:00.1234567+02:00",
        accessTokenValiditySeconds=900,
        managed=True,
        userAwareTokenNeverExpires=False,
        unknown={"a": "field of the future"},
    )
    with OddServer(answer(body=[full, shown()], Date="Sun, 31 Jan 2027 10:00:00 GMT")) as server:
        listing = api_at(server).list()
    first = Token(
        TOKEN.id,
        TOKEN.name,
        TOKEN.scope,
        TOKEN.owner,
        TOKEN.created,
        last_used=MOMENT.replace(microsecond=0),
        expiration_date=datetime(2027, 7, 31, 8, 0, 0, 123456, tzinfo=timezone.utc),
        access_token_validity_seconds=900,
        managed=True,
    )
    assert listing.tokens == (first, TOKEN)
    assert listing.now == MOMENT.replace(microsecond=0)


def test_without_a_usable_date_header_the_time_is_unknown() -> None:
    with OddServer(answer(body=[], Date="rubbish"), answer(body=[])) as server:
        api = api_at(server)
        assert api.list().now is None
        assert api.list().now is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"scope": None}, ("scope", None)),
        ({"scope": []}, ("scope", frozenset())),
        ({"scope": ["b", "a", "b"]}, ("scope", {"a", "b"})),
        ({"lastUsed": None}, ("last_used", None)),
        ({"expirationDate": None}, ("expiration_date", None)),
        ({"expirationDate": ""}, ("expiration_date", None)),
        ({"managed": None}, ("managed", False)),
        ({"accessTokenValiditySeconds": None}, ("access_token_validity_seconds", None)),
        ({"owner": {"id": "fake-owner-id"}}, ("owner", Owner("fake-owner-id", ""))),
        ({"owner": {"id": "fake-owner-id", "name": None}}, ("owner", Owner("fake-owner-id", ""))),
        ({"created": "2027-01-31T10:00:00.098000000Z"}, ("created", MOMENT)),
        ({"created": "2027-01-31T12:00:00.098+0200"}, ("created", MOMENT)),
    ],
)
def test_no_more_is_demanded_than_is_promised(fields: dict[str, object], expected: tuple[str, object]) -> None:
    with OddServer(answer(body=[shown(**fields)])) as server:
        (token,) = api_at(server).list().tokens
    assert getattr(token, expected[0]) == expected[1]


def test_two_tokens_of_one_name_are_two_tokens() -> None:
    with OddServer(answer(body=[shown(), shown(id="4567cdef")])) as server:
        assert [token.id for token in api_at(server).list().tokens] == ["0123abcd", "4567cdef"]


def test_create_returns_the_token_and_its_secret() -> None:
    with OddServer(answer(body=created())) as server:
        caller = Caller(server.url, bearer=BEARER)
        result = TokenClient(caller.http, API_VERSIONS["v1"]).create(NewToken("one", never_expires=True))
    assert result.secret.reveal() == CREATED_SECRET
    assert result.token.id == TOKEN.id
    assert CREATED_SECRET not in repr(result)
    assert caller.secrets.redact(f"the secret is {CREATED_SECRET}") == "the secret is ********"


ILL_TYPED = {
    "id": [MISSING, None, 7, "", "../up", "a/b", ["x"], "short", "fa4e" * 16],
    "name": [MISSING, None, 7, ["x"], {"x": "y"}],
    "scope": [MISSING, "a b", 7, ["a", 7], [["a"]], {"a": "b"}],
    "owner": [MISSING, None, "fake-owner-id", ["fake-owner-id"]],
    "created": [
        MISSING,
        None,
        "",
        "yesterday",
        "2027-02-31T10:00:00Z",
        "2027-01-31",
        1801389600,
        "0001-01-01T00:00:00+23:00",
    ],
}
ILL_TYPED_OPTIONAL = {
    "lastUsed": [7, "yesterday", ["x"]],
    "expirationDate": [7, "tomorrow", True],
    "accessTokenValiditySeconds": ["900", 900.5, True],
    "managed": ["true", 1],
}
BROKEN = [(field, value) for fields in (ILL_TYPED, ILL_TYPED_OPTIONAL) for field in fields for value in fields[field]]
OWNERS: list[object] = [{}, {"id": None}, {"id": 7}]


def _calls(document: dict[str, Any]) -> list[tuple[Call, object, type[IscError]]]:
    return [
        (TokenClient.list, [shown(id="4567cdef"), document], UnreadableAnswerError),
        (rename_one, document, UnreadableAnswerError),
        (create_one, {"secret": CREATED_SECRET, **document}, LostAnswerError),
    ]


@pytest.mark.parametrize(("field", "value"), BROKEN)
def test_a_broken_field_is_named_with_its_token(field: str, value: object) -> None:
    document = shown(**{field: value})
    name = "one" if field != "name" else "unknown"
    token_id = value if field == "id" and isinstance(value, str) and value else "unknown" if field == "id" else TOKEN.id
    problem = "missing" if value is MISSING else "of the wrong type"
    for call, body, kind in _calls(document):
        with OddServer(answer(body=body)) as server:
            error = failure_of(partial(call, api_at(server)), kind)
        assert f"answered 200 with the field {field} {problem} in the token {name!r} (id {token_id}); " in str(error)


@pytest.mark.parametrize("owner", OWNERS)
def test_an_owner_without_an_id_is_named(owner: object) -> None:
    for call, body, kind in _calls(shown(owner=owner)):
        with OddServer(answer(body=body)) as server:
            error = failure_of(partial(call, api_at(server)), kind)
        assert "with the field owner.id " in str(error)


@pytest.mark.parametrize("document", [{}, {"items": []}, "text", 7, None, True])
def test_a_list_that_is_no_list(document: object) -> None:
    with OddServer(answer(body=document)) as server:
        error = failure_of(lambda: api_at(server).list(), UnreadableAnswerError)
    assert str(error) == (
        f"could not list the personal access tokens of the caller: GET {PATH} at 127.0.0.1:{server.port} answered 200 "
        "with something that is not a list of tokens; check that base_url leads to the tenant's API, and that no "
        "proxy answers in its place"
    )


@pytest.mark.parametrize("item", ["text", 7, None, [], [shown()]])
def test_what_is_no_object_is_no_token(item: object) -> None:
    for call, body, kind in (
        (TokenClient.list, [shown(), item], UnreadableAnswerError),
        (rename_one, item, UnreadableAnswerError),
        (create_one, item, LostAnswerError),
    ):
        with OddServer(answer(body=body)) as server:
            error = failure_of(partial(call, api_at(server)), kind)
        assert "answered 200 with something that is not a token; " in str(error)


@pytest.mark.parametrize("secret", [MISSING, None, "", 7, [CREATED_SECRET]])
def test_a_create_without_a_secret_is_lost(secret: object) -> None:
    with OddServer(answer(body=created(secret=secret))) as server:
        error = failure_of(lambda: create_one(api_at(server)), LostAnswerError)
    assert len(server.seen) == 1
    assert str(error) == (
        f"could not create the personal access token 'one': POST {PATH} at 127.0.0.1:{server.port} answered 200 with "
        "no secret in the token 'one' (id 0123abcd); the token may have been created and its secret lost: run again, "
        "since only a new list shows that"
    )


def test_a_secret_that_stands_in_other_fields_is_masked() -> None:
    for field in ("name", "id"):
        with OddServer(answer(body=created(**{field: CREATED_SECRET, "created": CREATED_SECRET}))) as server:
            assert "********" in str(failure_of(partial(create_one, api_at(server)), LostAnswerError))


# What the server may do, for a call that may be repeated and for the one that may not


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        (answer(200, b"<html>", Content_Type="text/html"), "answered 200 (text/html) with a body that is not JSON"),
        (answer(200, b'[{"id": "'), "with a body that is not JSON"),
        (answer(200, b""), "with an empty body"),
        (answer(200, b"[" * 200_000), "with JSON that is nested too deeply"),
        (answer(302, Location="https://login.example/in"), "answered 302, a redirect to login.example"),
    ],
)
def test_an_answer_that_cannot_be_read(odd: Odd, text: str) -> None:
    for call, kind in (
        (TokenClient.list, UnreadableAnswerError),
        (rename_one, UnreadableAnswerError),
        (create_one, LostAnswerError),
    ):
        with OddServer(odd) as server:
            assert text in str(failure_of(partial(call, api_at(server)), kind))
        assert len(server.seen) == 1


@pytest.mark.parametrize("odd", [DROPPED, CUT_OFF])
def test_an_answer_that_breaks_off(odd: Odd) -> None:
    with OddServer(odd, answer(body=[])) as server:
        assert api_at(server).list().tokens == ()
    with OddServer(odd, odd) as server:
        failure_of(lambda: api_at(server, retries=1).list(), ConnectionFailedError)
    with OddServer(odd, answer(body=created())) as server:
        failure_of(lambda: create_one(api_at(server)), LostAnswerError)
    assert len(server.seen) == 1


def test_a_401_that_stays_after_renewal() -> None:
    for call in (TokenClient.list, create_one, rename_one, delete_one):
        with OddServer(granted(), answer(401), granted(SECOND_BEARER), answer(401)) as server:
            api = api_at(server, bearer=None)
            error = failure_of(partial(call, api), ApiError)
        assert "a renewed bearer token is refused too" in str(error)
        assert len(server.seen) == 4


READ_OWN = (
    "sp:my-personal-access-tokens:read (SailPoint's documentation also calls it the right "
    "idn:my-personal-access-tokens:read)"
)
READ_ALL = READ_OWN.replace("my-", "all-")
MANAGE_OWN = "sp:my-personal-access-tokens:manage"


@pytest.mark.parametrize(
    ("call", "scope"),
    [
        (TokenClient.list, READ_OWN),
        (lambda api: api.list("2c91"), READ_ALL),
        (lambda api: api.list(None), READ_ALL),
        (create_one, MANAGE_OWN),
        (rename_one, MANAGE_OWN),
        (delete_one, f"{MANAGE_OWN} (for another owner's token: sp:all-personal-access-tokens:manage)"),
    ],
)
def test_nobody_looks_in_vain_for_the_scope_that_a_403_names(call: Call, scope: str) -> None:
    with OddServer(answer(403, {"detailCode": "403 Forbidden"})) as server:
        error = failure_of(lambda: call(api_at(server)), ApiError)
    assert str(error).endswith(
        f"answered 403 (403 Forbidden); this needs the scope {scope}: select it for this run's token in ISC, under "
        "Preferences, Personal Access Tokens; its identity must have the right too"
    )


@pytest.mark.parametrize(
    ("call", "verb", "method"), [(rename_one, "change", "PATCH"), (delete_one, "delete", "DELETE")]
)
def test_a_404_to_a_token(call: Call, verb: str, method: str) -> None:
    with OddServer(answer(404, {"detailCode": "404 Not found"})) as server:
        error = failure_of(lambda: call(api_at(server)), NotFoundError)
    assert str(error) == (
        f"could not {verb} the personal access token 'one' (0123abcd): {method} {PATH}/0123abcd at "
        f"127.0.0.1:{server.port} answered 404 (404 Not found); the token may be gone"
    )


@pytest.mark.parametrize("retry_after", ["", "rubbish"])
def test_a_429_without_a_usable_retry_after(retry_after: str) -> None:
    fine: dict[Call, Odd] = {
        TokenClient.list: answer(body=[]),
        create_one: answer(body=created()),
        rename_one: answer(body=shown()),
        delete_one: answer(204),
    }
    for call, odd in fine.items():
        with OddServer(answer(429, Retry_After=retry_after), odd) as server:
            call(api_at(server))
        assert len(server.seen) == 2


def test_a_refused_create_is_no_lost_one() -> None:
    with OddServer(answer(400, {"messages": [{"locale": "en-US", "text": "The name is taken."}]})) as server:
        error = failure_of(lambda: create_one(api_at(server)), ApiError)
    assert "could not create the personal access token 'one': " in str(error)
    assert "answered 400: The name is taken.; " in str(error)


def test_moments_go_out_in_utc() -> None:
    offset = timezone(timedelta(hours=2))
    with OddServer(answer(body=created())) as server:
        api_at(server).create(NewToken("one", expiration_date=MOMENT.astimezone(offset)))
    assert server.seen[0].json == {"name": "one", "expirationDate": DATE}
