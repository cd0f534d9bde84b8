# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P4, P5 and P1 over a year of nightly runs: what is due is rotated, and no consumer is ever locked out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.fixtures import short_folder
from ansible_collections.sailpoint_community.isc.tests.year.nights import MORNING, NIGHTS, Year, at
from ansible_collections.sailpoint_community.isc.tests.year.people import (
    ADOPTED_ON,
    EIGHT,
    FOUND_ON,
    LEGACY_ID,
    LEGACY_READS_ON,
    OVERLAPS,
    PRESSED_ON,
    RENAMED_ON,
)

ROTATION = ["OAUTH", "GET", "PATCH", "POST", "OAUTH"]
DAY = timedelta(days=1)
REPORTS_READ_ON = 103
"""The night after which the consumer of "reports", which reads every six days, met the token of night 101."""


@pytest.fixture(scope="module")
def year(simulator_process: SimulatorClient, request: pytest.FixtureRequest) -> Iterator[Year]:
    """A year, lived through once; its table is shown."""
    with short_folder() as folder:
        year = Year(simulator_process, folder)
        year.live()
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print("", *year.table(), sep="\n")
        yield year


def test_every_consumer_logs_in_every_day(year: Year) -> None:
    assert year.locked_out == []
    assert set(year.logins.values()) == {18}
    assert len(year.logins) == NIGHTS


def test_eight_tokens_of_one_night_share_one_free_slot_all_the_year(year: Year) -> None:
    """They used to die on day 90, each run having ended well: a rotation holds the slot for nine days."""
    made = {name: [night for night, _reason in year.reasons("create", name)] for name in EIGHT}
    assert all(nights[0] == 1 and len(nights) >= 4 for nights in made.values())
    assert all(later - sooner < 90 for nights in made.values() for sooner, later in zip(nights, nights[1:]))
    assert any("its turn has come" in reason for name in EIGHT for _night, reason in year.reasons("create", name))
    assert not any(name in failure for name in EIGHT for told in year.failures.values() for failure in told)


def test_each_is_rotated_when_it_is_due_and_says_why(year: Year) -> None:
    made, after, before = (1, "it does not exist"), "created {0} days ago, rotate_after is {0}d", "expires in {0} days"
    sixty = [(night, after.format(60)) for night in range(61, NIGHTS + 1, 60)]
    brief = [(night, f"{before.format(14)}, rotate_before is 14d") for night in range(32, NIGHTS + 1, 31)]
    # Six months from the 1st of January, from the 1st of June, and so on.
    forced = [(night, f"{before.format(30)}, rotate_before is 30d") for night in (152, 305)]
    # It was ten days old on the first night.
    robot = [(night, after.format(30)) for night in range(21, NIGHTS + 1, 30)]
    assert year.reasons("create", "sixty") == [made, *sixty]
    assert year.reasons("create", "brief") == [made, *brief]
    assert year.reasons("create", "forced") == [made, *forced]
    assert year.reasons("create", "robot") == robot
    assert year.reasons("create", "pressed") == [made, (PRESSED_ON, "rotate is always")]


def test_a_renamed_token_keeps_its_age_and_its_family(year: Year) -> None:
    created = "created 100 days ago, rotate_after is 100d"
    assert year.reasons("create", "reports") == [(1, "it does not exist"), (101, created)]
    renames = [(night, reason) for night, reason in year.reasons("rename", "reports") if night == RENAMED_ON]
    assert renames == [(RENAMED_ON, "it is declared as 'reporting'")]
    assert [night for night, _reason in year.reasons("move", "reporting")] == [RENAMED_ON]
    assert not (year.folder / "stores" / "reports.json").exists(), "its entry is moved, not copied"
    assert year.reasons("create", "reporting") == [(201, created), (301, created)]
    # The one that bore the former name's previous-name went in its turn, eight days after its consumer let it go.
    assert [night for night, _reason in year.reasons("delete", "reports")] == [REPORTS_READ_ON + 8]


