# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes every result that core hands to callbacks into a file, as JSON, with what its task was given.

That is what json-like callbacks would print, and what others print where ANSIBLE_DISPLAY_ARGS_TO_STDOUT is set.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: dump
type: notification
short_description: Write every result into a file
description: Writes one line of JSON per event into the file that the environment variable DUMP_PATH names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Dumps whatever it gets of a result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "dump"
    CALLBACK_NEEDS_ENABLED = True

    def _dump(self, event: str, result: Any) -> None:
        shown = {"event": event, "result": result._result}
        action = result._task.action
        if not action.endswith("validate_argument_spec"):  # core's own: it has a role's parameters in it
            shown["args"] = result._task.args
        # For other modules, and for a loop as a whole, core asks no plugin of ours: it hands out what the play has.
        asked = result._task.loop is None or event.startswith(("item", "retry"))
        if asked and action.startswith("sailpoint_community.isc."):
            shown.update({name: result._task_fields.get(name) for name in ("environment", "module_defaults")})
        with open(os.environ["DUMP_PATH"], "a", encoding="utf-8") as dump:
            json.dump(shown, dump, default=repr)
            dump.write("\n")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Dump the arguments as the playbook has them, before any plugin of ours is asked: into a file of its own."""
        with open(f"{os.environ['DUMP_PATH']}-of-starts", "a", encoding="utf-8") as dump:
            json.dump(task.args, dump, default=repr)
            dump.write("\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        """Dump a success."""
        self._dump("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Dump a failure."""
        self._dump("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Dump an unreachable host."""
        self._dump("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Dump a skipped task."""
        self._dump("skipped", result)

    def v2_runner_retry(self, result: Any) -> None:
        """Dump a try that is followed by another."""
        self._dump("retry", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Dump a loop's item."""
        self._dump("item ok", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Dump a loop's failed item."""
        self._dump("item failed", result)

    def v2_on_file_diff(self, result: Any) -> None:
        """Dump a result with a diff."""
        self._dump("diff", result)
