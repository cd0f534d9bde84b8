# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official client of Kubernetes in front of a strict API server."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.formats import KEYS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kubernetes import KubernetesStore
from ansible_collections.sailpoint_community.isc.tests.stores.servers.kubernetes_server import (
    NAMESPACE,
    TOKEN,
    KubernetesServer,
)


def encoded(content: Mapping[str, object]) -> dict[str, str]:
    """Return values as ``data`` of a Secret holds them."""
    return {key: b64encode(str(value).encode()).decode() for key, value in content.items()}


class KubernetesBench:
    """The server, and a kubeconfig that leads to it."""

    place = "isc-fake-crm"
    compares: Mapping[str, int] = {"put": 2, "delete": 3}
    own_secrets = (TOKEN,)

    def __init__(self, folder: Path) -> None:
        self._kubeconfig = folder / "kubeconfig"
        self._server = KubernetesServer()
        self.cluster, self.calls = self._server.cluster, self._server.cluster.calls
        self.configure(self._server.url)

    @property
    def url(self) -> str:
        """Return where the server listens."""
        return self._server.url

    def configure(self, url: str, token: str = TOKEN) -> None:
        """Write the kubeconfig."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": url}}],
            "users": [{"name": "fake", "user": {"token": token}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        }
        self._kubeconfig.write_text(json.dumps(config))

    def options(self, **changed: Any) -> dict[str, Any]:
        """Return the options of the store as validation leaves them."""
        given = {"name": "isc-{key}", "namespace": NAMESPACE, "kubeconfig": str(self._kubeconfig), "context": None}
        return {**given, **changed}

    def store(self) -> KubernetesStore:
        """Return the store with a client of its own."""
        return KubernetesStore(self.options())

    def option(self) -> dict[str, Any]:
        """Return the option that leads a task here."""
        given = {"name": self.place, "namespace": NAMESPACE, "kubeconfig": str(self._kubeconfig)}
        return {"kubernetes": given}

    def environment(self) -> dict[str, str]:
        """Return nothing: the kubeconfig says it all."""
        return {}

    def peek(self) -> Mapping[str, object] | None:
        """Return what a pod finds in the Secret."""
        secret = self.cluster.secrets.get(self.place)
        if secret is None:
            return None
        return {key: b64decode(value).decode() for key, value in secret["data"].items()}

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Put a Secret there: of another type if it has none of our keys; a text becomes the value of each key."""
        values = dict.fromkeys(KEYS, content) if isinstance(content, str) else content
        kind = "Opaque" if set(values) & set(KEYS) else "kubernetes.io/basic-auth"
        self.cluster.store(self.place, {"type": kind, "data": encoded(values)})

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Allow nothing."""
        self.cluster.forbidden = {"get", "create", "patch", "delete"}
        try:
            yield
        finally:
            self.cluster.forbidden = set()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Close the port."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()

    def close(self) -> None:
        """End the server."""
        self._server.stop()


def open_bench(folder: Path) -> KubernetesBench:
    """Return the store with nothing in it."""
    return KubernetesBench(folder)
