# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only Azure Key Vault has: names without dots, deleted secrets that hold their name, disabled ones, and tags."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, DefaultAzureCredential

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Credentials
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import azure_calls
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import TIMEOUT
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.trial import trial
from ansible_collections.sailpoint_community.isc.tests.stores.benches import azure_key_vault_bench
from ansible_collections.sailpoint_community.isc.tests.stores.benches.azure_key_vault_bench import AzureKeyVaultBench
from ansible_collections.sailpoint_community.isc.tests.stores.servers.key_vault_server import VaultError

BASE_URL = "https://fake-tenant.api.identitynow.com"
OLD = Credentials(BASE_URL, f"fa4e{1:028x}", Secret("fake-secret-old"))
NEW = Credentials(BASE_URL, f"fa4e{2:028x}", Secret("fake-secret-new"))
REAL_CREDENTIAL = azure_calls._credential


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[AzureKeyVaultBench]:
    """A vault with nothing in it."""
    opened = azure_key_vault_bench.open_bench(tmp_path)
    try:
        yield opened
    finally:
        opened.close()


def values(held: Credentials) -> dict[str, str]:
    return {"base_url": held.base_url, "client_id": held.client_id, "client_secret": held.client_secret.reveal()}


def entry_of(azure: AzureKeyVaultBench) -> Entry:
    return Entry(azure.store(), azure.place, BASE_URL, Secrets())


def refused(attempt: Callable[[], object]) -> str:
    """Return the text of a StoreError that is no StoreChangedError, and shows nothing of Azure or of the secret."""
    with pytest.raises(StoreError) as caught:
        attempt()
    assert not isinstance(caught.value, StoreChangedError)
    assert "fake-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Opening it


@pytest.mark.parametrize("name", ["azure.keyvault.secrets", "azure.core.exceptions", "azure.identity"])
def test_a_missing_library_is_named(azure: AzureKeyVaultBench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    azure.patch.setattr(azure_calls, "_credential", REAL_CREDENTIAL)
    monkeypatch.setitem(sys.modules, name, None)
    text = refused(azure.store)
    assert f"pip install {'azure-identity' if name == 'azure.identity' else 'azure-keyvault-secrets'}" in text
    assert sys.executable in text


@pytest.mark.parametrize(
    "url",
    ["", "fake-vault", "http://fake-vault.vault.azure.net", "https://fake@fake-vault.test", "https://a.b/secrets/c"],
)
def test_an_address_of_no_vault_is_refused(azure: AzureKeyVaultBench, url: str) -> None:
    with pytest.raises(DeclarationError, match="vault_url"):
        azure.store(vault_url=url)


@pytest.mark.parametrize("name", ["", "isc/crm", "isc.crm", "isc_crm", "isc crm", "é", "a" * 128])
def test_a_name_that_cannot_be_tells_of_the_key(azure: AzureKeyVaultBench, name: str) -> None:
    with pytest.raises(DeclarationError, match="key"):
        azure.store().identity(name)


def test_one_secret_has_one_identity(azure: AzureKeyVaultBench) -> None:
    one = azure.store(vault_url="https://fake-vault.vault.azure.net").identity("isc-CRM")
    assert one == azure.store(vault_url="https://FAKE-vault.vault.azure.net/").identity("isc-crm")
    assert one != azure.store(vault_url="https://fake-other.vault.azure.net").identity("isc-crm")


# Telling what is there


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (CredentialUnavailableError(message="fake-secret"), "az login"),
        (ClientAuthenticationError(message="fake-secret"), "az login"),
    ],
)
def test_without_an_identity_it_says_what_to_do(azure: AzureKeyVaultBench, error: Exception, advice: str) -> None:
    azure.identity.error = error
    assert advice in refused(entry_of(azure).read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_TOKEN_CREDENTIALS", "fake"),
        ("AZURE_AUTHORITY_HOST", "http://fake.example"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "/nonexistent/fake.pem"),
    ],
)
def test_an_environment_that_is_invalid_is_told(azure: AzureKeyVaultBench, name: str, value: str) -> None:
    for variable in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID"):
        azure.patch.setenv(variable, "fa4e0000-0000-0000-0000-000000000000")
    azure.patch.setenv(name, value)
    azure.patch.setattr(azure_calls, "_credential", REAL_CREDENTIAL)
    assert name in refused(azure.store)


