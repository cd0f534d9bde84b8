# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One token's entry, over a store in memory: what is ours, compare and set, and what a store's failures come to."""

from __future__ import annotations

import gc
import traceback
import weakref
from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    EntryDeletedError,
    StoreChangedError,
    StoreError,
    StoreUnreachableError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Credentials
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry, Reach, is_same
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held

TENANT = "https://fake.api.identitynow.invalid"
ID, OTHER_ID, THIRD_ID = "fa4e1d00" * 4, "fa4e1d01" * 4, "fa4e1d02" * 4
SECRET = "fake-5ec4e7-in-a-test"


def credentials(client_id: str = ID, secret: str = SECRET, base_url: str = TENANT) -> Credentials:
    return Credentials(base_url, client_id, Secret(secret))


def values(client_id: str = ID, secret: str = SECRET, base_url: str = TENANT) -> dict[str, Any]:
    return {"base_url": base_url, "client_id": client_id, "client_secret": secret}


class MemoryStore:
    """A store with one entry, whose version is a number; ``on`` says what happens in place of an operation."""

    def __init__(self, content: object = None) -> None:
        self.content, self.version = content, 1
        self.calls: list[str] = []
        self.on: dict[str, Callable[[], object]] = {}

    def where(self, place: str) -> str:
        return f"memory {place}"

    def identity(self, place: str) -> Hashable:
        if not place:
            raise DeclarationError("the place is empty")
        return ("memory", place)

    def fetch(self, place: str) -> Held:
        self._call("fetch")
        return Held(self.content, self.version)

    def prepare(self, place: str, probe: bool) -> None:
        self._call("prepare")

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        self._call("put")
        self._compare(version)
        self.change(dict(values))

    def delete(self, place: str, version: Any) -> None:
        self._call("delete")
        self._compare(version)
        self.change(None)

    def change(self, content: object) -> None:
        self.content = content
        self.version += 1

    def _call(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.on:
            self.on[operation]()

    def _compare(self, version: Any) -> None:
        if version != self.version:
            raise StoreChangedError("it is another version")


def entry(store: MemoryStore, base_url: str = TENANT, secrets: Secrets | None = None) -> Entry:
    return Entry(store, "fake", base_url, secrets or Secrets())


def raising(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


def acts(one: Entry, replacing: Credentials | None = None) -> list[Callable[[], object]]:
    """Return all that may meet what is in an entry."""
    return [
        one.read,
        lambda: one.write(credentials(OTHER_ID), replacing),
        lambda: one.remove(replacing or credentials()),
    ]


# What is ours


def test_nothing_is_nothing() -> None:
    store = MemoryStore()
    assert entry(store).read() is None
    entry(store).remove(credentials())
    assert store.calls == ["fetch", "fetch"]


def test_what_is_read_is_learned() -> None:
    secrets = Secrets()
    assert entry(MemoryStore(values()), secrets=secrets).read() == credentials()
    assert secrets.redact(f"here is {SECRET}") == "here is ********"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ([], "nothing else"),
        (SECRET, "nothing else"),
        (17, "nothing else"),
        ({}, "nothing else"),
        ({"password": SECRET}, "nothing else"),
        ({key: value for key, value in values().items() if key != "client_secret"}, "nothing else"),
        ({**values(), "name": "more"}, "nothing else"),
        ({**values(), "client_secret": 17}, "is not a quoted string"),
        ({**values(), "client_secret": None}, "is not a quoted string"),
        ({**values(), "client_id": [ID]}, "is not a quoted string"),
        (values(secret=" "), "blank"),
        (values(client_id=""), "blank"),
        (values(base_url="\n"), "blank"),
        (values(client_id="a b"), "id of a token"),
        (values(client_id=f"{ID}\n"), "id of a token"),
        (values(client_id="../fake-up"), "id of a token"),
        (values(base_url="https://other.invalid"), "another base_url"),
        (values(base_url=f"{TENANT}/other"), "another base_url"),
        (values(base_url="nonsense"), "another base_url"),
        (values(secret=SECRET * 4000), "longer"),
    ],
)
def test_what_is_not_ours_is_neither_read_nor_replaced_nor_removed_nor_told(content: object, match: str) -> None:
    store = MemoryStore(content)
    secrets = Secrets()
    for act in acts(entry(store, secrets=secrets)):
        with pytest.raises(StoreError, match=match) as caught:
            act()
        text = str(caught.value)
        assert text.startswith("memory fake: ")
        assert text.count("memory fake") == 1
        assert "it was not changed: move it away, or name another entry" in text
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert caught.value.__cause__ is None
        assert not isinstance(caught.value, StoreChangedError)
    assert (store.content, store.version) == (content, 1)
    assert set(store.calls) == {"fetch"}


