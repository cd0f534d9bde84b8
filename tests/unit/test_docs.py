# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation tells what the code does: options, returned values, and every error message."""

from __future__ import annotations

import ast
import importlib
import operator
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import ansible
import pytest
import yaml

from ansible_collections.sailpoint_community.isc.plugins.doc_fragments import (
    attributes,
    connection,
    lifecycle,
    store,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    CreatedToken,
    Declared,
    Grant,
    Identity,
    Manager,
    Owner,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.names import previous_name
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import EntryPoint
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_info import (
    PERSONAL_ACCESS_TOKEN_INFO,
    with_owner,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_info, token_result
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.stored_credentials import (
    STORED_CREDENTIALS,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import CONNECTION_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Facts
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary import summary

COLLECTION = Path(__file__).resolve().parents[2]
ENTRIES = (
    PERSONAL_ACCESS_TOKEN,
    PERSONAL_ACCESS_TOKEN_SET,
    PERSONAL_ACCESS_TOKEN_INFO,
    PERSONAL_ACCESS_TOKEN_EXPORT,
    ACCESS_TOKEN,
    STORED_CREDENTIALS,
)
SPECS: dict[str, Mapping[str, Any]] = {entry.name: entry.argument_spec for entry in ENTRIES}
SPECS["plan_summary"] = summary.SPEC
FRAGMENTS: dict[str, dict[str, Any]] = {
    f"sailpoint_community.isc.{name}": yaml.safe_load(text).get("options", {})
    for name, text in (
        ("attributes", attributes.ModuleDocFragment.DOCUMENTATION),
        ("attributes.in_group", attributes.ModuleDocFragment.IN_GROUP),
        ("connection", connection.ModuleDocFragment.DOCUMENTATION),
        ("lifecycle", lifecycle.ModuleDocFragment.DOCUMENTATION),
        ("store", store.ModuleDocFragment.DOCUMENTATION),
    )
}
CONNECTION = FRAGMENTS["sailpoint_community.isc.connection"]
NOW = datetime(2026, 8, 1, tzinfo=timezone.utc)

README_SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use cases",
    "Testing",
    "Support",
    "Release notes",
    "Related information",
    "License",
]
"""What Automation Hub asks for."""

RAISED = ("IscError", "DeclarationError", "PlanError", "StoreError", "StoreChangedError", "ConnectionFailedError")
"""The errors whose words are where they are raised."""

each_module = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])


def docs_of(name: str, part: str) -> dict[str, Any]:
    """Return a part of a module's documentation, without the fragment's."""
    module = importlib.import_module(f"ansible_collections.sailpoint_community.isc.plugins.modules.{name}")
    document = yaml.safe_load(getattr(module, part))
    assert isinstance(document, dict)
    return document


