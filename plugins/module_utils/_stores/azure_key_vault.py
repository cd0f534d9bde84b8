# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Key Vault: one secret a token, a JSON object. The service cannot compare: the version is read again instead."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from typing import Any

from .._base.errors import DeclarationError, StoreChangedError, StoreError
from .azure_calls import FORBIDDEN, NOT_FOUND, AzureCalls, RefusedError
from .formats import parse
from .store import CHANGED, LEFT_ALONE, LONGEST, Held

SPEC: dict[str, Any] = {"vault_url": {"type": "str", "required": True}, "name": {"type": "str", "required": True}}

_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_URL = re.compile(r"https://(?P<host>(?P<vault>[0-9A-Za-z-]+)[0-9A-Za-z.-]*(:[0-9]+)?)/?")


class AzureKeyVaultStore:
    """The secrets of one vault."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise StoreError without the libraries of Azure. Nothing is sent."""
        match = _URL.fullmatch(options["vault_url"])
        if match is None:
            raise DeclarationError("vault_url must be the https address of a vault: https://NAME.vault.azure.net")
        self._host = match["host"].lower()
        self._azure = AzureCalls(f"https://{self._host}", match["vault"])

    def where(self, place: str) -> str:
        """Return how messages refer to the secret."""
        return f"azure_key_vault secret {place} in {self._host}"

    def identity(self, place: str) -> Hashable:
        """Return vault and name; neither is case-sensitive."""
        if not _NAME.fullmatch(place):
            raise DeclarationError(
                f"{place} cannot be the name of a secret in Azure Key Vault: up to 127 letters, digits and hyphens are "
                "allowed, and nothing else; give the token a key of those, or correct name"
            )
        return ("azure_key_vault", self._host, place.lower())

    def fetch(self, place: str) -> Held:
        """Return what the latest version holds."""
        secret = self._secret(place)
        if secret is None:
            return Held()
        text = secret.value or ""
        values = parse("json", text) if len(text.encode(errors="replace")) <= LONGEST else None
        if values is None:
            raise StoreError(f"it cannot be read as JSON; {LEFT_ALONE}")
        return Held(values, secret.properties.version)

    def prepare(self, place: str, probe: bool) -> None:
        """See that the vault answers and the name is free or ours: every trial would make a version."""
        self._secret(place)

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        """Make a new version with the tags and the content type of the old; its dates were those of the old secret."""
        kept = self._require(place, version)
        tags, content_type = (kept.tags, kept.content_type) if kept else (None, None)
        described = {"tags": tags, "content_type": content_type or "application/json"}
        self._azure.call("set_secret", place, json.dumps(values), **described)

    def delete(self, place: str, version: Any) -> None:
        """Delete the secret; where the vault keeps deleted ones for a while, it can be recovered."""
        self._require(place, version)
        self._azure.call("begin_delete_secret", place)

    def _secret(self, place: str) -> Any:
        """Return the secret, None if there is none. A deleted one that still holds the name is an error."""
        try:
            return self._azure.call("get_secret", place)
        except RefusedError as refused:
            if refused.code != NOT_FOUND:
                raise
        try:
            self._azure.call("get_deleted_secret", place)
        except RefusedError as refused:
            # Who may not look is told when the name is taken: the vault then refuses the write.
            if refused.code == NOT_FOUND or refused.status == FORBIDDEN:
                return None
            raise
        raise self._azure.deleted(place)

    def _require(self, place: str, version: Any) -> Any:
        """Return the properties of the latest version if it is still that one; None for none."""
        secret = self._secret(place)
        properties = secret.properties if secret else None
        if (properties.version if properties else None) != version:
            raise StoreChangedError(CHANGED)
        return properties
