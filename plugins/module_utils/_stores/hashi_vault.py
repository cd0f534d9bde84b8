# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store hashi_vault: entries in a KV engine of version 2, of HashiCorp Vault or OpenBao."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Callable
from urllib.parse import quote

from .._base.errors import DeclarationError, EntryDeletedError, StoreChangedError, StoreError
from .store import Held
from .vault_connection import NOT_VAULT, VaultConnection, document, mapping

SPEC: dict[str, Any] = {
    "path": {"type": "str", "required": True},
    "engine_mount_point": {"type": "str", "default": "secret"},
    "url": {"type": "str"},
    "namespace": {"type": "str"},
    "ca_path": {"type": "path"},
    "auth_method": {"type": "str", "choices": ["token", "approle", "jwt", "kubernetes"], "default": "token"},
    "auth_mount_point": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "role_id": {"type": "str"},
    "secret_id": {"type": "str", "no_log": True},
    "role": {"type": "str"},
    "jwt": {"type": "str", "no_log": True},
    "jwt_path": {"type": "path", "default": "/var/run/secrets/kubernetes.io/serviceaccount/token"},
}


class HashiVaultStore:
    """The entries of one engine. A login goes ahead of the first request."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise DeclarationError for an option that is missing, and StoreError without hvac. Nothing is sent."""
        self._connection = VaultConnection(options)
        self._mount: str = options["engine_mount_point"].strip("/")
        self._client = self._connection.client
        self._kv = self._client.secrets.kv.v2

    def where(self, place: str) -> str:
        """Return how messages refer to the entry."""
        return f"hashi_vault entry {self._mount}/{place}"

    def identity(self, place: str) -> Hashable:
        """Return what leads to the entry. Raises DeclarationError for a path that would be rewritten on its way."""
        for name, path in (("engine_mount_point", self._mount), ("path", place)):
            for part in path.split("/"):
                if part in ("", ".", ".."):
                    fault = f"the part {part!r}" if part else "an empty part"
                    raise DeclarationError(f"{name} {path!r} of the store hashi_vault has {fault}; leave it out")
        connection = self._connection
        return ("hashi_vault", connection.address.lower(), connection.namespace, self._mount, place)

    def fetch(self, place: str) -> Held:
        """Return the latest version.

        An engine that is missing or of version 1 answers 404, too, and so does a version that is deleted. Only an
        empty 404 of an engine that is proved to be of version 2 is nothing.
        """
        call = self._kv.read_secret_version
        answer = self._ask("read", "data", place, call, passing=(404,), raise_on_deleted_version=False)
        body = document(answer)
        data, absent = mapping(body, "data"), answer.status_code == 404
        metadata = mapping(data, "metadata")
        version = metadata.get("version")
        if absent and not data and body.get("errors") != []:
            raise self._connection.refusal(answer, "read it", "there is no such engine; correct engine_mount_point")
        if not isinstance(version, int) or not (absent or isinstance(data.get("data"), dict)):
            self._see_engine()
            if absent and not data:
                return Held(None, 0)
            raise StoreError(NOT_VAULT)
        if not absent:
            return Held(data["data"], version)
        anew = "run `vault kv metadata delete` to start anew"
        if metadata.get("destroyed"):
            raise StoreError(f"its latest version, {version}, is destroyed; {anew}")
        undo = f"restore it with `vault kv undelete -versions={version}`"
        raise EntryDeletedError(f"its latest version, {version}, is deleted; {undo}, or {anew}")

    def prepare(self, place: str, probe: bool) -> None:
        """Ask for the token's rights. A write is never tried: Vault would keep it as a version.

        A policy that forbids to ask says nothing about the right to write.
        """
        path = f"{self._mount}/data/{place}"
        call = self._client.sys.get_capabilities
        answer = self._connection.ask("tell the token's rights", "correct url", call, [path], passing=(403,))
        granted = mapping(document(answer), "data").get(path) or ()
        missing = {"create", "update"}.difference(granted)
        if answer.status_code != 403 and missing and "root" not in granted:
            raise StoreError(f"the token's policy must grant {' and '.join(sorted(missing))} on {path}; add it")

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        """Add a version if the latest is still ``version``. The entry's custom metadata stays."""
        call, secret = self._kv.create_or_update_secret, dict(values)
        answer = self._ask("create and update", "data", place, call, hidden=secret.values(), secret=secret, cas=version)
        if "version" not in mapping(document(answer), "data"):
            raise StoreError(NOT_VAULT)

    def delete(self, place: str, version: Any) -> None:
        """Remove the entry with its metadata and all its versions.

        Their tokens are dead by then, and a version that is only marked as deleted would stop the next one. Vault has
        no compare and set for this, so the entry is read once more right before.
        """
        if self.fetch(place).version != version:
            raise StoreChangedError("another program has changed it since it was read; it was not removed")
        self._ask("delete", "metadata", place, self._kv.delete_metadata_and_all_versions)

    def _see_engine(self) -> None:
        """Raise StoreError unless the engine is of KV version 2. Who has any right in an engine may ask for it."""
        advice = "check that engine_mount_point exists, and that the token has rights in it"
        path = f"/v1/sys/internal/ui/mounts/{quote(self._mount)}"
        answer = self._connection.ask("show the engine", advice, self._client.adapter.get, path)
        engine = mapping(document(answer), "data")
        if engine.get("path") != f"{self._mount}/" or mapping(engine, "options").get("version") != "2":
            raise StoreError(
                "there is no KV engine of version 2 at engine_mount_point; correct it, or upgrade that engine with "
                "`vault kv enable-versioning`"
            )

    def _ask(self, capability: str, area: str, place: str, call: Callable[..., Any], **kwargs: Any) -> Any:
        """Send a request for the entry; its right is what a refusal asks for."""
        need = f"give the token's policy {capability} on {self._mount}/{area}/{place}, or renew the token"
        return self._connection.ask(f"{capability} it", need, call, place, mount_point=self._mount, **kwargs)
