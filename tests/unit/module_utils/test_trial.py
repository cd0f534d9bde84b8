# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A store that is tried out: what it does well is told, and what it does otherwise, and nothing stays behind."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import StoreError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import FileStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held, Store
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.trial import trial

BASE_URL = "https://fake-tenant.api.identitynow.com"


class CarelessStore:
    """A store in memory that forgets what it is told to keep, keeps what it is told to forget, or mixes up its keys."""

    def __init__(self, keeps: bool = True, removes: bool = True, mixes_up: str = "") -> None:
        self.content: dict[str, Mapping[str, str]] = {}
        self._keeps, self._removes, self._mixes_up = keeps, removes, mixes_up

    def where(self, place: str) -> str:
        return f"careless entry {place}"

    def identity(self, place: str) -> Hashable:
        return place

    def fetch(self, place: str) -> Held:
        if self._mixes_up == "reads" and len([held for held in self.content if held.startswith(place)]) > 1:
            return Held("two entries at once")
        return Held(self.content.get("any" if self._mixes_up == "all" else place))

    def prepare(self, place: str, probe: bool) -> None:
        """Promise everything."""

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        if self._keeps:
            self.content["any" if self._mixes_up == "all" else place] = values
        if self._mixes_up == "writes":
            self.content = dict.fromkeys(self.content, values)

    def delete(self, place: str, version: Any) -> None:
        if self._removes:
            del self.content["any" if self._mixes_up == "all" else place]
        if self._mixes_up == "removals":
            self.content.clear()


def entry_of(store: Store, place: str) -> Entry:
    return Entry(store, place, BASE_URL, Secrets())


def tried(store: Store, place: str, other: str = "other.json") -> list[str]:
    return list(trial(entry_of(store, place), entry_of(store, other), BASE_URL))


def test_a_good_store_shows_all_that_a_run_relies_on_and_is_left_empty(tmp_path: Path) -> None:
    assert len(tried(FileStore("file"), f"{tmp_path}/check.json", f"{tmp_path}/check-2.json")) == 7
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("store", "says"),
    [
        (CarelessStore(keeps=False), "must give exactly what was written"),
        (CarelessStore(removes=False), "must give nothing"),
    ],
)
def test_a_store_that_does_not_do_what_it_says_is_told(store: CarelessStore, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        tried(store, "x")
    assert str(caught.value).startswith("careless entry x: ")


@pytest.mark.parametrize(
    ("mixes_up", "says"),
    [
        ("all", "other.json: after the entry of another key was written, reading it must give nothing"),
        ("writes", "x: after the entry of another key was written, reading it must give exactly what was written"),
        ("removals", "other.json: after the entry of another key was removed, reading it must give exactly"),
    ],
)
def test_a_store_that_mixes_up_its_keys_is_told_and_left_empty(mixes_up: str, says: str) -> None:
    """One token's run would write over what another token's consumers read."""
    store = CarelessStore(mixes_up=mixes_up)
    with pytest.raises(StoreError, match=f"^careless entry {says}"):
        tried(store, "x")
    assert store.content == {}


def test_a_store_that_shows_the_entries_of_longer_keys_too_is_left_empty() -> None:
    """The first entry cannot be read while the second one is there, so the second one has to go first."""
    store = CarelessStore(mixes_up="reads")
    with pytest.raises(StoreError, match="must hold base_url"):
        tried(store, "x", "x-2")
    assert store.content == {}


def test_an_entry_in_use_is_not_tried(tmp_path: Path) -> None:
    free, used = f"{tmp_path}/free.json", f"{tmp_path}/used.json"
    entries = (entry_of(FileStore("file"), used), entry_of(FileStore("file"), free))
    next(seen for number, seen in enumerate(trial(*entries, BASE_URL)) if number == 2)
    before = Path(used).read_bytes()
    for places in ((used, free), (free, used)):
        with pytest.raises(StoreError, match=rf"^file {used}: .*a key that nobody uses"):
            tried(FileStore("file"), *places)
    assert Path(used).read_bytes() == before
    assert not Path(free).exists()
