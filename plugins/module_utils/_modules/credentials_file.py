# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module credentials_file: one file with the credentials of a token.

Check mode of the file is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from .._base.errors import DeclarationError
from .._base.model import CREDENTIALS_FORMATS, Credentials, State
from .._base.secret import Secrets
from .._options.connection import base_url_from
from .._options.values import check_characters, token_id_from
from .._run.context import Context
from .._stores.file import Cipher, CredentialsFile, is_same
from .entry import Entry


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    base_url = base_url_from(options, context.environ)
    wanted = kept_credentials_from(options, base_url, context.secrets)
    cipher = _cipher(options, context)
    file_format = options["format"] if cipher is None else "yaml"
    file = CredentialsFile(options["path"], base_url, context.secrets, file_format, cipher)
    present = file.read()
    before = "" if present is None else present.client_id
    if options["state"] == "absent":
        return _file_result(before, "", _remove(file, present, context))
    if wanted is not None:
        return _file_result(before, wanted.client_id, _replace(file, present, wanted, context))
    result = {"changed": False, "client_id": before}
    if present is not None and options["return_secret"]:
        result["client_secret"] = present.client_secret.reveal()
    return result


def kept_credentials_from(options: Mapping[str, Any], base_url: str, secrets: Secrets) -> Credentials | None:
    """Return the credentials that a file shall hold, None if none are given. Raises DeclarationError."""
    client_id, client_secret = options["client_id"], options["client_secret"]
    if client_id is None and client_secret is None:
        return None
    secret = secrets.learn(client_secret or "")
    if options["state"] == "absent":
        raise DeclarationError("client_id and client_secret set what the file holds, but state is absent")
    if not client_id or not client_secret:
        raise DeclarationError(
            "client_id and client_secret go together, and one of them is missing or empty; give none to read the file"
        )
    token_id_from("client_id", client_id)
    check_characters("client_secret", client_secret)
    return Credentials(base_url, client_id, secret)


def _file_result(before: str, after: str, changed: bool) -> dict[str, Any]:
    diff = {"before": {"client_id": before}, "after": {"client_id": after}}
    return {"changed": changed, "client_id": after, "diff": diff}


def _remove(file: CredentialsFile, present: Credentials | None, context: Context) -> bool:
    if present is not None and not context.check_mode:
        file.remove()
    return present is not None


def _replace(file: CredentialsFile, present: Credentials | None, wanted: Credentials, context: Context) -> bool:
    if is_same(present, wanted):
        return False
    if context.check_mode:
        file.prepare(probe=False)
    else:
        file.write(wanted)
    return True


def _cipher(options: Mapping[str, Any], context: Context) -> Cipher | None:
    """Return what encrypts the file, None if nothing does. Raises DeclarationError."""
    if not options["vault"]:
        if options["vault_id"] is not None:
            raise DeclarationError("vault_id says which password encrypts the file, and vault is false")
        return None
    if options["format"] not in (None, "yaml"):
        raise DeclarationError(f"vault goes with the format yaml alone, not with {options['format']}")
    if context.cipher_for is None:
        raise DeclarationError(
            "vault needs Ansible's vault passwords, which never leave the controller: run the task on a local "
            "connection without become, with delegate_to: localhost perhaps"
        )
    return context.cipher_for(options["vault_id"])


CREDENTIALS_FILE = Entry(
    name="credentials_file",
    argument_spec={
        "path": {"type": "path", "required": True},
        "base_url": {"type": "str", "required": True},
        "format": {"type": "str", "choices": list(CREDENTIALS_FORMATS)},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "state": {"type": "str", "default": "present", "choices": list(get_args(State))},
        "vault": {"type": "bool", "default": False},
        "vault_id": {"type": "str"},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
    },
    run=_run,
    secret_keys=("client_secret",),
)
