# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A store in a Kubernetes namespace: one Secret for each token, of which only our keys are written and removed."""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Hashable, Mapping
from contextlib import suppress
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from .._base.addresses import without_userinfo
from .._base.errors import DeclarationError, StoreChangedError, StoreError, StoreUnreachableError
from .formats import KEYS, parse
from .store import CHANGED, LEFT_ALONE, TIMEOUT, Held, library, refuse_in_the_clear

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_ADVICE = {
    0: "no trusted TLS connection was made: correct the cluster's certificate authority in the kubeconfig",
    400: "perhaps an admission webhook of it supports no dry run: ask who runs it",
    401: "log in to it again, or correct kubeconfig and context",
    403: "allow get, create, patch and delete of secrets in the namespace (RBAC), and see its quotas and policies",
    404: "it does not answer as Kubernetes does: correct its address in the kubeconfig",
    422: "the Secret is immutable, or a policy forbids the change: move it away, or ask who runs the cluster",
}
"""What to do about a refusal, by its HTTP status; the library gives 0 to a failure of TLS."""


class _MissingError(StoreChangedError):
    """There is no such Secret, or it is gone by now."""


_CHANGED = {404: _MissingError, 409: StoreChangedError}


class KubernetesStore:
    """The Secrets of one namespace."""

    def __init__(self, options: Mapping[str, Any], tmpdir: str | None = None) -> None:
        """Raise DeclarationError for what can be no namespace, and StoreError where no configuration can be loaded.

        The library keeps the keys of a kubeconfig in files below ``tmpdir``, and leaves them there in a process that
        forks; so the folder goes with the store.
        """
        self._namespace = str.__str__(options["namespace"])
        if len(self._namespace) > 63 or not re.fullmatch(_LABEL, self._namespace):
            raise DeclarationError("namespace is not a DNS label (RFC 1123), so it cannot be a namespace; correct it")
        kubernetes = library("kubernetes", "kubernetes")
        folder = mkdtemp(prefix="isc-", dir=tmpdir)
        finalize(self, rmtree, folder, ignore_errors=True)
        configuration = _configuration(kubernetes, options, folder)
        self._client, self._host = kubernetes.client, without_userinfo(str(configuration.host))
        refuse_in_the_clear(self._host)
        self._api = self._client.CoreV1Api(self._client.ApiClient(configuration))

    def where(self, place: str) -> str:
        """Return how messages refer to the Secret."""
        return f"kubernetes Secret {self._namespace}/{place}"

    def identity(self, place: str) -> Hashable:
        """Return the cluster, the namespace and the Secret. Raises DeclarationError for what can be no Secret."""
        if len(place) > 253 or not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", place):
            raise DeclarationError(
                f"{place!r} cannot be the name of a Kubernetes Secret: it may have lower-case letters, digits, hyphens "
                "and dots, and must begin and end with a letter or digit; correct name, or give the token another key"
            )
        return "kubernetes", self._host, self._namespace, place

    def fetch(self, place: str) -> Held:
        """Return those of our keys that the Secret has. Raises StoreError for a Secret of another type."""
        secret = self._read(place)
        if secret is None:
            return Held()
        data = secret.data or {}
        with suppress(ValueError):
            content = {key: b64decode(data[key]).decode() for key in KEYS if key in data}
            return Held(content or None, secret.metadata.resource_version)
        raise StoreError(f"a value in it is not UTF-8; {LEFT_ALONE}")

    def prepare(self, place: str, probe: bool) -> None:
        """Have the cluster say what it would do: a dry run touches nothing, so it is made without ``probe`` too."""
        with suppress(StoreChangedError):  # another run was faster: it is the write that has to notice
            self.put(place, dict.fromkeys(KEYS, "0" * 64), self.fetch(place).version, dry_run="All")

    def put(self, place: str, values: Mapping[str, str], version: Any, **how: str) -> None:
        """Create the Secret, or set our keys in it; ``how`` is for the cluster."""
        data = {key: b64encode(value.encode()).decode() for key, value in values.items()}
        if version is None:
            named = self._client.V1ObjectMeta(name=str.__str__(place))
            self._call("create", body=self._client.V1Secret(metadata=named, type="Opaque", data=data), **how)
        else:
            self._call("patch", place, body={"metadata": {"resourceVersion": version}, "data": data}, **how)

    def delete(self, place: str, version: Any) -> None:
        """Delete the Secret, or only our keys where it has others."""
        secret = self._read(place)
        if secret is not None and set(secret.data or {}) - set(KEYS):
            self._call("patch", place, body={"metadata": {"resourceVersion": version}, "data": dict.fromkeys(KEYS)})
        elif secret is not None:
            only = self._client.V1Preconditions(resource_version=version)
            with suppress(_MissingError):
                self._call("delete", place, body=self._client.V1DeleteOptions(preconditions=only))

    def _read(self, place: str) -> Any:
        try:
            secret = self._call("read", place)
        except _MissingError:
            return None
        if secret.type != "Opaque":
            raise StoreError(f"it is a Secret of another type than Opaque; {LEFT_ALONE}")
        if secret.metadata.deletion_timestamp is not None:
            raise StoreError("it is being deleted; see which finalizers it waits for, and run again")
        return secret

    def _call(self, verb: str, *name: str, **how: Any) -> Any:
        """Return the answer to a request. The library's errors quote what was sent and answered: none is shown."""
        method = getattr(self._api, f"{verb}_namespaced_secret")
        try:
            return method(*map(str.__str__, name), namespace=self._namespace, _request_timeout=(10, TIMEOUT), **how)
        except self._client.ApiException as error:
            status, answer = error.status, parse("json", error.body or "")
        except (OSError, library("urllib3", "urllib3").exceptions.HTTPError):
            status, answer = None, None
        except ValueError:  # of http.client, which sends no header with a line break in it
            status, answer = 401, None
        if status is None:
            raise StoreUnreachableError(
                f"{self._host} cannot be reached; check the network, the proxy and the kubeconfig"
            )
        details = answer.get("details") if isinstance(answer, dict) else None
        kind = details.get("kind") if isinstance(details, dict) else None
        if kind == "secrets" and status in _CHANGED:
            raise _CHANGED[status](CHANGED)
        if (status, kind) == (404, "namespaces"):
            raise StoreError(f"there is no namespace {self._namespace}; create it, or correct namespace")
        advice = _ADVICE.get(status, "run again, and ask who runs the cluster if that does not help")
        raise StoreError(f"the cluster refused to {verb} it (status {status}): {advice}")


def _configuration(kubernetes: Any, options: Mapping[str, Any], folder: str) -> Any:
    """Return what kubectl would use, else what a pod gets from its cluster; the library's defaults stay as they are."""
    path, context = options["kubeconfig"] or os.environ.get("KUBECONFIG"), options["context"] or None
    configuration = kubernetes.client.Configuration()
    configuration.retries = False
    _forget_files(kubernetes)
    with suppress(Exception):  # of many kinds, and they quote the kubeconfig
        if path or context or os.path.exists(os.path.expanduser("~/.kube/config")):
            kubernetes.config.load_kube_config(path or "~/.kube/config", context, configuration, temp_file_path=folder)
        else:
            kubernetes.config.load_incluster_config(configuration)
        return configuration
    raise StoreError(
        "found no usable kubeconfig, nor the configuration of a pod; try kubectl, correct kubeconfig and context"
    )


def _forget_files(kubernetes: Any) -> None:
    """Have the library write its files anew: those that it remembers go with the store that they were written for."""
    remembered = getattr(getattr(kubernetes.config, "kube_config", None), "_temp_files", None)
    if isinstance(remembered, dict):
        remembered.clear()
