# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of all hosts as one: what is told, what is written, and what makes the task fail."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules import text_file
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.plan_text import plan_lines
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.as_markdown import as_markdown
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.as_text import as_text
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.fleet import fleet_plan
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.plan_file import (
    approved_for,
    approved_in,
    read_plan,
)
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.summary import SPEC, check, summarize

MADE_AT = "2026-11-26T02:00:00.000Z"


def line(verb: str, name: str, why: str = "it does not exist", cause: str = "declaration") -> dict[str, Any]:
    return {"verb": verb, "name": name, "why": why, "cause": cause, "actions": [{"action": verb, "name": name}]}


def result(*plan: dict[str, Any], as_declared: int = 0, **values: Any) -> dict[str, Any]:
    """Return what the role leaves on a host."""
    stays = [{"name": f"T{number}", "actions": [], "failed": False} for number in range(as_declared)]
    changes = [{"name": each["name"], "actions": each["actions"], "failed": False} for each in plan]
    return {
        "plan": list(plan),
        "personal_access_tokens": [*stays, *changes],
        "base_url": "https://acme.example.invalid",
        "declaration": "sha256:1",
        "owner_id": "fake-identity",
        "warning_texts": [],
        "failures": [],
        "undeclared": [],
        **values,
    }


def plan_of(**results: Mapping[str, Any] | None) -> dict[str, Any]:
    return fleet_plan(results, MADE_AT)


FORTY = plan_of(
    globex=result(line("delete", "Old Portal", "state is absent"), as_declared=17),
    acme=result(
        line("create", "Audit Feed"),
        line("create", "HR Feed"),
        line("change", "CRM Sync", "scope: +idn:accounts:manage -idn:accounts:read"),
        line("rotate", "Ticket Sync", "expires in 9 days, rotate_before is 14d", "time"),
        as_declared=18,
        warning_texts=["personal access token 'X': its rotation has little time to spare"],
    ),
)


def test_a_plan_of_forty_tokens_with_five_changes_is_at_most_fifteen_lines() -> None:
    text = as_text(FORTY)
    assert text == (
        "acme:\n"
        "  + create  'Audit Feed'   it does not exist\n"
        "  + create  'HR Feed'      it does not exist\n"
        "  ~ change  'CRM Sync'     scope: +idn:accounts:manage -idn:accounts:read\n"
        "  ± rotate  'Ticket Sync'  expires in 9 days, rotate_before is 14d\n"
        "globex:\n"
        "  - delete  'Old Portal'  state is absent\n"
        "! acme: personal access token 'X': its rotation has little time to spare\n"
        "2 to create, 1 to change, 1 to rotate, 1 to delete, 35 as declared; 1 warning\n"
    )


def test_what_was_done_is_told_in_the_past() -> None:
    assert as_text(FORTY, is_done=True).splitlines()[-1] == (
        "2 created, 1 changed, 1 rotated, 1 deleted, 35 as declared; 1 warning"
    )


def test_a_run_that_nobody_approved_does_not_look_like_one_that_was_approved(tmp_path: Path) -> None:
    plan_file = str(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(acme=result())), encoding="utf-8")
    results = {"acme": result(line("create", "A"))}
    assert told(results, is_done=True)["text"].endswith("\nwithout an approved plan: 1 created, 0 as declared\n")
    approved = told(results, is_done=True, plan_file=plan_file)
    assert approved["text"].endswith(f"\nas approved in {plan_file}: 1 created, 0 as declared\n")
    checked = told(results, plan_file=plan_file)
    assert checked["text"].endswith(f"\nas approved in {plan_file}: 1 to create, 0 as declared\n")
    assert told(results)["text"].endswith("\n1 to create, 0 as declared\n")
    by_night = told({"acme": result(line("delete", "A"))}, is_done=True, only_due=True)
    assert by_night["text"].endswith("\nonly what is due: 1 deleted, 0 as declared\n")


