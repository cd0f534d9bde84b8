# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX's REST API does with credential types, and refuses as AWX does.

The rules are those of AWX's own checks of `inputs` and `injectors`: the form of each field, ids that are variables, no
two of them equal, no name that Ansible's own settings have, and templates that name nothing but the fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from ansible_collections.sailpoint_community.isc.tests.pipelines.server import Answer, Request

VARIABLE = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
FIELD: dict[str, type] = {
    "id": str,
    "label": str,
    "type": str,
    "format": str,
    "help_text": str,
    "multiline": bool,
    "secret": bool,
    "choices": list,
    "default": object,
}
FORBIDDEN = {"PATH", "PYTHONPATH", "VIRTUAL_ENV", "JOB_ID", "AWX_HOST"}
WRITABLE = {"name", "description", "kind", "inputs", "injectors"}


class RefusalError(Exception):
    """What AWX does not take; ``args`` are the key of the body and why."""


def check_field(each: dict[str, Any]) -> None:
    """Refuse a field that AWX does not take."""
    strange = [key for key, value in each.items() if not isinstance(value, FIELD.get(key, ()))]
    if strange or not {"id", "label"} <= set(each):
        raise RefusalError("inputs", f"schema: {strange}, or no id or label")
    if not VARIABLE.fullmatch(each["id"]) or each["id"] == "tower":
        raise RefusalError("inputs", f"{each['id']} is an invalid variable name")
    if each["type"] not in ("string", "boolean") or each.get("format", "url") not in ("url", "ssh_private_key"):
        raise RefusalError("inputs", "type or format is not one of the choices")
    if each["type"] != "string" and {"choices", "multiline", "format", "secret"} & set(each):
        raise RefusalError("inputs", "not allowed for boolean")


def check_inputs(inputs: Any) -> set[str]:
    """Return the ids of the fields, each with its type filled in; refuse what AWX does not take."""
    if not isinstance(inputs, dict) or set(inputs) - {"fields", "required"}:
        raise RefusalError("inputs", "additional properties")
    for each in inputs.get("fields", []):
        each.setdefault("type", "string")
        check_field(each)
    ids = [each["id"] for each in inputs.get("fields", [])]
    if len(ids) != len(set(ids)):
        raise RefusalError("inputs", "field IDs must be unique")
    return set(ids)


def check_injectors(injectors: Any, ids: set[str]) -> None:
    """Refuse injectors that AWX does not take."""
    if not isinstance(injectors, dict) or set(injectors) - {"env", "extra_vars", "file"}:
        raise RefusalError("injectors", "additional properties")
    for name, template in injectors.get("env", {}).items():
        if not VARIABLE.fullmatch(name) or name.startswith("ANSIBLE_") or name in FORBIDDEN:
            raise RefusalError("injectors", f"environment variable {name} is not allowed to be used in credentials")
        if not isinstance(template, str) or not template.isascii():
            raise RefusalError("injectors", f"{name} is not a text in ASCII")
        try:
            Environment(undefined=StrictUndefined).from_string(template).render(dict.fromkeys(ids, "EXAMPLE"))
        except TemplateError as error:
            raise RefusalError("injectors", f"{name} uses an undefined field ({error})") from error


@dataclass
class Awx:
    """The credential types of one AWX. ``in_use`` are the ids of those that a credential has."""

    root: str = "/api/v2"
    types: list[dict[str, Any]] = field(default_factory=list)
    in_use: set[int] = field(default_factory=set)
    writes: int = 0
    token: str = "fake-awx-token"

    def respond(self, request: Request) -> Answer:
        """Answer a request."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(401, {"detail": "Authentication credentials were not provided."})
        place = f"{self.root}/credential_types/"
        if request.path == place and request.method == "GET":
            return self._list(request)
        if request.path == place and request.method == "POST":
            return self._write(request, {"id": len(self.types) + 1, "managed": False, "description": ""})
        match = re.fullmatch(rf"{place}(\d+)/", request.path)
        found = [each for each in self.types if match and each["id"] == int(match[1])]
        if not found or request.method != "PATCH":
            return Answer(404, {"detail": "Not found."})
        return self._write(request, found[0])

    def _list(self, request: Request) -> Answer:
        if set(request.query) - {"name", "kind", "page", "page_size"}:
            return Answer(400, {"detail": "unknown filter"})
        fitting = [each for each in self.types if all(each[key] == value for key, value in request.query.items())]
        return Answer(200, {"count": len(fitting), "next": None, "previous": None, "results": fitting})

    def _write(self, request: Request, old: dict[str, Any]) -> Answer:
        body = request.body
        if not isinstance(body, dict) or set(body) - WRITABLE:
            return Answer(400, {"detail": "JSON parse error"})
        new = {**old, **body}
        if new.get("kind") not in ("cloud", "net"):
            return Answer(400, {"kind": [f"Must be 'cloud' or 'net', not {new.get('kind')}"]})
        if any(
            each["id"] != new["id"] and (each["name"], each["kind"]) == (new["name"], new["kind"])
            for each in self.types
        ):
            return Answer(400, {"__all__": ["Credential type with this Name and Kind already exists."]})
        try:
            check_injectors(new["injectors"], check_inputs(new["inputs"]))
        except RefusalError as error:
            return Answer(400, {error.args[0]: [error.args[1]]})
        if new["id"] in self.in_use and new["inputs"] != old["inputs"]:
            detail = "Modifications to inputs are not allowed for credential types that are in use"
            return Answer(403, {"detail": detail})
        self.types = [*(each for each in self.types if each["id"] != new["id"]), new]
        self.writes += 1
        return Answer(201 if old.get("name") is None else 200, new)
