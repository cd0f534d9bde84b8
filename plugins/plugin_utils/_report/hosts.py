# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible knows of each host: the result that it registered, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ...module_utils._base.errors import DeclarationError
from ...module_utils._base.model import API_VERSIONS, Declared
from ...module_utils._options.declaration import QUOTA_SPEC, declared_from
from ...module_utils._options.token_set import SET_SPEC, items_from
from .rows import HostFacts

_STORE = {"file": {"path": "~/{key}"}}
"""Stands for the store, which a report does not open: what is declared of one is valid where there is one."""


class Hosts:
    """The hosts of a run; ``warnings`` says of which no declaration or no owner could be read."""

    def __init__(self, hostvars: Any, loader: DataLoader, now: datetime) -> None:
        self._hostvars = hostvars
        self._loader = loader
        self._now = now
        self.warnings: list[str] = []

    def facts_of(self, hosts: Sequence[str], listed: str) -> Iterator[HostFacts]:
        """Yield what is known of each host; ``listed`` is the variable that its list was registered as."""
        for host in hosts:
            # Not hostvars[host][…], which templates a result of thousands of tokens before ansible-core 2.19.
            variables = self._hostvars.raw_get(host)
            variables = variables if isinstance(variables, Mapping) else {}
            # Where the task itself cannot begin, since a variable of it is undefined, the rescue of the role knows why.
            result = variables.get(listed, variables.get("ansible_failed_result"))
            facts = HostFacts(host, None, None, self._declared(host, variables, result), self._most(host, variables))
            if not isinstance(result, Mapping):
                yield replace(facts, error=f"it has no {listed}: its tokens were not listed in this run")
            elif "reading" not in result:
                why = result.get("msg") or f"its {listed} is no result of personal_access_token_info"
                yield replace(facts, error=" ".join(str(why).split()))
            else:
                self._warn_of_owners(host, result)
                yield replace(facts, listed=result)

    def _warn_of_owners(self, host: str, result: Mapping[str, Any]) -> None:
        if result["reading"].get("owners_error"):
            self.warnings.append(f"{host}: {result['reading']['owners_error']}")

    def _declared(self, host: str, variables: Mapping[str, Any], result: Any) -> list[Declared] | None:
        """Return what a host declares; None where it declares nothing, or nothing that could be read."""
        if "tokens_declared" not in variables:
            return None
        version = result["reading"]["api_version"] if isinstance(result, Mapping) and "reading" in result else "v1"
        try:
            tokens = self._value(variables, "tokens_declared", [])
            return declared_of(tokens, self._value(variables, "tokens_defaults", {}), version, self._now)
        except (AnsibleError, DeclarationError) as error:
            text = " ".join(str(error).split())
            self.warnings.append(f"{host}: its tokens_declared could not be read, so the report leaves it out: {text}")
            return None

    def _most(self, host: str, variables: Mapping[str, Any]) -> int | None:
        """Return how many tokens an owner may have on a host, None where it does not say."""
        try:
            return None if "tokens_max_tokens" not in variables else int(self._value(variables, "tokens_max_tokens", 0))
        except (AnsibleError, TypeError, ValueError):
            self.warnings.append(f"{host}: its tokens_max_tokens is no number, so the report takes its own max_tokens")
            return None

    def _value(self, variables: Mapping[str, Any], name: str, default: Any) -> Any:
        """Return the value of a host's variable, with its templates resolved. Raises AnsibleError."""
        templar = Templar(loader=self._loader, variables={**variables, "hostvars": self._hostvars})
        return templar.template(variables.get(name, default))


def declared_of(tokens: Any, defaults: Any, version: str, now: datetime) -> list[Declared]:
    """Return what the variables of the role tokens declare. Raises DeclarationError."""
    if not isinstance(tokens, list) or not isinstance(defaults, Mapping):
        raise DeclarationError("tokens_declared must be a list, and tokens_defaults a dictionary")
    options = {**defaults, "personal_access_tokens": tokens}
    validation = ArgumentSpecValidator({**SET_SPEC, **QUOTA_SPEC, "store": {"type": "dict"}}).validate(options)
    if validation.error_messages:
        raise DeclarationError("; ".join(validation.error_messages))
    items = items_from({**validation.validated_parameters, "store": _STORE})
    return [declared_from(item, API_VERSIONS[version], now) for item in items]
