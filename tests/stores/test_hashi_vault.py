# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the store hashi_vault has: engines, versions, logins, and what Vault says when it refuses."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import vault_connection
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.hashi_vault import SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held, Store
from ansible_collections.sailpoint_community.isc.tests.stores.benches.azure_key_vault_bench import make_certificate
from ansible_collections.sailpoint_community.isc.tests.stores.benches.hashi_vault_bench import (
    PLACE,
    POLICY,
    TOKEN,
    HashiVaultBench,
    open_bench,
)
from ansible_collections.sailpoint_community.isc.tests.stores.servers.key_vault_server import Server
from ansible_collections.sailpoint_community.isc.tests.stores.servers.vault_server import (
    ALL,
    MISMATCH,
    ROOT_TOKEN,
    Answer,
    Request,
    Secret,
    VaultServer,
    Version,
    refusal,
)

VALUES = {"base_url": "https://fake-tenant", "client_id": "fake-id", "client_secret": "fake-secret-of-a-token"}
OTHER = {**VALUES, "client_secret": "fake-secret-of-another"}
LOGIN = {"role_id": "fake-role-id", "secret_id": "fake-secret-id"}
JWT = {"role": "fake-role", "jwt": "fake-header.fake-claims.fake-signature"}
SHORT = "hvs.fake-token-of-a-login"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HashiVaultBench]:
    """A Vault, and an environment that says nothing of one."""
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    bench = open_bench(tmp_path)
    yield bench
    bench.close()


def error_of(attempt: Callable[[], object]) -> str:
    """Return why an attempt fails: in one line, without a secret, and without what another exception carried."""
    with pytest.raises(StoreError) as caught:
        attempt()
    assert not isinstance(caught.value, StoreChangedError)
    text = str(caught.value)
    assert "\n" not in text
    for secret in (TOKEN, SHORT, *VALUES.values(), LOGIN["secret_id"], JWT["jwt"]):
        assert secret not in text
    assert caught.value.__context__ is None
    return text


def always(answer: Answer) -> Callable[[Request], Answer | None]:
    """Return a fault that answers everything alike."""
    return lambda request: answer


def asked(bench: HashiVaultBench) -> list[str]:
    """Return the methods and paths of all requests."""
    return [f"{request.method} {request.path}" for request in bench.vault.requests]


# What is there


def test_an_entry_is_held_with_its_version(vault: HashiVaultBench) -> None:
    vault.plant(OTHER)
    vault.plant(VALUES)
    assert vault.store().fetch(PLACE) == Held(VALUES, 2)


def test_nothing_is_an_empty_answer_of_an_engine_that_is_proved_to_fit(vault: HashiVaultBench) -> None:
    assert vault.store().fetch(PLACE) == Held(None, 0)
    assert asked(vault) == [f"GET secret/data/{PLACE}", "GET sys/internal/ui/mounts/secret"]


def test_an_entry_with_metadata_and_no_version_is_nothing(vault: HashiVaultBench) -> None:
    vault.secret.custom_metadata = {"owner": "fake-team"}
    store = vault.store()
    assert store.fetch(PLACE) == Held(None, 0)
    store.put(PLACE, VALUES, 0)
    assert vault.peek() == VALUES
    assert vault.secret.custom_metadata == {"owner": "fake-team"}


def test_a_nested_mount_is_an_engine_like_any_other(vault: HashiVaultBench) -> None:
    store = vault.store(engine_mount_point="/team/kv/", token=ROOT_TOKEN)
    store.put(PLACE, VALUES, store.fetch(PLACE).version)
    assert store.fetch(PLACE) == Held(VALUES, 1)
    assert store.where(PLACE) == f"hashi_vault entry team/kv/{PLACE}"


def test_no_right_is_not_nothing(vault: HashiVaultBench) -> None:
    text = error_of(lambda: vault.store().fetch("elsewhere/fake-crm"))
    assert "Vault refuses to read it" in text
    assert "read on secret/data/elsewhere/fake-crm" in text
    assert "permission denied" in text


@pytest.mark.parametrize("token", [TOKEN, ROOT_TOKEN])
def test_no_engine_is_not_nothing(vault: HashiVaultBench, token: str) -> None:
    text = error_of(lambda: vault.store(engine_mount_point="absent", token=token).fetch(PLACE))
    assert "no such engine" in text
    assert "engine_mount_point" in text


def test_a_mount_that_goes_on_inside_of_an_engine_is_not_an_engine(vault: HashiVaultBench) -> None:
    vault.vault.fault = lambda request: refusal(404) if request.path == "secret/isc/data/crm" else None
    text = error_of(lambda: vault.store(engine_mount_point="secret/isc").fetch("crm"))
    assert "no KV engine of version 2" in text


@pytest.mark.parametrize(
    "content",
    [None, VALUES, {"data": VALUES}, {"data": VALUES, "metadata": {}}],
    ids=["nothing", "flat", "like version 2", "more like version 2"],
)
def test_an_engine_of_version_1_is_refused_whatever_is_in_it(
    vault: HashiVaultBench, content: dict[str, Any] | None
) -> None:
    if content is not None:
        vault.vault.plain["", "old", f"data/{PLACE}"] = content
    before = dict(vault.vault.plain)
    text = error_of(lambda: vault.store(engine_mount_point="old").fetch(PLACE))
    assert "no KV engine of version 2" in text
    assert "enable-versioning" in text
    assert vault.vault.plain == before


def test_an_engine_that_cannot_be_seen_is_not_nothing(vault: HashiVaultBench) -> None:
    def hide(request: Request) -> Answer | None:
        return refusal(403, "preflight capability check returned 403") if "mounts" in request.path else None

    vault.vault.fault = hide
    assert "engine_mount_point" in error_of(lambda: vault.store().fetch(PLACE))


def test_a_deleted_version_is_not_nothing(vault: HashiVaultBench) -> None:
    vault.plant(VALUES)
    vault.plant(OTHER)
    vault.secret.versions[-1].deleted = True
    text = error_of(lambda: vault.store().fetch(PLACE))
    assert "2, is deleted" in text
    assert "vault kv undelete -versions=2" in text
    assert "vault kv metadata delete" in text
    error_of(lambda: vault.store().delete(PLACE, 2))


@pytest.mark.parametrize("deleted", [False, True])
def test_a_destroyed_version_is_not_nothing(vault: HashiVaultBench, deleted: bool) -> None:
    vault.plant(VALUES)
    vault.secret.versions.append(Version(None, deleted))
    text = error_of(lambda: vault.store().fetch(PLACE))
    assert "2, is destroyed" in text
    assert "undelete" not in text
    assert "vault kv metadata delete" in text


def test_a_sealed_vault_is_not_nothing(vault: HashiVaultBench) -> None:
    vault.vault.sealed = True
    text = error_of(lambda: vault.store().fetch(PLACE))
    assert "Vault is sealed" in text
    assert "unseal it" in text


PAGE = "<html>fake-secret-of-a-token</html>"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, PAGE), "in front of Vault"),
        (Answer(200, {"data": {"data": None, "metadata": {"version": 1}}}), "in front of Vault"),
        (Answer(200, {"data": {"data": [], "metadata": {"version": 1}}}), "in front of Vault"),
        (Answer(200, {"data": [], "errors": []}), "in front of Vault"),
        (Answer(404, PAGE), "no such engine"),
        (Answer(404, {}), "no such engine"),
        (Answer(404, {"errors": None}), "no such engine"),
        (Answer(404, {"errors": ["fake"]}), "(status 404: fake)"),
        (refusal(400, "Upgrading from\nnon-versioned\x1b[31m"), "Upgrading from non-versioned [31m"),
        (refusal(429, "request path: rate limit quota exceeded"), "run again later"),
        (refusal(500, MISMATCH), "look into its log"),
        (refusal(500, "fake " * 1000), "look into its log"),
        (Answer(502, PAGE), "(status 502)"),
        (Answer(503, PAGE), "unseal it"),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Answer) else "",
)
def test_an_answer_that_says_nothing_of_the_entry_is_an_error(
    vault: HashiVaultBench, answer: Answer, said: str
) -> None:
    vault.plant(VALUES)
    engine = {"data": {"path": "secret/", "type": "kv", "options": {"version": "2"}}}
    vault.vault.fault = lambda request: Answer(200, engine) if "mounts" in request.path else answer
    text = error_of(lambda: vault.store().fetch(PLACE))
    assert said in text
    assert len(text) < 500


