# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in store, on a real file system."""

from __future__ import annotations

import fcntl
import io
import json
import os
import socket
import stat
import subprocess
import tempfile
import threading
import traceback
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import dotenv
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError, StoreError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    CREDENTIALS_FORMATS,
    Credentials,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import file, formats
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import CredentialsFile

TENANT = "https://fake.api.identitynow.invalid"
ID, OTHER_ID = "fa4e1d00" * 4, "fa4e1d01" * 4
SECRET = "fake-5ec4e7-in-a-test"

KEYS = ["base_url", "client_id", "client_secret"]
VARIABLES = ["SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET"]

each_format = pytest.mark.parametrize("file_format", CREDENTIALS_FORMATS)


def credentials(client_id: str = ID, secret: str = SECRET, base_url: str = TENANT) -> Credentials:
    """Return credentials."""
    return Credentials(base_url, client_id, Secret(secret))


def store(path: Path | str, **settings: Any) -> CredentialsFile:
    """Return the store of a path."""
    return CredentialsFile(str(path), settings.pop("base_url", TENANT), settings.pop("secrets", Secrets()), **settings)


def content(path: Path) -> dict[str, Any]:
    """Return what a file holds, read by somebody else's parser."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return dict(json.loads(text))
    if path.suffix == ".yaml":
        return dict(yaml.safe_load(text))
    return dict(dotenv.dotenv_values(stream=io.StringIO(text)))


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

    def encrypt(self, text: str) -> bytes:
        return b"reversed:" + text[::-1].encode()

    def decrypt(self, content: bytes) -> str:
        if not content.startswith(b"reversed:"):
            raise ValueError("it is not reversed")
        return content[len(b"reversed:") :].decode()[::-1]


# What it holds


@each_format
def test_it_holds_the_three_values_and_nothing_else(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    assert store(path).read() is None

    store(path).write(credentials())

    names = VARIABLES if file_format == "env" else KEYS
    assert content(path) == dict(zip(names, [TENANT, ID, SECRET]))
    assert store(path).read() == credentials()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "file_format"),
    [("a.json", "json"), ("a.yaml", "yaml"), ("a.b.yml", "yaml"), ("a.env", "env"), (".env", "env")],
)
def test_the_ending_tells_the_format(tmp_path: Path, name: str, file_format: str) -> None:
    assert store(tmp_path / name).format == file_format
    assert store(tmp_path / name, file_format="json").format == "json"


@pytest.mark.parametrize("name", ["isc", "isc.txt", ".json", "isc.json.bak", "isc.JSON", "env"])
def test_another_ending_needs_the_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeclarationError, match="credentials_format"):
        store(tmp_path / name)
    store(tmp_path / name, file_format="env").write(credentials())
    assert store(tmp_path / name, file_format="env").read() == credentials()


@pytest.mark.parametrize("path", ["", " ", "/tmp/a\0b.json"])
def test_a_path_that_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match="path"):
        store(path, file_format="json")


def test_a_path_may_be_relative_or_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store("isc.json").path == store("~/isc.json").path == str(tmp_path / "isc.json")
    assert store("~nobody-that-is-known/isc.json").path == f"{tmp_path}/~nobody-that-is-known/isc.json"


def test_the_secret_that_was_read_is_known(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    secrets = Secrets()
    store(path, secrets=secrets).read()
    assert secrets.redact(f"here is {SECRET}") == "here is ********"


@pytest.mark.parametrize(
    "same", [f"{TENANT}/", TENANT.upper().replace("HTTPS", "https"), TENANT.replace("https", "HTTPS")]
)
def test_a_tenant_can_be_spelled_in_many_ways(tmp_path: Path, same: str) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    before = state(tmp_path)
    assert store(path, base_url=same).read() == credentials()
    store(path, base_url=same).write(credentials(base_url=same))
    assert state(tmp_path) == before


def test_with_a_cipher_only_what_it_makes_lies_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "isc.yml"
    sealed = store(path, cipher=Reversed())
    sealed.prepare(probe=True)
    sealed.write(credentials())
    assert path.read_bytes().startswith(b"reversed:")
    assert SECRET.encode() not in path.read_bytes()
    assert sealed.read() == credentials()

    before = state(tmp_path)
    sealed.write(credentials())
    assert state(tmp_path) == before


# Every value comes back as it was


texts = st.text(st.one_of(st.characters(exclude_categories=()), st.characters(max_codepoint=126)), min_size=1)


def writable(file_format: str, value: str) -> bool:
    """Tell whether a format can hold a value."""
    if file_format == "env":
        return value.isascii() and value.isprintable() and not set(value) & set("'\"\\$`")
    return file_format == "json" or not any("\ud800" <= character <= "\udfff" for character in value)


@each_format
@settings(deadline=None, max_examples=200)
@given(address=texts.filter(str.strip), secret=texts.filter(str.strip))
@example(address=TENANT, secret="\ud800")
@example(address=TENANT, secret="yes")
@example(address=TENANT, secret="0123")
@example(address=TENANT, secret="a\n b: c\x00\x85\u2028\U0001f511")
def test_what_is_written_is_what_is_read(file_format: str, address: str, secret: str) -> None:
    wanted = credentials(base_url=address, secret=secret)
    with tempfile.TemporaryDirectory() as folder:
        file = store(Path(folder) / "isc", base_url=address, file_format=file_format)
        if writable(file_format, address) and writable(file_format, secret):
            file.write(wanted)
            assert file.read() == wanted
            return
        with pytest.raises(StoreError, match="use json") as caught:
            file.write(wanted)
        assert caught.value.__context__ is None
        assert not os.listdir(folder)


# From a blank to a tilde, with more of the characters that mean something to a shell.
printable = st.text(st.one_of(st.characters(min_codepoint=32, max_codepoint=126), st.sampled_from("'\"\\$`#;& {}")))


@settings(deadline=None, max_examples=150)
@given(secret=printable.filter(str.strip))
@example(secret="${HOME}")
@example(secret="$HOME")
@example(secret="a'b")
@example(secret="a\\b")
@example(secret="a # b")
@example(secret="`id`")
@example(secret=" a ")
@example(secret="a\nb")
def test_a_shell_and_a_dotenv_reader_see_the_same(secret: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "isc.env"
        if not writable("env", secret):
            with pytest.raises(StoreError, match="use json"):
                store(path).write(credentials(secret=secret))
            return
        store(path).write(credentials(secret=secret))
        script = f'set -a; . {path}; printf "%s|%s|%s" "$SAIL_BASE_URL" "$SAIL_CLIENT_ID" "$SAIL_CLIENT_SECRET"'
        shell = subprocess.run(["sh", "-uc", script], capture_output=True, check=True, text=True, timeout=30)
        assert shell.stdout == f"{TENANT}|{ID}|{secret}"
        assert list(content(path).values()) == [TENANT, ID, secret]
        # As systemd reads it: no expansion, quotes around the whole value taken away.
        assert path.read_text(encoding="utf-8").splitlines()[2] == f"SAIL_CLIENT_SECRET='{secret}'"


def test_an_env_file_may_have_been_edited(tmp_path: Path) -> None:
    path = tmp_path / "isc.env"
    path.write_text(
        f"# Don't touch\r\n\n  export SAIL_BASE_URL=\"{TENANT}\"  # the tenant's\n"
        f"SAIL_CLIENT_ID={ID}\nexport\tSAIL_CLIENT_SECRET='{SECRET}#1'",
        encoding="utf-8",
    )
    before = state(tmp_path)
    assert store(path).read() == credentials(secret=f"{SECRET}#1")
    store(path).write(credentials(secret=f"{SECRET}#1"))
    assert state(tmp_path) == before


def test_a_yaml_file_may_have_been_edited(tmp_path: Path) -> None:
    path = tmp_path / "isc.yml"
    path.write_text(f"---\n# A comment\nclient_secret: {SECRET}\nclient_id: '{ID}'\nbase_url: >-\n  {TENANT}\n...\n")
    assert store(path).read() == credentials()


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


def refuses(file: CredentialsFile, folder: Path, match: str) -> None:
    """Hold that nothing that can be done with the file works or changes it, and that no error tells what it holds."""
    before = state(folder)
    for act in (
        file.read,
        file.remove,
        lambda: file.prepare(probe=False),
        lambda: file.prepare(probe=True),
        lambda: file.write(credentials(OTHER_ID)),
    ):
        with pytest.raises(StoreError, match=match) as caught:
            act()
        told = "".join(traceback.format_exception(caught.value))
        assert f"credentials file {file.path}" in told
        assert SECRET not in told
        assert caught.value.__context__ is None or isinstance(caught.value.__context__, OSError)
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

    for file_format in CREDENTIALS_FORMATS:
        path = tmp_path / f"isc.{file_format}"
        store(path).write(credentials(Tagged(ID), Tagged(SECRET), Tagged(TENANT)))
        assert store(path).read() == credentials()


@pytest.mark.parametrize(("text", "match"), [("plain", "decrypted .it is not reversed"), ("reversed:\udcff", "UTF-8")])
def test_what_cannot_be_decrypted_is_never_overwritten(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "isc.yml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    refuses(store(path, cipher=Reversed()), tmp_path, match)


def test_a_refusal_to_encrypt_changes_nothing(tmp_path: Path) -> None:
    class Refusing(Reversed):
        def encrypt(self, text: str) -> bytes:
            raise ValueError("there is no password")

    file = store(tmp_path / "isc.yml", cipher=Refusing())
    for act in (partial(file.prepare, probe=False), partial(file.write, credentials())):
        with pytest.raises(StoreError, match=r"encrypted \(there is no password") as caught:
            act()
        assert caught.value.__context__ is None
    assert not list(tmp_path.iterdir())


def test_yaml_without_its_library_names_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "isc.yml").write_text(as_json(), encoding="utf-8")
    monkeypatch.setattr(formats, "HAS_YAML", False)
    refuses(store(tmp_path / "isc.yml"), tmp_path, "PyYAML.*json")


# How it is replaced


@each_format
def test_other_credentials_replace_it_in_one_step(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    store(path).write(credentials())
    with path.open(encoding="utf-8") as still_open:
        store(path).write(credentials(OTHER_ID))
        assert ID in still_open.read()
    assert store(path).read() == credentials(OTHER_ID)
    assert len(list(tmp_path.iterdir())) == 1


@each_format
def test_the_same_credentials_leave_it_alone(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"isc.{file_format}"
    store(path).write(credentials())
    before = state(tmp_path)
    store(path).write(credentials())
    assert state(tmp_path) == before
    store(path).write(credentials(secret="fake-another"))
    assert state(tmp_path) != before


def test_looking_and_probing_leave_everything_alone(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    for _time in range(2):
        before = state(tmp_path)
        store(path).prepare(probe=False)
        assert state(tmp_path) == before
        store(path).prepare(probe=True)
        assert state(tmp_path) == before
        store(path).write(credentials())


@pytest.mark.parametrize(("mode", "expected"), [(0o640, 0o640), (0o666, 0o660), (0o400, 0o400), (0o4755, 0o750)])
def test_the_rights_are_taken_over_but_for_the_world(tmp_path: Path, mode: int, expected: int) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    path.chmod(mode)
    store(path).write(credentials(OTHER_ID))
    assert stat.S_IMODE(path.stat().st_mode) == expected


def test_a_narrow_umask_and_a_wide_one_make_the_same_file(tmp_path: Path) -> None:
    for umask in (0o777, 0o000):
        before = os.umask(umask)
        try:
            store(tmp_path / f"{umask}.json").write(credentials())
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
        store(tmp_path / "isc.json").write(credentials())
    finally:
        os.umask(before)
    assert opened == [(os.O_EXCL, 0o600)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_owner_and_group_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    os.chown(path, 4711, 4712)
    store(path).prepare(probe=False)
    store(path).prepare(probe=True)
    store(path).write(credentials(OTHER_ID))
    assert (path.stat().st_uid, path.stat().st_gid) == (4711, 4712)


def test_an_owner_that_cannot_be_kept_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "isc.json"
    store(path).write(credentials())
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
        partial(store(path).write, credentials(OTHER_ID)),
    ):
        with pytest.raises(StoreError, match=r"owner and group \(4711"):
            act()
    monkeypatch.undo()
    assert state(folder) == before


STEPS = ["fchmod", "fsync", "rename", "listdir"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("failure", [OSError(28, "fake"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: BaseException
) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    before = state(tmp_path)

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((StoreError, KeyboardInterrupt)) as caught:
        store(path).write(credentials(OTHER_ID))
    monkeypatch.undo()
    assert isinstance(failure, KeyboardInterrupt) or os.strerror(28) in str(caught.value)
    assert state(tmp_path) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_leaves_the_old_file_whole_and_the_next_one_tidies_up(tmp_path: Path, step: str) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    before = state(tmp_path)[path.name]
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            setattr(os, step, lambda *_arguments, **_options: os._exit(17))
            store(path).write(credentials(OTHER_ID, "fake-never-stored"))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17

    assert state(tmp_path)[path.name] == before
    assert store(path).read() == credentials()
    assert len(list(tmp_path.iterdir())) == (1 if step == "listdir" else 2)

    store(path).write(credentials(OTHER_ID))
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
    store(tmp_path / "isc.json").write(credentials())
    store(tmp_path / "isc.json").remove()
    assert steps == ["fsync True", "rename", "fsync folder", "fsync folder"]


def test_what_appeared_after_the_probe_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    file = store(path)
    file.prepare(probe=True)
    path.write_text(as_json(base_url="https://other.invalid"), encoding="utf-8")
    refuses(file, tmp_path, "another base_url")


def test_a_writer_waits_for_another_and_reads_what_that_one_wrote(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    lock = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    writer = threading.Thread(target=lambda: store(path).write(credentials()))
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()
    assert not path.exists()
    path.write_text(as_json(), encoding="utf-8")
    before = state(tmp_path)

    os.close(lock)
    writer.join(30)
    assert not writer.is_alive()
    assert state(tmp_path) == before


def test_a_lock_that_stays_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "_LONGEST_WAIT", 0.1)
    lock = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="locked by another program"):
            store(tmp_path / "isc.json").write(credentials())
        assert store(tmp_path / "isc.json").read() is None
        store(tmp_path / "isc.json").prepare(probe=False)
    finally:
        os.close(lock)
    assert not list(tmp_path.iterdir())


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "isc.env"
    wanted = [credentials(f"fa4e{number:04}" * 4, f"fake-{number}") for number in range(8)]
    writers = [threading.Thread(target=store(path).write, args=[one]) for one in wanted]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store(path).read() in wanted
    assert list(tmp_path.iterdir()) == [path]


def test_removing_it_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    store(path).write(credentials())
    store(path).remove()
    assert not list(tmp_path.iterdir())
    store(path).remove()
    store(tmp_path / "missing" / "isc.json").remove()


# The folder, and the links to it


def test_a_missing_folder_holds_nothing_and_takes_nothing(tmp_path: Path) -> None:
    file = store(tmp_path / "missing" / "isc.json")
    assert file.read() is None
    for act in (
        partial(file.prepare, probe=False),
        partial(file.prepare, probe=True),
        partial(file.write, credentials()),
    ):
        with pytest.raises(StoreError, match="folder does not exist"):
            act()
    assert not list(tmp_path.iterdir())


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
    for act in (partial(store(path).prepare, probe=True), partial(store(path).write, credentials())):
        with pytest.raises(StoreError, match=r"could not be written \(Permission denied"):
            act()
    folder.chmod(0o700)
    assert not list(folder.iterdir())


def test_what_may_not_be_read_is_an_error(folder: Path) -> None:
    path = folder / "isc.json"
    store(path).write(credentials())
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
        store(path).write(credentials())
        store(path).write(credentials(OTHER_ID))
        assert store(real / "target.json").read() == credentials(OTHER_ID)
        assert sorted(each.name for each in real.iterdir()) == ["below", "target.json"]
        store(path).remove()
        assert not (real / "target.json").exists()
    assert (tmp_path / "isc.json").is_symlink()


@pytest.mark.parametrize("link", ["file", "folder"])
def test_links_of_others_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    store(real / "isc.json").write(credentials())
    if link == "file":
        path = mine = tmp_path / "isc.json"
        path.symlink_to(real / "isc.json")
    else:
        mine = tmp_path / "linked"
        mine.symlink_to(real)
        path = mine / "isc.json"
    assert store(path).read() == credentials()

    if os.geteuid() == 0:
        os.lchown(mine, 4711, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
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
