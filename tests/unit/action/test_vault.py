# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's vault as a cipher."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import constants
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._vault import VaultCipher

TEXT = "client_secret: fake-5ec4e7-in-a-test\n"
SECRETS = [("default", VaultSecret(b"fake-password-1")), ("prod", VaultSecret(b"fake-password-2"))]


@pytest.mark.parametrize(
    ("vault_id", "configured", "password", "header"),
    [
        (None, None, 0, b"$ANSIBLE_VAULT;1.1;AES256\n"),
        ("prod", None, 1, b"$ANSIBLE_VAULT;1.2;AES256;prod\n"),
        (None, "prod", 1, b"$ANSIBLE_VAULT;1.2;AES256;prod\n"),
        ("default", "prod", 0, b"$ANSIBLE_VAULT;1.1;AES256\n"),
    ],
)
def test_the_vault_id_tells_which_password_encrypts(
    monkeypatch: pytest.MonkeyPatch, vault_id: str | None, configured: str | None, password: int, header: bytes
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_VAULT_ENCRYPT_IDENTITY", configured)
    content = VaultCipher(SECRETS, vault_id).encrypt(TEXT)
    assert content.startswith(header)
    assert b"fake" not in content
    assert VaultLib([SECRETS[password]]).decrypt(content) == TEXT.encode()


@pytest.mark.parametrize("number", [0, 1])
def test_what_replaces_a_file_keeps_its_password(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Or the consumer of the old file, who has no other password, would be locked out."""
    replaced = VaultCipher([SECRETS[number]], SECRETS[number][0]).encrypt("old")
    for none in (None, ""):
        content = VaultCipher(SECRETS, none).encrypt(TEXT, replaced)
        assert content.splitlines()[0] == replaced.splitlines()[0]
        assert VaultLib([SECRETS[number]]).decrypt(content) == TEXT.encode()
    other = SECRETS[1 - number]
    assert VaultLib([other]).decrypt(VaultCipher(SECRETS, other[0]).encrypt(TEXT, replaced)) == TEXT.encode()


def test_every_password_decrypts() -> None:
    for each in SECRETS:
        assert VaultCipher(SECRETS).decrypt(VaultCipher([each]).encrypt(TEXT)) == TEXT


def test_no_password_is_refused_with_the_ways_to_give_one() -> None:
    secrets: list[list[tuple[str, Any]] | None] = [None, []]
    for nothing in secrets:
        with pytest.raises(DeclarationError, match="--vault-password-file"):
            VaultCipher(nothing)


def test_an_unknown_vault_id_is_refused_with_those_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeclarationError, match=r"'test' is not one of the vault ids .* \(default, prod\)"):
        VaultCipher(SECRETS, "test")
    monkeypatch.setattr(constants, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "test")
    with pytest.raises(
        DeclarationError, match=r"'test' \(of ANSIBLE_VAULT_ENCRYPT_IDENTITY\) is not one of the vault ids"
    ):
        VaultCipher(SECRETS)


CONTENT = VaultCipher(SECRETS[1:]).encrypt(TEXT)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TEXT.encode(), "not encrypted with ansible-vault"),
        (b"\xff\xfe", "not encrypted with ansible-vault"),
        (CONTENT, "none of the vault passwords"),
        (CONTENT[:-70], "none of the vault passwords"),
        (b"$ANSIBLE_VAULT", "none of the vault passwords"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n", "none of the vault passwords"),
        (b"$ANSIBLE_VAULT;1.1;AES256\nfake", "none of the vault passwords"),
        (b"$ANSIBLE_VAULT;1.1;ROT13\n3361", "none of the vault passwords"),
        (VaultLib().encrypt(b"\xff\xfe", SECRETS[0][1]), "utf-8"),
    ],
)
def test_what_cannot_be_decrypted_is_an_error_that_quotes_nothing(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        VaultCipher(SECRETS[:1]).decrypt(content)
    assert caught.value.__context__ is None
    assert "fake" not in str(caught.value)
