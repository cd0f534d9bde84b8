# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pytest fixtures, for a conftest.py to import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .client import SimulatorClient, running


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorClient]:
    """One simulator for the whole session."""
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: SimulatorClient) -> SimulatorClient:
    """The session's simulator, as new."""
    simulator_process.reset()
    return simulator_process


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a folder directly in /tmp, and remove it at the end.

    Tests that run ansible-playbook write there: it opens a Unix socket below its temporary folder, and the path of a
    socket has no more than 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="isc-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A test's own folder directly in /tmp."""
    with short_folder() as folder:
        yield folder
