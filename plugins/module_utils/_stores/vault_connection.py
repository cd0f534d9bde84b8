# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection of the store hashi_vault: hvac's client, the login, and what is said of an answer that is a refusal.

An error is raised outside of the handlers of a library's exceptions, which may hold the token.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, Callable
from urllib.parse import quote

from .._base.addresses import without_userinfo
from .._base.errors import DeclarationError, StoreChangedError, StoreError, StoreUnreachableError
from .store import CHANGED, TIMEOUT, library, refuse_in_the_clear

_NEEDED = {"token": (), "approle": ("role_id",), "jwt": ("role", "jwt"), "kubernetes": ("role",)}
_ADVICE = {
    412: "this node of it has not seen the last write yet; run again",
    429: "it limits the rate of requests; run again later",
    503: "it is sealed or not ready; unseal it, and run again",
}

NOT_VAULT = "the answer is not that of a KV engine; check url, and what is in front of Vault"


class VaultConnection:
    """One token's way to Vault. A login goes ahead of the first request, and again when its token has run out.

    It runs out with its time, and with the number of its uses where the role sets one (``token_num_uses``).
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise DeclarationError for an option that is missing, and StoreError without hvac. Nothing is sent."""
        self._options, self._method = options, options["auth_method"]
        for name in _NEEDED[self._method]:
            if not options[name]:
                raise DeclarationError(f"{name} is missing: auth_method {self._method} needs it")
        hvac = library("hvac", "hvac")
        self._failures = library("requests.exceptions", "requests")
        self.namespace: str = (options["namespace"] or os.environ.get("VAULT_NAMESPACE", "")).strip("/")
        self.client = hvac.Client(
            url=options["url"],
            token=_given_token(hvac, options) if self._method == "token" else "",  # None would be the environment's
            verify=options["ca_path"] or None,  # an empty one would switch the check off
            timeout=TIMEOUT,
            allow_redirects=False,  # requests would take the token along, to any host
            adapter=hvac.adapters.RawAdapter,
            namespace=self.namespace,
            ignore_exceptions=True,  # every answer is returned as it is
        )
        self.address: str = without_userinfo(self.client.url).rstrip("/")
        refuse_in_the_clear(self.address)
        self._expiry = float("inf") if self.client.token else 0.0
        self._uses = float("inf")

    def ask(self, deed: str, advice: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return Vault's answer to a call of the client: a success or one ``passing``. Raise ``refusal`` of others."""
        passing, hidden = kwargs.pop("passing", ()), kwargs.pop("hidden", ())
        if time.monotonic() >= self._expiry or self._uses < 1:
            self._log_in()
        self._uses -= 1
        answer = self._send(call, *args, **kwargs)
        if 200 <= answer.status_code < 300 or answer.status_code in passing:
            return answer
        raise self.refusal(answer, deed, advice, hidden)

    def refusal(self, answer: Any, deed: str, advice: str, hidden: Iterable[str] = ()) -> StoreError:
        """Return what to say of an answer: Vault's reason, unless it holds what is ``hidden``, and what to do."""
        status, reason = answer.status_code, _reason(answer)
        if status == 400 and "check-and-set parameter did not match" in reason:
            return StoreChangedError(CHANGED)
        if any(secret and secret in reason for secret in (*hidden, self.client.token)):
            reason = ""
        if 300 <= status < 400:
            advice = "it redirects elsewhere, and the token must not go along; set url to the active server"
        elif status >= 500:
            advice = "run again, and look into its log if that does not help"
        because = reason and f": {reason[:200]}"
        return StoreError(f"Vault refuses to {deed} (status {status}{because}); {_ADVICE.get(status, advice)}")

    def _log_in(self) -> None:
        mount = self._options["auth_mount_point"] or self._method
        if self._method == "approle":
            sent = {name: self._options[name] for name in ("role_id", "secret_id") if self._options[name]}
        else:
            sent = {"role": self._options["role"], "jwt": self._options["jwt"] or self._service_account()}
        self.client.token = None
        answer = self._send(self.client.adapter.post, f"/v1/auth/{quote(mount)}/login", json=sent)
        auth = mapping(document(answer), "auth")
        token, lasts = auth.get("client_token"), auth.get("lease_duration")
        if not isinstance(token, str) or not token:
            advice = f"check the role, its credentials, and that auth_method {self._method} is enabled at auth/{mount}"
            raise self.refusal(answer, "log in", advice, (sent.get("secret_id", ""), sent.get("jwt", "")))
        self.client.token = token
        self._expiry = time.monotonic() + lasts * 0.9 if lasts else float("inf")
        self._uses = auth.get("num_uses") or float("inf")

    def _service_account(self) -> str:
        path = self._options["jwt_path"]
        try:
            with open(path, encoding="ascii") as file:
                return file.read().strip()
        except (OSError, ValueError):
            pass
        raise StoreError(f"no token of a service account can be read from {path}; correct jwt_path, or give jwt")

    def _send(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        problem = unreachable = ""
        try:
            return call(*args, **kwargs)
        except ValueError:  # InvalidURL, InvalidHeader and the like
            problem = "url, namespace or the token cannot be sent like this; correct them"
        except self._failures.SSLError:
            problem = "no trusted TLS connection; correct url, or give the server's CA as ca_path"
        except self._failures.Timeout:
            unreachable = f"it was silent for {TIMEOUT} s; run again, or correct url"
        except self._failures.RequestException:
            unreachable = "it cannot be reached; start it or correct url, and run again"
        except OSError:
            problem = "the file of a CA or of a client's certificate cannot be read; correct ca_path or VAULT_CACERT"
        if unreachable:
            raise StoreUnreachableError(f"Vault at {self.address}: {unreachable}")
        raise StoreError(f"Vault at {self.address}: {problem}")


def document(answer: Any) -> dict[str, Any]:
    """Return the JSON object of an answer, an empty one if it has none."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def mapping(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the object under a key, an empty one if there is none."""
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def _reason(answer: Any) -> str:
    errors = document(answer).get("errors")
    text = " ".join(map(str, errors)) if isinstance(errors, list) else ""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _given_token(hvac: Any, options: Mapping[str, Any]) -> Any:
    try:
        token = options["token"] or hvac.utils.get_token_from_env()
    except (OSError, ValueError):
        token = None
    if token:
        return token
    raise DeclarationError("token is missing: auth_method token needs it, or VAULT_TOKEN, or a readable ~/.vault-token")
