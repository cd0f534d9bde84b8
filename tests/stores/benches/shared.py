# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stores that are no files, for the suites of real runs, of which not every environment has their libraries."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.stores.benches.bench import SharedBench

SHARED: Mapping[str, tuple[str, ...]] = {
    "pass": (),
    "hashi_vault": ("hvac",),
    "aws_secretsmanager": ("boto3", "moto.moto_server.threaded_moto_server"),
    "azure_key_vault": ("azure.keyvault.secrets", "azure.identity"),
    "kubernetes": ("kubernetes",),
}
"""The names of their benches, and the libraries that each needs."""


@contextmanager
def shared_bench(kind: str, folder: Path) -> Iterator[SharedBench]:
    """Open a store of a kind, with nothing in it; skip the test where its library is missing."""
    for library in SHARED[kind]:
        pytest.importorskip(library, reason=f"the store {kind} needs {library}, see requirements/test.txt")
    if kind == "azure_key_vault" and shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the certificate of the vault")
    folder.mkdir(parents=True)
    package, _dot, _name = __name__.rpartition(".")
    open_bench: Callable[[Path], SharedBench] = import_module(f"{package}.{kind}_bench").open_bench
    with closing(open_bench(folder)) as bench:
        yield bench
