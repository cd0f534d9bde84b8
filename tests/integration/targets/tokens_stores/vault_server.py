# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for HashiCorp Vault on loopback: one KV engine of version 2, as far as the store hashi_vault uses it.

It is strict: what Vault refuses it refuses with Vault's answer, and a header or a body that the store has no reason to
send gets a 400 that says so. It keeps the method and path of every request, for the test to read at /_requests.
PUT /_sealed seals it, and DELETE /_sealed unseals it. The one argument is a file, which gets the address.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

TOKEN = "hvs.fake-vault-token-of-a-role"
TOKENS = {"hvs.fake-vault-token-given", TOKEN}
NAMESPACE = "fake-team"
APPROLE = {"role_id": "fake-role", "secret_id": "fake-secret-id-of-a-role"}
FIELDS = {"base_url", "client_id", "client_secret", "name", "expires_at"}
DATA = "/v1/secret/data/"
FOREIGN = f"{DATA}foreign/fake-tenant/nodejs"
MOUNTS = "/v1/sys/internal/ui/mounts/"
ENGINES = {
    "secret": {"path": "secret/", "type": "kv", "options": {"version": "2"}},
    "old": {"path": "old/", "type": "kv", "options": None},
}


class Answer(NamedTuple):
    """A status, and the JSON document that goes with it."""

    status: int
    document: dict[str, Any] | None = None


def refusal(status: int, *errors: str) -> Answer:
    """Return an error in Vault's form."""
    return Answer(status, {"errors": list(errors)})


class Engine:
    """What is kept: the versions of every entry by its path, None for a deleted one."""

    def __init__(self) -> None:
        self.entries: dict[str, list[dict[str, Any] | None]] = {FOREIGN: [{"login": "fake"}]}
        self.requests: list[str] = []
        self.sealed = False

    def respond(self, method: str, path: str, headers: Any, body: Any) -> Answer:
        """Answer a request to Vault."""
        self.requests.append(f"{method} {path}")
        if self.sealed:
            return refusal(503, "Vault is sealed")
        if headers["X-Vault-Request"] != "true":
            return refusal(400, "the header X-Vault-Request is missing")
        if headers["X-Vault-Namespace"] != NAMESPACE:
            return refusal(403, "permission denied")
        if (method, path) == ("POST", "/v1/auth/approle/login"):
            granted = {"client_token": TOKEN, "lease_duration": 60, "renewable": False}
            return Answer(200, {"auth": granted}) if body == APPROLE else refusal(400, "invalid role or secret ID")
        if headers["X-Vault-Token"] not in TOKENS or path.startswith(f"{DATA}denied/"):
            return refusal(403, "1 error occurred:\n\t* permission denied\n\n")
        if path.startswith(MOUNTS) and method == "GET":
            engine = ENGINES.get(path.removeprefix(MOUNTS))
            return Answer(200, {"data": engine}) if engine else refusal(403, "preflight capability check returned 403")
        if path.startswith("/v1/old/") and method == "GET":
            return refusal(404)
        if not path.startswith(DATA):
            return refusal(404, f'no handler for route "{path.removeprefix("/v1/")}". route entry not found.')
        return self.entry(method, path, body)

    def entry(self, method: str, path: str, body: Any) -> Answer:
        """Answer a request to an entry."""
        versions = self.entries.get(path, [])
        if method == "GET":
            metadata = {"version": len(versions), "destroyed": False, "deletion_time": ""}
            if not versions:
                return refusal(404)
            if versions[-1] is None:
                metadata["deletion_time"] = "2026-08-01T00:00:00.000000000Z"
            return Answer(404 if versions[-1] is None else 200, {"data": {"data": versions[-1], "metadata": metadata}})
        if method == "DELETE":
            if versions:
                versions.append(None)
            return Answer(204)
        if set(body) != {"options", "data"} or body["options"] or set(body["data"]) != FIELDS:
            return refusal(400, f"a body that the store has no reason to send, with {sorted(body)}")
        self.entries.setdefault(path, []).append(body["data"])
        return Answer(200, {"data": {"version": len(self.entries[path]), "destroyed": False, "deletion_time": ""}})


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the engine."""

    engine = Engine()

    def handle_request(self) -> None:
        """Answer any request."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_sealed":
            self.engine.sealed = self.command == "PUT"
            answer = Answer(204)
        elif self.path == "/_requests":
            answer = Answer(200, {"requests": self.engine.requests})
        else:
            answer = self.engine.respond(self.command, self.path, self.headers, json.loads(content or "null"))
        body = b"" if answer.document is None else json.dumps(answer.document).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_request  # noqa: N815 - named by the base class

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready = Path(sys.argv[1])
    ready.with_suffix(".new").write_text(f"http://127.0.0.1:{server.server_port}", encoding="utf-8")
    ready.with_suffix(".new").rename(ready)
    server.serve_forever()


if __name__ == "__main__":
    main()
