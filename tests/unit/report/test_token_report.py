# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module token_report, without a playbook around it: what it reads of each host, returns and refuses."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.run import SPEC, report_on
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import OWN, host, token
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import days

MODULE = importlib.import_module("ansible_collections.sailpoint_community.isc.plugins.modules.token_report")
COLLECTION = Path(__file__).resolve().parents[3]


class HostVars:
    """Stands for Ansible's hostvars: the variables of each host, as they are written."""

    def __init__(self, variables: Mapping[str, dict[str, Any]]) -> None:
        self._variables = variables

    def raw_get(self, name: str) -> Any:
        return self._variables.get(name)  # ansible-core has an undefined value for an unknown host: no mapping either


def run(
    hosts: Mapping[str, dict[str, Any]], /, check_mode: bool = False, limit: str | None = None, **options: Any
) -> dict[str, Any]:
    """Run the module over hosts with these variables; ``limit`` is the host that ``--limit`` leaves."""
    played = [limit] if limit else list(hosts)
    variables = {"hostvars": HostVars(hosts), "ansible_play_hosts_all": played, "groups": {"all": list(hosts)}}
    return report_on(options, {**variables, **({"ansible_limit": limit} if limit else {})}, DataLoader(), check_mode)


def listed(*tokens: Any, **fields: Any) -> dict[str, Any]:
    """Return the variables of a host that was read."""
    return {"report_listed": host(*tokens, **fields).listed}


def test_options_are_documented_as_they_are() -> None:
    document = yaml.safe_load(MODULE.DOCUMENTATION)
    facts = ("type", "elements", "default", "choices")

    def of(options: Mapping[str, Any]) -> dict[str, Any]:
        return {name: {fact: option.get(fact) for fact in facts} for name, option in options.items()}

    assert of(document["options"]) == of(SPEC)
    assert document["module"] == "token_report"


def test_returned_values_are_documented(tmp_path: Path) -> None:
    documented = yaml.safe_load(MODULE.RETURN)
    files: dict[str, Any] = {"json": str(tmp_path / "report.json"), "notify": __file__}
    result = run({"a": listed(token(scope=None)), "b": {}}, on_error="report", **files)
    assert set(result) - {"changed", "_summary"} == set(documented)
    assert all(set(finding) == set(documented["findings"]["contains"]) for finding in result["findings"])


def test_examples_are_valid() -> None:
    for task in yaml.safe_load(MODULE.EXAMPLES):
        options = task.get("sailpoint_community.isc.token_report")
        assert options is None or not ArgumentSpecValidator(SPEC).validate(options).error_messages


def test_the_role_gives_the_options_their_defaults() -> None:
    defaults = yaml.safe_load((COLLECTION / "roles/report/defaults/main.yml").read_text(encoding="utf-8"))
    spec = yaml.safe_load((COLLECTION / "roles/report/meta/argument_specs.yml").read_text(encoding="utf-8"))
    options = spec["argument_specs"]["main"]["options"]
    assert {name: option["default"] for name, option in options.items() if "default" in option} == defaults
    for name in ("expires_within", "unused_for", "max_tokens", "fail_on"):
        assert defaults[f"report_{name}"] == SPEC[name]["default"]


def test_a_host_that_failed_says_why_and_the_others_are_whole() -> None:
    result = run(
        {"good": listed(token()), "bad": {"report_listed": {"failed": True, "msg": "fake\n  reason"}}, "none": {}}
    )
    assert result["failed"]
    assert result["msg"] == "the report is made; the run fails because of these findings: 2 unreachable"
    assert not result["complete"]
    assert "findings" not in result
    texts = [
        one["text"] for one in run({"bad": {"report_listed": {"msg": "fake\n  reason"}}}, on_error="report")["findings"]
    ]
    assert texts == ["it could not be read, and no figures of it are known: fake reason"]


def test_a_host_whose_task_could_not_begin_says_why() -> None:
    result = run({"bad": {"ansible_failed_result": {"failed": True, "msg": "'fake' is undefined"}}}, on_error="report")
    assert result["findings"][0]["text"].endswith(": 'fake' is undefined")


def test_an_inactive_owner_stays_one_while_the_owners_cannot_be_read(tmp_path: Path) -> None:
    path = str(tmp_path / "report.json")
    first = run({"a": listed(token(), owner={"state": "INACTIVE", "manager": {"name": "Fake Boss"}})}, json=path)
    assert due_of(first) == ["owner_inactive"]
    blind = listed(token())
    blind["report_listed"]["reading"]["owners_error"] = "fake reason"
    second = run({"a": blind}, json=path)
    assert second["findings"] == first["findings"]
    assert not second["new_findings"]


def test_a_host_has_the_quota_that_it_declares() -> None:
    full = [token(number, f"T{number}") for number in range(10)]
    hosts = {"a": {**listed(*full), "tokens_max_tokens": 12}, "b": listed(*full)}
    assert [finding["host"] for finding in run(hosts)["findings"]] == ["b"]
    wrong = run({"a": {**listed(*full), "tokens_max_tokens": "many"}})
    assert due_of(wrong) == ["quota"]
    assert wrong["warnings"] == ["a: its tokens_max_tokens is no number, so the report takes its own max_tokens"]


