# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store in files, on a real file system, through the entry of one token."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Credentials
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import file, formats
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import FileStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.formats import FORMATS

TENANT = "https://fake.api.identitynow.invalid"
ID, OTHER_ID = "fa4e1d00" * 4, "fa4e1d01" * 4
SECRET = "fake-5ec4e7-in-a-test"
SOMEBODY = 4711
"""A user id that nobody has."""

each_format = pytest.mark.parametrize("file_format", FORMATS)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


def credentials(client_id: str = ID, secret: str = SECRET, base_url: str = TENANT) -> Credentials:
    """Return credentials."""
    return Credentials(base_url, client_id, Secret(secret))


def store(path: Path | str, **settings: Any) -> Entry:
    """Return the entry at a path."""
    base_url, secrets = settings.pop("base_url", TENANT), settings.pop("secrets", Secrets())
    return Entry(FileStore("file", **settings), str(path), base_url, secrets)


def write(path: Path | str, client_id: str = ID, secret: str = SECRET, **settings: Any) -> None:
    """Put credentials in the place of what is there."""
    one = store(path, **settings)
    one.write(credentials(client_id, secret), one.read())


def state(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Return all that is in a folder, so that two states can be compared."""
    found = {}
    for path in folder.iterdir():
        status = path.lstat()
        text = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[path.name] = (status.st_ino, status.st_mtime_ns, status.st_mode, text)
    return found


class Reversed:
    """A cipher that anybody can break."""

    def encrypt(self, text: str, replaced: bytes | None = None) -> bytes:
        return b"reversed:" + text[::-1].encode()

    def decrypt(self, content: bytes) -> str:
        if not content.startswith(b"reversed:"):
            raise ValueError("it is not reversed")
        return content[len(b"reversed:") :].decode()[::-1]


# What it holds


@each_format
def test_it_holds_the_credentials_and_lies_alone(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    assert store(path).read() is None

    store(path).write(credentials(), None)

    assert formats.parse(file_format, path.read_text(encoding="utf-8")) == json.loads(as_json())
    assert store(path).read() == credentials()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["isc", "isc.txt", ".json", "isc.json.bak", "isc.JSON", "env"])
def test_another_ending_needs_the_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeclarationError, match="or give format"):
        store(tmp_path / name)
    store(tmp_path / name, file_format="env").write(credentials(), None)
    assert store(tmp_path / name, file_format="env").read() == credentials()


def test_a_format_that_is_given_beats_the_ending(tmp_path: Path) -> None:
    store(tmp_path / "isc.env", file_format="json").write(credentials(), None)
    assert json.loads((tmp_path / "isc.env").read_text(encoding="utf-8"))["client_id"] == ID


@pytest.mark.parametrize("path", ["", " ", "/tmp/a\0b.json"])
def test_a_path_that_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match="path of the store file is blank, or contains a NUL character"):
        store(path, file_format="json")


@pytest.mark.parametrize("path", ["isc.json", "./isc.json", "../isc.json", "~nobody-that-is-known/isc.json"])
def test_a_relative_path_is_refused_with_what_to_write(path: str) -> None:
    with pytest.raises(DeclarationError, match=r"is relative.*begin it with / or ~") as caught:
        store(path)
    assert repr(path) in str(caught.value)
    assert '"{{ inventory_dir }}/"' in str(caught.value)


def test_a_path_that_the_next_installation_would_remove_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the playbooks of the collection, playbook_dir is in it."""
    collection, link = tmp_path / "isc", tmp_path / "link"
    (collection / "playbooks").mkdir(parents=True)
    link.symlink_to(collection)
    monkeypatch.setattr(file, "_COLLECTION", str(collection))
    for place in (collection / "playbooks", collection / "playbooks/new", link, collection / "x/../playbooks"):
        with pytest.raises(DeclarationError, match=r"is in the folder of this collection.*\{\{ inventory_dir \}\}/"):
            store(place / "isc.json")
    assert store(tmp_path / "isc-beside.json").identity


def test_the_folder_of_the_collection_is_known() -> None:
    assert (Path(file._COLLECTION) / "plugins/module_utils/_stores/file.py").is_file()
    assert (Path(file._COLLECTION) / "playbooks").is_dir()


def test_a_path_may_be_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store("~/isc.json").where == store(tmp_path / "isc.json").where == f"file {tmp_path}/isc.json"
    assert store("~/isc.json").identity == store(tmp_path / "isc.json").identity
    store("~/isc.json").write(credentials(), None)
    assert store(tmp_path / "isc.json").read() == credentials()


def test_the_secret_that_was_read_is_known(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path)
    secrets = Secrets()
    store(path, secrets=secrets).read()
    assert secrets.redact(f"here is {SECRET}") == "here is ********"


@pytest.mark.parametrize(
    "same", [f"{TENANT}/", TENANT.upper().replace("HTTPS", "https"), TENANT.replace("https", "HTTPS")]
)
def test_a_tenant_can_be_spelled_in_many_ways(tmp_path: Path, same: str) -> None:
    path = tmp_path / "isc.json"
    write(path)
    before = state(tmp_path)
    assert store(path, base_url=same).read() == credentials()
    store(path, base_url=same).write(credentials(base_url=same), credentials(base_url=same))
    assert state(tmp_path) == before


def test_with_a_cipher_only_what_it_makes_lies_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "isc.yml"
    sealed = store(path, cipher=Reversed())
    sealed.prepare(probe=True)
    sealed.write(credentials(), None)
    assert path.read_bytes().startswith(b"reversed:")
    assert SECRET.encode() not in path.read_bytes()
    assert sealed.read() == credentials()

    before = state(tmp_path)
    sealed.write(credentials(), credentials())
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("secret", "file_format"), [("it's", "env"), ("a$b", "env"), ("a`b", "env"), ("\ud800", "yaml"), ("\ud800", "env")]
)
def test_what_a_format_cannot_hold_is_refused_before_anything_is_made(
    tmp_path: Path, secret: str, file_format: str
) -> None:
    with pytest.raises(StoreError, match="use json") as caught:
        store(tmp_path / "missing" / "isc", file_format=file_format).write(credentials(secret=secret), None)
    assert secret not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("isc.env", f"# Mine\nexport SAIL_BASE_URL=\"{TENANT}\"\nSAIL_CLIENT_ID={ID}\nSAIL_CLIENT_SECRET='{SECRET}'\n"),
        ("isc.yml", f"---\n# Mine\nclient_secret: {SECRET}\nclient_id: '{ID}'\nbase_url: >-\n  {TENANT}\n...\n"),
    ],
)
def test_an_edited_file_that_holds_the_same_is_not_touched(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    before = state(tmp_path)
    assert store(path).read() == credentials()
    store(path).write(credentials(), credentials())
    assert state(tmp_path) == before


# What is not ours


def as_json(**changes: Any) -> str:
    """Return a JSON file with other or more keys; None takes one away."""
    values = {"base_url": TENANT, "client_id": ID, "client_secret": SECRET, **changes}
    return json.dumps({key: value for key, value in values.items() if value is not None})


def as_env(*lines: str) -> str:
    """Return an env file with these lines in addition."""
    return "\n".join([f"SAIL_BASE_URL={TENANT}", f"SAIL_CLIENT_ID={ID}", *lines])


NOT_OURS = [
    ("json", "", "empty"),
    ("json", " \n", "empty"),
    ("json", "{", "cannot be read as json"),
    ("json", f"{SECRET}", "cannot be read as json"),
    ("json", "null", "cannot be read as json"),
    ("json", "[" * 60000, "cannot be read as json"),
    ("json", "[]", "nothing else"),
    ("json", json.dumps(SECRET), "nothing else"),
    ("json", as_json(client_secret=None), "nothing else"),
    ("json", as_json(name="more"), "nothing else"),
    ("json", as_json(client_secret=17), "is not a quoted string"),
    ("json", as_json(client_id=[ID]), "is not a quoted string"),
    ("json", as_json(client_secret=" "), "blank"),
    ("json", as_json(client_id=""), "blank"),
    ("json", as_json(client_id="a b"), "id of a token"),
    ("json", as_json(client_id=f"{ID}\n"), "id of a token"),
    ("json", as_json(base_url="https://other.invalid"), "another base_url"),
    ("json", as_json(base_url=f"{TENANT}/other"), "another base_url"),
    ("json", as_json(base_url="nonsense"), "another base_url"),
    ("json", as_json() + " " * 70000, "longer"),
    ("json", b'{"client_secret": "\xff\xfe"}', "UTF-8"),
    ("json", "$ANSIBLE_VAULT;1.1;AES256\n3361", "cannot be read as json"),
    ("yaml", "", "empty"),
    ("yaml", "# a comment", "cannot be read as yaml"),
    ("yaml", f"{SECRET}: [", "cannot be read as yaml"),
    ("yaml", "[" * 60000, "cannot be read as yaml"),
    ("yaml", "{a: " * 16000, "cannot be read as yaml"),
    ("yaml", "- " * 30000, "cannot be read as yaml"),
    ("yaml", "a: &a [b, c, d, e, f, g, h]\nb: [*a, *a]", "cannot be read as yaml"),
    ("yaml", f"{as_json()}\n---\n{as_json()}", "cannot be read as yaml"),
    ("yaml", "client_secret: !!python/object:os.system x", "cannot be read as yaml"),
    ("yaml", "base_url: 2026-99-99", "cannot be read as yaml"),
    ("yaml", f"base_url: {TENANT}\nclient_id: {ID}", "nothing else"),
    ("yaml", f"base_url: {TENANT}\nclient_id: {ID}\nclient_secret: 0123", "is not a quoted string"),
    ("yaml", f"base_url: {TENANT}\nclient_id: {ID}\nclient_secret:", "is not a quoted string"),
    ("env", "# a comment", "nothing else"),
    ("env", as_env(), "nothing else"),
    ("env", as_env("SAIL_CLIENT_SECRET=a", "PATH=/bin"), "nothing else"),
    ("env", as_env("SAIL_CLIENT_SECRET="), "blank"),
    ("env", as_env("SAIL_CLIENT_SECRET=a", "SAIL_CLIENT_SECRET=b"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET=a", "echo hello"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET=a b"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET=a#b"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET='a"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET='a'b"), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET=$HOME"), "cannot be read as env"),
    ("env", as_env('SAIL_CLIENT_SECRET="${HOME}"'), "cannot be read as env"),
    ("env", as_env('SAIL_CLIENT_SECRET="a\\nb"'), "cannot be read as env"),
    ("env", as_env("SAIL_CLIENT_SECRET = a"), "cannot be read as env"),
]


def looked_at(entry: Entry, probe: bool) -> None:
    """Read an entry and prepare to write it, as every run does before it makes anything."""
    entry.read()
    entry.prepare(probe)


def refuses(entry: Entry, folder: Path, match: str) -> None:
    """Hold that nothing that can be done with the file works or changes it, and that no error tells what it holds."""
    before = state(folder)
    for act in (
        entry.read,
        partial(entry.remove, credentials()),
        partial(looked_at, entry, probe=False),
        partial(looked_at, entry, probe=True),
        partial(entry.write, credentials(OTHER_ID), None),
        partial(entry.write, credentials(OTHER_ID), credentials()),
    ):
        with pytest.raises(StoreError, match=match) as caught:
            act()
        told = "".join(traceback.format_exception(caught.value))
        assert str(caught.value).startswith(f"{entry.where}: ")
        assert str(caught.value).count(entry.where) == 1
        assert not isinstance(caught.value, StoreChangedError)
        assert SECRET not in told
        context = caught.value.__context__
        while context is not None:
            assert isinstance(context, (StoreError, OSError)), "a parser's error carries what it read"
            context = context.__context__
    assert state(folder) == before


@pytest.mark.parametrize(("file_format", "text", "match"), NOT_OURS)
def test_what_is_not_ours_is_never_overwritten(tmp_path: Path, file_format: str, text: str | bytes, match: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refuses(store(path), tmp_path, match)


@pytest.mark.parametrize("kind", ["folder", "fifo", "socket", "device"])
def test_what_is_no_file_is_never_overwritten(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "isc.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # the whole path is too long for a socket's
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    else:
        path.symlink_to("/dev/null")
        with pytest.raises(StoreError, match="not a regular file"):
            store(path).read()
        return
    refuses(store(path), tmp_path, "not a regular file")


def test_a_file_that_becomes_a_fifo_does_not_hold_the_run_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    regular = tmp_path / "regular"
    regular.touch()
    status = regular.stat()
    os.mkfifo(tmp_path / "isc.json")
    monkeypatch.setattr(os, "stat", lambda *_arguments, **_options: status)
    with pytest.raises(StoreError, match="empty"):
        store(tmp_path / "isc.json").read()


def test_a_value_may_be_of_a_subclass_of_str(tmp_path: Path) -> None:
    class Tagged(str):
        """What ansible-core makes of some options."""

    for file_format in FORMATS:
        path = tmp_path / f"isc.{file_format}"
        store(path).write(credentials(Tagged(ID), Tagged(SECRET), Tagged(TENANT)), None)
        assert store(path).read() == credentials()


@pytest.mark.parametrize(("text", "match"), [("plain", "decrypted .it is not reversed"), ("reversed:\udcff", "UTF-8")])
def test_what_cannot_be_decrypted_is_never_overwritten(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "isc.yml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    refuses(store(path, cipher=Reversed()), tmp_path, match)


def test_a_refusal_to_encrypt_changes_nothing(tmp_path: Path) -> None:
    class Refusing(Reversed):
        def encrypt(self, text: str, replaced: bytes | None = None) -> bytes:
            raise ValueError("there is no password")

    entry = store(tmp_path / "isc.yml", cipher=Refusing())
    for act in (partial(entry.prepare, probe=False), partial(entry.write, credentials(), None)):
        with pytest.raises(StoreError, match=r"encrypted \(there is no password") as caught:
            act()
        told = "".join(traceback.format_exception(caught.value))
        assert SECRET not in told
    assert not list(tmp_path.iterdir())


def test_yaml_without_its_library_names_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "isc.yml").write_text(as_json(), encoding="utf-8")
    monkeypatch.setattr(formats, "HAS_YAML", False)
    refuses(store(tmp_path / "isc.yml"), tmp_path, "PyYAML.*json")


# How it is replaced


@each_format
def test_other_credentials_replace_it_in_one_step(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    write(path)
    with path.open(encoding="utf-8") as still_open:
        write(path, OTHER_ID)
        assert ID in still_open.read()
    assert store(path).read() == credentials(OTHER_ID)
    assert len(list(tmp_path.iterdir())) == 1


@each_format
def test_the_same_credentials_leave_it_alone(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    write(path)
    before = state(tmp_path)
    write(path)
    assert state(tmp_path) == before
    write(path, secret="fake-another")
    assert state(tmp_path) != before


def test_looking_and_probing_leave_everything_alone(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    for _time in range(2):
        before = state(tmp_path)
        store(path).prepare(probe=False)
        assert state(tmp_path) == before
        store(path).prepare(probe=True)
        assert state(tmp_path) == before
        write(path)


@pytest.mark.parametrize(("mode", "expected"), [(0o640, 0o640), (0o666, 0o660), (0o400, 0o400), (0o4755, 0o750)])
def test_the_rights_are_taken_over_but_for_the_world(tmp_path: Path, mode: int, expected: int) -> None:
    path = tmp_path / "isc.json"
    write(path)
    path.chmod(mode)
    write(path, OTHER_ID)
    assert stat.S_IMODE(path.stat().st_mode) == expected


def test_a_narrow_umask_and_a_wide_one_make_the_same_file(tmp_path: Path) -> None:
    for umask in (0o777, 0o000):
        before = os.umask(umask)
        try:
            write(tmp_path / f"{umask}.json")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / f"{umask}.json").stat().st_mode) == 0o600


def test_it_is_for_its_owner_only_before_anything_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[int, int]] = []
    real = os.open

    def spy(path: Any, flags: int, mode: int = 0o777, **at: Any) -> int:
        file = real(path, flags, mode, **at)
        if flags & os.O_CREAT:
            opened.append((flags & os.O_EXCL, stat.S_IMODE(os.fstat(file).st_mode)))
        return file

    monkeypatch.setattr(os, "open", spy)
    before = os.umask(0)
    try:
        write(tmp_path / "isc.json")
    finally:
        os.umask(before)
    assert opened == [(os.O_EXCL, 0o600)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_owner_and_group_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path)
    os.chown(path, SOMEBODY, SOMEBODY + 1)
    store(path).prepare(probe=False)
    store(path).prepare(probe=True)
    write(path, OTHER_ID)
    assert (path.stat().st_uid, path.stat().st_gid) == (SOMEBODY, SOMEBODY + 1)


def test_an_owner_that_cannot_be_kept_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "isc.json"
    write(path)
    before = state(folder)
    real = os.stat

    def of_another(name: Any, **options: Any) -> os.stat_result:
        fields = list(real(name, **options))
        fields[4] = 4711
        return os.stat_result(fields)

    monkeypatch.setattr(os, "stat", of_another)
    for act in (
        partial(store(path).prepare, probe=False),
        partial(store(path).prepare, probe=True),
        partial(store(path).write, credentials(OTHER_ID), credentials()),
    ):
        with pytest.raises(StoreError, match=r"owner and group \(4711"):
            act()
    monkeypatch.undo()
    assert state(folder) == before


def test_a_group_that_cannot_be_kept_is_found_by_looking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the user's own, of a group that the user is not in."""
    path = folder / "isc.json"
    write(path)
    real = os.stat

    def of_another_group(name: Any, **options: Any) -> os.stat_result:
        fields = list(real(name, **options))
        fields[5] = 4712
        return os.stat_result(fields)

    assert os.geteuid() != 0, "root may keep any group"
    store(path).prepare(probe=False)
    monkeypatch.setattr(os, "stat", of_another_group)
    with pytest.raises(StoreError, match=r"owner and group \(.*4712"):
        store(path).prepare(probe=False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder a group that the user is not in")
def test_a_group_that_the_folder_hands_on_is_not_refused_by_looking(folder: Path) -> None:
    user = os.geteuid()
    os.seteuid(0)
    os.chown(folder, user, 4242)
    folder.chmod(0o2700)
    os.seteuid(user)
    path = folder / "isc.json"
    for token_id in (ID, OTHER_ID):
        store(path).prepare(probe=False)
        write(path, token_id)
        assert path.stat().st_gid == 4242


STEPS = ["fchmod", "fsync", "rename", "listdir"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "fake"), OSError(errno.EXDEV, "fake"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: BaseException
) -> None:
    path = tmp_path / "isc.json"
    write(path)
    before = state(tmp_path)

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((StoreError, KeyboardInterrupt)) as caught:
        write(path, OTHER_ID)
    monkeypatch.undo()
    assert isinstance(failure, KeyboardInterrupt) == isinstance(caught.value, KeyboardInterrupt)
    if isinstance(failure, OSError) and failure.errno:
        assert f"it could not be written ({os.strerror(failure.errno)}); check the file, its folder" in str(
            caught.value
        )
    assert state(tmp_path) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_leaves_the_old_file_whole_and_the_next_one_tidies_up(tmp_path: Path, step: str) -> None:
    path = tmp_path / "isc.json"
    write(path)
    before = state(tmp_path)[path.name]
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            setattr(os, step, lambda *_arguments, **_options: os._exit(17))
            write(path, OTHER_ID, "fake-never-stored")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17

    assert state(tmp_path)[path.name] == before
    assert store(path).read() == credentials()
    assert len(list(tmp_path.iterdir())) == (1 if step == "listdir" else 2)

    write(path, OTHER_ID)
    assert store(path).read() == credentials(OTHER_ID)
    assert list(tmp_path.iterdir()) == [path]


def test_it_reaches_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the rename would otherwise leave an empty file, or the old one after credentials_changed."""
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def note_fsync(file: int) -> None:
        status = os.fstat(file)
        steps.append("fsync folder" if stat.S_ISDIR(status.st_mode) else f"fsync {status.st_size > 0}")
        fsync(file)

    def note_rename(*arguments: Any, **options: Any) -> None:
        steps.append("rename")
        rename(*arguments, **options)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", note_rename)
    write(tmp_path / "isc.json")
    store(tmp_path / "isc.json").remove(credentials())
    assert steps == ["fsync True", "rename", "fsync folder", "fsync folder"]


def test_what_appeared_after_the_probe_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    entry = store(path)
    entry.prepare(probe=True)
    path.write_text(as_json(base_url="https://other.invalid"), encoding="utf-8")
    refuses(entry, tmp_path, "another base_url")


def test_what_changed_since_it_was_read_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path, OTHER_ID)
    before = state(tmp_path)
    for act in (
        partial(store(path).write, credentials("fa4e1d02" * 4), None),
        partial(store(path).write, credentials("fa4e1d02" * 4), credentials()),
        partial(store(path).remove, credentials()),
    ):
        with pytest.raises(StoreChangedError, match="another program has changed it since it was read"):
            act()
    assert state(tmp_path) == before


def test_a_byte_that_changed_since_the_fetch_is_another_version(tmp_path: Path) -> None:
    """What was added may be a comment: it is somebody's work all the same."""
    path = tmp_path / "isc.env"
    write(path)
    files = FileStore("file")
    version = files.fetch(str(path)).version
    path.write_text(f"{path.read_text(encoding='utf-8')}# mine\n", encoding="utf-8")
    before = state(tmp_path)
    wanted = {"base_url": TENANT, "client_id": OTHER_ID, "client_secret": SECRET}
    for act in (partial(files.put, str(path), wanted, version), partial(files.delete, str(path), version)):
        with pytest.raises(StoreChangedError):
            act()
    assert state(tmp_path) == before


@pytest.mark.parametrize("wrote_the_same", [True, False])
def test_a_writer_waits_for_another_and_reads_what_that_one_wrote(tmp_path: Path, wrote_the_same: bool) -> None:
    path = tmp_path / "isc.json"
    failures: list[StoreError] = []

    def attempt() -> None:
        try:
            store(path).write(credentials(), None)
        except StoreError as error:
            failures.append(error)

    lock = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    writer = threading.Thread(target=attempt)
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()
    assert not path.exists()
    path.write_text(as_json(client_id=ID if wrote_the_same else OTHER_ID), encoding="utf-8")
    before = state(tmp_path)

    os.close(lock)
    writer.join(30)
    assert not writer.is_alive()
    assert state(tmp_path) == before
    assert [type(failure) for failure in failures] == ([] if wrote_the_same else [StoreChangedError])


def test_a_lock_that_stays_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "_LONGEST_WAIT", 0.1)
    lock = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="locked by another program"):
            write(tmp_path / "isc.json")
        assert store(tmp_path / "isc.json").read() is None
        store(tmp_path / "isc.json").prepare(probe=False)
    finally:
        os.close(lock)
    assert not list(tmp_path.iterdir())


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "isc.env"
    wanted = [credentials(f"fa4e{number:04}" * 4, f"fake-{number}") for number in range(8)]
    refused: list[Credentials] = []

    def attempt(one: Credentials) -> None:
        try:
            store(path).write(one, None)
        except StoreChangedError:
            refused.append(one)

    writers = [threading.Thread(target=attempt, args=[one]) for one in wanted]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (stored,) = [one for one in wanted if one not in refused]
    assert store(path).read() == stored
    assert list(tmp_path.iterdir()) == [path]


def test_removing_it_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path)
    store(path).remove(credentials())
    assert not list(tmp_path.iterdir())
    store(path).remove(credentials())
    store(tmp_path / "missing" / "isc.json").remove(credentials())
    assert not list(tmp_path.iterdir())


# The folder, and the links to it


def test_a_missing_folder_holds_nothing_and_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "isc.json"
    entry = store(path)
    assert entry.read() is None
    entry.prepare(probe=False)
    assert not list(tmp_path.iterdir())
    before = os.umask(0)
    try:
        entry.prepare(probe=True)
        assert [each.name for each in path.parent.iterdir()] == []
        entry.write(credentials(), None)
    finally:
        os.umask(before)
    for made in (path.parent, path.parent.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert store(path).read() == credentials()


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    folder.chmod(0o755)
    store(folder / "below" / "isc.json").write(credentials(), None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_an_error(folder: Path) -> None:
    folder.chmod(0o500)
    entry = store(folder / "missing" / "isc.json")
    assert entry.read() is None
    with pytest.raises(StoreError, match=f"its folder {folder} is not writable"):
        entry.prepare(probe=False)
    for act in (partial(entry.prepare, probe=True), partial(entry.write, credentials(), None)):
        with pytest.raises(StoreError, match=r"could not be written \(Permission denied"):
            act()
    folder.chmod(0o700)
    assert not list(folder.iterdir())


def test_two_runs_that_make_one_folder_do_not_stumble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "isc.json"
    mkdir = os.mkdir

    def slower(name: Any, *arguments: Any) -> None:
        mkdir(name, *arguments)
        mkdir(name, *arguments)

    monkeypatch.setattr(os, "mkdir", slower)
    store(path).write(credentials(), None)
    assert store(path).read() == credentials()


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("fake", encoding="utf-8")
    refuses(store(tmp_path / "file" / "isc.json"), tmp_path, "part of its path is not a folder")
    refuses(store(tmp_path / "file" / "more" / "isc.json"), tmp_path, "part of its path is not a folder")


def test_a_folder_that_is_not_writable_is_an_error(folder: Path) -> None:
    path = folder / "isc.json"
    folder.chmod(0o500)
    assert store(path).read() is None
    with pytest.raises(StoreError, match="not writable"):
        store(path).prepare(probe=False)
    for act in (partial(store(path).prepare, probe=True), partial(store(path).write, credentials(), None)):
        with pytest.raises(StoreError, match=r"could not be written \(Permission denied"):
            act()
    folder.chmod(0o700)
    assert not list(folder.iterdir())


def test_what_may_not_be_read_is_an_error(folder: Path) -> None:
    path = folder / "isc.json"
    write(path)
    path.chmod(0)
    with pytest.raises(StoreError, match=r"could not be read \(Permission denied"):
        store(path).read()
    path.chmod(0o600)
    folder.chmod(0)
    with pytest.raises(StoreError, match=r"could not be read \(Permission denied"):
        store(path).read()
    folder.chmod(0o700)


def test_our_own_links_are_followed_and_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (real / "below").mkdir(parents=True)
    (tmp_path / "to-below").symlink_to("real/below")
    (tmp_path / "isc.json").symlink_to("to-below/../../real/target.json")

    for path in (tmp_path / "isc.json", tmp_path / "to-below" / ".." / "target.json"):
        assert store(path).read() is None
        store(path).prepare(probe=True)
        write(path)
        write(path, OTHER_ID)
        assert store(real / "target.json").read() == credentials(OTHER_ID)
        assert sorted(each.name for each in real.iterdir()) == ["below", "target.json"]
        store(path).remove(credentials(OTHER_ID))
        assert not (real / "target.json").exists()
    assert (tmp_path / "isc.json").is_symlink()


@pytest.mark.parametrize("link", ["file", "folder"])
def test_links_of_others_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    write(real / "isc.json")
    if link == "file":
        path = mine = tmp_path / "isc.json"
        path.symlink_to(real / "isc.json")
    else:
        mine = tmp_path / "linked"
        mine.symlink_to(real)
        path = mine / "isc.json"
    assert store(path).read() == credentials()

    if os.geteuid() == 0:
        os.lchown(mine, SOMEBODY, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    before = state(real)
    refuses(store(path), tmp_path, f"{mine} is a symbolic link owned by somebody else")
    assert state(real) == before


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "isc.json").symlink_to("other.json")
    (tmp_path / "other.json").symlink_to("isc.json")
    refuses(store(tmp_path / "isc.json"), tmp_path, "circles")


def test_the_root_folder_is_no_file() -> None:
    with pytest.raises(StoreError, match="not a regular file"):
        store("/", file_format="json").read()


# Which paths are one entry


def test_one_file_by_whatever_path_is_one_entry(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "linked").symlink_to(real)
    (tmp_path / "link.json").symlink_to(real / "isc.json")
    (real / "below").mkdir()
    same: list[Path | str] = [
        real / "isc.json",
        tmp_path / "linked" / "isc.json",
        tmp_path / "link.json",
        f"{real}/./isc.json",
        f"{real}//isc.json",
        f"{real}/below/../isc.json",
        real / "ISC.JSON",
    ]
    for _time in range(2):
        assert len({store(path, file_format="json").identity for path in same}) == 1
        write(real / "isc.json")
    others: list[Path | str] = [real / "other.json", tmp_path / "isc.json", real / "below" / "isc.json"]
    assert len({store(path).identity for path in [real / "isc.json", *others]}) == 1 + len(others)


def test_the_two_spellings_of_an_accent_are_one_entry(tmp_path: Path) -> None:
    """On macOS they are one file."""
    assert store(tmp_path / "r\u00e9seau.json").identity == store(tmp_path / "re\u0301seau.json").identity


def test_what_lies_in_missing_folders_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(tmp_path)
    one, two = tmp_path / "a" / "b" / "isc.json", tmp_path / "a" / "c" / "isc.json"
    assert store(one).identity != store(two).identity
    assert store(one).identity == store(tmp_path / "linked" / "A" / "b" / "isc.json").identity


def test_a_file_is_one_entry_whatever_the_store_is_called(tmp_path: Path) -> None:
    path = str(tmp_path / "isc.yml")
    assert FileStore("file").identity(path) == FileStore("vault_file", "yaml", Reversed()).identity(path)


# Real file systems


@contextmanager
def mounted(target: Path, *arguments: str) -> Iterator[None]:
    """Mount something for a while; skip where that is not allowed, as in most containers."""
    result = subprocess.run(["mount", *arguments, str(target)], capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"no mounts here: {result.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(target)], check=True)


@only_root
def test_a_disk_that_is_full_is_found_out_before_anything_is_made_and_the_old_file_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    path = disk / "isc.json"
    with mounted(disk, "-t", "tmpfs", "-o", "size=16k,mode=0700", "none"):
        write(path)
        with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 1024)
        before = state(disk)
        entry = store(path)
        assert entry.read() == credentials()
        for act in (partial(entry.prepare, probe=True), partial(entry.write, credentials(OTHER_ID), credentials())):
            with pytest.raises(StoreError, match=os.strerror(errno.ENOSPC)):
                act()
        assert state(disk) == before
        assert entry.read() == credentials()


@only_root
def test_a_disk_that_is_read_only_is_found_out_in_check_mode_too(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    path = disk / "isc.json"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k", "none"):
        write(path)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        before = state(disk)
        entry = store(path)
        assert entry.read() == credentials()
        with pytest.raises(StoreError, match="is not writable"):
            entry.prepare(probe=False)
        for act in (
            partial(entry.prepare, probe=True),
            partial(entry.write, credentials(OTHER_ID), credentials()),
            partial(entry.remove, credentials()),
            partial(store(disk / "new" / "isc.json").prepare, probe=True),
        ):
            with pytest.raises(StoreError, match=os.strerror(errno.EROFS)):
                act()
        assert state(disk) == before


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Make a file or a folder immutable for a while; skip where the file system knows no such thing."""
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", str(path)], capture_output=True, check=False).returncode:
        pytest.skip("no chattr +i here")
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", str(path)], check=True)


@only_root
def test_an_immutable_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path)
    before = state(tmp_path)
    entry = store(path)
    with immutable(path):
        for act in (
            partial(entry.prepare, probe=False),
            partial(entry.prepare, probe=True),
            partial(entry.write, credentials(OTHER_ID), credentials()),
        ):
            with pytest.raises(StoreError, match="it is immutable or append-only"):
                act()
        with pytest.raises(StoreError, match=os.strerror(errno.EPERM)):
            entry.remove(credentials())
        assert state(tmp_path) == before
        assert entry.read() == credentials()


@pytest.mark.parametrize("probe", [True, False])
def test_a_file_with_another_name_is_found_out_before_anything_is_made(tmp_path: Path, probe: bool) -> None:
    """A rename over one of its names would leave the old credentials under the other."""
    path = tmp_path / "isc.json"
    write(path)
    os.link(path, tmp_path / "other.json")
    before = state(tmp_path)
    entry = store(path)
    with pytest.raises(StoreError, match="it has 2 hard links"):
        entry.prepare(probe=probe)
    with pytest.raises(StoreError, match="it has 2 hard links"):
        entry.write(credentials(OTHER_ID), credentials())
    assert state(tmp_path) == before


@only_root
def test_a_selinux_label_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    write(path)
    label = b"system_u:object_r:fake_t:s0"
    try:
        os.setxattr(path, "security.selinux", label)
    except OSError:
        pytest.skip("no labels here")
    store(path).write(credentials(OTHER_ID), credentials())
    assert os.getxattr(path, "security.selinux") == label


def test_variables_that_a_shell_exports_stay_so(tmp_path: Path) -> None:
    path = tmp_path / "isc.env"
    store(path).write(credentials(), None)
    path.write_text("".join(f"export {line}\n" for line in path.read_text().splitlines()))
    store(path).write(credentials(OTHER_ID), credentials())
    assert store(path).read() == credentials(OTHER_ID)
    assert all(line.startswith("export SAIL_") for line in path.read_text().splitlines())


@only_root
def test_an_immutable_folder_is_found_out_before_anything_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    entry = store(folder / "isc.json")
    with immutable(folder), pytest.raises(StoreError, match=os.strerror(errno.EPERM)):
        entry.prepare(probe=True)
    assert not list(folder.iterdir())


@only_root
@pytest.mark.parametrize("probe", [True, False])
@pytest.mark.parametrize("name", ["isc.json", "with a blank.json", "tab\tand\\backslash.json"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_is_a_mount_point_is_found_out_before_anything_is_made(
    tmp_path: Path, probe: bool, name: str, linked: bool
) -> None:
    """As containers have single files: a rename over it would be refused."""
    outside, inside = tmp_path / "outside.json", tmp_path / "inside"
    inside.mkdir()
    write(outside)
    path = inside / name
    path.touch()
    if linked:
        (tmp_path / "link.json").symlink_to(path)
    entry = store(tmp_path / "link.json" if linked else path)
    with mounted(path, "--bind", str(outside)):
        assert entry.read() == credentials()
        with pytest.raises(StoreError, match="it is a mount point, which cannot be replaced; mount its folder instead"):
            entry.prepare(probe)
        with pytest.raises(StoreError, match=os.strerror(errno.EBUSY)):
            entry.write(credentials(OTHER_ID), credentials())
        assert entry.read() == credentials()
        assert [each.name for each in inside.iterdir()] == [name]
    assert store(outside).read() == credentials()


@only_root
def test_a_folder_by_two_mounts_is_one(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    assert store(one / "isc.json").identity != store(two / "isc.json").identity
    with mounted(two, "--bind", str(one)):
        assert store(one / "isc.json").identity == store(two / "isc.json").identity
        assert store(one / "new" / "isc.json").identity == store(two / "new" / "isc.json").identity
        store(two / "isc.json").prepare(probe=True)
        store(two / "isc.json").write(credentials(), None)
    assert store(one / "isc.json").read() == credentials()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_folder_that_cannot_be_synced_is_none_the_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Some network file systems have no such thing for a folder."""
    syncing(monkeypatch, number, folders=True)
    path = tmp_path / "isc.json"
    files = FileStore("file")
    wanted = {"base_url": TENANT, "client_id": ID, "client_secret": SECRET}
    files.put(str(path), wanted, None)
    assert store(path).read() == credentials()
    files.delete(str(path), path.read_bytes())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_fails_to_sync_is_an_error_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new file is there all the same, which the entry finds out."""
    syncing(monkeypatch, errno.EIO, folders=True)
    path = tmp_path / "isc.json"
    wanted = {"base_url": TENANT, "client_id": ID, "client_secret": SECRET}
    with pytest.raises(StoreError, match=os.strerror(errno.EIO)):
        FileStore("file").put(str(path), wanted, None)
    write(path, OTHER_ID)
    assert store(path).read() == credentials(OTHER_ID)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_file_that_cannot_be_synced_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "isc.json"
    write(path)
    before = state(tmp_path)
    syncing(monkeypatch, number, folders=False)
    entry = store(path)
    for act in (partial(entry.prepare, probe=True), partial(entry.write, credentials(OTHER_ID), credentials())):
        with pytest.raises(StoreError, match=os.strerror(number)):
            act()
    assert state(tmp_path) == before


def syncing(monkeypatch: pytest.MonkeyPatch, number: int, folders: bool) -> None:
    """Let fsync fail for folders, or else for files."""
    fsync = os.fsync

    def fail(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode) == folders:
            raise OSError(number, "fake")
        fsync(opened)

    monkeypatch.setattr(os, "fsync", fail)


# Access control lists


def acl(path: Path, *changes: str) -> list[str]:
    """Change the access control list of a file or folder, and return it; skip where there is none."""
    if shutil.which("setfacl") is None:
        pytest.skip("setfacl is not installed")
    if changes:
        result = subprocess.run(["setfacl", *changes, str(path)], capture_output=True, text=True, check=False)
        if result.returncode:
            pytest.skip(f"no access control lists here: {result.stderr.strip()}")
    told = subprocess.run(["getfacl", "-ncE", str(path)], capture_output=True, text=True, check=True).stdout
    return told.split()


def test_an_acl_is_taken_over_but_for_the_world(tmp_path: Path) -> None:
    """Otherwise a rotation would lock the service out that was given the file by name."""
    path = tmp_path / "isc.json"
    write(path)
    before = acl(path, "-m", f"u:{SOMEBODY}:r,g:{SOMEBODY}:rw,o::r")
    assert f"user:{SOMEBODY}:r--" in before
    for number in (1, 2):
        write(path, f"fa4e{number:04}" * 4)
        assert acl(path) == [*before[:-1], "other::---"]
    assert before[-1] == "other::r--"


def test_a_file_without_an_acl_gets_none_from_its_folder(tmp_path: Path) -> None:
    """A default list of the folder would open the successor to those who could not read the file before."""
    path = tmp_path / "isc.json"
    write(path)
    path.chmod(0o640)
    acl(tmp_path, "-d", "-m", f"u:{SOMEBODY}:rwx")
    before = acl(path)
    write(path, OTHER_ID)
    assert acl(path) == before == ["user::rw-", "group::r--", "other::---"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_is_for_its_owner_whatever_the_list_of_its_folder(tmp_path: Path) -> None:
    acl(tmp_path, "-d", "-m", f"u:{SOMEBODY}:rwx")
    write(tmp_path / "isc.json")
    assert not [line for line in acl(tmp_path / "isc.json") if line.startswith(f"user:{SOMEBODY}")]
    assert stat.S_IMODE((tmp_path / "isc.json").stat().st_mode) == 0o600