def test_what_the_hosts_limit_themselves_to_is_told_where_the_run_is_given_nothing() -> None:
    def mode(**given: Any) -> str:
        limits = {"acme": {"plan_file": "", "only_due": True}, "globex": {"plan_file": "a.json", "only_due": False}}
        hosts = {host: result() for host in ("acme", *given.pop("others", ["globex"]))}
        text: str = told(hosts, limits=limits, **given)["text"]
        return text.splitlines()[-1].removesuffix("nothing to do, 0 as declared")

    assert mode(is_done=True, others=[]) == "only what is due: "
    assert mode(is_done=True) == "as approved in a.json or only what is due: "
    assert mode(is_done=True, others=["lost"]) == "only what is due or without an approved plan: "
    assert mode(others=["lost"]) == ""
    assert mode(only_due=False, is_done=True, others=[]) == "without an approved plan: "


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_plan_file_is_told_as_empty(path: str) -> None:
    with pytest.raises(DeclarationError, match=r"^plan_file is empty; give the path of the plan, or leave it out$"):
        check(options(plan_file=path))


def test_hosts_that_failed_have_their_part_and_the_rest_is_whole() -> None:
    failures = [{"name": "CRM Sync", "msg": "personal access token 'CRM Sync': the server refused"}]
    plan = plan_of(
        lost=None, dead=result(failures=failures), odd={"msg": "base_url is missing"}, fine=result(as_declared=3)
    )
    assert as_text(plan) == (
        "dead:\n"
        "  x failed  personal access token 'CRM Sync': the server refused\n"
        "lost:\n"
        "  x failed  nothing is known about it: it was not reached, or it failed before its tokens were listed; the "
        "output of the run says why\n"
        "odd:\n"
        "  x failed  base_url is missing\n"
        "3 failed, 3 as declared\n"
    )


def test_what_ansible_core_finds_wrong_with_the_variables_is_told_in_one_line() -> None:
    spec = {"tokens_declared": {"type": "list", "required": True}, "tokens_max_tokens": {"type": "int"}}
    wrong = ArgumentSpecValidator(spec).validate({"tokens_max_tokens": "many"})
    msg = "\n".join(["Validation of arguments failed:", *wrong.error_messages])
    told = as_text(plan_of(acme={"msg": msg})).splitlines()[1]
    assert told.startswith("  x failed  Validation of arguments failed: missing required arguments: tokens_declared; ")
    assert "many" in told


def test_an_option_that_there_is_not_is_not_followed_by_all_that_there_are() -> None:
    known = "Supported parameters include: name, scope."
    refused = f"Unsupported parameters for (a.b.c) module: personal_access_tokens.scop, to. {known}"
    assert as_text(plan_of(acme={"msg": f"{refused}; value of rotate must be one of: never"})).startswith(
        "acme:\n"
        "  x failed  unsupported parameters: personal_access_tokens.scop, to; value of rotate must be one of: never\n"
    )


def test_nothing_to_do_is_told_in_these_words() -> None:
    assert as_text(plan_of(acme=result(as_declared=3))) == "nothing to do, 3 as declared\n"


def test_a_token_of_which_only_replaced_ones_go_is_as_declared() -> None:
    plan = plan_of(acme=result(line("delete", "CRM Sync (previous 0000000a)"), line("delete", "Old Portal")))
    assert as_text(plan).splitlines()[-1] == "2 to delete, 1 as declared"


def test_a_token_that_gets_its_name_back_is_not_as_declared() -> None:
    lost = line("change", "CRM Sync (previous 0000000a)")
    assert as_text(plan_of(acme=result(lost))).splitlines()[-1] == "1 to change, 0 as declared"


def test_undeclared_tokens_are_a_warning_with_their_last_use() -> None:
    tokens = [{"name": f"U{number}", "last_used": None} for number in range(1, 8)]
    tokens[0]["last_used"] = "2026-11-01T09:30:00.000Z"
    (warning,) = plan_of(acme=result(undeclared=tokens))["hosts"]["acme"]["warnings"]
    assert warning == (
        "nobody declares 'U1' (last used on 2026-11-01), 'U2' (never used), 'U3' (never used), 'U4' (never used), "
        "'U5' (never used) and 2 more"
    )


HOSTILE = "<b>|`x` @team [a](http://x) ![i](j) *b* _c_ ~d~ # \\ \n## e <!-- &amp;"


