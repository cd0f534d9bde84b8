# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every store keeps, whatever it is: the same tests for all of them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    EntryDeletedError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Credentials
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held, Store
from ansible_collections.sailpoint_community.isc.tests.stores.benches.bench import Bench
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import DONE, FAULTS, SILENCE

BASE_URL = "https://fake-tenant.api.identitynow.com"
INTERLEAVINGS = 1000
STORES = "ansible_collections.sailpoint_community.isc.plugins.module_utils._stores"


def credentials(number: int) -> Credentials:
    """Return the credentials of one of many fake tokens."""
    return Credentials(BASE_URL, f"fa4e{number:028x}", Secret(f"fake-secret-{number:052x}"))


OLD, NEW, OTHER = credentials(1), credentials(2), credentials(3)


def values(held: Credentials) -> dict[str, object]:
    """Return credentials as an entry holds them."""
    return {
        "base_url": held.base_url,
        "client_id": held.client_id,
        "client_secret": held.client_secret.reveal(),
    }


def texts(held: Credentials) -> dict[str, str]:
    """Return credentials as a store is given them."""
    return {key: str(value) for key, value in values(held).items()}


def entry_of(bench: Bench) -> Entry:
    """Return the entry of the test over a connection of its own."""
    return Entry(bench.store(), bench.place, BASE_URL, Secrets())


def refusal(bench: Bench, replacing: Credentials | None = None) -> str:
    """Return why the entry is neither read, written nor removed; nothing of it changes, and no secret is told."""
    before = bench.peek()
    entry = entry_of(bench)
    texts = []
    for attempt in (
        entry.read,
        lambda: entry.write(NEW, replacing),
        lambda: entry.remove(replacing or OLD),
    ):
        with pytest.raises(StoreError) as caught:
            attempt()
        texts.append(str(caught.value))
    assert bench.peek() == before
    for text in texts:
        assert text.count(entry.where) == 1, text
        assert "\n" not in text
        assert "fake-secret" not in text
        assert caught.value.__cause__ is None
    return texts[0]


def attempts(bench: Bench) -> list[Callable[[], object]]:
    """Return all that is done with an entry, over a connection that is made only then."""
    return [
        lambda: entry_of(bench).read(),
        lambda: entry_of(bench).write(NEW, OLD),
        lambda: entry_of(bench).remove(OLD),
    ]


def change(entry: Entry, present: Credentials | None, wanted: Credentials | None) -> None:
    """Make an entry hold what is wanted: nothing is a removal."""
    if wanted is not None:
        entry.write(wanted, present)
    elif present is not None:
        entry.remove(present)


def held(credentials: Credentials | None) -> dict[str, object] | None:
    """Return what a consumer has to find."""
    return values(credentials) if credentials else None