def test_a_token_that_somebody_else_uses_is_adopted_only_if_told_to(year: Year) -> None:
    assert list(year.failures) == [FOUND_ON]
    (failure,) = year.failures[FOUND_ON]
    assert "somebody else may hold its secret" in failure
    assert "adopt: true" in failure
    ((night, reason),) = year.reasons("create", "legacy")
    assert night == ADOPTED_ON
    assert reason.startswith(
        f"the store holds nothing, so 'legacy' ({LEGACY_ID}) is taken over; expiration_date: none -> '2028-"
    )
    # Its old holder logged in with it up to the day before it read the store for the first time.
    (deleted,) = (one for one in year.actions if one.id == LEGACY_ID and one.kind == "delete")
    assert deleted.night == LEGACY_READS_ON + 8


def test_with_one_free_slot_the_most_urgent_goes_first_and_the_others_wait(year: Year) -> None:
    rotations = {name: year.reasons("create", name)[1] for name in ("soonest", "later", "latest")}
    assert rotations == {
        "soonest": (49, "created 48 days ago, rotate_after is 48d"),
        "later": (52, "created 51 days ago, rotate_after is 48d"),
        "latest": (55, "created 54 days ago, rotate_after is 48d"),
    }
    full = "all 10 tokens of the owner are in use (max_tokens)"
    why = f"to be rotated (created {{}} days ago, rotate_after is 48d), but {full}"
    assert year.deferred[49] == {name: why.format(48) for name in ("later", "latest")}
    assert year.deferred[52] == {"latest": why.format(51)}
    others = [text for texts in year.warnings.values() for text in texts if "waits for a free slot" not in text]
    assert set(year.deferred) <= set(year.warnings)
    assert [text for text in others if "little time to spare" not in text and "still in use" not in text] == []


def test_what_was_replaced_goes_on_the_first_night_on_which_it_may(year: Year) -> None:
    deletions = [one for one in year.actions if one.kind == "delete"]
    assert len(deletions) > 40
    for one in deletions:
        said = [each for each in year.said if each.id == one.id]
        overlap = OVERLAPS.get(one.name, timedelta(days=7))
        assert said[0].in_use, "its consumer had not read the store yet"
        last = said[-1].may_go_at
        assert last is not None
        assert timedelta() <= last - (year.last_login[one.id] + overlap) <= DAY, "lastUsed is written once a day"
        assert at(one.night - 1) < last <= at(one.night)


def test_nothing_is_deleted_that_was_used_within_its_overlap(year: Year) -> None:
    """By the consumers' own account, not by what the API told."""
    for one in year.actions:
        if one.kind == "delete":
            overlap = OVERLAPS.get(one.name, timedelta(days=7))
            assert at(one.night) - year.last_login[one.id] >= overlap, f"night {one.night}: {one.name} {one.id}"


def test_when_a_previous_one_may_go_is_told_at_once(year: Year) -> None:
    (replaced,) = (one for one in year.actions if (one.kind, one.name, one.night) == ("rename", "sixty", 61))
    said = next(each for each in year.said if each.id == replaced.id)
    assert said.night == 61
    assert said.in_use
    assert said.may_go_at == at(60) + MORNING + timedelta(days=7) + DAY


def test_the_number_of_tokens_stays_bounded(year: Year) -> None:
    most = {owner: max(counts[owner] for counts in year.alive.values()) for owner in year.alive[1]}
    assert most["crowded"] == 10
    assert most["team"] <= 10
    assert most["v3"] == 3
    assert most["robot"] == 2
    assert sum(year.alive[NIGHTS].values()) <= sum(year.alive[ADOPTED_ON].values())


def test_a_night_without_work_costs_one_oauth_call_and_one_list(year: Year) -> None:
    idle = [calls for _night, _owner, changed, calls in year.costs if not changed]
    assert len(idle) > 1000
    assert {tuple(calls) for calls in idle} == {("OAUTH", "GET")}


def test_a_rotation_adds_one_patch_one_post_and_one_grant(year: Year) -> None:
    costs = {(night, owner): calls for night, owner, _changed, calls in year.costs}
    for owner, name in (("robot", "robot"), ("v3", "forced")):
        for night, _reason in year.reasons("create", name):
            assert costs[night, owner] == (
                ROTATION if (night, owner) != (1, "v3") else ["OAUTH", "GET", "POST", "OAUTH"]
            )