def test_the_secret_of_another_tenants_entry_is_known_too() -> None:
    secrets = Secrets()
    with pytest.raises(StoreError, match=f"another base_url than {TENANT}"):
        entry(MemoryStore(values(base_url="https://other.invalid")), secrets=secrets).read()
    assert secrets.redact(SECRET) == "********"


@pytest.mark.parametrize("same", [f"{TENANT}/", TENANT.upper().replace("HTTPS", "https"), f"HTTPS{TENANT[5:]}"])
def test_a_tenant_can_be_spelled_in_many_ways(same: str) -> None:
    store = MemoryStore(values())
    assert entry(store, base_url=same).read() == credentials()
    entry(store, base_url=same).write(credentials(base_url=same), credentials(base_url=same))
    assert store.version == 1


def test_what_can_be_no_place_is_refused_at_once() -> None:
    with pytest.raises(DeclarationError, match=r"^the place is empty$"):
        Entry(MemoryStore(), "", TENANT, Secrets())


def test_a_value_may_be_of_a_subclass_of_str() -> None:
    class Tagged(str):
        """What ansible-core makes of some options."""

    store = MemoryStore()
    entry(store).write(credentials(Tagged(ID), Tagged(SECRET), Tagged(TENANT)), None)
    assert store.content == values()
    assert isinstance(store.content, dict)
    assert {type(value) for value in store.content.values()} == {str}


# Compare and set


@pytest.mark.parametrize("before", [None, credentials()])
def test_what_is_there_is_replaced_by_what_is_new(before: Credentials | None) -> None:
    store = MemoryStore(values() if before else None)
    entry(store).write(credentials(OTHER_ID), before)
    assert store.content == values(OTHER_ID)
    assert store.calls == ["fetch", "put"]


@pytest.mark.parametrize("replacing", [None, credentials(), credentials(OTHER_ID), credentials(THIRD_ID)])
def test_what_is_there_already_is_not_written_again(replacing: Credentials | None) -> None:
    store = MemoryStore(values(OTHER_ID))
    entry(store).write(credentials(OTHER_ID), replacing)
    assert store.calls == ["fetch"]


@pytest.mark.parametrize(
    ("present", "replacing"),
    [
        (values(THIRD_ID), None),
        (values(THIRD_ID), credentials()),
        (values(secret="fake-another"), credentials()),
        (None, credentials()),
    ],
)
def test_what_changed_since_it_was_read_is_not_replaced(present: object, replacing: Credentials | None) -> None:
    store = MemoryStore(present)
    with pytest.raises(
        StoreChangedError, match=r"^memory fake: another program has changed it since it was read; it was not"
    ):
        entry(store).write(credentials(OTHER_ID), replacing)
    assert (store.content, store.calls) == (present, ["fetch"])


def test_what_changed_since_it_was_read_is_not_removed() -> None:
    store = MemoryStore(values(THIRD_ID))
    with pytest.raises(StoreChangedError, match=r"^memory fake: another program has changed it"):
        entry(store).remove(credentials())
    assert (store.content, store.calls) == (values(THIRD_ID), ["fetch"])


