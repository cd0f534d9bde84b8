# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a store is: the place that keeps the credentials of one token. It is the commit record of every run."""

from __future__ import annotations

from typing import Protocol

from .._base.model import Credentials


class Store(Protocol):
    """Every call raises StoreError where it cannot do what it says."""

    def read(self) -> Credentials | None:
        """Return what is kept, None if there is certainly nothing."""

    def prepare(self, probe: bool) -> None:
        """See that a write can be expected to work: with ``probe`` by trying, else by looking only."""

    def write(self, credentials: Credentials) -> object:
        """Replace what is kept, at once and as a whole."""

    def remove(self) -> None:
        """Keep nothing any more."""
