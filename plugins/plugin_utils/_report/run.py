# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run of token_report: look at the files, read what the hosts have registered, find, write, tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader

from ...module_utils._base.errors import DeclarationError, IscError
from ...module_utils._options.values import duration_from
from .as_text import render_summary, sum_of_kinds
from .files import FORMS, check_files, read_previous, write_files
from .findings import make_report, new_findings
from .hosts import Hosts
from .model import KINDS, Report, Settings

SPEC: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str"},
    "listed": {"type": "str", "default": "report_listed"},
    **{form: {"type": "path"} for form in FORMS},
    "expires_within": {"type": "str", "default": "30d"},
    "unused_for": {"type": "str", "default": "90d"},
    "max_tokens": {"type": "int", "default": 10, "no_log": False},
    "fail_on": {"type": "list", "elements": "str", "choices": list(KINDS), "default": []},
    "on_error": {"type": "str", "default": "fail", "choices": ["fail", "report"]},
    "only_check": {"type": "bool", "default": False},
}


def report_on(
    arguments: Mapping[str, Any], variables: Mapping[str, Any], loader: DataLoader, check_mode: bool
) -> dict[str, Any]:
    """Return the result of the task; ``variables`` are those of its host. In check mode no file is written."""
    validation = ArgumentSpecValidator(SPEC).validate(arguments)
    if validation.error_messages:
        return {"failed": True, "msg": "; ".join(validation.error_messages)}
    options = validation.validated_parameters
    paths = {form: options[form] for form in FORMS if options[form]}
    try:
        settings = Settings(_days("expires_within", options), _days("unused_for", options))
        check_files(paths)
        previous = read_previous(paths.get("json"))
        if options["only_check"]:
            return {"changed": False}
        now = datetime.now(timezone.utc)
        hosts = Hosts(variables["hostvars"], loader, now)
        facts = list(hosts.facts_of(_hosts(options, variables), options["listed"]))
        report = make_report(facts, settings, options["max_tokens"], previous, now)
        if not check_mode:
            write_files(report, paths)
    except IscError as error:
        return {"failed": True, "msg": str(error)}
    result = _result(report, previous, options)
    result.update(changed=bool(paths) and not check_mode, _summary=render_summary(report, {} if check_mode else paths))
    return {**result, "warnings": hosts.warnings} if hosts.warnings else result


def _days(option: str, options: Mapping[str, Any]) -> int:
    """Return the days that a duration takes, part of one counting whole: the API writes a use once a day only."""
    return -(-(duration_from(option, options[option]) or timedelta()) // timedelta(days=1))


def _hosts(options: Mapping[str, Any], variables: Mapping[str, Any]) -> Sequence[str]:
    hosts: Sequence[str] = options["hosts"] if options["hosts"] is not None else variables["ansible_play_hosts_all"]
    if not hosts:
        raise DeclarationError("hosts is empty: there is no host to report on; name the hosts whose tokens were listed")
    return [str(host) for host in hosts]


def _result(report: Report, previous: Report | None, options: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"complete": report.complete, "counts": report.counts}
    # A report that lacks a host is never good, whatever else it may be used to look for.
    bad = sum_of_kinds(report, ["unreachable", *options["fail_on"]])
    failure = f"the report is made, and fails for what it found: {bad}"
    if bad and options["on_error"] == "fail":
        # Without the findings: Ansible would show every one of them beside the message.
        return {**result, "failed": True, "msg": failure}
    result["findings"] = [asdict(finding) for finding in report.findings]
    result["new_findings"] = [asdict(finding) for finding in new_findings(report, previous)]
    return {**result, "failure": failure} if bad else result