@pytest.mark.parametrize("operation", ["put", "delete"])
def test_what_changes_at_the_last_moment_is_neither_replaced_nor_removed(operation: str) -> None:
    store = MemoryStore(values())
    store.on[operation] = lambda: store.change(values(THIRD_ID))
    one = entry(store)
    _read, write, remove = acts(one, credentials())
    with pytest.raises(StoreChangedError, match=r"^memory fake: it is another version$"):
        (write if operation == "put" else remove)()
    assert store.content == values(THIRD_ID)


class ForeseeingStore(MemoryStore):
    """One that can tell that a delete would fail."""

    def look_before_delete(self, place: str) -> None:
        raise StoreError("it is immutable")


@pytest.mark.parametrize(
    ("store", "meets"),
    [
        (ForeseeingStore(values()), pytest.raises(StoreError, match=r"memory .*: it is immutable")),
        (ForeseeingStore(), nullcontext()),
        (MemoryStore(values()), nullcontext()),
    ],
    ids=["there", "nothing there", "a store that cannot tell"],
)
def test_a_removal_that_would_fail_is_foreseen_only_where_there_is_something(store: MemoryStore, meets: Any) -> None:
    with meets:
        entry(store).look_before_removal()


def test_a_removed_entry_is_gone() -> None:
    store = MemoryStore(values())
    entry(store).remove(credentials())
    assert store.content is None


# Failures


@pytest.mark.parametrize("error", [StoreError("it is full"), StoreChangedError("it is another version")])
def test_a_write_that_landed_although_it_raised_is_no_failure(error: StoreError) -> None:
    """An answer that was lost, or a request that was sent again: it is looked for, once."""
    store = MemoryStore(values())

    def land() -> None:
        store.change(values(OTHER_ID))
        raise error

    store.on["put"] = land
    entry(store).write(credentials(OTHER_ID), credentials())
    assert store.calls == ["fetch", "put", "fetch"]


@pytest.mark.parametrize("found", [None, values(), values(THIRD_ID), "rubbish", values(OTHER_ID, "fake-another")])
def test_a_write_that_did_not_land_is_the_failure(found: object) -> None:
    store = MemoryStore(values())

    def fail() -> None:
        store.change(found)
        raise StoreError("it is full")

    store.on["put"] = fail
    with pytest.raises(StoreError, match=r"^memory fake: it is full$") as caught:
        entry(store).write(credentials(OTHER_ID), credentials())
    assert not isinstance(caught.value, StoreChangedError)
    assert store.content == found


@pytest.mark.parametrize("then", [StoreError("it cannot be read"), ValueError(SECRET)])
def test_where_a_failed_write_cannot_be_looked_for_the_write_is_the_failure(then: Exception) -> None:
    store = MemoryStore(values())

    def fail() -> None:
        store.on["fetch"] = raising(then)
        raise StoreError("it is full")

    store.on["put"] = fail
    with pytest.raises(StoreError, match=r"^memory fake: it is full$") as caught:
        entry(store).write(credentials(OTHER_ID), credentials())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("operation", "meet"),
    [
        ("fetch", ["read", "write", "remove"]),
        ("prepare", ["probe", "look"]),
        ("put", ["write"]),
        ("delete", ["remove"]),
    ],
)
def test_what_a_library_raises_is_told_by_its_kind_alone(operation: str, meet: list[str]) -> None:
    store = MemoryStore(values())
    store.on[operation] = raising(KeyError(f"it holds {SECRET}"))
    one = entry(store)
    all_acts = dict(zip(["read", "write", "remove"], acts(one, credentials())))
    all_acts.update(probe=lambda: one.prepare(probe=True), look=lambda: one.prepare(probe=False))
    for name, act in all_acts.items():
        store.change(values())
        if name not in meet:
            act()
            continue
        with pytest.raises(StoreError) as caught:
            act()
        assert str(caught.value) == "memory fake: the store's library failed with builtins.KeyError; run again"
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_interrupted_run_is_not_held_up() -> None:
    store = MemoryStore(values())

    def interrupted() -> None:
        raise KeyboardInterrupt

    store.on["put"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        entry(store).write(credentials(OTHER_ID), credentials())
    assert store.calls == ["fetch", "put"]


def test_the_same_credentials_are_so_however_the_tenant_is_spelled() -> None:
    assert is_same(credentials(base_url=f"{TENANT}/"), credentials())
    assert not is_same(credentials(OTHER_ID), credentials())
    assert not is_same(credentials(secret="fake-another"), credentials())
    assert not is_same(None, credentials())


def test_a_removal_that_failed_and_left_the_entry_recoverable_has_landed() -> None:
    store = MemoryStore(values())

    def landed() -> None:
        store.on["fetch"] = raising(EntryDeletedError("it is deleted"))
        raise StoreError("cut off")

    store.on["delete"] = landed
    entry(store).remove(credentials())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreError("cut off"), "cut off; it could not be read again, so it may be gone or still be there$"),
        (StoreChangedError("it was not changed again"), "it was not changed again$"),
    ],
    ids=["cut off", "not tried"],
)
def test_a_removal_that_failed_and_cannot_be_looked_for_is_not_taken_for_done(error: StoreError, told: str) -> None:
    store = MemoryStore(values())

    def lost() -> None:
        store.on["fetch"] = raising(StoreError("cut off, too"))
        raise error

    store.on["delete"] = lost
    with pytest.raises(type(error), match=f"^memory fake: {told}"):
        entry(store).remove(credentials())


