# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault of Azure Key Vault on loopback, as far as secrets go, after the REST documentation of Azure.

What a client of the vault may not do is refused: no token, no api-version, a name or a body that Azure does not take.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import DONE, Calls, is_lost

TOKEN = "fake-token-of-azure"
LONGEST_VALUE = 25 * 1024
_PATH = re.compile(r"/(?P<kind>secrets|deletedsecrets)/(?P<name>[0-9A-Za-z-]{1,127})(/(?P<version>[0-9a-f]{32})?)?")

_VERSION = re.compile(r"7\.\d|20\d\d-\d\d-\d\d")


class VaultError(Exception):
    """What the vault answers instead of doing it."""

    def __init__(self, status: int, code: str, inner: str | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": "fake-secret text of the vault"}
        if inner is not None:
            self.body["innererror"] = {"code": inner}


@dataclass
class Secret:
    """All versions of one secret, the latest last."""

    versions: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False


class Vault:
    """What lies in the vault, by names in small letters, and what it refuses.

    ``refused`` has errors by method and kind, for example ``GET deletedsecrets``, or by ``*`` for all requests.
    ``resource`` is what a token has to be for.
    """

    def __init__(self, url: str) -> None:
        self.secrets: dict[str, Secret] = {}
        self.refused: dict[str, VaultError] = {}
        self.resource = url
        self.calls = Calls()
        self._url = url

    def set(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a new version; nothing of an old one is taken over."""
        secret = self.secrets.setdefault(name.lower(), Secret())
        if secret.deleted:
            raise VaultError(409, "Conflict", "ObjectIsDeletedButRecoverable")
        now = int(time.time())
        attributes = {"enabled": True, **body.get("attributes", {}), "created": now, "updated": now}
        attributes["recoveryLevel"], attributes["recoverableDays"] = "Recoverable+Purgeable", 90
        made = {"id": f"{self._url}/secrets/{name}/{uuid4().hex}", "attributes": attributes, "value": body["value"]}
        made.update({key: body[key] for key in ("contentType", "tags") if body.get(key) is not None})
        secret.versions.append(made)
        return made

    def get(self, name: str, version: str | None = None) -> dict[str, Any]:
        """Return a version, the latest if none is named."""
        secret = self.secrets.get(name.lower(), Secret(deleted=True))
        found = [made for made in secret.versions if version is None or made["id"].endswith(version)]
        if secret.deleted or not found:
            raise VaultError(404, "SecretNotFound")
        if not found[-1]["attributes"]["enabled"]:
            raise VaultError(403, "Forbidden", "SecretDisabled")
        return found[-1]

    def delete(self, name: str) -> dict[str, Any]:
        """Delete a secret, which still holds its name."""
        secret = self.secrets.get(name.lower())
        if secret is None or secret.deleted:
            raise VaultError(404, "SecretNotFound")
        secret.deleted = True
        return self.get_deleted(name)

    def recover(self, name: str) -> None:
        """Take a deletion back, if there is one."""
        if name.lower() in self.secrets:
            self.secrets[name.lower()].deleted = False

    def get_deleted(self, name: str) -> dict[str, Any]:
        """Return a deleted secret, without its value."""
        secret = self.secrets.get(name.lower(), Secret())
        if not secret.deleted:
            raise VaultError(404, "SecretNotFound")
        now = int(time.time())
        described = {key: value for key, value in secret.versions[-1].items() if key != "value"}
        dates = {"deletedDate": now, "scheduledPurgeDate": now + 90 * 24 * 3600}
        return {**described, **dates, "recoveryId": f"{self._url}/deletedsecrets/{name}"}


class Server:
    """The vault behind TLS, with the certificate and key in one file."""

    def __init__(self, certificate: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        port = self._server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{port}"
        self.vault = Vault(self.url)
        # A client believes only a challenge for a domain above its vault, and takes these numbers for one.
        self.vault.resource = f"https://0.0.1:{port}"
        _Handler.vault = self.vault
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and close every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    vault: Vault

    def do_GET(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.vault.calls.come(writes=self.command in ("PUT", "DELETE"))
        if fault != DONE and is_lost(self, fault):
            return
        try:
            status, body = 200, self._done(content)
        except VaultError as error:
            status, body = error.status, {"error": error.body}
        if is_lost(self, fault):
            return
        text = json.dumps(body).encode()
        self.send_response(status)
        if status == 401:
            tenant = "https://login.microsoftonline.com/fake-tenant"
            self.send_header("WWW-Authenticate", f'Bearer authorization="{tenant}", resource="{self.vault.resource}"')
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _done(self, content: bytes) -> dict[str, Any]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            if content:
                raise VaultError(400, "BadParameter")  # a secret was sent before the vault was known
            raise VaultError(401, "Unauthorized")
        parts = urlsplit(self.path)
        match = _PATH.fullmatch(parts.path)
        if match is None or not _VERSION.fullmatch("".join(parse_qs(parts.query).get("api-version", []))):
            raise VaultError(400, "BadParameter")
        for refused in ("*", f"{self.command} {match['kind']}"):
            if refused in self.vault.refused:
                raise self.vault.refused[refused]
        if match["kind"] == "deletedsecrets" and self.command == "GET":
            return self.vault.get_deleted(match["name"])
        if match["kind"] == "deletedsecrets":
            raise VaultError(405, "MethodNotAllowed")
        if self.command == "GET":
            return self.vault.get(match["name"], match["version"])
        if match["version"]:
            raise VaultError(405, "MethodNotAllowed")
        return self.vault.delete(match["name"]) if self.command == "DELETE" else self._set(match["name"], content)

    def _set(self, name: str, content: bytes) -> dict[str, Any]:
        try:
            body = json.loads(content)
        except ValueError:
            raise VaultError(400, "BadParameter") from None
        fits = (
            isinstance(body, dict)
            and set(body) <= {"value", "tags", "contentType", "attributes"}
            and isinstance(body.get("value"), str)
            and len(body["value"].encode()) <= LONGEST_VALUE
            and len(body.get("tags") or {}) <= 15
            and self.headers.get_content_type() == "application/json"
        )
        if not fits:
            raise VaultError(400, "BadParameter")
        return self.vault.set(name, body)
