# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the JSON Schema of tokens.yml, made from what documents the role tokens and its modules.

``python tests/tools/schema.py`` writes docs/tokens.schema.json anew. A test holds that it is as this makes it.
"""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.plugin_docs import read_docstring

COLLECTION = Path(__file__).resolve().parents[2]
SCHEMA = COLLECTION / "docs" / "tokens.schema.json"
ADDRESS = "https://raw.githubusercontent.com/sailpoint-community/ansible-isc/main/docs/tokens.schema.json"
TYPES = {"str": "string", "path": "string", "int": "integer", "bool": "boolean", "raw": "string"}
TEMPLATE = {"type": "string", "pattern": r"\{\{.*\}\}"}
"""A template may stand for any value; Ansible looks at what comes of it."""


def schema() -> dict[str, Any]:
    """Return the schema of a file of the role's variables; other variables may stand beside them."""
    text = (COLLECTION / "roles" / "tokens" / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    stores = {"options": fragment("store")["store"]["suboptions"], "exactly_one": True}
    lifecycle = fragment("lifecycle")
    token = module("personal_access_token_set")["personal_access_tokens"]["suboptions"]
    # What the set says of the other options is often only that they override those at the top.
    own_store = "The store of this token alone. It is the same dictionary as tokens_store, and takes its place."
    told = {**module("personal_access_token"), **lifecycle}
    told["store"] = {"description": own_store, "type": "dict", **stores}
    options["tokens_declared"]["options"] = {name: told[name] for name in token}
    options["tokens_defaults"]["options"] = lifecycle
    options["tokens_connection"]["options"] = fragment("connection")
    options["tokens_store"].update(stores)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "Personal access tokens of SailPoint Identity Security Cloud, as the role tokens takes them",
        "type": "object",
        "properties": {name: of_option(option) for name, option in options.items()},
        "propertyNames": {"anyOf": [{"enum": list(options)}, {"not": {"pattern": "^tokens_"}}]},
        "$defs": {"template": TEMPLATE},
    }


def module(name: str) -> dict[str, Any]:
    """Return the options that a module documents itself."""
    path = COLLECTION / "plugins" / "modules" / f"{name}.py"
    options: dict[str, Any] = read_docstring(str(path))["doc"]["options"]
    return options


def fragment(name: str) -> dict[str, Any]:
    """Return the options of a fragment of the modules' documentation."""
    made = runpy.run_path(str(COLLECTION / "plugins" / "doc_fragments" / f"{name}.py"))["ModuleDocFragment"]
    options: dict[str, Any] = yaml.safe_load(made.DOCUMENTATION)["options"]
    return options


def of_option(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one option: its own, or a template that stands for it."""
    own = of_value(option)
    described = {"description": prose(option["description"])}
    if own.get("type") == "string" and "enum" not in own:
        return {**described, **own}
    return {**described, "anyOf": [own, {"$ref": "#/$defs/template"}]}


def of_value(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an option's value."""
    if option["type"] == "list":
        items = of_value({**option, "type": option["elements"], "elements": None})
        return {"type": "array", "items": {"anyOf": [items, {"$ref": "#/$defs/template"}]}}
    if option["type"] == "dict":
        inner = option.get("options", option.get("suboptions"))
        if inner is None:
            return {"type": "object"}
        required = [name for name, each in inner.items() if each.get("required")]
        properties = {name: of_option(each) for name, each in inner.items()}
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {}),
            **({"minProperties": 1, "maxProperties": 1} if option.get("exactly_one") else {}),
        }
    kind = {"type": TYPES[option["type"]]}
    return {**kind, "enum": option["choices"]} if "choices" in option else kind


def prose(description: str | list[str]) -> str:
    """Return a description without Ansible's markup."""
    text = description if isinstance(description, str) else " ".join(description)
    text = re.sub(r"\b(?:O|RV)\([\w.]+\.(\w+)#\w+:([^()]*)\)", r"\2 of \1", text)
    text = re.sub(r"\b(?:RV|[OVECMIB])\(([^()]*)\)", r"\1", text)
    return " ".join(text.split())


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