def test_a_host_whose_owners_are_unknown_is_warned_of_by_its_name() -> None:
    blind = listed(token())
    blind["report_listed"]["reading"]["owners_error"] = "fake reason"
    result = run({"good": listed(token()), "blind": blind})
    assert result["complete"]
    assert result["warnings"] == ["blind: fake reason"]


def test_it_fails_for_the_kinds_that_are_named_alone() -> None:
    hosts = {"a": listed(token(scope=None), token(2, "B", expires=-days(1)))}
    assert "failed" not in run(hosts)
    assert run(hosts, fail_on=["expired", "unused"])["msg"].endswith(": 1 expired")
    assert run(hosts, fail_on="all_rights,expired")["msg"].endswith(": 1 expired, 1 all_rights")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hosts": []}, "hosts is empty"),
        ({"fail_on": ["typo"]}, "value of fail_on must be one or more of"),
        ({"expires_within": "soon"}, "expires_within: 'soon' is not a duration"),
        (
            {"json": "/dev/null/report.json"},
            "cannot be written: /dev/null is not a folder that the user can write to; nothing was done",
        ),
        ({"other": 1}, "other. Supported parameters include"),
        ({"prometheus": "/tmp/fake.prom"}, "prometheus needs json: without it, a host that cannot be read would lose"),
        ({"notify": "/fake/notify.yml"}, "notify needs json: without it, every run would tell of all findings again"),
        ({"notify": "fake.yml", "json": "fake.json"}, "fake.yml); name a file with tasks"),
        ({"told": [], "json": "/fake/none.json"}, "told needs json, the file of the report"),
        ({"told": [], "only_check": True}, "mutually exclusive: only_check|told"),
    ],
)
def test_what_is_wrong_is_refused(options: dict[str, Any], says: str) -> None:
    result = run({"a": listed(token())}, **options)
    assert result["failed"]
    assert says in result["msg"]


def test_in_check_mode_nothing_is_written(tmp_path: Path) -> None:
    result = run({"a": listed(token())}, check_mode=True, json=str(tmp_path / "report.json"))
    assert not result["changed"]
    assert not list(tmp_path.iterdir())


def test_only_check_reads_no_host(tmp_path: Path) -> None:
    assert report_on({"only_check": True, "csv": str(tmp_path / "x")}, {}, DataLoader(), False) == {"changed": False}


def test_new_findings_are_those_that_the_json_does_not_have(tmp_path: Path) -> None:
    path = str(tmp_path / "report.json")
    first = run({"a": listed(token(scope=None))}, json=path)
    assert [one["kind"] for one in first["new_findings"]] == ["all_rights"]
    second = run({"a": listed(token(scope=None, expires=days(5)))}, json=path)
    assert [one["kind"] for one in second["new_findings"]] == ["expiring"]


def test_findings_stay_new_until_somebody_was_told(tmp_path: Path) -> None:
    (tmp_path / "notify.yml").touch()
    options: dict[str, Any] = {"json": str(tmp_path / "report.json"), "notify": str(tmp_path / "notify.yml")}
    hosts = {"a": listed(token(scope=None))}
    for _night in range(2):
        told = run(hosts, **options)
        assert [(one["kind"], one["told"]) for one in told["new_findings"]] == [("all_rights", False)]
        assert told["notify"] == options["notify"]
    new = told["new_findings"]
    assert run({}, told=new, check_mode=True, **options) == {"changed": False}
    assert run(hosts, **options)["new_findings"]
    assert run({}, told=new, **options) == {"changed": True}
    later = run(hosts, **options)
    assert not later["new_findings"]
    assert [one["told"] for one in later["findings"]] == [True]


def test_what_another_run_has_found_since_stays_new(tmp_path: Path) -> None:
    """The message of the first run was on its way when the second one found more, and could not tell it."""
    (tmp_path / "notify.yml").touch()
    options: dict[str, Any] = {"json": str(tmp_path / "report.json"), "notify": str(tmp_path / "notify.yml")}
    first = run({"a": listed(token(scope=None))}, **options)["new_findings"]
    more = {"a": listed(token(scope=None), token(2, "NEWER", scope=None))}
    run(more, **options)
    run({}, told=first, **options)
    (new,) = run(more, **options)["new_findings"]
    assert new["name"] == "NEWER"
    run({}, told=[new], **options)
    assert not run(more, **options)["new_findings"], "the first one is still told"


def test_the_tasks_are_looked_for_in_the_working_directory_then_beside_the_playbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, here = tmp_path / "playbooks", tmp_path / "here"
    for folder in (beside, here):
        folder.mkdir()
    (beside / "notify.yml").touch()
    monkeypatch.chdir(here)
    monkeypatch.setattr(DataLoader, "get_basedir", lambda loader: str(beside))
    options: dict[str, Any] = {"json": str(tmp_path / "report.json"), "notify": "notify.yml"}
    assert run({"a": listed(token())}, **options)["notify"] == str(beside / "notify.yml")
    (here / "notify.yml").touch()
    assert run({"a": listed(token())}, **options)["notify"] == str(here / "notify.yml")