def failure(entry: Entry, attempt: Callable[[], object]) -> str:
    """Return why the server did not do it: one line that names the entry, says what to do, and tells no secret."""
    with pytest.raises(StoreError) as caught:
        attempt()
    text = str(caught.value)
    assert not isinstance(caught.value, StoreChangedError)
    assert text.startswith(f"{entry.where}: ")
    assert re.search("run again|[;:] (check|correct|give|allow) ", text), "say what to do"
    assert not re.search("fake-secret|library failed|\n", text)
    return text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the stores wait for less time than a silent server is silent."""
    for name in ("vault_connection", "kubernetes", "aws_calls", "azure_calls"):
        monkeypatch.setattr(import_module(f"{STORES}.{name}"), "TIMEOUT", SILENCE / 2)


def test_nothing_is_nothing(bench: Bench) -> None:
    assert entry_of(bench).read() is None
    assert bench.peek() is None


def test_what_is_written_is_read_by_consumers_and_by_another_connection(bench: Bench) -> None:
    entry = entry_of(bench)
    entry.prepare(probe=True)
    assert bench.peek() is None
    entry.write(NEW, None)
    assert bench.peek() == values(NEW)
    assert entry_of(bench).read() == NEW


def test_the_old_is_replaced_by_the_new(bench: Bench) -> None:
    entry_of(bench).write(OLD, None)
    entry = entry_of(bench)
    assert entry.read() == OLD
    entry.prepare(probe=True)
    entry.write(NEW, OLD)
    assert bench.peek() == values(NEW)
    assert entry.read() == NEW


def test_looking_touches_nothing(bench: Bench) -> None:
    entry_of(bench).prepare(probe=False)
    assert bench.peek() is None
    entry_of(bench).write(OLD, None)
    entry_of(bench).prepare(probe=False)
    assert bench.peek() == values(OLD)


def test_what_is_there_already_is_not_written_again(bench: Bench) -> None:
    entry_of(bench).write(NEW, None)
    entry_of(bench).write(NEW, OLD)
    assert entry_of(bench).read() == NEW


def test_a_removed_entry_is_gone_for_consumers(bench: Bench) -> None:
    entry_of(bench).write(OLD, None)
    entry_of(bench).remove(OLD)
    assert bench.peek() is None


def test_removing_nothing_is_fine(bench: Bench) -> None:
    entry_of(bench).remove(OLD)
    assert bench.peek() is None


def test_what_changed_since_it_was_read_is_neither_replaced_nor_removed(bench: Bench) -> None:
    entry_of(bench).write(OTHER, None)
    for replacing in (None, OLD):
        with pytest.raises(StoreChangedError):
            entry_of(bench).write(NEW, replacing)
    with pytest.raises(StoreChangedError):
        entry_of(bench).remove(OLD)
    assert bench.peek() == values(OTHER)


def test_a_removed_entry_is_not_written_in_the_place_of_what_it_was(bench: Bench) -> None:
    with pytest.raises(StoreChangedError):
        entry_of(bench).write(NEW, OLD)
    assert bench.peek() is None


@pytest.mark.parametrize(
    "content",
    [
        {"password": "fake-secret-of-somebody"},
        {**values(OLD), "client_secret": " "},
        {**values(OLD), "client_secret": ""},
        {**values(OLD), "client_id": "../fake-secret"},
        {"base_url": BASE_URL, "client_id": OLD.client_id},
    ],
    ids=["another's", "blank", "empty", "no id", "half"],
)
def test_what_is_not_ours_is_left_alone(bench: Bench, content: dict[str, object]) -> None:
    bench.plant(content)
    refusal(bench)


def test_an_entry_of_another_tenant_is_left_alone(bench: Bench) -> None:
    bench.plant({**values(OLD), "base_url": "https://fake-neighbour.api.identitynow.com"})
    assert BASE_URL in refusal(bench, OLD)


def test_the_spelling_of_the_tenant_does_not_matter(bench: Bench) -> None:
    bench.plant({**values(OLD), "base_url": f"{BASE_URL.replace('fake', 'FAKE')}/"})
    entry_of(bench).write(NEW, OLD)
    assert bench.peek() == values(NEW)


@pytest.mark.parametrize(
    "text",
    ["fake-secret rubbish", "[" * 20_000, json.dumps({**values(OLD), "client_secret": "fake-secret" * 20_000}), " "],
    ids=["rubbish", "nested", "long", "white space"],
)
def test_a_text_that_cannot_be_understood_is_left_alone(bench: Bench, text: str) -> None:
    bench.plant(text)
    refusal(bench)


def test_a_store_that_refuses_is_not_an_empty_one(bench: Bench) -> None:
    entry_of(bench).write(OLD, None)
    with bench.denied():
        for attempt in attempts(bench):
            with pytest.raises(StoreError) as caught:
                attempt()
            assert not isinstance(caught.value, StoreChangedError)
            assert "fake-secret" not in str(caught.value)
            assert "library failed" not in str(caught.value), "say what it was"
    assert bench.peek() == values(OLD)


def test_a_store_that_refuses_is_found_out_before_anything_is_made(bench: Bench) -> None:
    def look() -> None:
        entry = entry_of(bench)
        entry.read()
        entry.prepare(probe=True)

    with bench.denied(), pytest.raises(StoreError):
        look()


def test_a_store_that_cannot_be_reached_is_not_an_empty_one(bench: Bench) -> None:
    entry_of(bench).write(OLD, None)
    with bench.unreachable():
        for attempt in attempts(bench):
            with pytest.raises(StoreError) as caught:
                attempt()
            assert not isinstance(caught.value, StoreChangedError)
            assert not re.search("fake-secret|library failed", str(caught.value))
    assert bench.peek() == values(OLD)


CHANGES = pytest.mark.parametrize(
    ("present", "wanted"), [(None, NEW), (OLD, NEW), (OLD, None)], ids=["create", "replace", "remove"]
)


@CHANGES
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_change_that_its_server_does_not_make_leaves_what_was_stored(
    served: Bench, fault: str, present: Credentials | None, wanted: Credentials | None
) -> None:
    """It was read a moment ago, and the server fails only now: by then, the token has been made."""
    change(entry_of(served), None, present)
    entry = entry_of(served)
    with served.calls.failing(fault):
        failure(entry, lambda: change(entry, present, wanted))
    assert served.peek() == held(present)
    assert entry.read() == present
    change(entry, present, wanted)
    assert served.peek() == held(wanted)


@CHANGES
def test_a_change_whose_answer_is_lost_is_found(
    served: Bench, present: Credentials | None, wanted: Credentials | None
) -> None:
    """A library that asks again is told that it has changed: that was the first request."""
    change(entry_of(served), None, present)
    with served.calls.failing(DONE):
        change(entry_of(served), present, wanted)
    assert served.peek() == held(wanted)


@pytest.mark.parametrize("fault", [DONE, *FAULTS])
@pytest.mark.usefixtures("impatient")
def test_a_removal_that_cannot_be_looked_for_is_neither_done_nor_undone(served: Bench, fault: str) -> None:
    """The server fails at the delete and at the read after it: only it knows whether the entry is gone."""
    entry_of(served).write(OLD, None)
    entry = entry_of(served)
    with served.calls.failing(fault, stays=True):
        text = failure(entry, lambda: entry.remove(OLD))
    assert "it may be gone or still be there" in text
    assert served.peek() == (None if fault == DONE else values(OLD))
    entry.remove(OLD)
    assert served.peek() is None


def test_the_loser_of_two_writers_never_overwrites(bench: Bench) -> None:
    """Another program cuts in before any call of a put or a delete: what it has written or removed is so in the end.

    Where the store cannot compare in the very call that writes, it comes before the first one only: see ``Bench``.
    """
    if not bench.compares:
        pytest.skip("this store cannot compare and set")
    chance = random.Random(1)
    store, other = bench.store(), bench.store()
    for number in range(INTERLEAVINGS):
        ours, theirs = texts(credentials(2 * number)), texts(credentials(2 * number + 1))
        found = fetched(bench, store)
        verb = "delete" if found.content and chance.random() < 0.2 else "put"
        nth, removes = chance.randint(1, bench.compares[verb]), chance.random() < 0.3
        other_did, we_did = [], []

        def cut_in() -> None:
            with suppress(StoreError):  # it is locked, so that the other one has to wait
                present = other.fetch(bench.place)
                wanted = None if removes and present.content else theirs  # noqa: B023
                act(other, bench.place, wanted, present.version)
                other_did.append(wanted)  # noqa: B023

        with bench.calls.cut_in(nth, cut_in), suppress(StoreChangedError, EntryDeletedError):
            wanted = ours if verb == "put" else None
            act(store, bench.place, wanted, found.version)
            we_did.append(wanted)
        assert bench.peek() == (other_did or we_did)[0], f"the other one came before call {nth} of {verb}"
        assert nth > 1 or not we_did or we_did == other_did, "removing what is gone is fine"


def fetched(bench: Bench, store: Store) -> Held:
    """Return what is there. If it is deleted and holds its name, another program restores it."""
    with suppress(EntryDeletedError):
        return store.fetch(bench.place)
    bench.plant(values(OTHER))
    return store.fetch(bench.place)


def act(store: Store, place: str, wanted: dict[str, str] | None, version: object) -> None:
    """Put what is wanted, or delete."""
    if wanted is None:
        store.delete(place, version)
    else:
        store.put(place, wanted, version)