def test_markdown_shows_what_comes_from_outside_as_it_is() -> None:
    plan = plan_of(**{HOSTILE: result(line("create", HOSTILE, HOSTILE), warning_texts=[HOSTILE])})
    text = as_markdown(plan)
    ours = re.sub(r"&#\d+;", "", text)
    for markup in ("<b>|", "`", "@", "[", "![", "*b*", "_c_", "~d~", "\\", "## e", "<!--", "&amp;"):
        assert markup not in ours
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert {row.count("|") for row in rows} == {4}


UNPRINTABLE = "a\x1b[31m\n  + create\x9b\u202e\u200bb"


def test_nothing_from_outside_rules_the_terminal_or_adds_a_line() -> None:
    scopes = {"before": [UNPRINTABLE], "after": [f"{UNPRINTABLE}c"]}
    action = {"action": "patch", "name": "A", "reason": "scope differs", "changes": {"scope": scopes}}
    (changed,) = plan_lines({"actions": [action], "previous": []}, ["declaration"], datetime.now(timezone.utc))
    failures = [{"name": "A", "msg": UNPRINTABLE}]
    plan = plan_of(**{UNPRINTABLE: result(changed._asdict(), failures=failures, warning_texts=[UNPRINTABLE])})
    shown = r"a\x1b[31m\n  + create\x9b\u202e\u200bb"
    told = r"a\x1b[31m + create\x9b\u202e\u200bb"
    assert as_text(plan) == (
        f"{shown}:\n"
        f"  ~ change  'A'  scope: +{shown}c -{shown}\n"
        f"  x failed  {told}\n"
        f"! {shown}: {told}\n"
        "1 to change, 1 failed, 0 as declared; 1 warning\n"
    )
    assert all(row.isprintable() for row in as_markdown(plan).split("\n"))


def test_a_renamed_token_that_is_due_is_one_rotation_and_no_matter_of_time() -> None:
    changes = {"name": {"before": "OLD", "after": "NEW (previous 00000001)"}}
    rename = {"action": "rename", "name": "OLD", "id": "1", "reason": "frees the name", "changes": changes}
    create = {"action": "create", "name": "NEW", "reason": "expires in 3 days", "changes": {}}
    found = {"actions": [rename, create], "previous": []}
    (rotation,) = plan_lines(found, ["declaration", "time"], datetime.now(timezone.utc))
    assert rotation == ("rotate", "NEW", "renamed from 'OLD'; expires in 3 days", "declaration", [rename, create])


MOVE = {"action": "move", "name": "NEW", "id": "1", "reason": "file OLD becomes file NEW"}


def test_an_entry_that_moves_is_told_with_the_last_change_of_its_token() -> None:
    freed = {"name": {"before": "NEW", "after": "NEW (previous 00000002)"}}
    other = {"action": "rename", "name": "NEW", "id": "2", "reason": "frees the name", "changes": freed}
    renamed = {"name": {"before": "OLD", "after": "NEW"}}
    rename = {"action": "rename", "name": "OLD", "id": "1", "reason": "name differs", "changes": renamed}
    found = {"actions": [MOVE, other, rename], "previous": []}
    first, last = plan_lines(found, ["declaration"] * 3, datetime.now(timezone.utc))
    assert first.actions == [other]
    why = "name: 'OLD' -> 'NEW'; file OLD becomes file NEW"
    assert last == ("change", "OLD", why, "declaration", [MOVE, rename])


def test_an_entry_that_moves_makes_of_a_rotation_by_time_a_matter_of_the_declaration() -> None:
    changes = {"name": {"before": "NEW", "after": "NEW (previous 00000001)"}}
    rename = {"action": "rename", "name": "NEW", "id": "1", "reason": "frees the name", "changes": changes}
    create = {"action": "create", "name": "NEW", "reason": "expires in 3 days", "changes": {}}
    found = {"actions": [MOVE, rename, create], "previous": []}
    (rotation,) = plan_lines(found, ["declaration", "declaration", "time"], datetime.now(timezone.utc))
    assert (rotation.cause, rotation.actions) == ("declaration", [MOVE, rename, create])
    (alone,) = plan_lines({"actions": [MOVE], "previous": []}, ["declaration"], datetime.now(timezone.utc))
    assert alone == ("move", "NEW", "file OLD becomes file NEW", "declaration", [MOVE])


