# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts that prune for one identity are refused; one of them is warned if the other one alone prunes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.claims import Claims

TENANT = "https://fake.api.identitynow.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is yet to be made."""
    return tmp_path / "claims"


def test_the_second_host_of_an_identity_is_refused_with_both_names(folder: Path) -> None:
    Claims(folder, "first").claim(TENANT, "identity", True)
    with pytest.raises(DeclarationError, match=f"'second' and for 'first'.*{TENANT}"):
        Claims(folder, "second").claim(TENANT, "identity", True)


def test_the_first_host_sees_one_that_came_after_it(folder: Path) -> None:
    first = Claims(folder, "first")
    first.claim(TENANT, "token", True)
    with pytest.raises(DeclarationError):
        Claims(folder, "second").claim(TENANT, "token", True)
    with pytest.raises(DeclarationError, match="'first' and for 'second'"):
        first.claim(TENANT, "identity", True)


def test_another_identity_another_tenant_and_another_task_are_none_of_its_rivals(folder: Path) -> None:
    Claims(folder, "first").claim(TENANT, "identity", True)
    Claims(folder, "first").claim(TENANT, "identity", True)
    Claims(folder, "second").claim(TENANT, "another identity", True)
    Claims(folder, "third").claim("https://another.api.identitynow.com", "identity", True)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_a_host_is_warned_of_another_one_that_prunes(folder: Path, first: bool, second: bool) -> None:
    pruning, other = ("first", "second") if first else ("second", "first")
    assert Claims(folder, "first").claim(TENANT, "identity", first) is None
    warning = Claims(folder, "second").claim(TENANT, "identity", second) or ""
    assert warning.startswith(f"prune is on for {pruning!r}, and {other!r} authenticates as the same identity of ")


def test_hosts_that_do_not_prune_may_share_an_identity(folder: Path) -> None:
    for host in ("first", "second", "first"):
        assert Claims(folder, host).claim(TENANT, "identity", False) is None


def test_a_host_that_prunes_twice_does_not_delete_what_its_other_task_declares(folder: Path) -> None:
    Claims(folder, "first").claim(TENANT, "identity", True, ["A", "B"])
    Claims(folder, "first").claim(TENANT, "identity", True, ["B", "A"])
    Claims(folder, "first").claim(TENANT, "identity", False, ["C"])
    Claims(folder, "first").claim(TENANT, "another identity", True, ["C"])
    with pytest.raises(DeclarationError, match=f"two tasks of 'first' that declare different tokens .* {TENANT}"):
        Claims(folder, "first").claim(TENANT, "identity", True, ["A", "C"])


def at(path: str, where: str = "") -> tuple[tuple[str, str], str]:
    """Return an entry of the store ``file``, and what messages call it."""
    return ("file", path), f"file {where or path}"


def test_a_name_is_kept_in_one_store(folder: Path) -> None:
    Claims(folder, "first").claim_entries(TENANT, "identity", {"A": at("a"), "B": at("b"), "D": at("d")})
    Claims(folder, "same store").claim_entries(TENANT, "identity", {"A": at("a", "another spelling")})
    Claims(folder, "folder made").claim_entries(TENANT, "identity", {"B": at("8:15/b", "b")})
    for path in ("c", "moved"):
        Claims(folder, "first").claim_entries(TENANT, "identity", {"C": at(path)})
    Claims(folder, "others").claim_entries(TENANT, "another identity", {"A": at("e")})
    with pytest.raises(DeclarationError, match=f"'first' keeps 'D' in another store, .* identity of {TENANT}"):
        Claims(folder, "second").claim_entries(TENANT, "identity", {"D": at("elsewhere")})


def test_two_tasks_of_one_host_do_not_replace_each_others_token(folder: Path) -> None:
    for _run in range(2):
        Claims(folder, "first").claim_entries(TENANT, "identity", {"A": at("a"), "B": at("b")}, {"A", "B"})
    Claims(folder, "first").claim_entries(TENANT, "identity", {"B": at("moved")}, {"A"})
    with pytest.raises(DeclarationError, match="another task of 'first' keeps 'A' in another store"):
        Claims(folder, "first").claim_entries(TENANT, "identity", {"A": at("elsewhere")}, {"A"})


def test_a_tenant_is_the_same_in_another_spelling(folder: Path) -> None:
    other = TENANT.replace("fake", "FAKE") + "/"
    Claims(folder, "first").claim_entries(TENANT, "identity", {"A": at("a")})
    Claims(folder, "second").claim_entries(other, "identity", {"A": at("a")})
    Claims(folder, "first").claim(TENANT, "identity", True)
    with pytest.raises(DeclarationError):
        Claims(folder, "second").claim(other, "identity", True)


def test_an_entry_keeps_one_token(folder: Path) -> None:
    Claims(folder, "first").claim_entries(TENANT, "identity", {"A": at("a")})
    for identity, name in (("identity", "B"), ("another identity", "A")):
        with pytest.raises(DeclarationError, match=f"'first' keeps another token in the store entry of '{name}'"):
            Claims(folder, "second").claim_entries(TENANT, identity, {name: at("a")})


@pytest.mark.parametrize("host", ["", ".", "../up", "with / slash", "ü", "a" * 300])
def test_any_name_of_a_host_can_claim(folder: Path, host: str) -> None:
    Claims(folder, host).claim(TENANT, "identity", True)
    Claims(folder, host).claim(TENANT, "identity", True)
    with pytest.raises(DeclarationError, match="'second'"):
        Claims(folder, "second").claim(TENANT, "identity", True)


def test_nothing_of_an_identity_can_be_read_from_a_claim(folder: Path) -> None:
    Claims(folder, "first").claim(TENANT, "fa4efa4efa4efa4e", True, ["fa4e name"])
    Claims(folder, "first").claim_entries(TENANT, "fa4efa4efa4efa4e", {"fa4e name": at("fa4e path")})
    claims = [path for path in folder.rglob("*") if path.is_file()]
    assert claims
    for path in claims:
        text = path.name + path.read_text(encoding="utf-8")
        assert "first" in text
        assert "fa4e" not in text
        assert "fake" not in text
    assert folder.stat().st_mode & 0o077 == 0


def test_identities_that_share_a_file_are_none_of_each_others_rivals(folder: Path) -> None:
    for number in range(600):
        Claims(folder, f"host {number}").claim(TENANT, f"identity {number}", True)
    assert len(list(folder.iterdir())) <= 256


def test_a_claim_that_is_still_being_written_is_none_yet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes it looks afterwards, and sees the others."""
    Claims(folder, "first").claim(TENANT, "identity", True)
    monkeypatch.setattr(Claims, "_say", lambda *_words: None)
    (claims,) = folder.iterdir()
    whole = claims.read_text(encoding="utf-8")
    claims.write_text(whole + whole.replace("first", "second").rstrip("\n")[:-3], encoding="utf-8")
    Claims(folder, "first").claim(TENANT, "identity", True)


def test_of_many_hosts_at_once_no_claim_is_lost(folder: Path) -> None:
    names = [f"host {number}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: Claims(folder, name).claim(TENANT, "identity", False), names))
    warning = Claims(folder, "last").claim(TENANT, "identity", True) or ""
    assert "and 'host 0' authenticates" in warning
    (claims,) = folder.iterdir()
    assert len(set(claims.read_text(encoding="utf-8").splitlines())) == len(names) + 1
