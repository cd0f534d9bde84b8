# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is particular to the Secrets of a Kubernetes namespace."""

from __future__ import annotations

import copy
import gc
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes
import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kubernetes import KubernetesStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held
from ansible_collections.sailpoint_community.isc.tests.stores.benches.kubernetes_bench import KubernetesBench, encoded

OLD = {"base_url": "https://fake-tenant", "client_id": "fake-client-id", "client_secret": "fake-secret-old"}
NEW = {**OLD, "client_secret": "fake-secret-new"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KubernetesBench]:
    """A cluster with a namespace in which there is nothing."""
    with closing(KubernetesBench(tmp_path)) as opened:
        yield opened


def planted(bench: KubernetesBench, secret: dict[str, Any]) -> dict[str, Any]:
    """Put a Secret into the cluster, and return a copy of what it became."""
    return copy.deepcopy(bench.cluster.store(bench.place, secret))


def failure(attempt: Callable[[], object]) -> str:
    """Return the text of the StoreError that an attempt raises."""
    with pytest.raises(StoreError) as caught:
        attempt()
    assert "fake-secret" not in str(caught.value)
    assert "fake-kubernetes-token" not in str(caught.value)
    assert not isinstance(caught.value, StoreChangedError)
    return str(caught.value)


def every_call(bench: KubernetesBench, version: str | None) -> list[Callable[[], object]]:
    """Return all that asks the cluster for something."""
    store = bench.store()
    return [
        lambda: store.fetch(bench.place),
        lambda: store.prepare(bench.place, False),
        lambda: store.put(bench.place, NEW, version),
        lambda: store.delete(bench.place, version),
    ]


