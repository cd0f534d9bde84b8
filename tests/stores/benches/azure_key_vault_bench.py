# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A strict vault on loopback behind the client library of Azure Key Vault, with TLS and a fake identity."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import azure_calls
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.azure_key_vault import AzureKeyVaultStore
from ansible_collections.sailpoint_community.isc.tests.stores.servers.key_vault_server import TOKEN, Server, VaultError

NEVER = 4102444800

AZ = f"""#!/bin/sh
# The program `az` of somebody who is signed in.
echo '{json.dumps({"accessToken": TOKEN, "expires_on": NEVER})}'
"""


class FakeIdentity:
    """An identity that Azure would accept. ``error`` is what it raises instead, if anything."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """Return the token that the vault knows."""
        if self.error is not None:
            raise self.error
        return AccessToken(TOKEN, NEVER)


class AzureKeyVaultBench:
    """One vault."""

    place = "fake-token"
    compares: Mapping[str, int] = {"put": 1, "delete": 1}
    own_secrets = (TOKEN,)

    def __init__(self, folder: Path) -> None:
        self._ends = ExitStack()
        self.patch = self._ends.enter_context(pytest.MonkeyPatch.context())
        certificate = make_certificate(folder)
        self._environment = {"REQUESTS_CA_BUNDLE": str(certificate), "NO_PROXY": "127.0.0.1"}
        for name, value in self._environment.items():
            self.patch.setenv(name, value)
        self._programs = folder / "programs"
        self.identity = FakeIdentity()
        self.patch.setattr(azure_calls, "_credential", lambda: self.identity)
        server = Server(certificate)
        self._ends.callback(server.close)
        self.url, self.vault, self.calls = server.url, server.vault, server.vault.calls

    def store(self, **options: object) -> AzureKeyVaultStore:
        """Return the store, connected anew."""
        return AzureKeyVaultStore({"vault_url": self.url, "name": self.place, **options})

    def option(self) -> dict[str, Any]:
        """Return the option that leads a task here."""
        return {"azure_key_vault": {"vault_url": self.url, "name": self.place}}

    def environment(self) -> dict[str, str]:
        """Return where Azure's library finds a certificate and an identity: nothing is patched in another process."""
        self._programs.mkdir(exist_ok=True)
        az = self._programs / "az"
        az.write_text(AZ, encoding="utf-8")
        az.chmod(0o700)
        path = os.pathsep.join([str(self._programs), os.environ["PATH"]])
        return {**self._environment, "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential", "PATH": path}

    def peek(self) -> Mapping[str, object] | None:
        """Return what a consumer finds; a text that is no object by the key ``text``."""
        try:
            text = self.vault.get(self.place)["value"]
        except VaultError:
            return None
        try:
            values: Mapping[str, object] = json.loads(text)
        except (ValueError, RecursionError):
            return {"text": text}
        return values

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Put a new version there, as another program would: it recovers a secret that is deleted."""
        self.vault.recover(self.place)
        self.vault.set(self.place, {"value": content if isinstance(content, str) else json.dumps(content)})

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Refuse everything, as a vault does in which the identity has no role."""
        self.vault.refused["*"] = VaultError(403, "Forbidden", "ForbiddenByRbac")
        try:
            yield
        finally:
            del self.vault.refused["*"]

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Connect every store that is opened meanwhile to a port where nobody listens."""
        url = self.url
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            self.url = f"https://127.0.0.1:{nobody.getsockname()[1]}"
            try:
                yield
            finally:
                self.url = url

    def close(self) -> None:
        """Stop the vault, and restore the environment."""
        self._ends.close()


def make_certificate(folder: Path) -> Path:
    """Return a file with a certificate for loopback and its key."""
    path = folder / "fake-vault.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=fake-vault"
    extension = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run([*command.split(), *extension], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (folder / "fake-vault.pem.crt").read_bytes())
    return path


def open_bench(folder: Path) -> AzureKeyVaultBench:
    """Return a new vault with nothing in it."""
    return AzureKeyVaultBench(folder)