@pytest.mark.parametrize("cause", ["time", "declaration"])
def test_a_rotation_is_a_matter_of_time_only_if_all_of_it_is(cause: str) -> None:
    """A name that is taken from another store's token is declared, with adopt: no night does it."""
    changes = {"name": {"before": "A", "after": "A (previous 00000001)"}}
    rename = {"action": "rename", "name": "A", "id": "1", "reason": "frees the name", "changes": changes}
    create = {"action": "create", "name": "A", "reason": "expires in 3 days", "changes": {}}
    (rotation,) = plan_lines({"actions": [rename, create], "previous": []}, [cause, "time"], datetime.now(timezone.utc))
    assert rotation.cause == cause


def test_a_date_that_goes_is_none_without_quotes() -> None:
    changes = {"expiration_date": {"before": "2026-10-01T12:00:00.000Z", "after": None}}
    patch = {"action": "patch", "name": "A", "id": "1", "reason": "never_expires", "changes": changes}
    (changed,) = plan_lines({"actions": [patch], "previous": []}, ["declaration"], datetime.now(timezone.utc))
    assert changed.why == "expiration_date: '2026-10-01T12:00:00.000Z' -> none"


def test_markdown_says_what_it_left_out_and_is_never_too_long() -> None:
    hosts = {f"h{number:03}": result(line("create", "N" * 200), line("create", "M" * 200)) for number in range(100)}
    text = as_markdown(plan_of(**hosts), longest=9_000)
    assert len(text) <= 9_000
    shown = text.count("<details open>")
    assert 0 < shown < 100
    assert f"**{100 - shown} hosts did not fit in here: {2 * (100 - shown)} to create, 0 as declared.**" in text
    assert text.count("<details open>") == text.count("</details>")


def test_markdown_tells_the_moment_as_the_report_does() -> None:
    assert as_markdown(plan_of()).endswith("<sub>Made at 2026-11-26T02:00:00Z.</sub>\n")


def test_markdown_cuts_one_long_host_too() -> None:
    text = as_markdown(plan_of(acme=result(*[line("create", f"{n}" + "N" * 200) for n in range(100)])), longest=9_000)
    assert len(text) <= 9_000
    shown = text.count("&#43; create")
    assert f"| {100 - shown} more rows did not fit in here; the plan file has all of them |" in text


def test_markdown_of_forty_tokens() -> None:
    text = as_markdown(FORTY)
    assert text.startswith(
        "## Plan: 2 to create, 1 to change, 1 to rotate, 1 to delete, 35 as declared; 1 warning\n\n"
        "<details open>\n<summary><b>acme</b>: 2 to create, 1 to change, 1 to rotate, 18 as declared; 1 warning"
        "</summary>\n\n| | token | why |\n|---|---|---|\n"
        "| &#43; create | <code>Audit Feed</code> | it does not exist |\n"
    )
    assert "| ⚠ warning | | personal access token 'X': its rotation has little time to spare |\n" in text


def options(**given: Any) -> dict[str, Any]:
    return {**{name: option.get("default") for name, option in SPEC.items()}, "hosts": [], **given}


def told(
    results: Mapping[str, Any], writes: bool = True, limits: Mapping[str, Any] | None = None, **given: Any
) -> dict[str, Any]:
    def limits_of(host: str) -> Any:
        return (limits or {}).get(host, {})

    return summarize(options(hosts=list(results), **given), results.get, limits_of, writes)


def test_the_files_hold_the_plan_and_approve_it(tmp_path: Path) -> None:
    results = {"acme": result(line("create", "A"), line("rotate", "B", cause="time"))}
    files: dict[str, Any] = {"json": str(tmp_path / "plan.json"), "markdown": str(tmp_path / "plan.md")}
    assert told(results, **files)["sum"]["create"] == 1
    plan = read_plan(files["json"])
    assert plan["hosts"]["acme"]["steps"] == results["acme"]["plan"]
    assert approved_for(plan, "acme", "plan.json") == {
        "base_url": "https://acme.example.invalid",
        "declaration": "sha256:1",
        "owner_id": "fake-identity",
        "actions": [{"action": "create", "name": "A"}, {"action": "rotate", "name": "B"}],
    }
    assert "1 to create" in Path(files["markdown"]).read_text(encoding="utf-8")
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0o044
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "plan.md"]


