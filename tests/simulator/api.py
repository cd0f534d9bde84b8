# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's surface: from a call to its answer. Knows status codes and content types, but no sockets."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, JSONResponse, Response

from . import bodies
from .clock import to_iso
from .errors import HTML_PAGE, GrantRefusedError, RefusedError, documented_body, error_object
from .model import Bearer, Token
from .state import ALL_SCOPES, Tenant
from .switches import Switches
from .versions import IDENTITIES, Version, find

_RATE_CALLS = 100
_RATE_SECONDS = 10


@dataclass(frozen=True)
class Call:
    """A request as it came in. ``content_type`` is the bare media type, '' where there is none."""

    method: str
    path: str
    query: list[tuple[str, str]]
    content_type: str
    body: bytes
    bearer: str | None
    host: str

    user_agent: str | None
    # The caller's port: the same for all requests over one connection.
    connection: int

    def parsed_body(self) -> Any:
        """The body as a value, for whoever only looks on: a form's fields, JSON, else a note of the size."""
        if not self.body:
            return None
        if self.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return bodies.parse_json(self.body)
        except RefusedError:
            return {"unreadable_bytes": len(self.body)}


def error_response(status: int, text: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """The documented answer of an error status."""
    body = documented_body(status, text)
    return HTMLResponse(body, status, headers) if isinstance(body, str) else JSONResponse(body, status, headers)


class Api:
    """Answers calls for one tenant."""

    def __init__(self, tenant: Tenant, switches: Switches) -> None:
        self._tenant = tenant
        self._switches = switches
        self._recent: dict[tuple[str, str], deque[float]] = {}

    def answer(self, call: Call) -> Response:
        """The answer to ``call``, its effect done."""
        try:
            if call.path == "/oauth/token":
                return self._oauth_token(call)
            if call.path == "/oauth/info":
                return self._oauth_info(call)
            if call.path in IDENTITIES:
                return self._public_identities(call)
            return self._personal_access_tokens(call)
        except RefusedError as refusal:
            return error_response(refusal.status, refusal.text, refusal.headers)

    def _public_identities(self, call: Call) -> Response:
        _methods(call, "GET")
        bodies.no_body(call.body)
        caller = self._caller(call)
        self._count(caller, IDENTITIES[call.path])
        return JSONResponse(self._tenant.public_identities(caller, bodies.identity_request(call.query)))

    def _oauth_info(self, call: Call) -> Response:
        _methods(call, "GET")
        bodies.no_query(call.query)
        base = f"http://{call.host}"
        return JSONResponse({"authorizeEndpoint": f"{base}/oauth/authorize", "tokenEndpoint": f"{base}/oauth/token"})

    def _oauth_token(self, call: Call) -> Response:
        _methods(call, "POST")
        try:
            client_id, secret = bodies.grant_request(call.content_type, call.query, call.body)
            bearer = self._tenant.grant(client_id, secret)
        except GrantRefusedError as refused:
            return self._grant_error(refused)
        answer = {
            "access_token": bearer.value,
            "token_type": "bearer",
            "expires_in": bearer.validity,
            "scope": bearer.scope,
            "tenant_id": "fake-tenant-id",
            "pod": "fake-pod",
            "org": "fake-org",
            "jti": secrets.token_hex(16),
        }
        if bearer.identity is not None:
            answer.update(identity_id=bearer.identity.id, user_name=bearer.identity.user_name)
        return JSONResponse(answer)

    def _grant_error(self, refused: GrantRefusedError) -> Response:
        status = self._switches.oauth_error_status if refused.error == "invalid_client" else 400
        style = self._switches.oauth_error_body
        if style == "html":
            return HTMLResponse(HTML_PAGE, status)
        if style == "empty":
            return Response(status_code=status)
        if style == "dto":
            return JSONResponse(error_object(status, refused.text), status)
        return JSONResponse({"error": refused.error, "error_description": refused.text}, status)

    def _personal_access_tokens(self, call: Call) -> Response:
        place = find(call.path)
        if place is None:
            raise RefusedError(404, f"There is nothing at {call.path}.")
        version, token_id = place
        caller = self._caller(call)
        self._count(caller, version)
        if token_id is None:
            _methods(call, "GET", "POST")
            return self._list(call, version, caller) if call.method == "GET" else self._create(call, version, caller)
        _methods(call, "PATCH", "DELETE")
        bodies.no_query(call.query)
        if call.method == "DELETE":
            bodies.no_body(call.body)
            self._tenant.delete(caller, token_id)
            return Response(status_code=204)
        _content_type(call, "application/json-patch+json")
        changes = bodies.patch_request(version, bodies.parse_json(call.body))
        token = self._tenant.patch(caller, version, token_id, changes)
        return JSONResponse(self._shown(token, version))

    def _list(self, call: Call, version: Version, caller: Bearer) -> Response:
        bodies.no_body(call.body)
        tokens = self._tenant.list_tokens(caller, bodies.list_request(call.query))
        return JSONResponse([self._shown(token, version) for token in tokens])

    def _create(self, call: Call, version: Version, caller: Bearer) -> Response:
        bodies.no_query(call.query)
        _content_type(call, "application/json")
        new = bodies.create_request(version, bodies.parse_json(call.body))
        token = self._tenant.create(caller, version, new)
        # 200, not 201: so say the definitions.
        return JSONResponse(self._form(token, version.created_fields))

    def _caller(self, call: Call) -> Bearer:
        if call.bearer is None:
            raise RefusedError(401, "JWT validation failed: no bearer token")
        return self._tenant.caller(call.bearer)

    def _count(self, caller: Bearer, version: Version) -> None:
        """The published rate limit. In real seconds: on a clock that stands still nobody could ever go on."""
        if not self._switches.rate_limit:
            return
        now = time.monotonic()
        recent = self._recent.setdefault((caller.client_id, version.name), deque())
        while recent and recent[0] <= now - _RATE_SECONDS:
            recent.popleft()
        if len(recent) >= _RATE_CALLS:
            wait = int(recent[0] + _RATE_SECONDS - now) + 1
            raise RefusedError(429, "Rate limit exceeded.", {"Retry-After": str(wait)})
        recent.append(now)

    def _shown(self, token: Token, version: Version) -> dict[str, Any]:
        """A token as a list or a patch answers it."""
        form = self._form(token, version.shown_fields)
        if token.expiration is None and not version.expiry_may_be_null and self._switches.no_expiry_shown == "omit":
            del form["expirationDate"]
        return form

    def _form(self, token: Token, fields: tuple[str, ...]) -> dict[str, Any]:
        """A token as an answer shows it: the version's fields, in its order."""
        scope = token.scope
        if scope is None and self._switches.default_scope_returned == "all":
            scope = (ALL_SCOPES,)
        if scope is not None and self._switches.scope_order == "reversed":
            scope = scope[::-1]
        values: dict[str, Any] = {
            "id": token.id,
            "secret": token.secret,
            "name": token.name,
            "scope": scope,
            "owner": {"type": "IDENTITY", "id": token.owner.id, "name": token.owner.name},
            "created": to_iso(token.created),
            "lastUsed": to_iso(token.last_used),
            "managed": token.managed,
            "accessTokenValiditySeconds": token.validity,
            "expirationDate": to_iso(token.expiration),
            "userAwareTokenNeverExpires": token.acknowledged,
        }
        if not self._switches.never_expires_returned:
            del values["userAwareTokenNeverExpires"]
        return {field: values[field] for field in fields if field in values}


def _methods(call: Call, *allowed: str) -> None:
    if call.method not in allowed:
        # RFC 9110, section 15.5.6: a 405 has to name what is allowed.
        raise RefusedError(405, f"{call.path} knows {' and '.join(allowed)} only.", {"Allow": ", ".join(allowed)})


def _content_type(call: Call, wanted: str) -> None:
    if call.content_type != wanted:
        raise RefusedError(400, f"The content type must be {wanted}, not {call.content_type or 'missing'}.")