def test_a_redirect_is_not_followed_with_the_token(vault: HashiVaultBench) -> None:
    other = VaultServer()
    try:
        away = {"Location": f"{other.url}/v1/secret/data/{PLACE}"}
        vault.vault.fault = always(Answer(307, {}, away))
        store = vault.store()
        for attempt in (
            lambda: store.fetch(PLACE),
            lambda: store.put(PLACE, VALUES, 0),
            lambda: store.prepare(PLACE, True),
        ):
            assert "set url to the active server" in error_of(attempt)
        assert other.vault.requests == []
    finally:
        other.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"url": "fake-vault"}, "correct them"),
        ({"url": "http://"}, "correct them"),
        ({"token": "fake\nhvs"}, "correct them"),
        ({"token": "fake-\N{SNOWMAN}"}, "correct them"),
        ({"url": "https://127.0.0.1:1", "ca_path": "/fake/ca.pem"}, "ca_path"),
    ],
    ids=["port", "no scheme", "no host", "two lines", "no latin", "no CA"],
)
def test_a_connection_that_cannot_be_is_told(vault: HashiVaultBench, options: dict[str, Any], said: str) -> None:
    text = error_of(lambda: vault.store(**options).fetch(PLACE))
    assert said in text
    assert "hvs" not in text


def test_a_server_without_tls_is_not_trusted(vault: HashiVaultBench) -> None:
    url = vault.server.url.replace("http", "https")
    assert "TLS" in error_of(lambda: vault.store(url=url).fetch(PLACE))


def test_an_empty_ca_path_does_not_switch_the_check_of_the_certificate_off(
    vault: HashiVaultBench, tmp_path: Path
) -> None:
    impostor = Server(make_certificate(tmp_path))
    try:
        assert "TLS" in error_of(lambda: vault.store(url=impostor.url, ca_path="").fetch(PLACE))
    finally:
        impostor.close()


def test_a_silent_vault_is_told(vault: HashiVaultBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_connection, "TIMEOUT", 0.05)
    answered = threading.Event()

    def wait(_request: Request) -> None:
        answered.wait()

    vault.vault.fault = wait
    try:
        assert "it was silent" in error_of(lambda: vault.store().fetch(PLACE))
    finally:
        answered.set()


@pytest.mark.parametrize("url", ["http://vault.example:8200", "HTTP://fake-user:fake-password@vault.example"])
def test_no_server_gets_a_secret_in_the_clear(vault: HashiVaultBench, url: str) -> None:
    with pytest.raises(DeclarationError, match=r"vault\.example") as caught:
        vault.store(url=url)
    assert "unencrypted over the network; use https" in str(caught.value)
    assert "fake-password" not in str(caught.value)


def test_the_password_of_a_url_is_not_told(vault: HashiVaultBench) -> None:
    text = error_of(lambda: vault.store(url="http://fake-user:fake-password@127.0.0.1:1").fetch(PLACE))
    assert "fake-password" not in text


# How it is written and removed


def test_custom_metadata_and_older_versions_are_kept(vault: HashiVaultBench) -> None:
    vault.plant(OTHER)
    vault.secret.custom_metadata = {"owner": "fake-team"}
    vault.store().put(PLACE, VALUES, 1)
    assert vault.secret == Secret([Version(OTHER), Version(dict(VALUES))], {"owner": "fake-team"})


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_lost_check_and_set_is_a_change_by_another(vault: HashiVaultBench, version: int) -> None:
    vault.plant(OTHER)
    vault.plant(OTHER)
    with pytest.raises(StoreChangedError, match="another program has changed it since it was read"):
        vault.store().put(PLACE, VALUES, version)
    with pytest.raises(StoreChangedError, match="another program has changed it since it was read"):
        vault.store().delete(PLACE, version)
    assert vault.peek() == OTHER


