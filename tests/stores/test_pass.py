# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example program for pass: what it does beyond the contract of every store."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import StoreError
from ansible_collections.sailpoint_community.isc.tests.stores.benches.pass_bench import PassBench, open_bench

VALUES = {"base_url": "https://fake-tenant", "client_id": "fake-client-id", "client_secret": "fake-secret-of-crm"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PassBench]:
    with closing(open_bench(tmp_path)) as opened:
        yield opened


def entry_file(bench: PassBench, name: str) -> Path:
    return Path(bench.environment()["PASSWORD_STORE_DIR"]) / f"{name}.gpg"


def test_a_reader_never_finds_a_part_of_an_entry(bench: PassBench) -> None:
    """Two writers at once would leave one that nobody can read again."""
    bench.plant(VALUES)
    path, ended, seen = entry_file(bench, bench.place), threading.Event(), set()

    def read() -> None:
        while not ended.is_set():
            with suppress(FileNotFoundError):
                seen.add(path.read_bytes())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    for number in range(5):
        bench.store().put(bench.place, {**VALUES, "client_id": f"fake-client-id-{number}"}, None)
    ended.set()
    reader.join()
    assert len(seen) > 1
    for content in seen:
        subprocess.run(["gpg", "--batch", "--quiet", "--decrypt"], input=content, check=True, capture_output=True)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_name_that_is_a_folder_too_is_refused_before_a_token_is_made(bench: PassBench) -> None:
    """pass would move the new entry into the folder."""
    entry_file(bench, bench.place).with_suffix("").mkdir(parents=True)
    with pytest.raises(StoreError, match="is a folder of other entries too; choose another name"):
        bench.store().fetch(bench.place)


def test_a_write_that_fails_leaves_the_old_entry_alone(bench: PassBench) -> None:
    bench.plant(VALUES)
    path = entry_file(bench, bench.place)
    before = path.read_bytes()
    with bench.denied(), pytest.raises(StoreError):
        bench.store().put(bench.place, {**VALUES, "client_id": "fake-other-id"}, None)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
