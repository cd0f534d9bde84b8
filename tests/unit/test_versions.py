# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection and the simulator know the same versions of the API, each from its own reading of the definitions."""

from __future__ import annotations

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.tests.simulator.versions import VERSIONS


def test_the_simulator_has_every_version_of_the_collection() -> None:
    assert {version.name: version.path for version in VERSIONS} == {
        name: version.path for name, version in API_VERSIONS.items()
    }


def test_both_agree_on_what_moves_an_expiry() -> None:
    patching = {version.name for version in VERSIONS if "/expirationDate" in version.patch_paths}
    assert patching == {name for name, version in API_VERSIONS.items() if version.patches_expiry}