def test_nothing_is_put_over_a_deleted_version(vault: HashiVaultBench) -> None:
    vault.plant(OTHER)
    vault.secret.versions[-1].deleted = True
    with pytest.raises(StoreChangedError):
        vault.store().put(PLACE, VALUES, 0)


def test_a_removed_entry_leaves_no_version_behind_and_its_place_is_free(vault: HashiVaultBench) -> None:
    vault.plant(OTHER)
    vault.plant(VALUES)
    store = vault.store()
    store.delete(PLACE, 2)
    assert vault.vault.secrets == {}
    assert store.fetch(PLACE) == Held(None, 0)
    store.put(PLACE, VALUES, 0)
    assert vault.peek() == VALUES


def test_a_refused_write_names_the_right_and_quotes_nothing_that_was_sent(vault: HashiVaultBench) -> None:
    vault.vault.policies[TOKEN] = {**POLICY, "secret/data/isc/*": frozenset({"read"})}
    assert f"create and update on secret/data/{PLACE}" in error_of(lambda: vault.store().put(PLACE, VALUES, 0))
    for echo in (f"fake echo of {VALUES['client_secret']}", f"fake echo of {TOKEN}", "x" * 190 + TOKEN):
        vault.vault.fault = always(refusal(400, echo))
        text = error_of(lambda: vault.store().put(PLACE, VALUES, 0))
        assert "echo" not in text
        assert "hvs" not in text


def test_a_write_that_vault_did_not_confirm_did_not_succeed(vault: HashiVaultBench) -> None:
    vault.vault.fault = always(Answer(200, PAGE))
    assert "in front of Vault" in error_of(lambda: vault.store().put(PLACE, VALUES, 0))


def test_a_refused_removal_names_the_right(vault: HashiVaultBench) -> None:
    vault.plant(VALUES)
    vault.vault.policies[TOKEN] = {"secret/data/isc/*": frozenset({"read"})}
    assert f"delete on secret/metadata/{PLACE}" in error_of(lambda: vault.store().delete(PLACE, 1))
    assert vault.peek() == VALUES


# Whether it may be written


@pytest.mark.parametrize("probe", [True, False])
@pytest.mark.parametrize(
    ("rights", "missing"),
    [
        ({"read", "update"}, "grant create on"),
        ({"create", "read"}, "grant update on"),
        ({"create", "patch", "read"}, "grant update on"),
        ({"read"}, "grant create and update on"),
        (set[str](), "grant create and update on"),
        ({"create", "update"}, None),
        ({"root"}, None),
    ],
    ids=lambda value: " ".join(sorted(value)) if isinstance(value, set) else "",
)
def test_a_right_that_is_missing_is_named(
    vault: HashiVaultBench, probe: bool, rights: set[str], missing: str | None
) -> None:
    vault.vault.policies[TOKEN] = {**POLICY, "secret/data/isc/*": frozenset(rights)}
    if missing:
        text = error_of(lambda: vault.store().prepare(PLACE, probe))
        assert missing in text
        assert f"secret/data/{PLACE}" in text
    else:
        vault.store().prepare(PLACE, probe)
    assert asked(vault) == ["POST sys/capabilities-self"]


def test_a_policy_that_forbids_to_ask_for_rights_is_no_failure(vault: HashiVaultBench) -> None:
    vault.vault.policies[TOKEN] = {"secret/*": ALL}
    vault.store().prepare(PLACE, True)


# Who asks