def test_check_mode_writes_no_file(tmp_path: Path) -> None:
    told({"acme": result()}, writes=False, json=str(tmp_path / "plan.json"))
    assert not list(tmp_path.iterdir())


def test_hosts_that_are_approved_and_were_left_out_are_named(tmp_path: Path) -> None:
    approved: dict[str, Any] = {f"host{number:02}": result(line("create", "A")) for number in range(12)}
    approved.update(unchanged=result(as_declared=1), dead=None)
    plan_file = str(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(**approved)), encoding="utf-8")
    nearly = told({host: approved[host] for host in list(approved)[1:]}, plan_file=plan_file)
    assert nearly["missed_hosts"] == ["host00"]
    assert "! approved, and not in this run: host00\n" in nearly["text"]
    few = told({"host11": approved["host11"]}, plan_file=plan_file)
    assert few["text"].splitlines()[-2].endswith("host08, host09 and 1 more")
    assert "failed" not in few
    assert told(approved, plan_file=plan_file)["missed_hosts"] == []
    assert "missed_hosts" not in told(approved)


def test_the_plan_of_a_fleet_is_read_once_and_each_host_has_its_part(tmp_path: Path) -> None:
    """To read it for each host takes the square of their number."""
    path = tmp_path / "plan.json"
    hosts = ["acme", "globex", "../up", "x" * 300, "lone \udc80 surrogate"]
    told({host: result(line("create", host)) for host in hosts}, json=str(path))
    plan, parts = read_plan(str(path)), tmp_path / "run" / "parts"
    read = []
    for host in [*hosts, "stranger"]:
        read.append(approved_in(str(path), host, parts))
        assert read[-1] == approved_for(plan, host, str(path))
    assert "is not in it" in read[-1]["refusal"]
    (taken_apart,) = parts.iterdir()
    assert len(list(taken_apart.iterdir())) == len(hosts)
    path.write_text(path.read_text(encoding="utf-8").replace('"acme"', '"other"'), encoding="utf-8")
    assert "is not in it" in approved_in(str(path), "acme", parts)["refusal"]
    path.unlink()
    with pytest.raises(DeclarationError, match="cannot be read"):
        approved_in(str(path), "acme", parts)


@pytest.mark.parametrize("host", ["other", "dead"])
def test_nothing_is_approved_for_a_host_that_was_not_planned_or_had_failed(host: str) -> None:
    approved = approved_for(plan_of(acme=result(), dead=None), host, "plan.json")
    assert approved["actions"] == []
    assert f"plan_file plan.json approves nothing for {host}, which" in approved["refusal"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# a plan", "is no plan: give the file that plan_json has written"),
        ("[]", "is no plan"),
        ('{"hosts": {}}', "is no plan"),
        ("[" * 100_000, "is no plan"),
        (json.dumps({**plan_of(), "version": 2}), "has version 2 of the format, and this collection reads 1"),
        (json.dumps({**plan_of(), "hosts": []}), "is no plan"),
    ],
    ids=["markdown", "a list", "no format", "nested absurdly", "another version", "no hosts"],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=words):
        check(options(plan_file=str(path)))


PART = fleet_plan({"acme": result(line("create", "A"))}, MADE_AT)["hosts"]["acme"]
STEP = PART["steps"][0]


