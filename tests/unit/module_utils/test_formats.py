# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of a file: what each holds, what other programs read from it, and what is understood of an edited one."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import dotenv
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import formats
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.formats import (
    FORMATS,
    format_of,
    is_supported,
    parse,
    render,
)

TENANT = "https://fake.api.identitynow.invalid"
ID = "fa4e1d00" * 4
SECRET = "fake-5ec4e7-in-a-test"

KEYS = ["base_url", "client_id", "client_secret"]
VARIABLES = ["SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET"]

each_format = pytest.mark.parametrize("file_format", FORMATS)


def values(base_url: str = TENANT, secret: str = SECRET) -> dict[str, str]:
    """Return credentials as an entry holds them."""
    return dict(zip(KEYS, [base_url, ID, secret]))


def content(file_format: str, text: str) -> dict[str, Any]:
    """Return what a text holds, read by somebody else's parser."""
    if file_format == "json":
        return dict(json.loads(text))
    if file_format == "yaml":
        return dict(yaml.safe_load(text))
    return dict(dotenv.dotenv_values(stream=io.StringIO(text)))


@each_format
def test_it_holds_the_three_values_and_nothing_else(file_format: str) -> None:
    text = render(file_format, values())
    assert text is not None
    names = VARIABLES if file_format == "env" else KEYS
    assert content(file_format, text) == dict(zip(names, [TENANT, ID, SECRET]))
    assert parse(file_format, text) == values()


@pytest.mark.parametrize(
    ("name", "file_format"),
    [("a.json", "json"), ("a.yaml", "yaml"), ("a.b.yml", "yaml"), ("a.env", "env"), (".env", "env")],
)
def test_the_ending_tells_the_format(name: str, file_format: str) -> None:
    assert format_of(f"/etc/isc.json/{name}") == file_format


@pytest.mark.parametrize("name", ["isc", "isc.txt", ".json", "isc.json.bak", "isc.JSON", "env"])
def test_another_ending_tells_none(name: str) -> None:
    with pytest.raises(DeclarationError, match=r"end it with \.json, \.yaml or \.env, or give format"):
        format_of(f"/etc/isc.json/{name}")


def test_yaml_is_supported_where_its_library_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(is_supported(file_format) for file_format in FORMATS)
    monkeypatch.setattr(formats, "HAS_YAML", False)
    assert [file_format for file_format in FORMATS if not is_supported(file_format)] == ["yaml"]


# Every value comes back as it was


texts = st.text(st.one_of(st.characters(exclude_categories=()), st.characters(max_codepoint=126)), min_size=1)


def writable(file_format: str, value: str) -> bool:
    """Return whether a format can hold a value."""
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
    wanted = values(address, secret)
    text = render(file_format, wanted)
    if writable(file_format, address) and writable(file_format, secret):
        assert text is not None
        assert parse(file_format, text) == wanted
    else:
        assert text is None


# From a blank to a tilde, with more of the characters that mean something to a shell.
printable = st.text(st.one_of(st.characters(min_codepoint=32, max_codepoint=126), st.sampled_from("'\"\\$`#;& {}")))


@settings(deadline=None, max_examples=150)
@given(secret=printable.filter(str.strip))
@example(secret="${HOME}")
@example(secret="$HOME")
@example(secret="a'b")
@example(secret="a\\b")
@example(secret="a # b")
@example(secret="a#b")
@example(secret="~")
@example(secret="a=b")
@example(secret="a@b%c+d,e/f:g-h_i.j")
@example(secret="`id`")
@example(secret=" a ")
@example(secret="a\nb")
def test_a_shell_and_a_dotenv_reader_see_the_same(secret: str) -> None:
    text = render("env", values(secret=secret))
    if not writable("env", secret):
        assert text is None
        return
    assert text is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "isc.env"
        path.write_text(text, encoding="utf-8")
        script = f'set -a; . {path}; printf "%s|%s|%s" "$SAIL_BASE_URL" "$SAIL_CLIENT_ID" "$SAIL_CLIENT_SECRET"'
        shell = subprocess.run(["sh", "-uc", script], capture_output=True, check=True, text=True, timeout=30)
    assert shell.stdout == f"{TENANT}|{ID}|{secret}"
    assert list(content("env", text).values()) == [TENANT, ID, secret]
    # As systemd reads it: no expansion, quotes around the whole value taken away.
    line = text.splitlines()[2]
    assert line in (f"SAIL_CLIENT_SECRET='{secret}'", f"SAIL_CLIENT_SECRET={secret}")
    assert re.sub("^'(.*)'$", r"\1", line.partition("=")[2]) == secret