def test_what_is_deleted_already_and_could_be_restored_needs_no_removal() -> None:
    """The credentials of a token that is to be absent may lie in the entry of its former name alone."""
    store = MemoryStore(values())
    store.on["fetch"] = raising(EntryDeletedError("it is deleted"))
    entry(store).remove(credentials())
    assert "delete" not in store.calls


def test_a_write_that_failed_and_left_the_entry_deleted_has_not_landed() -> None:
    store = MemoryStore(values())

    def lost() -> None:
        store.on["fetch"] = raising(EntryDeletedError("it is deleted"))
        raise StoreError("cut off")

    store.on["put"] = lost
    with pytest.raises(StoreError, match="cut off"):
        entry(store).write(credentials(OTHER_ID), credentials())


@pytest.mark.parametrize("forgives", [True, False])
def test_a_trial_does_not_forgive_a_write_that_failed_although_it_landed(forgives: bool) -> None:
    store = MemoryStore()

    def landed() -> None:
        store.change(values())
        raise StoreError("exit status 1")

    store.on["put"] = landed
    with nullcontext() if forgives else pytest.raises(StoreError, match="exit status 1"):
        entry(store).write(credentials(), None, forgives)


def unanswered() -> object:
    raise StoreUnreachableError("it was silent for 30 s; run again")


def test_a_store_that_gives_no_answer_is_asked_for_one_entry_only() -> None:
    store, reach = MemoryStore(values()), Reach()
    store.on["fetch"] = unanswered
    for place, told in (("a", ""), ("b", "not read, because the store has given no answer before: ")):
        with pytest.raises(StoreUnreachableError) as caught:
            Entry(store, place, TENANT, Secrets(), reach).read()
        assert str(caught.value) == f"memory {place}: {told}it was silent for 30 s; run again"
    assert store.calls == ["fetch"]


@pytest.mark.parametrize("kind", [StoreUnreachableError, StoreError, KeyError])
def test_a_store_goes_with_its_last_entry_although_one_has_failed(kind: type[Exception]) -> None:
    """The files that a store's library writes go with it; they would lie there until the garbage collector comes."""

    def fail() -> None:
        raise kind("it failed")

    store = MemoryStore()
    store.on["fetch"] = fail
    gone = weakref.ref(store)
    gc.disable()
    try:
        one = entry(store)
        with suppress(StoreError):
            one.read()
        del store, one
        assert gone() is None
    finally:
        gc.enable()


def test_a_store_that_gave_no_answer_is_asked_all_the_same_where_something_is_to_be_written() -> None:
    store = MemoryStore()
    entry = Entry(store, "a", TENANT, Secrets(), Reach("it was silent for 30 s; run again"))
    entry.write(credentials(), None)
    assert store.content == values()