def test_a_limited_run_keeps_what_is_known_of_the_other_hosts(tmp_path: Path) -> None:
    options: dict[str, Any] = {"json": str(tmp_path / "report.json"), "prometheus": str(tmp_path / "report.prom")}
    hosts = {"a": listed(token(scope=None)), "b": listed(token(2, scope=None)), "gone": listed(token(3))}
    run(hosts, **options)
    del hosts["gone"]
    limited = run(hosts, limit="a", **options)
    assert limited["complete"]
    assert "failed" not in limited
    assert not limited["new_findings"]
    assert [one["host"] for one in limited["findings"]] == ["a", "b"]
    assert "1 of 2 hosts left out of this run" in limited["_summary"].split("\n")[0]
    metrics = (tmp_path / "report.prom").read_text(encoding="utf-8")
    assert 'isc_pat_scan_complete{host="b"} 0' in metrics
    assert 'host="gone"' not in metrics
    assert [one["host"] for one in run({"a": hosts["a"]}, **options)["findings"]] == ["a"]


def test_a_limited_run_forgets_and_fails_for_nothing_of_the_other_hosts(tmp_path: Path) -> None:
    options: dict[str, Any] = {"json": str(tmp_path / "report.json"), "fail_on": ["expired", "previous_in_use"]}
    rotated = token(2, "CI", age=days(20)), token(1, "CI (previous 00000001)", age=days(99), used=days(1))
    declared = [{"name": "CI", "expires_in": "365d", "rotate_before": "40d", "overlap": "30d"}]
    hosts = {"a": listed(token(3, "A")), "b": {**listed(*rotated), "tokens_declared": declared}, "c": {}}
    first = run(hosts, on_error="report", **options)
    assert due_of(first) == ["unreachable"]
    limited = run(hosts, limit="a", **options)
    assert "failed" not in limited
    assert not limited["new_findings"]
    assert limited["findings"] == first["findings"]


def test_a_run_that_tells_nobody_keeps_what_waits_to_be_told(tmp_path: Path) -> None:
    (tmp_path / "notify.yml").touch()
    files: dict[str, Any] = {"json": str(tmp_path / "report.json")}
    hosts = {"a": listed(token(scope=None))}
    run(hosts, notify=str(tmp_path / "notify.yml"), **files)
    assert run(hosts, **files)["new_findings"]
    assert run(hosts, notify=str(tmp_path / "notify.yml"), **files)["new_findings"]
    other = {"a": listed(token(scope=None), token(2, "B", expires=days(5)))}
    assert len(run(other, **files)["new_findings"]) == 2
    assert [one["kind"] for one in run(other, **files)["new_findings"]] == ["all_rights"]


# What a host declares.

DECLARED = {"name": "CI", "key": "ci", "store": {"file": {"path": "/fake"}}, "authenticates": True, "adopt": True}


def due_of(result: dict[str, Any]) -> list[str]:
    return [finding["kind"] for finding in result["findings"]]


def test_the_declaration_of_a_host_is_read_with_its_own_variables() -> None:
    variables = {
        **listed(token(expires=days(20)), token(0xB007, "bootstrap"), client_id=OWN),
        "tokens_declared": [DECLARED],
        "tokens_defaults": {"expires_in": "90d", "rotate_before": trusted("{{ fake_weeks }}w")},
        "fake_weeks": 2,
    }
    assert due_of(run({"a": variables})) == []
    assert due_of(run({"a": {**variables, "fake_weeks": 4}})) == ["rotation_deferred"]
    assert due_of(run({"a": {**variables, "tokens_declared": []}})) == ["expiring"]


def trusted(text: str) -> str:
    """Return a text that is a template, where core asks whether it may be one."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return text
    trustworthy: str = trust_as_template(text)
    return trustworthy


@pytest.mark.parametrize(
    "declaration",
    [
        {"tokens_declared": "fake"},
        {"tokens_declared": [{"name": "CI", "typo": 1}]},
        {"tokens_declared": [{"name": "CI", "rotate_before": "soon"}]},
        {"tokens_declared": [{"key": "ci"}]},
        {"tokens_declared": trusted("{{ nowhere }}")},
        {"tokens_declared": [{"name": "CI"}], "tokens_defaults": []},
    ],
)
def test_a_declaration_that_cannot_be_read_is_left_out_with_a_warning(declaration: dict[str, Any]) -> None:
    result = run({"a": {**listed(token(expires=days(20))), **declaration}})
    assert due_of(result) == ["expiring"]
    assert "no known declaration" in result["findings"][0]["text"]
    (warning,) = result["warnings"]
    assert warning.startswith("a: its tokens_declared could not be read, so the report leaves it out: ")
