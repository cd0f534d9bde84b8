# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stores that there are, by the key that ``store`` names them with, and the entries in them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict

from .._base.errors import DeclarationError, StoreError
from .._base.secret import Secrets, structure_of
from . import aws_secretsmanager, azure_key_vault, command, file, hashi_vault, kubernetes, vault_file
from .entry import Entry, Reach
from .store import Store
from .vault_file import CipherFor


@dataclass(frozen=True)
class Means:
    """What a store may need beside its options.

    ``cipher_for`` is None where no vault password is known. ``tmpdir`` is a folder that Ansible removes at its end,
    None for the system's.
    """

    cipher_for: CipherFor | None = None
    tmpdir: str | None = None


Open = Callable[[Mapping[str, Any], Means], Store]


@dataclass(frozen=True)
class Kind:
    """One kind of store: its suboptions, the one of them that says where an entry is, and how it is opened."""

    spec: Mapping[str, Any]
    place: str
    open: Open


KINDS: Mapping[str, Kind] = {
    "file": Kind(file.SPEC, "path", lambda options, _: file.FileStore("file", options["format"])),
    "vault_file": Kind(
        vault_file.SPEC, "path", lambda options, means: vault_file.vault_file_store(options, means.cipher_for)
    ),
    "hashi_vault": Kind(hashi_vault.SPEC, "path", lambda options, _: hashi_vault.HashiVaultStore(options)),
    "aws_secretsmanager": Kind(
        aws_secretsmanager.SPEC, "name", lambda options, _: aws_secretsmanager.AwsSecretsManagerStore(options)
    ),
    "azure_key_vault": Kind(
        azure_key_vault.SPEC, "name", lambda options, _: azure_key_vault.AzureKeyVaultStore(options)
    ),
    "kubernetes": Kind(
        kubernetes.SPEC, "name", lambda options, means: kubernetes.KubernetesStore(options, means.tmpdir)
    ),
    "command": Kind(command.SPEC, "name", lambda options, _: command.CommandStore(options)),
}

STORE_SPEC: dict[str, Any] = {
    "type": "dict",
    # no_log: that there is a secret manager in the name of an option makes it no secret; each suboption has its own.
    "options": {name: {"type": "dict", "no_log": False, "options": dict(kind.spec)} for name, kind in KINDS.items()},
    "mutually_exclusive": [list(KINDS)],
    "required_one_of": [list(KINDS)],
}
"""The option ``store``: a dictionary with the options of exactly one kind."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def store_from(store: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return the ``store`` that one token of a set has for itself, checked as the option of that name is.

    Its secrets are learned. Raises DeclarationError.
    """
    validation = ArgumentSpecValidator({"store": STORE_SPEC}).validate({"store": dict(store)})
    for value in validation._no_log_values:
        secrets.learn(value)
    if validation.error_messages:
        raise DeclarationError(secrets.redact("; ".join(validation.error_messages)))
    checked: dict[str, Any] = validation.validated_parameters["store"]
    return checked


def dictionary_of(given: object) -> dict[str, Any] | None:
    """Return options that may be given as a text too, as the validator reads them; None for what it refuses."""
    options: Any = None
    with suppress(TypeError, ValueError):
        options = check_type_dict(given)
    # ansible-core 2.16 evaluates a text like Python, and may return something else.
    return options if isinstance(options, dict) else None


def raw_secrets_of(store: object) -> Iterator[str]:
    """Yield the secrets in a ``store`` that nobody has checked yet, whatever it holds."""
    given = structure_of(store)
    for name, text in given.items() if isinstance(given, Mapping) else ():
        options = structure_of(text)
        if name in KINDS and isinstance(options, Mapping):
            yield from (
                str(options[key]) for key, spec in KINDS[name].spec.items() if spec.get("no_log") and key in options
            )


class Stores:
    """The stores of one run, each opened once, and the entries in them.

    ``base_url`` is the tenant that the entries have to be of.
    """

    def __init__(self, base_url: str, secrets: Secrets, means: Means) -> None:
        self._base_url = base_url
        self._secrets = secrets
        self._means = means
        self._opened: dict[str, Store] = {}
        self._reach: dict[Store, Reach] = defaultdict(Reach)

    def entry(self, store: Mapping[str, Any], key: str) -> Entry:
        """Return the entry of a token in the store that an option ``store`` describes.

        Raises DeclarationError for what describes no entry, and StoreError where the store's library is missing.
        """
        name, options = _only(store)
        kind = KINDS[name]
        template: str = options[kind.place]
        _refuse_braces(f"{kind.place} {template!r} of the store {name}", template)
        opened = self.open(store)
        place = template.replace("{key}", key)
        return Entry(opened, place, self._base_url, self._secrets, self._reach[opened])

    def open(self, store: Mapping[str, Any]) -> Store:
        """Return a store, opened already if only the place of an entry differs.

        Raises DeclarationError, and StoreError where the store's library is missing.
        """
        name, options = _only(store)
        kind = KINDS[name]
        connection = f"{name} {sorted((key, value) for key, value in options.items() if key != kind.place)!r}"
        if connection not in self._opened:
            try:
                self._opened[connection] = kind.open(options, self._means)
            except (DeclarationError, StoreError) as error:
                raise type(error)(f"store {name}: {error}") from None
        return self._opened[connection]


def _refuse_braces(which: str, template: str) -> None:
    """Refuse whatever looks like {key} and is not: nobody wants a place with a brace in its name."""
    unknown = [field for field in _PLACEHOLDER.findall(template) if field != "key"]
    if unknown:
        raise DeclarationError(f"{which} has the placeholder {{{unknown[0]}}} in it; only {{key}} is replaced")
    if set("{}").intersection(template.replace("{key}", "")):
        raise DeclarationError(f"{which} has a brace in it that is not part of {{key}}; correct it")


def has_key(store: Mapping[str, Any]) -> bool:
    """Return whether the place of an entry depends on the token's key."""
    name, options = _only(store)
    return "{key}" in options[KINDS[name].place]


def _only(store: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the one kind that an option ``store`` names, and its options.

    Raises DeclarationError where that has none, from a variable that came out empty.
    """
    for name, options in store.items():
        if options is not None:
            return name, options
    raise DeclarationError(f"store has no options: give those of one of {', '.join(KINDS)}")