def test_a_login_ends_in_time_and_says_nothing_by_itself(
    azure: AzureKeyVaultBench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    given: dict[str, object] = {}
    original = DefaultAzureCredential

    def made(**limits: object) -> DefaultAzureCredential:
        given.update(limits)
        return original(**limits)

    monkeypatch.setattr("azure.identity.DefaultAzureCredential", made)
    credential = REAL_CREDENTIAL()
    assert given == {"connection_timeout": TIMEOUT, "read_timeout": TIMEOUT, "retry_total": 2}
    with pytest.raises(ClientAuthenticationError):
        credential.get_token("https://vault.azure.net/.default")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (VaultError(401, "Unauthorized"), "does not accept this identity"),
        (VaultError(403, "Forbidden", "ForbiddenByRbac"), "Key Vault Secrets Officer"),
        (VaultError(403, "Forbidden", "ForbiddenByPolicy"), "Key Vault Secrets Officer"),
        (VaultError(403, "Forbidden", "ForbiddenByFirewall"), "firewall"),
        (VaultError(404, "fake"), "is not a vault"),
        (VaultError(409, "Conflict", "ObjectIsBeingRecovered"), "in a minute"),
        (VaultError(429, "Throttled"), "in a minute"),
        (VaultError(500, "InternalServerError"), "run again later"),
        (VaultError(418, "fake-secret\nof-the-vault"), "run again"),
    ],
    ids=lambda value: str(value) if isinstance(value, VaultError) else "",
)
def test_every_refusal_says_what_to_do(azure: AzureKeyVaultBench, error: VaultError, advice: str) -> None:
    azure.vault.refused["*"] = error
    for attempt in (entry_of(azure).read, lambda: entry_of(azure).prepare(probe=False)):
        assert advice in refused(attempt)


def test_what_is_no_vault_gets_no_token(azure: AzureKeyVaultBench) -> None:
    azure.vault.resource = "https://vault.azure.net"
    assert "vault_url" in refused(entry_of(azure).read)


