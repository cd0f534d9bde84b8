# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection: which tenant, whose credentials, and how patiently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .._base.addresses import is_in_the_clear
from .._base.errors import DeclarationError
from .._base.model import API_VERSIONS, Connection
from .._base.secret import Secret, Secrets
from .values import check_characters

CONNECTION_SPEC: dict[str, Any] = {
    "base_url": {"type": "str"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "token_url": {"type": "str", "no_log": False},
    "api_version": {"type": "str", "default": "v1", "choices": list(API_VERSIONS)},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 5},
    "run_timeout": {"type": "int", "default": 300},
}

CONNECTION_RANGES = {"timeout": (1, 3600), "retries": (0, 100), "run_timeout": (1, 1500)}
"""The lowest and the highest value of each number; ``timeout`` and ``run_timeout`` are in seconds.

HANDOVER counts on the limit of ``run_timeout``: within the hour, a run has stored the token that it made.
"""

_IN_NO_ADDRESS = re.compile(r"[\s\x00-\x1f]")


def connection_from(options: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets) -> Connection:
    """Return the connection that the options describe; the environment fills in what they leave out.

    Explicit credentials take precedence over those of the environment. Half a pair is never completed from the other
    source. Within the environment, the pair takes precedence over the bearer token: it can be renewed, and it tells
    which token is the run's own. Raises DeclarationError.
    """
    base_url = base_url_from(options, environ)
    for name, (least, most) in CONNECTION_RANGES.items():
        if not least <= options[name] <= most:
            raise DeclarationError(f"{name} is {options[name]}; it must be from {least} to {most}")
    client_id, client_secret, access_token = _credentials(options, environ, secrets)
    return Connection(
        base_url=base_url,
        token_url=_url("token_url", options.get("token_url") or "") or f"{base_url}/oauth/token",
        client_id=client_id,
        client_secret=client_secret,
        access_token=access_token,
        validate_certs=options["validate_certs"],
        ca_path=options.get("ca_path"),
        timeout=options["timeout"],
        retries=options["retries"],
        run_timeout=options["run_timeout"],
    )


def base_url_from(options: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return the address of the tenant's API, without a trailing slash. Raises DeclarationError."""
    base_url = _url("base_url", options.get("base_url") or environ.get("SAIL_BASE_URL") or "")
    if not base_url:
        raise DeclarationError("base_url is missing: give the option, or set SAIL_BASE_URL in the environment")
    path = urlsplit(base_url).path
    if path.rpartition("/")[2] in API_VERSIONS:
        raise DeclarationError(f"base_url has the path {path}: leave the API version out, which is said by api_version")
    return base_url


def _url(option: str, text: str) -> str:
    url = text.rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise DeclarationError(f"{option} is not a valid address: {error}") from None
    if "@" in parts.netloc or parts.query or parts.fragment or _IN_NO_ADDRESS.search(url):
        raise DeclarationError(f"{option} must be a plain address without a user, query, fragment or white space")
    if not host or parts.scheme not in ("http", "https"):
        raise DeclarationError(
            f"{option} {url!r} is not a valid address; write it like https://TENANT.api.identitynow.com"
        )
    if is_in_the_clear(url):
        raise DeclarationError(f"{option} {url!r} would send credentials unencrypted: it must begin with https://")
    return url


def _credentials(
    options: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets
) -> tuple[str | None, Secret | None, Secret | None]:
    """Return client id, client secret and bearer token, from one source."""
    explicit = {name: options.get(name) or "" for name in ("client_id", "client_secret", "access_token")}
    environment = {name: environ.get(f"SAIL_{name.upper()}") or "" for name in explicit}
    for given in (explicit, environment):
        for name in ("client_secret", "access_token"):
            secrets.learn(given[name])
    source, given = ("options", explicit) if any(explicit.values()) else ("environment", environment)
    names = {name: name if source == "options" else f"SAIL_{name.upper()}" for name in explicit}
    for name, value in given.items():
        check_characters(names[name], value)
    pair = (given["client_id"], given["client_secret"])
    if any(pair) and not all(pair):
        present, missing = ("client_id", "client_secret") if pair[0] else ("client_secret", "client_id")
        raise DeclarationError(
            f"{names[present]} is given without {names[missing]}; both must come from the same source"
        )
    if source == "options" and all(pair) and given["access_token"]:
        raise DeclarationError("client_id and client_secret exclude access_token: give the pair or the bearer token")
    if all(pair):
        return pair[0], secrets.learn(pair[1]), None
    if given["access_token"]:
        return None, None, secrets.learn(given["access_token"])
    raise DeclarationError(
        "credentials are missing: give client_id and client_secret, or access_token, "
        "or set SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or SAIL_ACCESS_TOKEN, in the environment"
    )
