# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module, run in the process of the test: its options are validated as Ansible would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import EntryPoint, execute
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context


def run_in_process(entry: EntryPoint, options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the result of a module; options that it does not take fail the test."""
    validation = ArgumentSpecValidator(dict(entry.argument_spec)).validate(dict(options))
    assert not validation.error_messages, validation.error_messages
    return execute(entry, validation.validated_parameters, context)
