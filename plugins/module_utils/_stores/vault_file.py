# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store ``vault_file``: files that are encrypted with ansible-vault, in the controller's own process alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional

from .._base.errors import DeclarationError
from .file import Cipher, FileStore

SPEC: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "vault_id": {"type": "str"},
}

CipherFor = Callable[[Optional[str]], Cipher]
"""Returns the cipher of a vault id, of the default one for None; raises DeclarationError where there is no password."""


def vault_file_store(options: Mapping[str, Any], cipher_for: CipherFor | None) -> FileStore:
    """Return the store; the files are YAML. Raises DeclarationError where there is no vault password."""
    if cipher_for is None:
        raise DeclarationError(
            "it needs Ansible's vault passwords, which never leave the controller: run the task on a local "
            "connection without become, with delegate_to: localhost perhaps"
        )
    return FileStore("vault_file", "yaml", cipher_for(options["vault_id"]))