def test_a_deleted_secret_is_not_recovered(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    azure.vault.delete(azure.place)
    for attempt in (
        entry_of(azure).read,
        lambda: entry_of(azure).prepare(probe=True),
        lambda: entry_of(azure).write(NEW, None),
    ):
        text = refused(attempt)
        assert f"az keyvault secret recover --vault-name 127 --name {azure.place}" in text
        assert "purge" in text
    assert azure.vault.get_deleted(azure.place)


def test_who_may_not_see_deleted_secrets_is_told_by_the_write(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    azure.vault.delete(azure.place)
    azure.vault.refused["GET deletedsecrets"] = VaultError(403, "Forbidden", "ForbiddenByPolicy")
    assert entry_of(azure).read() is None
    assert "az keyvault secret recover" in refused(lambda: entry_of(azure).write(NEW, None))


def test_whether_it_is_deleted_has_to_be_certain(azure: AzureKeyVaultBench) -> None:
    azure.vault.refused["GET deletedsecrets"] = VaultError(500, "InternalServerError")
    refused(entry_of(azure).read)


def test_an_answer_of_something_else_is_not_nothing(azure: AzureKeyVaultBench) -> None:
    azure.vault.refused["GET secrets"] = VaultError(404, "fake")
    assert "is not a vault" in refused(entry_of(azure).read)


def test_a_disabled_secret_is_told_from_a_denied_one(azure: AzureKeyVaultBench) -> None:
    azure.vault.set(azure.place, {"value": "{}", "attributes": {"enabled": False}})
    for attempt in (
        entry_of(azure).read,
        lambda: entry_of(azure).prepare(probe=False),
        lambda: entry_of(azure).write(NEW, None),
    ):
        assert "--enabled true" in refused(attempt)


# Writing and deleting


def test_a_new_secret_says_that_it_is_json(azure: AzureKeyVaultBench) -> None:
    entry_of(azure).write(NEW, None)
    made = azure.vault.get(azure.place)
    assert made["contentType"] == "application/json"
    assert "tags" not in made


def test_a_write_keeps_tags_and_content_type_and_no_dates(azure: AzureKeyVaultBench) -> None:
    planted = {"tags": {"owner": "fake-owner"}, "contentType": "fake/type", "attributes": {"exp": 1, "nbf": 1}}
    entry_of(azure).write(OLD, None)
    azure.vault.set(azure.place, {"value": azure.vault.get(azure.place)["value"], **planted})
    entry_of(azure).write(NEW, OLD)
    made = azure.vault.get(azure.place)
    assert azure.peek() == values(NEW)
    assert (made["tags"], made["contentType"]) == ({"owner": "fake-owner"}, "fake/type")
    assert not {"exp", "nbf"} & set(made["attributes"])


def test_who_is_late_neither_writes_nor_deletes(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    late = azure.store().fetch(azure.place).version
    azure.plant({"fake": "other"})
    for version in (late, None):
        with pytest.raises(StoreChangedError):
            azure.store().put(azure.place, values(NEW), version)
        with pytest.raises(StoreChangedError):
            azure.store().delete(azure.place, version)
    assert azure.peek() == {"fake": "other"}


def test_a_secret_that_is_gone_meanwhile_is_not_written(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    late = azure.store().fetch(azure.place).version
    azure.vault.secrets.clear()
    with pytest.raises(StoreChangedError):
        azure.store().put(azure.place, values(NEW), late)
    assert azure.peek() is None


def test_a_secret_that_is_deleted_after_the_last_look_keeps_its_name(azure: AzureKeyVaultBench) -> None:
    """The vault cannot compare, and a deleted secret takes no version all the same."""
    azure.plant(values(OLD))
    store = azure.store()
    version = store.fetch(azure.place).version
    with azure.calls.cut_in(2, lambda: azure.vault.delete(azure.place)):
        assert "az keyvault secret recover" in refused(lambda: store.put(azure.place, values(NEW), version))
    assert azure.peek() is None


def test_writing_and_deleting_without_the_permission_change_nothing(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    for method in ("PUT", "DELETE"):
        azure.vault.refused[f"{method} secrets"] = VaultError(403, "Forbidden", "ForbiddenByRbac")
    assert "Secrets Officer" in refused(lambda: entry_of(azure).write(NEW, OLD))
    assert "Secrets Officer" in refused(lambda: entry_of(azure).remove(OLD))
    assert azure.peek() == values(OLD)


def test_a_removed_secret_can_be_recovered(azure: AzureKeyVaultBench) -> None:
    azure.plant(values(OLD))
    entry_of(azure).remove(OLD)
    assert azure.peek() is None
    assert azure.vault.get_deleted(azure.place)["recoveryId"]


def test_a_trial_ends_well_although_the_name_stays_taken(azure: AzureKeyVaultBench) -> None:
    second = Entry(azure.store(), f"{azure.place}-2", BASE_URL, Secrets())
    assert list(trial(entry_of(azure), second, BASE_URL))[-1].startswith(
        "what is removed is gone, and its name stays taken"
    )


def test_an_entry_that_was_moved_away_does_not_fail_the_next_night(azure: AzureKeyVaultBench) -> None:
    entry_of(azure).write(OLD, None)
    entry_of(azure).remove(OLD)
    assert entry_of(azure).read_undeleted() is None


@pytest.mark.parametrize(("told", "waits"), [({"Retry-After": "3000"}, TIMEOUT), ({"Retry-After": "2"}, 2), ({}, None)])
def test_a_vault_has_a_run_wait_no_longer_than_it_may_be_silent(told: dict[str, str], waits: float | None) -> None:
    response = SimpleNamespace(http_response=SimpleNamespace(headers=told))
    assert azure_calls._retries().get_retry_after(response) == waits
