# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for HashiCorp Vault on loopback, written from its API documentation.

It is strict: what Vault refuses it refuses with Vault's answer, and what no client has a reason to send gets a 400 that
says so.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import DONE, Calls, is_lost

ROOT_TOKEN = "hvs.fake-root-token"
ALL = frozenset({"create", "read", "update", "delete", "list"})
DELETED = "2026-08-01T00:00:00.000000000Z"
HEADERS = {"x-vault-request", "x-vault-token", "x-vault-namespace"}
MISMATCH = "check-and-set parameter did not match the current version"
DENIED = "1 error occurred:\n\t* permission denied\n\n"

Policy = Mapping[str, frozenset[str]]
"""Capabilities by a path; one that ends in a star is a prefix."""


def is_number(value: object) -> bool:
    """Return whether a JSON value is a number without a fraction; to Python, true is one too."""
    return isinstance(value, int) and not isinstance(value, bool)


class Request(NamedTuple):
    """One request, as it arrived; ``path`` is decoded and without ``/v1/``."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


class Answer(NamedTuple):
    """A status, what goes with it (a text as it is, everything else as JSON), and headers of its own."""

    status: int
    content: object = None
    headers: Mapping[str, str] = {}


def refusal(status: int, *errors: str) -> Answer:
    """Return an error in Vault's form."""
    return Answer(status, {"errors": list(errors)})


def success(data: object) -> Answer:
    """Return data in Vault's form."""
    return Answer(200, {"request_id": "fake", "lease_id": "", "renewable": False, "data": data, "warnings": None})


def unexpected(what: str) -> Answer:
    """Return the answer to what no client has a reason to send."""
    return refusal(400, f"fake vault: unexpected {what}")


@dataclass
class Version:
    """One version of an entry; ``data`` None once it is destroyed."""

    data: dict[str, Any] | None
    deleted: bool = False


@dataclass
class Secret:
    """An entry of KV version 2. Its versions count from 1; what is past stays."""

    versions: list[Version] = field(default_factory=list)
    custom_metadata: dict[str, str] | None = None

    def metadata(self) -> dict[str, Any]:
        """Return what is told of the latest version."""
        latest = self.versions[-1]
        return {
            "created_time": "2026-07-01T00:00:00.000000000Z",
            "custom_metadata": self.custom_metadata,
            "deletion_time": DELETED if latest.deleted else "",
            "destroyed": latest.data is None,
            "version": len(self.versions),
        }


