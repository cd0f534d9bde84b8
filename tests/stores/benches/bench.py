# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the store tests need of each store: a real one, or a strict server behind the store's real client library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Store
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import Calls


class Bench(Protocol):
    """One store to test, with a way in behind the collection's back.

    ``place`` is where the entry of the test lies; nothing is there at first. ``compares`` has, for ``put`` and
    ``delete``, up to which of its calls another program may cut in: it is noticed, or comes last. It is 1 where the
    store can only look once more, and what comes after that look is lost. It is empty where the store does not even
    look. ``calls`` are these calls.
    """

    place: str
    compares: Mapping[str, int]
    calls: Calls

    def store(self) -> Store:
        """Return the store, connected anew."""

    def peek(self) -> Mapping[str, object] | None:
        """Return what a consumer finds at the place, None for nothing."""

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Put something there as another program would: values, or a text that need not be readable."""

    def denied(self) -> AbstractContextManager[object]:
        """Refuse to let the store read and write for a while."""

    def unreachable(self) -> AbstractContextManager[object]:
        """Let nobody reach the store for a while."""

    def close(self) -> None:
        """End all that the bench has started."""


class SharedBench(Bench, Protocol):
    """One that real runs, in processes of their own, reach as well as the test does.

    ``own_secrets`` are what these runs log in to the store with: no run may show them.
    """

    own_secrets: Sequence[str]

    def option(self) -> dict[str, Any]:
        """Return the option ``store`` of a task, which leads to the place."""

    def environment(self) -> dict[str, str]:
        """Return what such a run needs in its environment."""
