# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module access_token: a bearer token for the rest of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._base.errors import DeclarationError
from .._options.connection import CONNECTION_SPEC
from .._run.context import Context
from .._run.session import open_connection
from .entry import EntryPoint


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    transport, connection = open_connection(options, context)
    if connection.client_id is None:
        raise DeclarationError("access_token is already a bearer token: give client_id and client_secret to exchange")
    grant = transport.authenticate()
    return {
        "changed": False,
        "access_token": grant.access_token.reveal(),
        "expires_in": grant.expires_in,
        "scope": None if grant.scope is None else sorted(grant.scope),
        "identity_id": grant.identity_id,
    }


ACCESS_TOKEN = EntryPoint(
    name="access_token",
    argument_spec=CONNECTION_SPEC,
    run=_run,
    secret_keys=("access_token",),
)
