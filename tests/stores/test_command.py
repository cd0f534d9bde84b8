# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user's program can do wrong."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.command import CommandStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry, Reach
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.trial import trial

PLACE = "isc/fake-crm"
VALUES = {"base_url": "https://fake-tenant", "client_id": "fake-client-id", "client_secret": "fake-secret-of-crm"}


def options(*argv: str, timeout: int = 30) -> dict[str, Any]:
    """Return the options of the store as validation leaves them."""
    return {"argv": list(argv), "name": "{key}", "timeout": timeout}


@pytest.fixture
def keeper(tmp_path: Path) -> Callable[..., CommandStore]:
    """Return what makes a store of the body of a shell script, in which $1 is the verb and $2 the place."""

    def keep(body: str, *arguments: str, timeout: int = 30) -> CommandStore:
        program = tmp_path / "keeper"
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o700)
        return CommandStore(options(str(program), *arguments, timeout=timeout))

    return keep


def failure(attempt: Callable[[], object]) -> str:
    """Return the text of the StoreError that an attempt raises."""
    with pytest.raises(StoreError) as caught:
        attempt()
    text = str(caught.value)
    assert text.isprintable()
    assert "fake-secret" not in text
    return text


def is_alive(pid: int) -> bool:
    """Return whether a process runs, one that only waits to be buried not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def assert_killed(pid_file: Path) -> None:
    """Wait until the process is gone; the kernel takes a moment to end a killed one."""
    pid = int(pid_file.read_text())
    for _look in range(1000):
        if not is_alive(pid):
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it went on running")


def test_the_program_gets_its_own_arguments_the_verb_and_the_place(keeper: Callable[..., CommandStore]) -> None:
    store = keeper("""printf '{"words": "%s"}' "$*" """, "--vault", "fake; $(id)")
    assert store.fetch(PLACE).content == {"words": f"--vault fake; $(id) get {PLACE}"}


def test_credentials_come_as_one_object_through_the_pipe(keeper: Callable[..., CommandStore], tmp_path: Path) -> None:
    get = f"[ $1 = get ] && exec cat {tmp_path}/sent"
    store = keeper(f'{get}; echo "$@" > {tmp_path}/words; cat > {tmp_path}/sent; env > {tmp_path}/env')
    store.put(PLACE, VALUES, None)
    assert json.loads((tmp_path / "sent").read_text()) == VALUES
    assert (tmp_path / "words").read_text() == f"store {PLACE}\n"
    assert "fake-secret" not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(("verb", "call"), [("store", "put"), ("erase", "delete")])
def test_a_program_that_ends_well_and_does_nothing_is_told(
    keeper: Callable[..., CommandStore], verb: str, call: str
) -> None:
    """Its store would go on holding credentials that die, and every run would end well."""
    store = keeper(f"[ $1 = get ] && echo '{json.dumps(VALUES)}'; true")
    values = [{**VALUES, "client_id": "fake-other-id"}] if call == "put" else []
    text = failure(lambda: getattr(store, call)(PLACE, *values, store.fetch(PLACE).version))
    assert text.startswith(f"the program ended well for {verb}, but get prints what was there before")


def test_a_program_that_keeps_half_of_what_it_is_given_is_told(keeper: Callable[..., CommandStore]) -> None:
    """The next look would take the new id for the one in use, with a secret that is not its own."""
    new = {**VALUES, "client_id": "fake-other-id"}
    store = keeper(f"[ $1 = get ] && echo '{json.dumps(new)}'; true")
    text = failure(lambda: store.put(PLACE, {**new, "client_secret": "fake-new"}, VALUES))
    assert text.startswith("get prints other values than the program was given for store")


def test_what_another_run_stores_at_the_same_time_is_a_change(keeper: Callable[..., CommandStore]) -> None:
    store = keeper(f"[ $1 = get ] && echo '{json.dumps(VALUES)}'; true")
    with pytest.raises(StoreChangedError):
        store.put(PLACE, {**VALUES, "client_id": "fake-other-id"}, {**VALUES, "client_id": "fake-third-id"})


def test_no_output_is_nothing(keeper: Callable[..., CommandStore]) -> None:
    assert keeper("echo nothing there >&2").fetch(PLACE) == Held()


@pytest.mark.parametrize(
    "output",
    [
        "fake-secret",
        '{"client_secret": "fake-secret',
        '["fake-secret"]',
        "null",
        "\\n",
        '{"client_secret": "fake\\377"}',
    ],
    ids=["rubbish", "half", "list", "null", "white space", "not UTF-8"],
)
def test_what_is_no_json_object_is_an_error(keeper: Callable[..., CommandStore], output: str) -> None:
    assert "no JSON object" in failure(lambda: keeper(f"printf '{output}'").fetch(PLACE))


def test_a_program_that_does_not_read_what_it_is_sent_can_end_well(keeper: Callable[..., CommandStore]) -> None:
    keeper(f"[ $1 = get ] && exec echo '{json.dumps(VALUES)}'; exec <&-; exit 0").put(PLACE, VALUES, None)


@pytest.mark.parametrize("stream", ["1", "2"])
def test_endless_output_ends_the_program(keeper: Callable[..., CommandStore], tmp_path: Path, stream: str) -> None:
    store = keeper(f"echo $$ > {tmp_path}/pid; exec yes fake-secret >&{stream}")
    assert "printed more than 65536 bytes" in failure(lambda: store.fetch(PLACE))
    assert_killed(tmp_path / "pid")


@pytest.mark.parametrize(
    "body",
    [
        "echo $$ > {pid}; exec sleep 1000",
        "echo $$ > {pid}; exec sleep 1000 >&- 2>&-",
        "sleep 1000 & echo $! > {pid}",
        "exec >&- 2>&-; sleep 1000 & echo $! > {pid}; wait",
    ],
    ids=["hangs", "hangs with closed pipes", "leaves a child with the pipes", "hangs with a child"],
)
def test_a_program_that_does_not_end_is_killed_with_its_children(
    keeper: Callable[..., CommandStore], tmp_path: Path, body: str
) -> None:
    store = keeper(body.format(pid=tmp_path / "pid"), timeout=1)
    assert "had not ended after 1 seconds" in failure(lambda: store.fetch(PLACE))
    assert_killed(tmp_path / "pid")


def test_a_program_that_hangs_for_one_entry_is_asked_for_others_until_it_hangs_again(
    keeper: Callable[..., CommandStore], tmp_path: Path
) -> None:
    """One entry may wait for a passphrase of its own; a program that hangs for all of ten must not hold a run up."""
    store = keeper(f"echo $2 >> {tmp_path}/asked; case $2 in ok) ;; *) exec sleep 1000 ;; esac", timeout=1)
    reach = Reach()
    entries = {
        place: Entry(store, place, "https://fake-tenant", Secrets(), reach)
        for place in ("hangs", "ok", "hangs-too", "third")
    }
    for place in ("hangs", "hangs", "hangs-too"):
        assert entries["ok"].read() is None
        assert ": the program, or one that it started, had not ended" in failure(entries[place].read)
    assert "not read, because the store has given no answer before: the program" in failure(entries["third"].read)
    assert (tmp_path / "asked").read_text().split() == ["ok", "hangs", "ok", "hangs", "ok", "hangs-too"]


def test_the_reason_is_the_last_line_that_the_program_says(keeper: Callable[..., CommandStore]) -> None:
    text = failure(lambda: keeper("printf 'tried\\n\\033[31mno \\tright\\n \\n' >&2; exit 3").fetch(PLACE))
    assert "exit status 3: [31mno right; " in text


def test_a_long_reason_is_cut(keeper: Callable[..., CommandStore]) -> None:
    assert len(failure(lambda: keeper("printf '%1000s.' | tr ' ' x >&2; exit 3").fetch(PLACE))) < 300


def test_a_failure_without_a_reason_is_told(keeper: Callable[..., CommandStore]) -> None:
    assert "exit status 1; " in failure(lambda: keeper("echo '{}'; exit 1").fetch(PLACE))
    assert "exit status -9; " in failure(lambda: keeper("kill -9 $$").fetch(PLACE))


def test_a_reason_with_the_secret_in_it_is_withheld(keeper: Callable[..., CommandStore]) -> None:
    printed = keeper(f"echo '{json.dumps(VALUES)}'; echo 'not good: {VALUES['client_secret']}' >&2; exit 3")
    assert "withheld" in failure(lambda: printed.fetch(PLACE))
    for known_to_nobody in (json.dumps(VALUES), "not good: " + "5ec4e7fa" * 8):
        silent = keeper(f"echo '{known_to_nobody}' >&2; exit 3")
        assert "withheld" in failure(lambda silent=silent: silent.fetch(PLACE))  # type: ignore[misc]
    sent = keeper("cat >&2; exit 3")
    assert "withheld" in failure(lambda: sent.put(PLACE, VALUES, None))
    assert "withheld" not in failure(lambda: keeper("echo fine >&2; exit 3").put(PLACE, VALUES, None))


GET, STORE, ERASE = "cat $entry", "cat > $entry", "rm $entry"


@pytest.mark.parametrize(
    ("name", "get", "store", "erase", "told"),
    [
        ("$2", GET, STORE, ERASE, ""),
        ("one", GET, STORE, ERASE, "the entry of another key was written, reading it must give nothing"),
        ("$2", GET, STORE, "rm ${entry%/*}/*", "the entry of another key was removed, reading it must give exactly"),
        ("$2", "tee /dev/stderr < $entry", STORE, ERASE, "prints the credentials to standard error for get; "),
        ("$2", GET, "tee /dev/stderr > $entry", ERASE, "prints the credentials to standard error for store; "),
        ("$2", GET, STORE, "cat $entry >&2; rm $entry", "prints the credentials to standard error for erase; "),
    ],
    ids=["good", "one entry for all", "erases all", "get shows", "store shows", "erase shows"],
)
def test_a_trial_finds_what_a_program_does_wrong_and_leaves_nothing(
    keeper: Callable[..., CommandStore], tmp_path: Path, name: str, get: str, store: str, erase: str, told: str
) -> None:
    entries = tmp_path / "entries"
    entries.mkdir()
    body = f"get) [ ! -e $entry ] || {get} ;; store) {store} ;; erase) {erase} ;;"
    kept = keeper(f"entry={entries}/{name}; case $1 in {body} esac")
    one, other = (Entry(kept, place, "https://fake-tenant", Secrets()) for place in ("check", "check-2"))
    if told:
        assert told in failure(lambda: list(trial(one, other, "https://fake-tenant")))
    else:
        assert len(list(trial(one, other, "https://fake-tenant"))) == 7
    assert not list(entries.iterdir())


def test_what_a_program_prints_when_it_ends_well_is_nobodys_business(keeper: Callable[..., CommandStore]) -> None:
    """Nothing of it is shown. A run must not fail for it: only a trial does."""
    kept = keeper(f"echo '{json.dumps(VALUES)}' | tee /dev/stderr")
    assert kept.fetch(PLACE).content == VALUES


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    for program in (str(tmp_path / "missing"), "isc-fake-missing"):
        store = CommandStore(options(program))
        assert "No such file" in failure(lambda store=store: store.fetch(PLACE))  # type: ignore[misc]
        assert "missing or not executable" in failure(lambda store=store: store.prepare(PLACE, True))  # type: ignore[misc]


@pytest.mark.parametrize("mode", [0o600, 0o700])
def test_a_program_that_cannot_be_executed_is_told(tmp_path: Path, mode: int) -> None:
    program = tmp_path / "keeper"
    program.write_bytes(b"\0fake")
    program.chmod(mode)
    assert "cannot be run" in failure(lambda: CommandStore(options(str(program))).fetch(PLACE))


def test_a_program_is_found_in_path(
    keeper: Callable[..., CommandStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper("echo '{}'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    store = CommandStore(options("keeper"))
    store.prepare(PLACE, probe=False)
    assert store.fetch(PLACE).content == {}


@pytest.mark.parametrize("argv", [[], [""], ["bin/keeper"], ["./keeper"], ["keeper", "a\0b"]])
def test_a_command_that_can_be_none_is_refused(argv: list[str]) -> None:
    with pytest.raises(DeclarationError, match="argv"):
        CommandStore(options(*argv))


@pytest.mark.parametrize("timeout", [0, -1, 601])
def test_a_timeout_that_can_be_none_is_refused(timeout: int) -> None:
    with pytest.raises(DeclarationError, match="timeout"):
        CommandStore(options(sys.executable, timeout=timeout))


@pytest.mark.parametrize("place", ["", "-r", "a\0b", "a\nb", "/a", "a/", "a//b", "a/../b", ".", "a/./b", ".."])
def test_a_place_that_could_be_an_option_or_a_path_is_refused(place: str) -> None:
    with pytest.raises(DeclarationError, match="hyphen"):
        CommandStore(options(sys.executable)).identity(place)


def test_two_commands_are_two_stores() -> None:
    names = {CommandStore(options("keeper", vault)).identity(PLACE) for vault in ("a", "a", "b")}
    assert len(names) == 2
