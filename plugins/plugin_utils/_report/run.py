# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run of token_report: look at the files, read what the hosts have registered, find, write, tell.

Check mode of the files is decided here.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader

from ...module_utils._base.errors import DeclarationError, IscError
from ...module_utils._options.declaration import QUOTA_SPEC
from ...module_utils._options.values import duration_from
from .as_text import render_summary, sum_of_kinds
from .files import FORMS, check_files, read_previous, write_files
from .findings import make_report, new_findings, told, untold
from .hosts import Hosts
from .model import KINDS, Finding, Report, Settings
from .rows import HostFacts

SPEC: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str"},
    "listed": {"type": "str", "default": "report_listed"},
    **{form: {"type": "path"} for form in FORMS},
    "notify": {"type": "path"},
    "expires_within": {"type": "str", "default": "30d"},
    "unused_for": {"type": "str", "default": "90d"},
    **QUOTA_SPEC,
    "fail_on": {"type": "list", "elements": "str", "choices": list(KINDS), "default": []},
    "on_error": {"type": "str", "default": "fail", "choices": ["fail", "report"]},
    "only_check": {"type": "bool", "default": False},
    "told": {"type": "list", "elements": "dict"},
}


def report_on(
    arguments: Mapping[str, Any], variables: Mapping[str, Any], loader: DataLoader, check_mode: bool
) -> dict[str, Any]:
    """Return the result of the task; ``variables`` are those of its host. In check mode no file is written."""
    validation = ArgumentSpecValidator(SPEC, mutually_exclusive=[("only_check", "told")]).validate(arguments)
    if validation.error_messages:
        return {"failed": True, "msg": "; ".join(validation.error_messages)}
    options = validation.validated_parameters
    paths = {form: options[form] for form in FORMS if options[form]}
    try:
        settings = Settings(_days("expires_within", options), _days("unused_for", options))
        check_files(paths)
        notify = _notify(options, loader)
        previous = read_previous(paths.get("json"))
        if options["only_check"]:
            return {"changed": False}
        if options["told"] is not None:
            return _confirm(previous, options["told"], paths, check_mode)
        now = datetime.now(timezone.utc)
        hosts = Hosts(variables["hostvars"], loader, now)
        played = _hosts(options, variables)
        facts = list(hosts.facts_of(played, options["listed"]))
        facts += _left_out(played, previous, variables, hosts)
        report = make_report(facts, settings, options["max_tokens"], previous, now)
        new = new_findings(report, previous)
        # Without tasks that tell it, only what waited for them before goes on waiting.
        report = untold(report, new if notify else _waiting(new, previous))
        new = new_findings(report, previous)
        if not check_mode:
            write_files(report, paths)
    except IscError as error:
        return {"failed": True, "msg": str(error)}
    result = {**_result(report, new, options, set(played)), **({"notify": notify} if notify else {})}
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


def _notify(options: Mapping[str, Any], loader: DataLoader) -> str | None:
    """Return where the user's tasks are, from the working directory as all files, or from the playbook's folder.

    Raises DeclarationError.
    """
    named = options["notify"]
    if named is None:
        return None
    if not options["json"]:
        raise DeclarationError("notify needs json: without it, every run would tell of all findings again; give it too")
    places = [os.path.join(folder, named) for folder in (os.getcwd(), loader.get_basedir())]
    found = next((place for place in places if os.path.isfile(place)), None)
    if found is None:
        looked = " and ".join(dict.fromkeys(places))
        raise DeclarationError(f"notify {named} is no file (looked at {looked}); name a file with tasks")
    return found


def _confirm(
    report: Report | None, findings: Sequence[Mapping[str, Any]], paths: Mapping[str, str], check_mode: bool
) -> dict[str, Any]:
    """Note in the file of a report that somebody was told of these findings; another run may have found more since."""
    if check_mode:
        return {"changed": False}
    if report is None:
        raise DeclarationError("told needs json, the file of the report whose findings were told")
    write_files(told(report, findings), {"json": paths["json"]})
    return {"changed": True}


def _left_out(
    played: Sequence[str], previous: Report | None, variables: Mapping[str, Any], hosts: Hosts
) -> Iterator[HostFacts]:
    """Yield the hosts that only ``--limit`` leaves out: their figures, series and what was told of them stay."""
    if previous is None or not variables.get("ansible_limit"):
        return
    left = set(variables["groups"]["all"]) - set(played)
    errors = {one.host: one.error for one in previous.hosts if one.host in left}
    for facts in hosts.facts_of(list(errors), ""):
        yield replace(facts, error=errors[facts.host])


def _waiting(new: Sequence[Finding], previous: Report | None) -> Sequence[Finding]:
    """Return the new findings that the report before had already, and that nobody was told of."""
    known = {one.key for one in previous.findings} if previous else set()
    return [one for one in new if one.key in known]


def _result(
    report: Report, new: Sequence[Finding], options: Mapping[str, Any], played: Collection[str]
) -> dict[str, Any]:
    result: dict[str, Any] = {"complete": report.complete, "counts": report.counts}
    # A report that lacks a host is never good, whatever else it may be used to look for.
    own = replace(report, findings=tuple(one for one in report.findings if one.host in played))
    bad = sum_of_kinds(own, ["unreachable", *options["fail_on"]])
    failure = f"the report is made; the run fails because of these findings: {bad}"
    if bad and options["on_error"] == "fail":
        # Without the findings: Ansible would show every one of them beside the message.
        return {**result, "failed": True, "msg": failure}
    result["findings"] = [asdict(finding) for finding in report.findings]
    result["new_findings"] = [asdict(finding) for finding in new]
    return {**result, "failure": failure} if bad else result