@pytest.mark.parametrize("secret", [SECRET, "A-Za_z0.9:/@%+=,", "0123", "yes"])
def test_an_env_file_is_bare_where_it_can_be_since_docker_keeps_quotes(secret: str) -> None:
    """`docker run --env-file` takes all that follows the equals sign, as it stands."""
    text = render("env", values(secret=secret))
    assert text is not None
    assert dict(line.split("=", 1) for line in text.splitlines()) == dict(zip(VARIABLES, [TENANT, ID, secret]))


@pytest.mark.parametrize("secret", ["a b", "a#b", "~", "a;b", "a&b", "(a)", "a*b", "{a,b}", "a|b", "!a", "<a", "a?"])
def test_an_env_file_is_quoted_where_a_shell_would_parse_the_value(secret: str) -> None:
    text = render("env", values(secret=secret))
    assert text is not None
    assert text.splitlines()[2] == f"SAIL_CLIENT_SECRET='{secret}'"


# What has been edited


def test_an_env_file_may_have_been_edited() -> None:
    text = (
        f"# Don't touch\r\n\n  export SAIL_BASE_URL=\"{TENANT}\"  # the tenant's\n"
        f"SAIL_CLIENT_ID={ID}\nexport\tSAIL_CLIENT_SECRET='{SECRET}#1'"
    )
    assert parse("env", text) == values(secret=f"{SECRET}#1")


def test_a_yaml_file_may_have_been_edited() -> None:
    text = f"---\n# A comment\nclient_secret: {SECRET}\nclient_id: '{ID}'\nbase_url: >-\n  {TENANT}\n...\n"
    assert parse("yaml", text) == values()


def as_env(*lines: str) -> str:
    """Return an env file with these lines in addition."""
    return "\n".join([f"SAIL_BASE_URL={TENANT}", f"SAIL_CLIENT_ID={ID}", *lines])


@pytest.mark.parametrize(
    ("file_format", "text"),
    [
        ("json", ""),
        ("json", "{"),
        ("json", SECRET),
        ("json", "[" * 60000),
        ("json", "$ANSIBLE_VAULT;1.1;AES256\n3361"),
        ("yaml", f"{SECRET}: ["),
        ("yaml", "[" * 60000),
        ("yaml", "{a: " * 16000),
        ("yaml", "- " * 30000),
        ("yaml", "a: &a [b, c, d, e, f, g, h]\nb: [*a, *a]"),
        ("yaml", f"{json.dumps(values())}\n---\n{json.dumps(values())}"),
        ("yaml", "client_secret: !!python/object:os.system x"),
        ("yaml", "base_url: 2026-99-99"),
        ("env", as_env("SAIL_CLIENT_SECRET=a", "SAIL_CLIENT_SECRET=b")),
        ("env", as_env("SAIL_CLIENT_SECRET=a", "echo hello")),
        ("env", as_env("SAIL_CLIENT_SECRET=a b")),
        ("env", as_env("SAIL_CLIENT_SECRET=a#b")),
        ("env", as_env("SAIL_CLIENT_SECRET=~")),
        ("env", as_env("SAIL_CLIENT_SECRET=a;b")),
        ("env", as_env("SAIL_CLIENT_SECRET='a")),
        ("env", as_env("SAIL_CLIENT_SECRET='a'b")),
        ("env", as_env("SAIL_CLIENT_SECRET=$HOME")),
        ("env", as_env('SAIL_CLIENT_SECRET="${HOME}"')),
        ("env", as_env('SAIL_CLIENT_SECRET="a\\nb"')),
        ("env", as_env("SAIL_CLIENT_SECRET = a")),
    ],
)
def test_what_could_be_read_in_more_than_one_way_is_not_read(file_format: str, text: str) -> None:
    assert parse(file_format, text) is None


def test_an_unknown_variable_is_told_from_those_that_are_known() -> None:
    assert parse("env", as_env("SAIL_CLIENT_SECRET=a", "PATH=/bin")) == {**values(secret="a"), "PATH": "/bin"}
