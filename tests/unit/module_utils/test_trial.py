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
    """A store in memory that forgets what it is told to keep, or keeps what it is told to forget."""

    def __init__(self, keeps: bool = True, removes: bool = True) -> None:
        self.content: Mapping[str, str] | None = None
        self._keeps, self._removes = keeps, removes

    def where(self, place: str) -> str:
        return f"careless entry {place}"

    def identity(self, place: str) -> Hashable:
        return place

    def fetch(self, place: str) -> Held:
        return Held(self.content)

    def prepare(self, place: str, probe: bool) -> None:
        """Promise everything."""

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        self.content = values if self._keeps else None

    def delete(self, place: str, version: Any) -> None:
        if self._removes:
            self.content = None


def tried(store: Store, place: str) -> list[str]:
    return list(trial(Entry(store, place, BASE_URL, Secrets()), BASE_URL))


def test_a_good_store_shows_all_that_a_run_relies_on_and_is_left_empty(tmp_path: Path) -> None:
    place = tmp_path / "check.json"
    assert len(tried(FileStore("file"), str(place))) == 6
    assert not place.exists()


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


def test_an_entry_in_use_is_not_tried(tmp_path: Path) -> None:
    place = tmp_path / "check.json"
    entry = Entry(FileStore("file"), str(place), BASE_URL, Secrets())
    next(seen for number, seen in enumerate(trial(entry, BASE_URL)) if number == 2)
    before = place.read_bytes()
    with pytest.raises(StoreError, match="a key that nobody uses"):
        tried(FileStore("file"), str(place))
    assert place.read_bytes() == before
