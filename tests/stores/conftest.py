# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stores that every store test runs over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.stores.benches.bench import Bench

BENCHES = "ansible_collections.sailpoint_community.isc.tests.stores.benches"
STORES = ("file", "vault_file", "hashi_vault", "command", "kubernetes", "pass", "aws_secretsmanager", "azure_key_vault")
SERVED = ("hashi_vault", "kubernetes", "aws_secretsmanager", "azure_key_vault")
"""Those behind a server."""


def opened(name: str, folder: Path) -> Bench:
    """Return a store of one kind, with nothing in it."""
    open_bench: Callable[[Path], Bench] = import_module(f"{BENCHES}.{name}_bench").open_bench
    return open_bench(folder)


@pytest.fixture(params=STORES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A store of each kind."""
    with closing(opened(request.param, tmp_path)) as store:
        yield store


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A store of each kind that has a server."""
    with closing(opened(request.param, tmp_path)) as store:
        yield store
