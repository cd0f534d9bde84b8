# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secrets of one namespace behind the part of the Kubernetes API that a client needs, as strict as the real one."""

from __future__ import annotations

import base64
import copy
import json
import re
import threading
from collections.abc import Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import DONE, Calls, is_lost

NAMESPACE = "fake-namespace"
TOKEN = "fake-kubernetes-token"

_PATH = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/secrets(?:/(?P<name>[^/]+))?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_MERGE = ("application/merge-patch+json", "application/strategic-merge-patch+json")
_VERBS = {"GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete"}


class RefusalError(Exception):
    """An answer of the kind Status that is no success."""

    def __init__(self, code: int, reason: str, message: str, name: str = "", kind: str = "secrets") -> None:
        super().__init__(message)
        self.code = code
        self.body = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": {"name": name, "kind": kind},
            "code": code,
        }


class Cluster:
    """The state of the server, and what it does with a request; RBAC does not allow the ``forbidden`` verbs."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, Any]] = {}
        self.namespaces = {NAMESPACE}
        self.forbidden: set[str] = set()
        self.answer: tuple[int, str] | None = None
        """What is answered to everything, whatever was asked."""
        self.requests: list[str] = []
        self.calls = Calls()
        self._version = 100
        self._lock = threading.RLock()

    def store(self, name: str, secret: dict[str, Any]) -> dict[str, Any]:
        """Keep a Secret as of the next version."""
        with self._lock:
            self._version += 1
            metadata = {**secret.get("metadata", {}), "name": name, "namespace": NAMESPACE}
            metadata.setdefault("uid", f"fake-uid-{self._version}")
            metadata["resourceVersion"] = str(self._version)
            self.secrets[name] = {"type": "Opaque", **secret, "metadata": metadata}
            return self.secrets[name]

    def handle(self, method: str, url: str, headers: Message, body: bytes) -> tuple[int, Any]:
        """Return the status and the body of the answer. Raises RefusalError."""
        parts = urlsplit(url)
        found = _PATH.fullmatch(parts.path)
        if found is None:
            raise RefusalError(404, "NotFound", "the server could not find the requested resource", kind="")
        if headers.get("Authorization", "").lower() != f"bearer {TOKEN}":
            raise RefusalError(401, "Unauthorized", "Unauthorized", kind="")
        verb, name, namespace = _VERBS[method], found["name"] or "", found["namespace"]
        if verb in self.forbidden:
            raise RefusalError(
                403, "Forbidden", f'secrets "{name}" is forbidden: cannot {verb} resource "secrets"', name
            )
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if query not in ({}, {"dryRun": ["All"]}):
            raise RefusalError(422, "Invalid", "invalid dryRun", name)
        with self._lock:
            self.requests.append(f"{verb} dry" if query else verb)
            if verb == "create":
                return self._create(namespace, headers, _json(body), dry=bool(query))
            # As in the real one, only a create looks whether the namespace is there.
            if namespace != NAMESPACE or name not in self.secrets:
                raise RefusalError(404, "NotFound", f'secrets "{name}" not found', name)
            if verb == "get":
                return 200, self.secrets[name]
            if verb == "delete":
                return self._delete(name, _json(body) if body else {}, dry=bool(query))
            return self._patch(name, headers, _json(body), dry=bool(query))

    def _create(self, namespace: str, headers: Message, secret: Any, dry: bool) -> tuple[int, Any]:
        if namespace not in self.namespaces:
            raise RefusalError(404, "NotFound", f'namespaces "{namespace}" not found', namespace, "namespaces")
        _expect(headers, "application/json", None)  # which is what the real one takes it for without a type
        metadata = secret["metadata"]
        name = metadata["name"]
        if "resourceVersion" in metadata or metadata.get("namespace", namespace) != namespace:
            raise RefusalError(400, "BadRequest", "resourceVersion and another namespace may not be set", name)
        if name in self.secrets:
            raise RefusalError(409, "AlreadyExists", f'secrets "{name}" already exists', name)
        _validate(name, secret)
        return 201, {"type": "Opaque", **secret} if dry else self.store(name, secret)

    def _patch(self, name: str, headers: Message, patch: Any, dry: bool) -> tuple[int, Any]:
        _expect(headers, *_MERGE)
        present = self.secrets[name]
        patched = _merged(present, patch)
        if patched["metadata"]["resourceVersion"] != present["metadata"]["resourceVersion"]:
            raise RefusalError(
                409, "Conflict", "the object has been modified; apply your changes to the latest version", name
            )
        if patched["metadata"]["name"] != name:
            raise RefusalError(400, "BadRequest", "the name of the object does not match the name on the URL", name)
        _validate(name, patched)
        if patched["type"] != present["type"]:
            raise RefusalError(422, "Invalid", "type: field is immutable", name)
        if present.get("immutable") and patched.get("data") != present.get("data"):
            raise RefusalError(422, "Invalid", "data: field is immutable when `immutable` is set", name)
        return 200, patched if dry or patched == present else self.store(name, patched)

    def _delete(self, name: str, options: Any, dry: bool) -> tuple[int, Any]:
        metadata = self.secrets[name]["metadata"]
        for key, wanted in (options.get("preconditions") or {}).items():
            if metadata[key] != wanted:
                raise RefusalError(409, "Conflict", f"Precondition failed: {key}", name)
        if not dry:
            del self.secrets[name]
        details = {"name": name, "kind": "secrets", "uid": metadata["uid"]}
        return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def _json(body: bytes) -> Any:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise RefusalError(400, "BadRequest", "the body is no object")
    return content


def _expect(headers: Message, *types: str | None) -> None:
    if headers.get("Content-Type") not in types:
        raise RefusalError(415, "UnsupportedMediaType", f"the body must be of one of the types {types}")


def _validate(name: str, secret: Mapping[str, Any]) -> None:
    for key, value in (secret.get("data") or {}).items():
        if not _KEY.fullmatch(key):
            raise RefusalError(422, "Invalid", f"data[{key}]: invalid", name)
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise RefusalError(400, "BadRequest", "illegal base64 data at input byte 0", name) from None


def _merged(target: Any, patch: Any) -> Any:
    """Return what a merge patch makes of an object (RFC 7396); a strategic one does the same where there is no list."""
    if not isinstance(patch, dict):
        return patch
    merged = copy.deepcopy(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


class KubernetesServer:
    """The cluster on a port of the loopback, which stays the same while it is away."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self.cluster))
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = cluster.calls.come(writes=self.command != "GET")
            if fault != DONE and is_lost(self, fault):
                return
            try:
                status, answer = cluster.handle(self.command, self.path, self.headers, body)
                text = json.dumps(answer)
            except RefusalError as refusal:
                status, text = refusal.code, json.dumps(refusal.body)
            if is_lost(self, fault):
                return
            status, text = cluster.answer or (status, text)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler
