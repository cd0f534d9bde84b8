# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report finds: each kind at its border, and what is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Declared,
    Owner,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.names import previous_name
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.due import due_reasons
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Facts
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.findings import new_findings
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.model import (
    KINDS,
    ReportFormatError,
    report_as_dict,
    report_from_dict,
)
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.rotation import rotation_due
from ansible_collections.sailpoint_community.isc.tests.doubles.reports import (
    OWN,
    answering_later,
    failed,
    host,
    hostile_report,
    kinds_of,
    report_of,
    token,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, SECOND, days, hours, id_of

ROTATED = Declared(name="CI", expires_in=days(90), rotate_before=days(14))
PREVIOUS = "CI (previous 00000002)"


@pytest.mark.parametrize(
    ("one", "declared", "kinds"),
    [
        (token(), None, []),
        (token(expires=-SECOND), None, ["expired"]),
        (token(expires=days(30)), None, ["expiring"]),
        (token(expires=days(30) + SECOND), None, []),
        (token(expires=days(29)), [], ["expiring"]),
        (token(expires=days(29)), [ROTATED], []),
        (token(expires=days(29)), [Declared(name="CI", rotate="never", rotate_before=days(14))], ["expiring"]),
        (token(expires=days(29)), [Declared(name="CI", expiration_date=NOW + days(29))], ["expiring"]),
        (token(expires=days(29)), [Declared(name="CI", state="absent")], []),
        (token(expires=days(29)), [Declared(name="Other", renamed_from=("CI",), rotate_before=days(14))], []),
        (token(expires=days(13) + SECOND), [ROTATED], []),
        (token(expires=days(13)), [ROTATED], ["rotation_deferred"]),
        (
            token(expires=None, age=days(61)),
            [Declared(name="CI", rotate_after=days(60))],
            ["rotation_deferred", "never_expires"],
        ),
        (token(scope=None), None, ["all_rights"]),
        (token(scope=frozenset({"sp:scopes:all", "x"})), None, ["all_rights"]),
        (token(scope=frozenset()), None, []),
        (token(expires=None), None, ["never_expires"]),
        (token(used=None, age=days(7)), None, ["never_used"]),
        (token(used=None, age=days(7) - SECOND), None, []),
        (token(used=days(90), age=days(100)), None, ["unused"]),
        (token(used=days(90) - SECOND, age=days(100)), None, []),
        (token(expires=-days(1), scope=None, used=None, managed=True), None, []),
    ],
)
def test_each_kind_at_its_border(one: Token, declared: Sequence[Declared] | None, kinds: list[str]) -> None:
    report = report_of(host(one, declared=declared))
    assert kinds_of(report) == kinds
    assert [list(each.findings) for each in report.tokens] == [kinds]


@pytest.mark.parametrize(
    ("previous", "kinds"),
    [
        # Nobody has used it since its successor came.
        ({"used": days(20)}, []),
        ({"used": days(19)}, []),
        ({"used": days(19) - SECOND}, []),  # long enough ago to be out of use
        ({"used": days(1)}, ["previous_in_use"]),
        ({"used": days(1), "expires": -days(1)}, ["expired"]),
        ({"used": days(15), "expires": -days(1)}, []),
        ({"used": None, "expires": None, "scope": None}, []),
    ],
)
def test_a_replaced_token_counts_while_somebody_uses_it(previous: dict[str, Any], kinds: list[str]) -> None:
    old = token(2, PREVIOUS, age=days(100), **previous)
    assert kinds_of(report_of(host(token(1, age=days(20)), old))) == kinds


@pytest.mark.parametrize(
    ("since", "expires", "kinds"),
    [(days(6), days(60), []), (days(6), days(5), ["previous_in_use"]), (days(8), days(60), ["previous_in_use"])],
)
def test_a_replaced_token_may_be_used_during_its_overlap(
    since: timedelta, expires: timedelta, kinds: list[str]
) -> None:
    old = token(2, PREVIOUS, age=days(100), used=hours(1), expires=expires)
    report = report_of(host(token(1, age=since), old))
    assert kinds_of(report) == kinds
    assert [each.state for each in report.tokens] == ["active", "previous"]
    assert {each.family for each in report.tokens} == {"CI"}


def test_a_later_rotation_does_not_hide_who_still_uses_a_token_from_before() -> None:
    live, replaced = token(1, age=hours(1)), token(2, PREVIOUS, age=days(80), used=hours(2))
    forgotten = token(3, previous_name("CI", id_of(3)), age=days(160), used=hours(2))
    (finding,) = report_of(host(live, replaced, forgotten)).findings
    assert finding.token_id == id_of(3)
    assert "was replaced 80 days ago, and is still in use" in finding.text


def test_a_use_on_the_day_of_the_replacement_is_none_by_a_consumer_that_stayed_behind() -> None:
    old = token(2, PREVIOUS, age=days(100), used=days(7.5))
    assert kinds_of(report_of(host(token(1, age=days(8)), old))) == []


def test_the_overlap_is_the_declared_one() -> None:
    declared = [Declared(name="CI", rotate_before=days(14), overlap=days(2))]
    old = token(2, PREVIOUS, age=days(100), used=hours(1))
    assert kinds_of(report_of(host(token(1, age=days(3)), old, declared=declared))) == ["previous_in_use"]


def test_a_name_that_ends_like_a_previous_one_of_another_token_is_a_name() -> None:
    report = report_of(host(token(3, PREVIOUS, used=None)))
    assert kinds_of(report) == ["never_used"]


def test_the_token_that_the_host_is_read_with_is_told_of_apart() -> None:
    own = token(0xB007, "bootstrap", expires=days(9))
    assert own.id == OWN
    report = report_of(host(own, token(1, expires=days(9)), client_id=OWN))
    assert kinds_of(report) == ["expiring", "bootstrap_expiring"]
    assert "which this report logs in with, expires in 9 days" in report.findings[1].text


@pytest.mark.parametrize(("state", "kinds"), [("ACTIVE", []), (None, []), ("INACTIVE_SHORT_TERM", ["owner_inactive"])])
@pytest.mark.parametrize("manager", [{"id": "fa4e", "name": "Fake Boss"}, "Fake Boss"])
def test_an_inactive_owner_is_told_of_once_with_the_manager(state: str | None, kinds: list[str], manager: Any) -> None:
    report = report_of(host(token(1), token(2, "CD"), owner={"state": state, "manager": manager}))
    assert kinds_of(report) == kinds
    assert all(
        each.text == f"'Fake Owner' is {state} and owns 2 tokens; their manager is 'Fake Boss'."
        for each in report.findings
    )


def test_an_inactive_owner_of_managed_tokens_alone_is_no_finding() -> None:
    assert not kinds_of(report_of(host(token(managed=True), owner={"state": "INACTIVE_LONG_TERM"})))


@pytest.mark.parametrize(
    ("count", "free", "kinds"), [(8, 2, []), (9, 1, ["quota"]), (10, 0, ["quota"]), (12, 0, ["quota"])]
)
def test_an_owner_near_the_quota_is_told_of(count: int, free: int, kinds: list[str]) -> None:
    managed = token(99, "Managed", managed=True)
    report = report_of(host(managed, *(token(number, f"T{number}") for number in range(count))))
    assert kinds_of(report) == kinds
    assert [(owner.tokens, owner.free) for owner in report.owners] == [(count, free)]


def test_the_order_is_by_urgency_then_by_date() -> None:
    tokens = [
        token(1, "A", expires=days(20)),
        token(2, "B", expires=days(2)),
        token(3, "C", expires=-days(1), scope=None),
    ]
    report = report_of(host(*tokens, token(4, "D", scope=None)), failed("other"))
    assert kinds_of(report) == ["unreachable", "expired", "expiring", "expiring", "all_rights"]
    assert [finding.name for finding in report.findings] == [None, "C", "B", "A", "D"]
    assert [finding.urgency for finding in report.findings] == [1, 2, 3, 3, 9]
    assert not report.complete


def test_what_one_host_declares_another_one_knows_of_that_owner_alone() -> None:
    own = token(0xB007, "bootstrap")
    foreign = token(5, owner=Owner("fa4e0002", "Fake Other"))
    everything = host(own, token(1), foreign, name="all")
    service = host(own, token(1), name="service", declared=[ROTATED], client_id=OWN)
    report = report_of(everything, service)
    known = {(one.host, one.id): one.declared for one in report.tokens}
    assert known == {
        ("all", OWN): False,
        ("all", id_of(1)): True,
        ("all", id_of(5)): None,
        ("service", OWN): False,
        ("service", id_of(1)): True,
    }


# A host that could not be read.


def test_the_figures_of_a_host_that_fails_stay_and_age() -> None:
    first = report_of(host(token(1, expires=days(40)), declared=[ROTATED]))
    assert not first.findings
    later = report_of(failed(), previous=first, later=days(12))
    assert later.hosts[0].scanned_at == first.hosts[0].scanned_at
    assert later.hosts[0].stale
    assert later.tokens[0].stale
    # What was declared is known from the run before.
    assert kinds_of(later) == ["unreachable"]
    assert kinds_of(report_of(failed(), previous=later, later=days(28))) == ["unreachable", "rotation_deferred"]
    dead = report_of(failed(), previous=later, later=days(41))
    assert kinds_of(dead) == ["unreachable", "expired"]
    assert dead.tokens[0].state == "expired"


def test_a_host_that_fails_is_judged_by_its_declaration_of_now() -> None:
    first = report_of(host(token(1, expires=days(20)), declared=[ROTATED]))
    assert kinds_of(report_of(failed(declared=[]), previous=first)) == ["unreachable", "expiring"]


def test_a_host_that_nobody_has_ever_read_has_no_figures() -> None:
    report = report_of(failed(), host(token(), name="other"))
    assert "no figures of it are known: fake error" in report.findings[0].text
    assert [one.host for one in report.tokens] == ["other"]


def test_a_host_that_is_read_again_is_fresh() -> None:
    stale = report_of(failed(), previous=report_of(host(token())))
    fresh = report_of(host(token()), previous=stale)
    assert fresh.complete
    assert not fresh.tokens[0].stale
    assert not fresh.hosts[0].stale


# What is new.


def test_a_finding_is_new_once_at_each_threshold() -> None:
    told = []
    report = None
    for day in range(35):
        facts = answering_later(host(token(1, expires=days(33))), days(day))
        after = report_of(facts, previous=report, later=days(day))
        told += [(day, finding.kind, finding.threshold) for finding in new_findings(after, report)]
        report = after
    assert told == [
        (3, "expiring", 30),
        (19, "expiring", 14),
        (26, "expiring", 7),
        (32, "expiring", 1),
        (33, "expired", 0),
    ]


def test_what_went_away_and_comes_back_is_new_again() -> None:
    bad, good = report_of(host(token(scope=None))), report_of(host(token()))
    assert not new_findings(bad, bad)
    assert len(new_findings(bad, good)) == 1
    assert len(new_findings(bad, None)) == 1


# The moment of a rotation.

spans = st.one_of(st.none(), st.integers(1, 200).map(days))


ends = st.sampled_from([{"expires_in": days(250)}, {"never_expires": True}, {"expiration_date": NOW + days(300)}])


@given(
    after=spans,
    before=spans,
    expires=spans,
    age=st.integers(0, 200).map(days),
    rotate=st.sampled_from(["when_due", "never"]),
    end=ends,
)
def test_the_rotation_is_due_when_the_planner_finds_a_reason(
    after: timedelta | None,
    before: timedelta | None,
    expires: timedelta | None,
    age: timedelta,
    rotate: Any,
    end: dict[str, Any],
) -> None:
    declared = Declared(name="CI", rotate=rotate, rotate_after=after, rotate_before=before, **end)
    one = token(age=age, expires=expires)
    due = rotation_due(declared, one)
    reasons = due_reasons(declared, one, Facts(API_VERSIONS["v1"], NOW))
    assert (due is not None and due <= NOW) is (bool(reasons) and rotate != "never")


# The JSON form.

TOKEN = report_as_dict(report_of(host(token())))["tokens"][0]


def test_a_report_comes_back_from_its_json_form() -> None:
    report = hostile_report()
    assert report_from_dict(report_as_dict(report)) == report
    assert list(report_as_dict(report)["counts"]) == list(KINDS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "is no report"),
        ({"version": 2}, "is a report of version 2, and this is version 1"),
        ({"hosts": [{}]}, "is a damaged report"),
        ({"tokens": None}, "is a damaged report"),
        ({"findings": ["x"]}, "is a damaged report"),
        ({"hosts": [{"host": 5}]}, "is a damaged report: TypeError: host must be str"),
        ({"hosts": [{"host": "a", "scanned_at": "rubbish"}]}, "is a damaged report: ValueError: 'rubbish' is not"),
        ({"made_at": None}, "is a damaged report"),
        ({"hosts": [{"host": "a", "seconds": 10**400}]}, "is a damaged report: ValueError: seconds is beyond"),
        *(
            ({"tokens": [{**TOKEN, name: "rubbish"}]}, "is a damaged report: ValueError: 'rubbish' is not")
            for name in ("created", "last_used", "expiration_date", "rotation_due")
        ),
        *(
            ({"tokens": [{**TOKEN, "scope": scope}]}, "is a damaged report: TypeError: scope must be")
            for scope in ([5], [["x"]], "x")
        ),
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ReportFormatError, match=says):
        report_from_dict({**report_as_dict(hostile_report()), **change})
