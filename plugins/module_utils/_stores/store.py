# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a store is: the place that keeps the credentials of tokens, one entry a token.

A store knows how to fetch, put and delete what lies at a place, and nothing of credentials; ``entry.Entry`` knows what
may lie there. The texts of its errors say what happened, why and what to do: the entry and the token are named once, by
those who call it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from .._base.addresses import is_in_the_clear, without_userinfo
from .._base.errors import DeclarationError, StoreError

TIMEOUT = 30
"""How long a store's server or program may be silent, in seconds."""

LONGEST = 64 * 1024
"""In bytes; an entry has a few hundred, also when it is encrypted and commented."""

LEFT_ALONE = "it was not changed: move it away, or name another entry"
"""What becomes of an entry that is not ours, and what to do about it."""

CHANGED = "another program has changed it since it was read; it was not changed again"
"""Why an entry that another program was faster to change is not written."""


@dataclass(frozen=True)
class Held:
    """What lies at a place: ``content`` None if there is certainly nothing, else whatever was found there.

    ``version`` tells this state of the entry from every later one, where the store can do that.
    """

    content: object = None
    version: Any = None


class Store(Protocol):
    """One store, connected. Each call is about the entry at one place, and raises StoreError where it cannot be done.

    Nothing of what is stored is in the text of an error.
    """

    def where(self, place: str) -> str:
        """Return how messages refer to the entry, for example ``hashi_vault entry secret/isc/crm``."""

    def identity(self, place: str) -> Hashable:
        """Return what two places have in common that lead to one entry of this store. Nothing is sent.

        Raises DeclarationError for what can be no place in this store.
        """

    def fetch(self, place: str) -> Held:
        """Return what lies there. Whatever is not certain (no right, no such engine) is an error.

        An entry that is deleted and could be restored raises EntryDeletedError.
        """

    def prepare(self, place: str, probe: bool) -> None:
        """See that a put can be expected to work: with ``probe`` by trying, else without touching anything."""

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        """Replace what lies there, all or nothing, and only what is ours of it.

        Raises StoreChangedError, having written nothing, if it is not the ``version`` that was fetched any more.
        """

    def delete(self, place: str, version: Any) -> None:
        """Remove what is ours of the entry. Raises StoreChangedError as ``put`` does."""


@runtime_checkable
class ForeseesRemoval(Protocol):
    """A store that can tell beforehand whether a delete would fail, with no right but those that it needs anyway."""

    def look_before_delete(self, place: str) -> None:
        """Raise StoreError if a delete would fail, as far as that can be told by looking."""


@runtime_checkable
class SeesLeaks(Protocol):
    """A store that can see whether what it talks to shows a secret where nobody should read it."""

    def watch_for(self, secrets: Collection[str]) -> None:
        """From now on, raise StoreError where one of these secrets is shown."""


def refuse_in_the_clear(url: str) -> None:
    """Raise DeclarationError for the address of a store to which secrets would go unencrypted over the network."""
    if is_in_the_clear(url):
        raise DeclarationError(f"{without_userinfo(url)} would get all secrets unencrypted over the network; use https")


def library(name: str, package: str) -> Any:
    """Return a library that only one store needs. Raises StoreError that says how to install its ``package``."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise StoreError(
            f"it needs the Python library {package} for {sys.executable}; install it, for example with "
            f"`{sys.executable} -m pip install {package}`, or with `pipx inject ansible-core {package}`"
        ) from None
