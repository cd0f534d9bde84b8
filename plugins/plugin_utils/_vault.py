# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-vault encrypts: the entries of a store, and single values of a playbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, match_encrypt_secret, parse_vaulttext_envelope

from ..module_utils._base.errors import DeclarationError


class VaultCipher:
    """Encrypts with the password of one vault id, and decrypts with whichever fits, as ansible-vault does.

    ``secrets`` are pairs of a vault id and its secret, as the loader of a play holds them. Without a ``vault_id``, what
    replaces a file keeps its vault id and its password, as with ``ansible-vault edit``. For a new one, that of
    DEFAULT_VAULT_ENCRYPT_IDENTITY encrypts, else the first.
    """

    def __init__(self, secrets: Sequence[tuple[str, Any]] | None, vault_id: str | None = None) -> None:
        """Raise DeclarationError where there is nothing to encrypt with."""
        if not secrets:
            raise DeclarationError(
                "it needs a vault password, and Ansible was started without one: add "
                "--vault-password-file, --vault-id or --ask-vault-pass, or set ANSIBLE_VAULT_PASSWORD_FILE"
            )
        known = [each for each, _secret in secrets]
        wanted = vault_id or constants.DEFAULT_VAULT_ENCRYPT_IDENTITY
        if wanted and wanted not in known:
            source = "" if vault_id else " (of ANSIBLE_VAULT_ENCRYPT_IDENTITY)"
            raise DeclarationError(
                f"vault_id {wanted!r}{source} is not one of the vault ids that Ansible was started with "
                f"({', '.join(known)}): add --vault-id {wanted}@FILE"
            )
        self._vault = VaultLib(secrets)
        self._keeps = not vault_id
        self._vault_id, self._secret = match_encrypt_secret(secrets, wanted)

    def encrypt(self, text: str, replaced: bytes | None = None) -> bytes:
        """Return a text as ``ansible-vault`` encrypts it, in the place of ``replaced``. Raises ValueError."""
        with suppress(AnsibleError):
            vault_id, secret = self._vault_id, self._secret
            if replaced is not None and self._keeps:
                vault_id = parse_vaulttext_envelope(replaced)[3]
                secret = self._vault.decrypt_and_get_vault_id(replaced)[2]
            content: bytes = self._vault.encrypt(text, secret, vault_id=vault_id)
            return content
        raise ValueError("ansible-vault cannot encrypt here; is the Python library cryptography missing?")

    def decrypt(self, content: bytes) -> str:
        """Return the text in a file that ansible-vault has encrypted. Raises ValueError with the reason."""
        if not self._vault.is_encrypted(content):
            raise ValueError("it is not encrypted with ansible-vault")
        # What ansible-vault raises may carry the content, so none of it is handed on.
        text: bytes | None = None
        with suppress(AnsibleError):
            text = self._vault.decrypt(content)
        if text is None:
            raise ValueError("none of the vault passwords that Ansible was started with opens it, or it is damaged")
        return str(text, "utf-8")


def decrypted(value: Any) -> Any:
    """Return a value with plain text for what ``encrypt_string`` has encrypted in it.

    Before ansible-core 2.19, such a value reaches a plugin as an object. For a secret option, the validator refuses it.
    """
    if isinstance(value, Mapping):
        return {key: decrypted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [decrypted(each) for each in value]
    return str(value) if getattr(value, "__ENCRYPTED__", False) else value