def test_a_missing_library_is_told(bench: KubernetesBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    assert "pip install kubernetes" in failure(bench.store)


@pytest.mark.parametrize("namespace", ["", "Fake", "fake.dots", "-fake", "fake/..", "f" * 64, "fake\n"])
def test_what_can_be_no_namespace_is_refused(bench: KubernetesBench, namespace: str) -> None:
    with pytest.raises(DeclarationError, match="namespace"):
        KubernetesStore(bench.options(namespace=namespace))


@pytest.mark.parametrize(
    "place", ["", "isc-Crm", "isc_crm", "isc/crm", "-isc", "isc.", "isc..crm", "..", "i" * 254, "i\n"]
)
def test_what_can_be_no_secret_is_refused(bench: KubernetesBench, place: str) -> None:
    with pytest.raises(DeclarationError, match="another key"):
        bench.store().identity(place)


def test_the_cluster_is_part_of_what_an_entry_is(bench: KubernetesBench) -> None:
    here = bench.store().identity("isc.fake-crm")
    assert here == bench.store().identity("isc.fake-crm")
    bench.configure("https://fake-other-cluster:6443")
    assert here != bench.store().identity("isc.fake-crm")


def test_no_cluster_gets_a_secret_in_the_clear(bench: KubernetesBench) -> None:
    bench.configure("http://fake-user:fake-password@cluster.example:6443")
    with pytest.raises(DeclarationError, match=r"^http://cluster\.example:6443 would get all secrets unencrypted"):
        bench.store()


def test_the_password_of_a_url_is_not_told(bench: KubernetesBench) -> None:
    bench.configure("https://fake-user:fake-password@127.0.0.1:1")
    text = failure(lambda: bench.store().fetch("isc"))
    assert text.startswith("https://127.0.0.1:1 cannot be reached")
    assert "fake-password" not in text


@pytest.mark.parametrize("content", [None, "fake-secret: [", "{}"])
def test_a_kubeconfig_that_cannot_be_loaded_is_told(
    bench: KubernetesBench, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "other"
    if content is not None:
        path.write_text(content)
    assert "kubeconfig" in failure(lambda: KubernetesStore(bench.options(kubeconfig=str(path))))
    assert "kubeconfig" in failure(lambda: KubernetesStore(bench.options(context="fake-other-context")))


def test_the_kubeconfig_is_found_as_kubectl_finds_it(
    bench: KubernetesBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    options = bench.options(kubeconfig=None)
    assert "kubeconfig" in failure(lambda: KubernetesStore(options))
    monkeypatch.setenv("KUBECONFIG", bench.options()["kubeconfig"])
    assert KubernetesStore(options).identity("isc")[1] == bench.url  # type: ignore[index]
    monkeypatch.delenv("KUBECONFIG")
    (tmp_path / ".kube").mkdir()
    (tmp_path / "kubeconfig").rename(tmp_path / ".kube" / "config")
    assert KubernetesStore(options).identity("isc")[1] == bench.url  # type: ignore[index]


INLINE = ("client-certificate-data", "client-key-data")


@pytest.fixture
def folder(bench: KubernetesBench, tmp_path: Path) -> Path:
    """Return an empty folder for the files of a run, whose kubeconfig holds a key and its certificate."""
    bench.configure("https://127.0.0.1:1")
    path = Path(bench.options()["kubeconfig"])
    config = json.loads(path.read_text())
    config["users"][0]["user"] = {name: b64encode(f"fake-{name}".encode()).decode() for name in INLINE}
    path.write_text(json.dumps(config))
    made = tmp_path / "of-the-run"
    made.mkdir()
    return made


def written(folder: Path) -> list[str]:
    """Return what the files below a folder hold."""
    return sorted(file.read_text() for file in folder.rglob("*") if file.is_file())


def test_the_key_of_a_kubeconfig_lies_in_no_file_for_longer_than_the_store_lives(
    bench: KubernetesBench, folder: Path
) -> None:
    store = KubernetesStore(bench.options(), str(folder))
    assert written(folder) == [f"fake-{name}" for name in INLINE]
    del store
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("lingers", [False, True], ids=["the first is gone", "the first goes later"])
def test_a_second_store_has_files_of_its_own(bench: KubernetesBench, folder: Path, lingers: bool) -> None:
    """The library remembers the files of the first one, and would hand them out again."""
    gc.disable()
    try:
        cycle: list[object] = [KubernetesStore(bench.options(), str(folder))]
        if lingers:
            cycle.append(cycle)
        del cycle
        store = KubernetesStore(bench.options(), str(folder))
        gc.collect()
        assert written(folder) == [f"fake-{name}" for name in INLINE]
        del store
    finally:
        gc.enable()


def test_a_library_that_remembers_no_files_is_used_all_the_same(
    bench: KubernetesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = SimpleNamespace(load_kube_config=kubernetes.config.load_kube_config)
    monkeypatch.setattr(kubernetes, "config", library)
    assert bench.store().fetch(bench.place) == Held()


def test_an_empty_context_is_one_that_is_left_out(bench: KubernetesBench) -> None:
    assert KubernetesStore(bench.options(context="")).fetch(bench.place) == Held()


def test_a_token_that_cannot_be_sent_is_told(bench: KubernetesBench) -> None:
    bench.configure(bench.url, "fake-kubernetes-token\nwith-a-line-break")
    assert "correct kubeconfig" in failure(lambda: bench.store().fetch(bench.place))


def test_no_secret_is_nothing_and_no_namespace_is_found_out_by_looking(bench: KubernetesBench) -> None:
    assert bench.store().fetch(bench.place) == Held()
    bench.store().prepare(bench.place, probe=False)
    bench.cluster.namespaces.clear()
    assert "no namespace fake-namespace" in failure(lambda: bench.store().prepare(bench.place, False))
    assert "no namespace fake-namespace" in failure(lambda: bench.store().put(bench.place, NEW, None))


def test_a_missing_namespace_is_not_nothing(bench: KubernetesBench) -> None:
    status = {"kind": "Status", "reason": "NotFound", "details": {"kind": "namespaces", "name": "fake-namespace"}}
    bench.cluster.answer = (404, json.dumps(status))
    for attempt in every_call(bench, "1"):
        assert "no namespace fake-namespace" in failure(attempt)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (302, "run again"),
        (400, "dry run"),
        (401, "log in"),
        (403, "allow get, create, patch and delete of secrets"),
        (404, "does not answer as Kubernetes does"),
        (409, "run again"),
        (422, "immutable"),
        (429, "run again"),
        (500, "run again"),
        (503, "run again"),
    ],
)
@pytest.mark.parametrize("body", ["", "<html>fake-secret", '"fake-secret"', '{"details": "fake-secret"}', "[" * 20_000])
def test_a_refusal_is_never_taken_for_nothing(bench: KubernetesBench, status: int, advice: str, body: str) -> None:
    bench.cluster.answer = (status, body)
    for attempt in every_call(bench, "1"):
        text = failure(attempt)
        assert f"status {status}" in text
        assert advice in text


def test_wrong_credentials_are_told(bench: KubernetesBench) -> None:
    bench.configure(bench.url, token="fake-secret-token")
    assert "status 401" in failure(lambda: bench.store().fetch(bench.place))


def test_no_tls_is_told(bench: KubernetesBench) -> None:
    bench.configure(bench.url.replace("http://", "https://"))
    assert "TLS" in failure(lambda: bench.store().fetch(bench.place))


@pytest.mark.parametrize("verb", ["create", "patch"])
def test_a_right_that_is_missing_is_found_out_by_looking(bench: KubernetesBench, verb: str) -> None:
    if verb == "patch":
        planted(bench, {"data": encoded(OLD)})
    bench.cluster.forbidden = {verb}
    assert "status 403" in failure(lambda: bench.store().prepare(bench.place, False))


def test_looking_changes_not_even_the_version(bench: KubernetesBench) -> None:
    before = planted(bench, {"data": encoded(OLD)})
    bench.store().prepare(bench.place, True)
    assert bench.cluster.secrets[bench.place] == before
    assert bench.cluster.requests == ["get", "patch dry"]


@pytest.mark.parametrize("there", [False, True], ids=["create", "patch"])
def test_another_run_that_is_faster_while_we_look_is_no_reason_to_fail(
    bench: KubernetesBench, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """Nothing is written yet: the write itself looks again, and plans anew where it comes second."""
    if there:
        planted(bench, {"data": encoded(OLD)})
    store = bench.store()
    fetch = store.fetch

    def overtaken(place: str) -> Held:
        held = fetch(place)
        planted(bench, {"data": encoded(NEW)})
        return held

    monkeypatch.setattr(store, "fetch", overtaken)
    store.prepare(bench.place, True)
    assert bench.peek() == NEW


def test_what_others_keep_in_the_secret_stays(bench: KubernetesBench) -> None:
    metadata = {
        "labels": {"fake": "label"},
        "annotations": {"fake": "annotation"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "fake", "uid": "fake"}],
    }
    before = planted(bench, {"metadata": metadata, "data": encoded({"password": "fake-secret-of-others"})})
    store = bench.store()
    held = store.fetch(bench.place)
    assert held.content is None
    store.put(bench.place, OLD, held.version)
    assert bench.cluster.secrets[bench.place]["data"] == encoded({"password": "fake-secret-of-others", **OLD})
    held = store.fetch(bench.place)
    assert held.content == OLD
    store.put(bench.place, NEW, held.version)
    store.delete(bench.place, store.fetch(bench.place).version)
    after = copy.deepcopy(bench.cluster.secrets[bench.place])
    assert after["metadata"].pop("resourceVersion") != before["metadata"].pop("resourceVersion")
    assert after == before


def test_a_secret_with_labels_but_nothing_else_is_deleted(bench: KubernetesBench) -> None:
    planted(bench, {"metadata": {"labels": {"fake": "label"}}, "data": encoded(OLD)})
    bench.store().delete(bench.place, bench.store().fetch(bench.place).version)
    assert bench.place not in bench.cluster.secrets


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ({"type": "kubernetes.io/tls", "data": encoded(OLD)}, "another type than Opaque"),
        ({"data": encoded(OLD), "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}, "being deleted"),
        ({"data": {**encoded(OLD), "client_secret": "/w=="}}, "not UTF-8"),
        ({"data": {**encoded(OLD), "client_secret": "a"}}, "not UTF-8"),
    ],
    ids=["type", "being deleted", "bytes", "no base64"],
)
def test_a_secret_that_is_not_ours_is_left_alone(bench: KubernetesBench, secret: dict[str, Any], reason: str) -> None:
    before = planted(bench, secret)
    store = bench.store()
    assert reason in failure(lambda: store.fetch(bench.place))
    assert reason in failure(lambda: store.prepare(bench.place, True))
    assert bench.cluster.secrets[bench.place] == before


def test_an_immutable_secret_is_read_and_not_written(bench: KubernetesBench) -> None:
    before = planted(bench, {"data": encoded(OLD), "immutable": True})
    store = bench.store()
    held = store.fetch(bench.place)
    assert held.content == OLD
    assert "immutable" in failure(lambda: store.prepare(bench.place, False))
    assert "immutable" in failure(lambda: store.put(bench.place, NEW, held.version))
    assert bench.cluster.secrets[bench.place] == before


@pytest.mark.parametrize("others", [{}, {"password": "fake-secret-of-others"}], ids=["ours only", "shared"])
def test_who_comes_second_changes_nothing(bench: KubernetesBench, others: dict[str, object]) -> None:
    store = bench.store()
    planted(bench, {"data": encoded({**others, **OLD})})
    version = store.fetch(bench.place).version
    after = planted(bench, {"data": encoded({**others, **OLD})})
    attempts: list[Callable[[], None]] = [
        lambda: store.put(bench.place, NEW, version),
        lambda: store.put(bench.place, NEW, None),
        lambda: store.delete(bench.place, version),
    ]
    for attempt in attempts:
        with pytest.raises(StoreChangedError):
            attempt()
    assert bench.cluster.secrets[bench.place] == after


def test_a_secret_that_is_gone_is_neither_written_nor_missed(bench: KubernetesBench) -> None:
    store = bench.store()
    with pytest.raises(StoreChangedError):
        store.put(bench.place, NEW, "1")
    store.delete(bench.place, "1")
    assert bench.cluster.secrets == {}