class Vault:
    """What is kept, who may do what, and what was asked.

    ``secrets`` are by namespace, mount and path; ``policies`` by the token. ``fault`` answers in Vault's place.
    """

    def __init__(self) -> None:
        self.mounts = {"secret": "2", "team/kv": "2", "old": "1"}
        self.namespaces = {"", "fake-team"}
        self.secrets: dict[tuple[str, str, str], Secret] = {}
        self.plain: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.policies: dict[str, Policy] = {ROOT_TOKEN: {"*": frozenset({"root"})}}
        self.logins: dict[str, tuple[dict[str, str], str]] = {}
        self.lease = 3600
        self.uses = 0
        self._left: dict[str, int] = {}
        self.sealed = False
        self.requests: list[Request] = []
        self.calls = Calls()
        self.fault: Callable[[Request], Answer | None] = lambda request: None

    def respond(self, request: Request) -> Answer:
        """Answer a request."""
        self.requests.append(request)
        fault = self.fault(request)
        if fault is not None:
            return fault
        strange = {name for name in request.headers if name.startswith("x-vault-")} - HEADERS
        if strange or request.headers.get("x-vault-request") != "true":
            return unexpected(f"headers: {sorted(strange)}, or none that says that this is a request")
        if request.query:
            return unexpected("query")
        if self.sealed:
            return refusal(503, "Vault is sealed")
        if self._namespace(request) not in self.namespaces:
            return refusal(404, f'no handler for route "{request.path}". route entry not found.')
        if request.path.startswith("auth/"):
            return self._login(request)
        if not self._is_known(request.headers.get("x-vault-token", "")):
            return refusal(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
        if request.path.startswith("sys/"):
            return self._system(request)
        return self._engine(request)

    def _is_known(self, token: str) -> bool:
        """Return whether a token is one of Vault's; one that may be used so often, and no more, counts down."""
        if not self._left.get(token):
            return token in self.policies and not (self.uses and token in self._left)
        self._left[token] -= 1
        return token in self.policies

    def rights(self, request: Request, path: str) -> frozenset[str]:
        """Return what the request's token may do at a path: the longest pattern that fits decides."""
        policy = self.policies[request.headers["x-vault-token"]]
        fitting = [key for key in policy if key == path or (key.endswith("*") and path.startswith(key[:-1]))]
        return policy[max(fitting, key=len)] if fitting else frozenset()

    @staticmethod
    def _namespace(request: Request) -> str:
        return request.headers.get("x-vault-namespace", "").strip("/")

    def _may(self, request: Request, capability: str) -> bool:
        return bool({"root", capability} & self.rights(request, request.path))

    def _login(self, request: Request) -> Answer:
        """Log in by any method: ``logins`` has the body that is right for a mount, and the token for it."""
        match = re.fullmatch("auth/(.+)/login", request.path)
        if match is None or request.method != "POST" or "x-vault-token" in request.headers:
            return unexpected("request to auth/, or a token in a login")
        if match[1] not in self.logins:
            return refusal(403, DENIED)
        body, token = self.logins[match[1]]
        if set(request.body) - {"role_id", "secret_id", "role", "jwt"}:
            return unexpected("keys in a login")
        if request.body != body:
            return refusal(400, "invalid role or secret ID")
        self._left[token] = self.uses
        auth = {"client_token": token, "lease_duration": self.lease, "renewable": True, "policies": ["default"]}
        auth["num_uses"] = self.uses
        return Answer(200, {"request_id": "fake", "data": None, "auth": auth})

    def _system(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", "sys/capabilities-self"):
            if not self._may(request, "update"):
                return refusal(403, DENIED)
            if set(request.body) != {"paths"} or not isinstance(request.body["paths"], list):
                return unexpected("body for capabilities-self")
            rights = {path: sorted(self.rights(request, path)) or ["deny"] for path in request.body["paths"]}
            return success(rights)
        mounts = "sys/internal/ui/mounts/"
        if request.method != "GET" or not request.path.startswith(mounts):
            return unexpected(f"{request.method} {request.path}")
        asked = request.path[len(mounts) :] + "/"
        found = next((mount for mount in self.mounts if asked.startswith(f"{mount}/")), None)
        policy = self.policies[request.headers["x-vault-token"]]
        if found is None or not any(key.startswith((f"{found}/", "*")) for key in policy):
            advice = f'please ensure client\'s policies grant access to path "{asked}"'
            return refusal(403, f"preflight capability check returned 403, {advice}")
        version = self.mounts[found]
        return success({"path": f"{found}/", "type": "kv", "options": {"version": "2"} if version == "2" else None})

    def _engine(self, request: Request) -> Answer:
        """Answer a request to a secrets engine. The rights come first: who has none does not learn what there is."""
        mount = next((mount for mount in self.mounts if request.path.startswith(f"{mount}/")), None)
        if mount is None:
            if not self.rights(request, request.path):
                return refusal(403, DENIED)
            return refusal(404, f'no handler for route "{request.path}". route entry not found.')
        rest = request.path[len(mount) + 1 :]
        if self.mounts[mount] == "1":
            return self._first(request, (self._namespace(request), mount, rest))
        area, _slash, path = rest.partition("/")
        if not path or area not in ("data", "metadata") or path != path.strip("/") or "//" in path:
            return unexpected(f"path {request.path}")
        key = (self._namespace(request), mount, path)
        exists = key in self.secrets
        needed = {"GET": "read", "POST": "update" if exists else "create", "DELETE": "delete"}.get(request.method)
        if needed is None:
            return unexpected(f"method {request.method}")
        if not self._may(request, needed):
            return refusal(403, DENIED)
        return self._data(request, key) if area == "data" else self._metadata(request, key)

    def _first(self, request: Request, key: tuple[str, str, str]) -> Answer:
        """Answer for KV version 1, which keeps whatever it gets at any path."""
        if not self._may(request, "read" if request.method == "GET" else "update"):
            return refusal(403, DENIED)
        if request.method == "GET":
            return success(self.plain[key]) if key in self.plain else refusal(404)
        if request.method != "POST":
            return unexpected("method for KV version 1")
        self.plain[key] = request.body
        return Answer(204)

    def _data(self, request: Request, key: tuple[str, str, str]) -> Answer:
        secret = self.secrets.get(key, Secret())
        if request.method == "GET":
            if not secret.versions:
                return refusal(404)
            metadata = secret.metadata()
            gone = metadata["destroyed"] or metadata["deletion_time"]
            document = {"data": None if gone else secret.versions[-1].data, "metadata": metadata}
            return success(document)._replace(status=404 if gone else 200)
        if request.method == "DELETE":
            if secret.versions:
                secret.versions[-1].deleted = True
            return Answer(204)
        if set(request.body) != {"options", "data"} or set(request.body["options"]) != {"cas"}:
            return unexpected("body: a write is with check and set")
        if not isinstance(request.body["data"], dict) or not is_number(request.body["options"]["cas"]):
            return unexpected("types in a write")
        if request.body["options"]["cas"] != len(secret.versions):
            return refusal(400, MISMATCH)
        secret.versions.append(Version(request.body["data"]))
        self.secrets[key] = secret
        return success(secret.metadata())

    def _metadata(self, request: Request, key: tuple[str, str, str]) -> Answer:
        if request.method == "DELETE" and request.body is None:
            self.secrets.pop(key, None)
            return Answer(204)
        return unexpected("request for metadata")


class VaultServer:
    """A Vault on a port of its own, which stays the same when it is stopped and started again."""

    def __init__(self) -> None:
        self.vault = Vault()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen."""
        vault, lock = self.vault, threading.Lock()

        class Handler(_Handler):
            calls = vault.calls

            @staticmethod
            def respond(request: Request) -> Answer:
                with lock:
                    return vault.respond(request)

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Do not listen any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    """Takes HTTP apart, and puts it together."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    calls: Calls

    @staticmethod
    def respond(request: Request) -> Answer:
        raise NotImplementedError

    def handle_request(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.calls.come(writes=self.command in ("POST", "DELETE"))
        if fault != DONE and is_lost(self, fault):
            return
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(content) if content else None
        if not url.path.startswith("/v1/") or (content and headers.get("content-type") != "application/json"):
            answer = unexpected("path, or content type")
        else:
            answer = self.respond(Request(self.command, unquote(url.path[4:]), url.query, headers, body))
        if is_lost(self, fault):
            return
        text = answer.content if isinstance(answer.content, str) else json.dumps(answer.content)
        sent = b"" if answer.status == 204 else text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/html" if isinstance(answer.content, str) else "application/json")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(sent)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815 - named by the base class

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