@pytest.mark.parametrize(
    "part",
    [
        None,
        1,
        [],
        {**PART, "base_url": None},
        {**PART, "owner_id": 1},
        {key: value for key, value in PART.items() if key != "owner_id"},
        {**PART, "declaration": 1},
        {**PART, "steps": None},
        {**PART, "steps": {"0": STEP}},
        {**PART, "steps": ["create A"]},
        {**PART, "steps": [{**STEP, "actions": None}]},
        {**PART, "steps": [{**STEP, "actions": [None]}]},
        {**PART, "steps": [{**STEP, "actions": [{"action": "create"}]}]},
        {**PART, "steps": [{**STEP, "actions": [{"action": ["create"], "name": "A"}]}]},
        {**PART, "steps": [{**STEP, "actions": [{"action": "patch", "name": "A", "changes": {"scope": 1}}]}]},
        {key: value for key, value in PART.items() if key != "base_url"},
        {key: value for key, value in PART.items() if key != "steps"},
    ],
    ids=str,
)
def test_a_plan_with_a_part_of_another_shape_is_refused_before_anything_runs(tmp_path: Path, part: Any) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**plan_of(), "hosts": {"acme": part}}), encoding="utf-8")
    with pytest.raises(DeclarationError, match="is no plan: what it has for 'acme' is not what plan_json has written"):
        check(options(plan_file=str(path)))


def test_files_that_cannot_be_written_are_found_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeclarationError, match="file is not a folder that the user can write to; nothing was done"):
        check(options(markdown=str(tmp_path / "file" / "plan.md")))
    with pytest.raises(DeclarationError, match="is a folder; name a file in it"):
        check(options(json=str(tmp_path)))
    with pytest.raises(DeclarationError, match="cannot be read"):
        check(options(plan_file=str(tmp_path / "none.json")))
    with pytest.raises(DeclarationError, match=r"markdown and json are one file, .*: give each a file of its own"):
        check(options(json=str(tmp_path / "plan"), markdown=str(tmp_path / "file" / ".." / "plan")))
    check(options(json=str(tmp_path / "plan.json"), markdown=str(tmp_path / "plan.md")))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_mounted_is_found_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "is_mount_point", lambda path: path == str(tmp_path / "plan.md"))
    with pytest.raises(DeclarationError, match=r"plan.md is a mount point, .*; mount its folder instead"):
        check(options(markdown=str(tmp_path / "plan.md")))


def test_the_plan_is_told_whatever_became_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lost: dict[str, Any] = {"json": str(tmp_path / "file" / "plan.json"), "plan_file": str(tmp_path / "gone.json")}
    markdown = str(tmp_path / "plan.md")
    failed = told({"acme": result(line("create", "A"))}, markdown=markdown, **lost)
    assert "+ create  'A'" in failed["text"]
    assert Path(markdown).exists()
    assert re.fullmatch("json .* could not be written .*; plan_file .* cannot be read: .*", failed["msg"])


TIME = {"acme": result(line("rotate", "A", cause="time"), line("delete", "A (previous 1)", cause="time"))}


@pytest.mark.parametrize(
    ("ignores", "msg"),
    [
        ([], "what exists is not what is declared: 1 to rotate, 1 to delete"),
        (["rotate"], "what exists is not what is declared: 1 to delete"),
        (["retire"], "what exists is not what is declared: 1 to rotate"),
        (["rotate", "retire"], None),
    ],
    ids=str,
)
def test_drift_can_leave_out_what_time_alone_brings(ignores: list[str], msg: str | None) -> None:
    assert told(TIME, fail_on_drift=True, drift_ignores=ignores).get("msg") == msg


def test_a_rotation_for_another_reason_is_always_drift() -> None:
    results = {"acme": result(line("rotate", "A"), line("delete", "B"))}
    both = told(results, fail_on_drift=True, drift_ignores=["rotate", "retire"])
    assert both["msg"] == "what exists is not what is declared: 1 to rotate, 1 to delete"


def test_no_drift_and_no_failure_is_no_failure() -> None:
    assert "failed" not in told({"acme": result(as_declared=3)}, fail_on_drift=True)
    assert "failed" not in told(TIME)


def test_it_fails_for_hosts_that_failed_after_the_files_are_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    failed = told({"acme": result(), "lost": None}, json=str(path))
    assert failed["failed"]
    assert failed["msg"] == "1 of 2 hosts failed: lost; the plan says why"
    assert path.exists()


def test_a_plan_for_no_host_fails() -> None:
    assert "there is no host to plan for" in told({})["msg"]
