# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module runs: options in, result out; and the one error boundary.

The modules and the action plugins call the same ``execute``, wherever they run.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from .._base.errors import IscError
from .._run.context import Context

REGISTERS_NOTHING = "ISC_REGISTERS_NOTHING"
"""The environment variable by which a shipped module knows that its task keeps no result."""

HANDED_WARNINGS = "isc_warnings"
"""The key of a shipped module's result with its warnings. Core tells those that it knows before it is known whose they
are: without the host, and the same one of another host not at all."""

ISSUES = "https://github.com/sailpoint-community/ansible-isc/issues"


@dataclass(frozen=True)
class EntryPoint:
    """One module: its options, what it does, and the keys of its result that hold a secret.

    ``raw_secrets`` returns the secrets in options whose own spec cannot tell them, whatever these hold. A module
    that makes tokens has ``unstored``: it returns the name of a token whose new secret only the result would hold.
    """

    name: str
    argument_spec: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Context], dict[str, Any]]
    secret_keys: tuple[str, ...] = ()
    raw_secrets: Callable[[Mapping[str, Any]], Iterable[str]] = lambda options: ()
    unstored: Callable[[Mapping[str, Any]], str | None] | None = None


def execute(entry: EntryPoint, options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run a module and return its result; whatever goes wrong becomes a failed result, whose message has no secret."""
    try:
        result = entry.run(options, context)
    except IscError as error:
        result = {"failed": True, "msg": str(error)}
    except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
        # The exception's own text may hold anything: only its type and place are shown.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}:{place.lineno}"
        result = {"failed": True, "msg": f"unexpected {type(error).__name__} at {where}; please report it at {ISSUES}"}
    _redact_messages(result, context.secrets.redact)
    return result


def _redact_messages(result: dict[str, Any], redact: Callable[[str], str]) -> None:
    """Mask secrets in the messages of a result, and in those of each token of a set."""
    for key in ("msg", "warnings", "warning_texts"):
        if key in result:
            texts = result[key]
            result[key] = redact(texts) if isinstance(texts, str) else [redact(text) for text in texts]
    for key in ("failures", "personal_access_tokens"):
        for one in result.get(key, ()):
            if "msg" in one:
                one["msg"] = redact(one["msg"])


def run_as_module(entry: EntryPoint) -> None:
    """Run a module in the place that Ansible shipped it to."""
    module = AnsibleModule(argument_spec=dict(entry.argument_spec), supports_check_mode=True)
    registers = not os.environ.get(REGISTERS_NOTHING)
    context = Context(module.check_mode, os.environ, tmpdir=module.tmpdir, registers=registers)
    result = execute(entry, module.params, context)
    if "warnings" in result:
        result[HANDED_WARNINGS] = result.pop("warnings")
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
