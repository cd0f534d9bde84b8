# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One token's entry in a store: which contents are ours, and compare and set.

What is there and is not ours is never overwritten, and nothing of it is quoted.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from .._base.addresses import is_same_tenant
from .._base.errors import EntryDeletedError, IscError, StoreChangedError, StoreError, StoreUnreachableError
from .._base.ids import is_id
from .._base.model import Credentials
from .._base.secret import Secrets
from .formats import KEYS
from .store import CHANGED, LEFT_ALONE, LONGEST, ForeseesRemoval, Held, SeesLeaks, Store

_UNKNOWN = "; it could not be read again, so it may be gone or still be there"
"""What to say of a removal that failed, and that could not be looked for."""


@dataclass
class Reach:
    """Why a store could not be reached when one of its entries was read; None while none has failed so.

    The others are not read then. Each one would take as long to fail, and a run may have ten. Only the text is kept: an
    exception leads back to the entry, and would keep the store and its files after the run.
    """

    told: str | None = None


class Entry:
    """What a store keeps for one token: its credentials, and nothing that can go stale.

    ``base_url`` is the tenant that the credentials have to be of. ``reach`` is one for all entries of a store.
    """

    def __init__(self, store: Store, place: str, base_url: str, secrets: Secrets, reach: Reach | None = None) -> None:
        """Raise DeclarationError for what can be no place in the store."""
        self.identity: Hashable = store.identity(place)
        self.where = store.where(place)
        self.store = id(store)
        self._store = store
        self._place = place
        self._base_url = base_url
        self._secrets = secrets
        self._reach = reach or Reach()

    def read(self) -> Credentials | None:
        """Return the credentials, None if there are definitely none. Everything else raises StoreError."""
        with self._reported():
            if self._reach.told is not None:
                raise StoreUnreachableError(
                    f"not read, because the store has given no answer before: {self._reach.told}"
                )
            try:
                return self._understood(self._store.fetch(self._place))
            except StoreUnreachableError as error:
                self._reach.told = str(error)
                raise

    def read_undeleted(self) -> Credentials | None:
        """Like ``read``, but return None for an entry that is deleted and could be restored."""
        try:
            return self.read()
        except EntryDeletedError:
            return None

    def prepare(self, probe: bool) -> None:
        """Raise StoreError unless a write can be expected to work; without ``probe`` nothing is touched."""
        with self._reported():
            self._store.prepare(self._place, probe)

    def write(self, new: Credentials, replacing: Credentials | None, forgives: bool = True) -> None:
        """Put ``new`` in the place of ``replacing``; an entry that holds it already is not touched.

        Raises StoreChangedError where the entry holds something else by now, StoreError where it could not be
        written. A write that failed is looked for, unless it is not to be forgiven: it may have landed all the same.
        """
        with self._reported():
            held = self._store.fetch(self._place)
            present = self._understood(held)
            if is_same(present, new):
                return
            self._refuse_change(present, replacing)
            try:
                self._store.put(self._place, self._values(new), held.version)
            except StoreError as error:
                if not forgives or not self._holds(new):
                    raise error from None

    def look_before_removal(self) -> None:
        """Raise StoreError if a removal would fail, where the store can tell that; nothing is touched."""
        if isinstance(self._store, ForeseesRemoval):
            with self._reported():
                if self._understood(self._store.fetch(self._place)) is not None:
                    self._store.look_before_delete(self._place)

    def remove(self, replacing: Credentials, forgives: bool = True) -> None:
        """Remove the entry if it is there. Raises StoreChangedError where it holds something else, and StoreError.

        A removal that failed is looked for, unless it is not to be forgiven: it may have landed all the same, or
        another run was first. If it cannot be looked for, that is told: it is never taken for gone. An entry that is
        deleted and could be restored is left so.
        """
        with self._reported():
            try:
                held = self._store.fetch(self._place)
            except EntryDeletedError:
                return
            present = self._understood(held)
            if present is not None:
                self._refuse_change(present, replacing)
                try:
                    self._store.delete(self._place, held.version)
                except StoreError as error:
                    is_gone = self._holds(None) if forgives else False
                    if is_gone is None and not isinstance(error, StoreChangedError):
                        raise type(error)(f"{error}{_UNKNOWN}") from None
                    if not is_gone:
                        raise error from None

    def watch_for(self, secrets: Collection[str]) -> None:
        """Have the store refuse to go on where one of these secrets is shown, if it can see that."""
        if isinstance(self._store, SeesLeaks):
            self._store.watch_for(secrets)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Name the entry in front of every error, once. What a library raises may hold anything: it is not shown.

        The traceback of an error leads to this very frame, in a circle that keeps the store and its files: it is cut.
        """
        try:
            yield
        except StoreError as error:
            error.__traceback__ = None
            raise type(error)(f"{self.where}: {error}") from None
        except IscError:
            raise
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
            error.__traceback__ = None
            kind = f"{type(error).__module__}.{type(error).__name__}"
            raise StoreError(f"{self.where}: the store's library failed with {kind}; run again") from None

    def _refuse_change(self, present: Credentials | None, expected: Credentials | None) -> None:
        if present is not expected and (expected is None or not is_same(present, expected)):
            raise StoreChangedError(CHANGED)

    def _holds(self, wanted: Credentials | None) -> bool | None:
        """Return whether the entry holds ``wanted`` (None: nothing at all), or None if that cannot be told."""
        try:
            present = self._understood(self._store.fetch(self._place))
        except EntryDeletedError:
            return wanted is None
        except Exception:  # noqa: BLE001  # pylint: disable=broad-except
            return None  # the error of the write or removal is the one to tell
        return present is None if wanted is None else is_same(present, wanted)

    def _understood(self, held: Held) -> Credentials | None:
        values = held.content
        if values is None:
            return None
        if not isinstance(values, Mapping) or set(values) != set(KEYS):
            raise StoreError(f"it must hold {', '.join(KEYS)} and nothing else; {LEFT_ALONE}")
        texts = {key: value for key, value in values.items() if isinstance(value, str) and value.strip()}
        if len(texts) < len(KEYS):
            raise StoreError(f"a value in it is blank, or is not a quoted string; {LEFT_ALONE}")
        secret = self._secrets.learn(texts["client_secret"])
        if sum(map(len, texts.values())) > LONGEST:
            raise StoreError(f"it is longer than any credentials; {LEFT_ALONE}")
        if not is_id(texts["client_id"]):
            raise StoreError(f"its client_id is not the id of a token; {LEFT_ALONE}")
        if not is_same_tenant(texts["base_url"], self._base_url):
            raise StoreError(
                f"it holds credentials for another base_url than {self._base_url}; {LEFT_ALONE}, or correct base_url"
            )
        return Credentials(texts["base_url"], texts["client_id"], secret)

    def _values(self, credentials: Credentials) -> dict[str, str]:
        given = (credentials.base_url, credentials.client_id, credentials.client_secret.reveal())
        # ansible-core hands options over as subclasses of str, which not every writer takes.
        return {key: str.__str__(value) for key, value in zip(KEYS, given)}


def is_same(present: Credentials | None, wanted: Credentials) -> bool:
    """Return whether these are the same credentials; both are of one tenant, however that is spelled."""
    return present is not None and (present.client_id, present.client_secret) == (
        wanted.client_id,
        wanted.client_secret,
    )
