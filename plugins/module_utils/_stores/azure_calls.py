# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of Azure Key Vault over its client library, and what a refusal means. The texts of Azure are not shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from .._base.errors import EntryDeletedError, StoreError, StoreUnreachableError
from .store import TIMEOUT, library

NOT_FOUND = "SecretNotFound"
FORBIDDEN = 403

_SIGN_IN = "sign in with `az login`, set AZURE_CLIENT_ID and what belongs to it, or run on a host with an identity"

# By the code within the error's code, the error's code, or the status: whichever is found first.
_REFUSED = {
    "SecretDisabled": (
        "its latest version is disabled; enable it with `az keyvault secret set-attributes --enabled true "
        "--vault-name {vault} --name {name}`"
    ),
    "ForbiddenByFirewall": "the firewall of the vault does not let this host in; have its address added there",
    "ObjectIsDeletedButRecoverable": (
        "it is deleted, but its name is still taken; recover it with `az keyvault secret recover --vault-name {vault} "
        "--name {name}`, or remove it for good with `az keyvault secret purge` and the same options"
    ),
    "409": "the vault is just deleting or recovering it; run again in a minute",
    "400": "the vault takes neither this name nor this value, or a policy of Azure forbids it; check both",
    "401": f"Azure does not accept this identity, or not in the tenant of the vault; {_SIGN_IN}",
    "403": (
        "this identity lacks the permission; give it the role Key Vault Secrets Officer, or get, set and delete for "
        "secrets in the access policy of the vault"
    ),
    "404": "the server at vault_url is not a vault; correct it",
    "429": "the vault has had too many requests; run again in a minute",
    "5..": "the vault is out of order; run again later",
}


class RefusedError(StoreError):
    """The vault did not do it. ``code`` and ``status`` are those of its answer, if there was one."""

    code = ""
    status = 0


class AzureCalls:
    """A client of one vault, with the identity that Azure's library finds by itself."""

    def __init__(self, url: str, vault: str) -> None:
        """Raise StoreError without the libraries of Azure. Nothing is sent."""
        self._vault = vault
        self._errors = library("azure.core.exceptions", "azure-keyvault-secrets")
        secrets = library("azure.keyvault.secrets", "azure-keyvault-secrets")
        limits = {"connection_timeout": TIMEOUT, "read_timeout": TIMEOUT, "retry_policy": _retries()}
        self._client = secrets.SecretClient(url, _credential(), **limits)

    def call(self, method: str, name: str, *values: str, **options: Any) -> Any:
        """Return the answer. Raises RefusedError, and StoreUnreachableError without one."""
        refused: StoreError
        try:
            return getattr(self._client, method)(name, *values, **options)
        except self._errors.HttpResponseError as error:
            refused = _refusal(error, self._vault, name)
        except (self._errors.ServiceRequestError, self._errors.ServiceResponseError):
            refused = StoreUnreachableError(
                "the vault could not be reached, or gave no answer; check vault_url and the network"
            )
        except ValueError:
            # The library asks for no token where the vault is not of the domain that it names itself.
            refused = RefusedError("the server at vault_url does not have the certificate and domain of a vault")
        # Raised here: the context of an error must not hold the text of Azure.
        raise refused

    def deleted(self, name: str) -> EntryDeletedError:
        """Return the error for a secret that is deleted and can be recovered."""
        return EntryDeletedError(_REFUSED["ObjectIsDeletedButRecoverable"].format(vault=self._vault, name=name))


def _retries() -> Any:
    """Return the retries of Azure's library, but with an end to how long a vault may have them wait."""
    policies = library("azure.core.pipeline.policies", "azure-keyvault-secrets")

    class Retries(policies.RetryPolicy):  # type: ignore[misc, name-defined]
        def get_retry_after(self, response: Any) -> float | None:
            told = super().get_retry_after(response)
            return None if told is None else min(told, TIMEOUT)

    return Retries(retry_total=2)


def _credential() -> Any:
    """Return the identity that Azure's library finds; by its own settings, a login could wait for twenty minutes."""
    identity = library("azure.identity", "azure-identity")
    logging.getLogger("azure").addHandler(logging.NullHandler())  # without one, Python prints what is logged
    try:
        return identity.DefaultAzureCredential(connection_timeout=TIMEOUT, read_timeout=TIMEOUT, retry_total=2)
    except (ValueError, OSError):
        pass
    raise StoreError(
        "what the environment says of Azure is invalid; correct AZURE_TENANT_ID, AZURE_AUTHORITY_HOST, "
        "AZURE_TOKEN_CREDENTIALS and AZURE_CLIENT_CERTIFICATE_PATH, those of them that are set"
    )


def _refusal(error: Any, vault: str, name: str) -> RefusedError:
    if error.status_code is None:
        return RefusedError(
            f"Azure gave no token to sign in with; {_SIGN_IN}; see that this host reaches login.microsoftonline.com, "
            "and that AZURE_TENANT_ID, if it is set, is the tenant of the vault"
        )
    outer = error.error
    inner: Any = outer.innererror if outer else None
    codes = [inner.get("code") if isinstance(inner, Mapping) else None, outer.code if outer else None]
    named = [str(code) for code in codes if code] + [str(error.status_code)]
    advice = next((text for code in named for known, text in _REFUSED.items() if re.fullmatch(known, code)), "")
    shown = next((code for code in named if re.fullmatch("[0-9A-Za-z]{1,64}", code)), "")
    advice = advice.format(vault=vault, name=name) or "check the secret in the vault, and run again"
    refused = RefusedError(f"{advice} (Azure answered {error.status_code} {shown})")
    refused.code, refused.status = (outer.code or "") if outer else "", error.status_code
    return refused
