# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration as YAML: whatever names and scopes hold, it reads back as the same, and nothing of it is a template."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.declaration_text import (
    Declaration,
    declaration_text,
    declares_the_same,
    quoted,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.variables import read_variables

HOSTILE = [
    "{{ lookup('ansible.builtin.pipe', 'touch /tmp/fake-owned') }}",
    "{% raw %}",
    "{# comment #}",
    "{{",
    'a "quoted" \\ name',
    "yes",
    "null",
    "2027-01-31",
    "0x1F",
    "1e3",
    "- item",
    "key: value",
    "# no comment",
    "*alias &anchor !tag",
    "name\n---\ntokens_declared: []",
    "tab\there",
    "next\x85line\u2028separator\ufeff",
    "\U0001f511 key",
    "R\u00e9seau \u65e5\u672c",
    "\x00\x1b[31m\x7f",
    "'single' ",
    "%YAML",
]


def written(name: str) -> str:
    return declaration_text(
        [f"of {name}"],
        {"tokens_store": {"file": {"path": name}}},
        [Declaration({"name": name, "scope": [name, "idn:fake"], "never_expires": True}, [f"owner {name}"])],
        [f"- {name}"],
    )


def meant(name: str) -> dict[str, Any]:
    return {
        "tokens_store": {"file": {"path": name}},
        "tokens_declared": [{"name": name, "scope": [name, "idn:fake"], "never_expires": True}],
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_read_back_as_they_are(name: str) -> None:
    assert read_variables(written(name)) == meant(name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_reads_back_as_it_is(name: str) -> None:
    assert read_variables(written(name)) == meant(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_ansible_evaluates_none_of_it(name: str, tmp_path: Any) -> None:
    path = tmp_path / "host.yml"
    path.write_text(written(name), encoding="utf-8")
    loader = DataLoader()
    # Since ansible-core 2.19, a text is a template only where it is trusted to be one, as files of variables are.
    trust = "trusted_as_template"
    has_trust = trust in inspect.signature(loader.load_from_file).parameters
    variables = loader.load_from_file(str(path), **({trust: True} if has_trust else {}))
    used = Templar(loader, variables={**variables}).template(variables["tokens_declared"])
    assert used[0]["name"] == name
    assert list(used[0]["scope"]) == [name, "idn:fake"]


def test_a_quoted_text_is_one_line() -> None:
    assert quoted('a\n"b"\\') == '"a\\x0a\\"b\\"\\\\"'


def test_the_whole_file() -> None:
    text = declaration_text(
        ["What is here.", ""],
        {"tokens_store": {"command": {"argv": ["pass", "isc"], "timeout": 30}}},
        [Declaration({"name": "A", "access_token_validity_seconds": 60}, ["created"]), Declaration({"name": "B"})],
        ["Left out:"],
    )
    assert text == (
        "# What is here.\n#\n---\n"
        'tokens_store:\n  command:\n    argv:\n      - "pass"\n      - "isc"\n    timeout: 30\n'
        'tokens_declared:\n  # created\n  - name: "A"\n    access_token_validity_seconds: 60\n  - name: "B"\n'
        "\n# Left out:\n"
    )
    assert read_variables(declaration_text([], {}, [], [])) == {"tokens_declared": []}
    assert read_variables(declaration_text([], {"any": {}}, [], [])) == {"any": {}, "tokens_declared": []}


def test_remarks_are_no_difference() -> None:
    one, other = [Declaration({"name": "A"}, ["used today"])], [Declaration({"name": "A"}, ["used yesterday"])]
    assert declares_the_same(declaration_text([], {}, one, []), declaration_text(["head"], {}, other, ["end"]))
    assert not declares_the_same(declaration_text([], {}, one, []), declaration_text([], {}, [], []))