@pytest.mark.parametrize(
    ("method", "mount", "body", "options"),
    [
        ("approle", "approle", LOGIN, LOGIN),
        ("approle", "approle", {"role_id": "fake-role-id"}, {"role_id": "fake-role-id"}),
        ("approle", "team/approle", LOGIN, {**LOGIN, "auth_mount_point": "team/approle"}),
        ("jwt", "jwt", JWT, JWT),
        ("kubernetes", "kubernetes", JWT, JWT),
    ],
)
def test_a_login_is_sent_once_and_at_the_first_request(
    vault: HashiVaultBench,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    mount: str,
    body: dict[str, str],
    options: dict[str, str],
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.fake-token-that-a-login-must-not-carry")
    vault.vault.policies = {SHORT: POLICY}
    vault.vault.logins[mount] = (body, SHORT)
    store = vault.store(auth_method=method, token=None, **options)
    store.identity(PLACE)
    assert asked(vault) == []
    store.prepare(PLACE, True)
    store.put(PLACE, VALUES, 0)
    assert asked(vault) == [f"POST auth/{mount}/login", "POST sys/capabilities-self", f"POST secret/data/{PLACE}"]


def test_a_pod_logs_in_with_the_token_of_its_service_account(vault: HashiVaultBench, tmp_path: Path) -> None:
    vault.vault.policies = {SHORT: POLICY}
    vault.vault.logins["kubernetes"] = (JWT, SHORT)
    path = tmp_path / "fake-service-account"
    store = vault.store(auth_method="kubernetes", role=JWT["role"], jwt_path=str(path))
    assert "jwt_path" in error_of(lambda: store.fetch(PLACE))
    path.write_text(f"{JWT['jwt']}\n")
    assert store.fetch(PLACE) == Held(None, 0)


def logging_in(vault: HashiVaultBench) -> Store:
    """Return a store whose only token is that of a login."""
    vault.vault.policies = {SHORT: POLICY}
    vault.vault.logins["approle"] = (LOGIN, SHORT)
    return vault.store(auth_method="approle", **LOGIN)


@pytest.mark.parametrize(("lease", "logins"), [(0, 1), (3600, 1), (1e-9, 2)])
def test_a_token_that_has_run_out_is_replaced(vault: HashiVaultBench, lease: int, logins: int) -> None:
    vault.vault.lease = lease
    store = logging_in(vault)
    store.prepare(PLACE, True)
    store.prepare(PLACE, True)
    assert asked(vault).count("POST auth/approle/login") == logins


@pytest.mark.parametrize(("uses", "logins"), [(0, 1), (4, 1), (3, 2), (1, 4)])
def test_a_token_that_has_no_uses_left_is_replaced(vault: HashiVaultBench, uses: int, logins: int) -> None:
    vault.vault.uses = uses
    store = logging_in(vault)
    store.prepare(PLACE, True)
    store.put(PLACE, VALUES, store.fetch(PLACE).version)
    assert vault.peek() == VALUES
    assert len(asked(vault)) == 4 + logins
    assert asked(vault).count("POST auth/approle/login") == logins


def test_a_refused_login_is_told(vault: HashiVaultBench) -> None:
    vault.vault.logins["approle"] = ({**LOGIN, "secret_id": "fake-other"}, SHORT)
    text = error_of(lambda: vault.store(auth_method="approle", **LOGIN).fetch(PLACE))
    assert "refuses to log in" in text
    assert "invalid role or secret ID" in text
    assert "auth/jwt" in error_of(lambda: vault.store(auth_method="jwt", **JWT).fetch(PLACE))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, PAGE),
        Answer(200, {"auth": None}),
        Answer(200, {"auth": {"client_token": ""}}),
        Answer(307, {}, {"Location": "http://127.0.0.1:1/"}),
        refusal(400, f"fake echo of {LOGIN['secret_id']}"),
        refusal(503, "Vault is sealed"),
    ],
    ids=["page", "no auth", "no token", "redirect", "echo", "sealed"],
)
def test_a_login_without_a_token_is_refused(vault: HashiVaultBench, answer: Answer) -> None:
    vault.vault.fault = always(answer)
    text = error_of(lambda: vault.store(auth_method="approle", **LOGIN).fetch(PLACE))
    assert "refuses to log in" in text
    assert "echo" not in text
    assert len(vault.vault.requests) == 1


def test_a_token_that_is_refused_is_not_nothing(vault: HashiVaultBench) -> None:
    text = error_of(lambda: vault.store(token="hvs.fake-token-that-has-run-out").fetch(PLACE))
    assert "invalid token" in text
    assert "renew the token" in text


@pytest.mark.parametrize(
    ("method", "given", "missing"),
    [
        ("approle", {"secret_id": "fake"}, "role_id"),
        ("jwt", {"jwt": "fake"}, "role"),
        ("jwt", {"role": "fake"}, "jwt"),
        ("kubernetes", {}, "role"),
        ("token", {"token": None}, "token"),
        ("token", {"token": ""}, "token"),
    ],
)
def test_an_option_that_a_method_needs_is_named(
    vault: HashiVaultBench, method: str, given: dict[str, str | None], missing: str
) -> None:
    expected = rf"^{missing} is missing: auth_method {method} needs it"
    with pytest.raises(DeclarationError, match=expected):
        vault.store(auth_method=method, **given)


