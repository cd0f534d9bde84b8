# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module stored_credentials: the entry of one token in any store.

Check mode of the entry is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._base.errors import DeclarationError
from .._base.model import Credentials
from .._base.secret import Secrets
from .._options.connection import CONNECTION_SPEC, base_url_from
from .._options.declaration import STORED_CREDENTIALS_SPEC
from .._options.values import check_characters, key_from, token_id_from
from .._run.context import Context
from .._run.session import stores_of
from .._stores.entry import Entry, is_same
from .._stores.kinds import STORE_SPEC, Stores, has_key
from .._stores.trial import trial
from .entry import EntryPoint
from .plan_text import Line, plan_text


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    store, key = options["store"], options["key"]
    base_url = base_url_from(options, context.environ)
    wanted = _wanted(options, base_url, context.secrets)
    if has_key(store) and key is None:
        raise DeclarationError(
            "key is missing: it replaces {key} in the store's path or name; the name of the store command is {key} by "
            "default"
        )
    if key is not None and not has_key(store):
        raise DeclarationError("key is given, and there is no {key} in the store's path or name that it could replace")
    stores = stores_of(options, context)
    entry = stores.entry(store, "" if key is None else key_from("", key))
    if options["state"] == "tried":
        if context.check_mode:
            raise DeclarationError("state: tried writes to the store, which check mode does not")
        return {"changed": False, "client_id": "", "seen": list(trial(entry, _second(stores, store, key), base_url))}
    present = entry.read_undeleted() if options["state"] == "absent" else entry.read()
    before = "" if present is None else present.client_id
    if options["state"] == "absent":
        if present is not None:
            entry.look_before_removal()
            if not context.check_mode:
                entry.remove(present)
        return _changed(entry, before, "", present is not None)
    if wanted is not None:
        return _changed(entry, before, wanted.client_id, _replace(entry, present, wanted, context))
    result = {"changed": False, "client_id": before}
    if present is not None and options["return_secret"]:
        result["client_secret"] = present.client_secret.reveal()
    return result


def _second(stores: Stores, store: Mapping[str, Any], key: str | None) -> Entry:
    """Return the entry that a trial writes beside the one that is named. Raises DeclarationError."""
    if key is None:
        raise DeclarationError("state: tried writes two entries: put {key} into the path or name, and give key")
    return stores.entry(store, f"{key}-2")


def _wanted(options: Mapping[str, Any], base_url: str, secrets: Secrets) -> Credentials | None:
    """Return the credentials that the entry shall hold, None if none are given. Raises DeclarationError."""
    given: Mapping[str, Any] | None = options["credentials"]
    if given is None:
        return None
    if options["state"] != "present":
        raise DeclarationError(f"credentials says what the entry should hold, but state is {options['state']}")
    client_id, client_secret = given["client_id"], given["client_secret"]
    if not client_id or not client_secret:
        raise DeclarationError(
            "client_id and client_secret of credentials go together, and one of them is missing or empty; leave "
            "credentials out to read the entry"
        )
    secret = secrets.learn(client_secret)
    token_id_from("client_id of credentials", client_id)
    check_characters("client_secret of credentials", client_secret)
    return Credentials(base_url, client_id, secret)


def _replace(entry: Entry, present: Credentials | None, wanted: Credentials, context: Context) -> bool:
    if is_same(present, wanted):
        return False
    entry.prepare(probe=not context.check_mode)
    if not context.check_mode:
        entry.write(wanted, present)
    return True


def _changed(entry: Entry, before: str, after: str, changed: bool) -> dict[str, Any]:
    verb = "write" if after else "forget"
    why = f"client_id: {before or 'none'} -> {after or 'none'}"
    if before == after:
        why = f"client_id: {after}, another client_secret"
    text = plan_text([Line(verb, entry.where, why)] if changed else [])
    return {"changed": changed, "client_id": after, "diff": {"prepared": text}}


STORED_CREDENTIALS = EntryPoint(
    name="stored_credentials",
    argument_spec={
        # Only base_url is used. The others may be there, since module_defaults give them to the whole group.
        **CONNECTION_SPEC,
        "store": {**STORE_SPEC, "required": True},
        "key": {"type": "str", "no_log": False},
        "credentials": {"type": "dict", "options": STORED_CREDENTIALS_SPEC},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent", "tried"]},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
    },
    run=_run,
    secret_keys=("client_secret",),
)
