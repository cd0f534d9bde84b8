# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real files, encrypted by the real ansible-vault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Store
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.vault_file import vault_file_store
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._vault import VaultCipher
from ansible_collections.sailpoint_community.isc.tests.stores.benches.file_bench import FileBench

SECRETS = [("default", VaultSecret(b"fake-vault-password"))]


class VaultFileBench(FileBench):
    """A file that a consumer reads with ansible-vault."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._file = self._file.with_suffix(".yml")
        self.place = str(self._file)

    def store(self) -> Store:
        return vault_file_store({"vault_id": None}, lambda vault_id: VaultCipher(SECRETS, vault_id))

    def peek(self) -> Mapping[str, object] | None:
        if not self._file.exists():
            return None
        text = str(VaultLib(SECRETS).decrypt(self._file.read_bytes()), "utf-8")
        if len(text) > 1000:
            return {"long": text}
        try:
            held: Mapping[str, object] = yaml.safe_load(text)
            return held
        except yaml.YAMLError:
            return {"unreadable": text}

    def plant(self, content: Mapping[str, object] | str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(dict(content))
        self._file.write_bytes(VaultLib(SECRETS).encrypt(text, SECRETS[0][1]))


def open_bench(folder: Path) -> VaultFileBench:
    """Return the bench."""
    return VaultFileBench(folder)
