# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of variables, as Ansible reads them."""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Reads !unsafe as the text that it marks."""


def _unsafe(loader: _Loader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


_Loader.add_constructor("!unsafe", _unsafe)


def read_variables(text: str) -> dict[str, Any]:
    """Return the variables in the text of a file."""
    variables: dict[str, Any] = yaml.load(text, _Loader)
    return variables