def facts_of(options: Mapping[str, Any], inner: str) -> dict[str, Any]:
    """Return what documentation and argument spec both say of options; ``inner`` is where one keeps those in it."""
    return {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": list(option.get("choices", ())),
            "options": facts_of(option.get(inner, {}), inner),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("name", SPECS)
def test_options_are_documented_as_they_are(name: str) -> None:
    document = docs_of(name, "DOCUMENTATION")
    documented: dict[str, Any] = {}
    for fragment in document.get("extends_documentation_fragment", ()):
        documented.update(FRAGMENTS[fragment])
    for key, option in document.get("options", {}).items():
        documented[key] = {**documented.get(key, {}), **option}

    assert facts_of(documented, "suboptions") == facts_of(SPECS[name], "options")


def test_connection_options_are_in_the_fragment_alone() -> None:
    assert set(CONNECTION) == set(CONNECTION_SPEC)


@pytest.mark.parametrize(
    "variable", ["SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET", "SAIL_ACCESS_TOKEN"], ids=str
)
def test_environment_variables_are_documented_at_their_options(variable: str) -> None:
    option = CONNECTION[variable.removeprefix("SAIL_").lower()]
    assert f"E({variable})" in " ".join(option["description"])


@each_module
def test_modules_tell_their_version_and_use_the_fragment(entry: EntryPoint) -> None:
    document = docs_of(entry.name, "DOCUMENTATION")
    assert document["module"] == entry.name
    assert document["version_added"] == "0.1.0"
    fragments = document["extends_documentation_fragment"]
    for fragment in ("connection", "attributes", "attributes.in_group"):
        assert f"sailpoint_community.isc.{fragment}" in fragments


@each_module
def test_the_option_store_is_in_the_fragment_alone(entry: EntryPoint) -> None:
    document = docs_of(entry.name, "DOCUMENTATION")
    has_store = "store" in entry.argument_spec
    assert ("sailpoint_community.isc.store" in document["extends_documentation_fragment"]) is has_store
    assert "suboptions" not in document.get("options", {}).get("store", {})


def a_token(token_id: str, **fields: Any) -> Token:
    """Return a token that was created 80 days ago."""
    created = NOW - timedelta(days=80)
    known = {"name": "NodeJS", "scope": frozenset({"idn:fake"}), "owner": Owner("fa4e", "Fake"), "created": created}
    return Token(id=token_id, **{**known, **fields})


def a_result(live: Token, max_tokens: int = 10) -> dict[str, Any]:
    """Return the result for a token that is due, or deferred where there is no slot for its successor."""
    declared = Declared(name="NodeJS", expires_in=timedelta(days=90), rotate_after=timedelta(days=60))
    retired = a_token("01dfa4e0", name=previous_name("NodeJS", "01dfa4e0"), last_used=NOW)
    facts = Facts(API_VERSIONS["v1"], NOW, max_tokens=max_tokens)
    plan = make_plan([declared], [live, retired], facts).tokens[0]
    outcome = Outcome(declared, plan, NOW, before=plan.family, done=list(plan.steps), live=plan.live)
    if any(isinstance(step, Create) for step in plan.steps):
        new = a_token("5ec4fa4e", created=NOW)
        outcome.live, outcome.created = new, CreatedToken(new, Secret("not-a-secret"))
    outcome.grant = Grant(Secret("not-a-secret"), 43200, frozenset({"idn:fake"}), "fa4e")
    return token_result(outcome)


def undocumented(value: Any, documented: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the keys of a result that its documentation does not have."""
    for key, inner in value.items():
        if key not in documented:
            yield f"{path}{key}"
            continue
        contains = documented[key].get("contains")
        for item in inner if isinstance(inner, list) else [inner]:
            if contains is not None and isinstance(item, dict):
                yield from undocumented(item, contains, f"{path}{key}.")


def test_returned_values_are_documented() -> None:
    documented = docs_of(PERSONAL_ACCESS_TOKEN.name, "RETURN")
    rotated, deferred = a_result(a_token("11fefa4e")), a_result(a_token("11fefa4e"), max_tokens=2)

    assert "secret" in rotated
    assert "deferred" in deferred
    for result in (rotated, deferred):
        del result["changed"]  # documented by Ansible, for all modules
        assert not list(undocumented(result, documented))
    # The run adds these.
    assert set(documented) - {"warnings", "base_url", "declaration", "owner_id"} == set(rotated) | set(deferred)


def test_returned_infos_are_documented() -> None:
    documented = docs_of(PERSONAL_ACCESS_TOKEN_INFO.name, "RETURN")
    fields = documented["personal_access_tokens"]["contains"]
    assert set(fields) == set(token_info(a_token("11fefa4e"), NOW))
    owner = with_owner(token_info(a_token("11fefa4e"), NOW), {"fa4e": Identity("fa4e", "ACTIVE", Manager("b055", "B"))})
    assert not list(undocumented({"owner": owner["owner"]}, fields))


@each_module
def test_every_returned_value_has_a_sample(entry: EntryPoint) -> None:
    def without(values: dict[str, Any], path: str = "") -> Iterator[str]:
        for name, value in values.items():
            if "contains" in value:
                yield from without(value["contains"], f"{path}{name}.")
            elif "sample" not in value:
                yield f"{path}{name}"

    assert not list(without(docs_of(entry.name, "RETURN")))


def literal(node: ast.expr) -> str:
    """Return a string of the source, with … for what is filled in; empty if it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "…" for part in node.values)
    return ""


def source_trees() -> list[ast.Module]:
    """Return the syntax trees of all code that can meet a user with a message."""
    sources = [
        *COLLECTION.glob("plugins/module_utils/**/*.py"),
        *COLLECTION.glob("plugins/plugin_utils/**/*.py"),
    ]
    return [ast.parse(source.read_text(encoding="utf-8")) for source in sources]


OF_ANSIBLE = "## From Ansible itself\n"
"""The section of docs/errors.md with messages that ansible-core says, and no code of ours."""


def documented_errors() -> list[str]:
    """Return the messages that docs/errors.md explains, the parts of them that it quotes."""
    text, _heading, of_ansible = (COLLECTION / "docs" / "errors.md").read_text(encoding="utf-8").partition(OF_ANSIBLE)
    text += of_ansible.partition("\n## ")[2]
    rows = re.findall(r"^\| `(.+?)`", text, re.MULTILINE)
    assert len(rows) > 50
    return rows


def test_every_explained_error_is_one_of_the_code() -> None:
    known = [literal(node) for tree in source_trees() for node in ast.walk(tree) if isinstance(node, ast.expr)]
    known.append("value of api_version must be one of")  # said by ansible-core
    known += role_messages()
    assert not [quoted for quoted in documented_errors() if not any(quoted in text for text in known)]


def test_every_explained_error_of_ansible_is_one_of_its_code() -> None:
    text = (COLLECTION / "docs" / "errors.md").read_text(encoding="utf-8")
    section = text.partition(OF_ANSIBLE)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)`", section, re.MULTILINE)
    assert len(rows) > 5
    sources = [path.read_text(encoding="utf-8") for path in Path(ansible.__file__).parent.rglob("*.py")]
    # Python says two of them: of what a template gives twice, and of a dictionary that has become a text.
    given = {"store": ""}
    with pytest.raises(TypeError) as twice:
        dict(store="", **given)
    with pytest.raises(AttributeError) as no_dictionary:
        operator.attrgetter("copy")("")
    sources += map(str, (twice.value, no_dictionary.value))
    patterns = [".*?".join(re.escape(part) for part in row.split("…")) for row in rows]
    said = [pattern for pattern in patterns if any(re.search(pattern, source) for source in sources)]
    assert said == patterns


def role_messages() -> list[str]:
    """Return what the role and the playbooks fail with, templates as they stand."""
    sources = [*COLLECTION.glob("roles/*/tasks/*.yml"), *COLLECTION.glob("playbooks/*.yml")]
    pattern = r"(?:fail_msg|msg): (.*?)(?=^ *[\w.]+:|^ *- |\Z)"
    texts = [re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL) for path in sources]
    return [" ".join(text.split()) for found in texts for text in found]


def test_every_message_of_the_role_is_explained() -> None:
    speaking = [text for text in role_messages() if re.search(r"\w{3}", re.sub(r"\{\{.*?\}\}", "", text))]
    assert len(speaking) > 1
    quoted = documented_errors()
    missing = [text for text in speaking if not any(part in text for part in quoted)]
    assert not missing, "\n".join(missing)


def test_every_raised_error_is_explained() -> None:
    quoted = documented_errors()
    raised = [
        literal(node.exc.args[0])
        for tree in source_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args
        if getattr(node.exc.func, "id", "") in RAISED
    ]
    raised += [
        literal(value)
        for tree in source_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values)
        if key is not None and literal(key) == "msg"
    ]
    raised += [
        literal(node.value)
        for tree in source_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if getattr(target, "id", "") == "msg"
    ]
    # One without words of its own passes on what another function says, which the test above reads.
    speaking = [text for text in raised if re.search(r"\w{3}", text)]
    assert len(speaking) > 40
    missing = [text for text in speaking if not any(part in text for part in quoted)]
    assert not missing, "\n".join(missing)


def warnings_of(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the texts that a function adds to warnings, or returns if its name says that it returns some."""
    assigned = {
        target.id: literal(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        added: ast.expr | None = None
        is_handed_on = isinstance(node, ast.keyword) and node.arg == "warnings"
        is_added = isinstance(node, ast.AugAssign) and ast.unparse(node.target).endswith("warnings")
        is_returned = isinstance(node, (ast.Return, ast.Yield)) and function.name.endswith(("_warnings", "_end_of_use"))
        if isinstance(node, (ast.keyword, ast.AugAssign, ast.Return, ast.Yield)):
            added = node.value if is_handed_on or is_added or is_returned else None
        elif isinstance(node, ast.Call) and re.search(r"warnings('\])?\.append$", ast.unparse(node.func)):
            added = node.args[0]
        for part in getattr(added, "elts", [added]):
            yield assigned.get(part.id, "") if isinstance(part, ast.Name) else literal(part) if part else ""


def test_every_warning_is_explained() -> None:
    functions = [node for tree in source_trees() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    texts = {text for function in functions for text in warnings_of(function)}
    # One that begins with another text is explained by that.
    speaking = {text for text in texts if re.search(r"\w{3}", text) and not re.match("…[;…]", text)}
    assert len(speaking) > 12
    quoted = documented_errors()
    missing = [text for text in speaking if not any(part in text for part in quoted)]
    assert not missing, "\n".join(missing)


def test_readme_has_the_sections_of_automation_hub_and_full_addresses() -> None:
    text = (COLLECTION / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == README_SECTIONS
    assert not [link for link in re.findall(r"\]\((.+?)\)", text) if not link.startswith("https://")]


def test_readme_names_everything_that_a_user_can_call() -> None:
    text = (COLLECTION / "README.md").read_text(encoding="utf-8")
    paths = [*COLLECTION.glob("plugins/modules/*.py"), *COLLECTION.glob("plugins/lookup/*.py")]
    paths += [*COLLECTION.glob("playbooks/*.yml"), *COLLECTION.glob("roles/*")]
    named = re.findall(r"^\| .*?`sailpoint_community\.isc\.(\w+)` \|", text, re.MULTILINE)
    assert not {path.stem for path in paths if path.stem != "__init__"} - set(named)


def test_links_to_files_of_the_collection_lead_somewhere() -> None:
    pages = [COLLECTION / "README.md", *COLLECTION.glob("docs/*.md"), *COLLECTION.glob("roles/*/README.md")]
    pages += [*COLLECTION.glob("plugins/modules/*.py"), *COLLECTION.glob("plugins/doc_fragments/*.py")]
    missing = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        targets = re.findall(r"github\.com/sailpoint-community/ansible-isc/(?:blob|tree)/main/([\w./-]+\w)", text)
        paths = [COLLECTION / target for target in targets]
        paths += [page.parent / target for target in re.findall(r"\]\(([\w./-]+\.md)\)", text)]
        missing += [f"{page.name}: {path}" for path in paths if not path.exists()]
    assert not missing