@pytest.mark.parametrize("content", [None, b"", b"\xff"], ids=["a folder", "empty", "no text"])
def test_a_token_file_that_holds_no_token_is_no_token(
    vault: HashiVaultBench, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / ".vault-token"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(DeclarationError, match=r"readable ~/\.vault-token") as caught:
        vault.store(token=None)
    assert caught.value.__context__ is None


def test_the_environment_gives_address_token_and_namespace(
    vault: HashiVaultBench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAULT_ADDR", vault.server.url)
    monkeypatch.setenv("VAULT_NAMESPACE", "fake-team/")
    (tmp_path / ".vault-token").write_text(f"{TOKEN}\n")
    vault.store(url=None, token=None).put(PLACE, VALUES, 0)
    monkeypatch.setenv("VAULT_TOKEN", ROOT_TOKEN)
    assert vault.store(url=None, token=None).fetch(PLACE) == Held(VALUES, 1)
    tokens = [request.headers["x-vault-token"] for request in vault.vault.requests]
    assert tokens == [TOKEN, ROOT_TOKEN]
    assert list(vault.vault.secrets) == [("fake-team", "secret", PLACE)]


def test_an_entry_of_another_namespace_is_another_one(vault: HashiVaultBench) -> None:
    vault.plant(VALUES)
    vault.vault.logins["approle"] = (LOGIN, TOKEN)
    store = vault.store(namespace="fake-team", auth_method="approle", **LOGIN)
    assert store.fetch(PLACE) == Held(None, 0)
    assert {request.headers.get("x-vault-namespace") for request in vault.vault.requests} == {"fake-team"}
    error_of(lambda: vault.store(namespace="fake-absent").fetch(PLACE))


def test_a_library_that_is_missing_is_named(vault: HashiVaultBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hvac", None)
    with pytest.raises(StoreError, match="pip install hvac") as caught:
        vault.store()
    assert sys.executable in str(caught.value)


# Where it lies


def test_two_spellings_of_an_entry_have_one_identity(vault: HashiVaultBench) -> None:
    def identity(place: str = PLACE, **options: Any) -> object:
        return vault.store(**options).identity(place)

    url = vault.server.url
    assert identity() == identity(url=f"{url.replace('http', 'HTTP')}/", namespace="", engine_mount_point="/secret/")
    others: list[Store] = [
        vault.store(url="http://127.0.0.1:1"),
        vault.store(namespace="fake-team"),
        vault.store(engine_mount_point="old"),
    ]
    assert len({identity(), identity("isc/other"), *(other.identity(PLACE) for other in others)}) == 5
    assert vault.vault.requests == []


@pytest.mark.parametrize("place", ["", "/x", "x/", "x//y", "x/./y", "../x", "x/.."])
def test_a_path_that_would_be_rewritten_is_refused(vault: HashiVaultBench, place: str) -> None:
    with pytest.raises(DeclarationError, match=r"has an empty part|has the part '"):
        vault.store().identity(place)


def test_a_mount_that_would_be_rewritten_is_refused(vault: HashiVaultBench) -> None:
    with pytest.raises(DeclarationError, match="engine_mount_point"):
        vault.store(engine_mount_point="x/../y").identity(PLACE)


@pytest.mark.parametrize("place", ["isc/a b", "isc/ä", "isc/a?b", "isc/a#b", "isc/%2e%2e", "isc/{x}", "isc/a+b"])
def test_any_other_character_stays_as_it_is(vault: HashiVaultBench, place: str) -> None:
    store = vault.store()
    store.put(place, VALUES, 0)
    assert list(vault.vault.secrets) == [("", "secret", place)]
    store.delete(place, 1)


def test_what_is_secret_is_declared_as_such() -> None:
    assert {name for name, option in SPEC.items() if option.get("no_log")} == {"token", "secret_id", "jwt"}
