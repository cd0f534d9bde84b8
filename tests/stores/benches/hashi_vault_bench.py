# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store hashi_vault behind hvac, with a strict Vault on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.hashi_vault import SPEC, HashiVaultStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Store
from ansible_collections.sailpoint_community.isc.tests.stores.servers.vault_server import (
    ALL,
    Policy,
    Secret,
    VaultServer,
    Version,
)

TOKEN = "hvs.fake-vault-token"
PLACE = "isc/fake-crm"
POLICY: Policy = {
    "secret/data/isc/*": frozenset({"create", "read", "update"}),
    "secret/metadata/isc/*": frozenset({"delete"}),
    "old/*": ALL,
    "absent/*": ALL,
    "sys/capabilities-self": frozenset({"update"}),
}
"""What the documentation says that the store needs, and a look at engines that do not fit."""


class HashiVaultBench:
    """One entry in an engine of KV version 2."""

    place = PLACE
    compares: Mapping[str, int] = {"put": 2, "delete": 1}
    own_secrets = (TOKEN,)

    def __init__(self) -> None:
        self.server = VaultServer()
        self.vault, self.calls = self.server.vault, self.server.vault.calls
        self.vault.policies[TOKEN] = POLICY

    def store(self, **options: Any) -> Store:
        """Return the store, connected anew, with the defaults of the options that are not given."""
        defaults = {name: option.get("default") for name, option in SPEC.items()}
        return HashiVaultStore({**defaults, "path": PLACE, "url": self.server.url, "token": TOKEN, **options})

    def option(self) -> dict[str, Any]:
        """Return the option that leads a task here."""
        return {"hashi_vault": {"path": PLACE, "url": self.server.url, "token": TOKEN}}

    def environment(self) -> dict[str, str]:
        """Return nothing: the option says it all."""
        return {}

    @property
    def secret(self) -> Secret:
        """The entry itself, made if it is not there."""
        return self.vault.secrets.setdefault(("", "secret", PLACE), Secret())

    def peek(self) -> Mapping[str, object] | None:
        """Return the data of the latest version."""
        secret = self.vault.secrets.get(("", "secret", PLACE))
        latest = secret.versions[-1] if secret and secret.versions else Version(None)
        return None if latest.deleted else latest.data

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Add a version. An engine keeps JSON objects and nothing else, so a text is a value in one."""
        data = {"data": content} if isinstance(content, str) else dict(content)
        self.secret.versions.append(Version(data))

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Take all rights from the token."""
        self.vault.policies[TOKEN] = {}
        try:
            yield
        finally:
            self.vault.policies[TOKEN] = POLICY

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Do not listen for a while."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()

    def close(self) -> None:
        """End the server."""
        self.server.stop()


def open_bench(folder: Path) -> HashiVaultBench:
    """Return a Vault with nothing in it."""
    return HashiVaultBench()
