# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module does: options in, result out; and the one error boundary.

The modules and the action plugins call the same ``execute``, wherever they run.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._client import TokenApi
from ._context import Context
from ._credentials_file import FORMATS, Cipher, CredentialsFile, is_same
from ._errors import DeclarationError, IscError, StoreError
from ._model import API_VERSIONS, Credentials, Token
from ._options import CONNECTION_SPEC, SET_SPEC, TOKEN_SPEC, base_url_from, items_from, kept_credentials_from
from ._results import set_result, token_info, token_result
from ._time import format_moment, parse_duration
from ._tokens import open_connection, read_item, reconcile_items, refused_item

ISSUES = "https://github.com/sailpoint-community/ansible-isc/issues"


@dataclass(frozen=True)
class Entry:
    """One module: its options, what it does, and the keys of its result that hold a secret."""

    name: str
    argument_spec: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Context], dict[str, Any]]
    secret_keys: tuple[str, ...] = ()


def execute(entry: Entry, options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run a module and return its result; whatever goes wrong is a failed result with a secret-free message."""
    try:
        result = entry.run(options, context)
    except IscError as error:
        result = {"failed": True, "msg": str(error)}
    except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
        # The exception's own text may hold anything: only its type and place are shown.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}:{place.lineno}"
        result = {"failed": True, "msg": f"unexpected {type(error).__name__} at {where}; please report it at {ISSUES}"}
    for key in ("msg", "warnings"):
        if key in result:
            texts = result[key]
            redact = context.secrets.redact
            result[key] = redact(texts) if isinstance(texts, str) else [redact(text) for text in texts]
    return result


def run_as_module(entry: Entry) -> None:
    """Run a module in the place that Ansible shipped it to."""
    module = AnsibleModule(argument_spec=dict(entry.argument_spec), supports_check_mode=True)
    result = execute(entry, module.params, Context(module.check_mode, os.environ))
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _run_personal_access_token(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    try:
        item = read_item(options, options, context, datetime.now(timezone.utc))
    except StoreError as error:
        raise StoreError(f"personal access token {options['name']!r}: {error}; nothing was done to the token") from None
    owner = None if options["owner"] is None else _owner(options["owner"])
    if owner is not None and item.declared.state == "present":
        raise DeclarationError("owner goes with state: absent alone: creating and patching work for the caller only")
    if owner is not None and item.store is not None:
        raise DeclarationError("owner excludes credentials_file: a store is of the caller's own token")
    (outcome,) = reconcile_items([item], options, context, owner or "me")
    result = token_result(outcome, item.returns_secret, item.grant)
    result["warnings"] = list(outcome.plan.warnings)
    if outcome.failure is not None:
        result.pop("secret", None)
        result.update(failed=True, msg=outcome.failure)
    return result


PERSONAL_ACCESS_TOKEN = Entry(
    name="personal_access_token",
    argument_spec={
        **CONNECTION_SPEC,
        **TOKEN_SPEC,
        "max_tokens": {"type": "int", "default": 10, "no_log": False},
        "owner": {"type": "str"},
    },
    run=_run_personal_access_token,
    secret_keys=("secret",),
)


def _run_personal_access_token_set(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    now = datetime.now(timezone.utc)
    items, unclear = [], []
    for token_options in items_from(options):
        try:
            items.append(read_item(token_options, options, context, now))
        except IscError as error:
            # One that cannot be meant so, or whose store cannot be read, does not stop the others.
            items.append(refused_item(token_options, error))
            unclear += [token_options["name"]] if isinstance(error, DeclarationError) else []
    # What a declaration means that is refused, and so which token it is to keep, is anybody's guess.
    outcomes = reconcile_items(items, {**options, "prune": options["prune"] and not unclear}, context)
    declared = [token_result(one, item.returns_secret, item.grant) for one, item in zip(outcomes, items)]
    pruned = [token_result(one) for one in outcomes[len(items) :]]
    result = set_result(outcomes, declared, pruned, fails=options["on_error"] == "fail")
    if options["prune"] and unclear:
        result["warnings"].append(f"nothing was pruned, since what is declared of {unclear[0]!r} was refused")
    return result


PERSONAL_ACCESS_TOKEN_SET = Entry(
    name="personal_access_token_set",
    argument_spec={**CONNECTION_SPEC, **SET_SPEC, "max_tokens": {"type": "int", "default": 10, "no_log": False}},
    run=_run_personal_access_token_set,
    secret_keys=("created",),
)


def _run_personal_access_token_info(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    matches = _matcher(options)
    owner = _owner(options["owner"])
    http, _connection = open_connection(options, context)
    api = TokenApi(http, API_VERSIONS[options["api_version"]])
    listing = api.list(None if owner == "all" else owner, filters=_server_side_filter(options))
    now = listing.now or datetime.now(timezone.utc)
    infos = [token_info(token, now) for token in listing.tokens if matches(token, now)]
    return {"changed": False, "personal_access_tokens": sorted(infos, key=lambda info: (info["name"], info["id"]))}


def _owner(owner: str) -> str:
    """Return the owner; a blank one, from a variable that came out empty, would be taken for the caller."""
    if not owner.strip():
        raise DeclarationError("owner is blank: give me, all, or the id of an identity")
    return owner


def _server_side_filter(options: Mapping[str, Any]) -> str | None:
    """Return the API's filter for what it can filter: it knows ``le`` and ``isnull`` of lastUsed, and no combination.

    A token that was never used has no lastUsed to compare, so ``le`` serves only where those are not wanted. A day is
    added for a local clock that is wrong; what comes back is compared exactly.
    """
    if options["never_used"]:
        return "lastUsed isnull"
    if options["never_used"] is False and options["unused_for"] is not None:
        latest = datetime.now(timezone.utc) - parse_duration(options["unused_for"]) + timedelta(days=1)
        return f"lastUsed le {format_moment(latest)}"
    return None


def _matcher(options: Mapping[str, Any]) -> Callable[[Token, datetime], bool]:
    """Return the predicate that the options describe. Raises DeclarationError."""
    for option in ("name", "name_pattern"):
        if options[option] is not None and not options[option].strip():
            raise DeclarationError(f"{option} is {'blank' if options[option] else 'empty'}: leave it out for all names")
    durations = {}
    for option in ("unused_for", "expires_within"):
        try:
            durations[option] = None if options[option] is None else parse_duration(options[option])
        except ValueError as error:
            raise DeclarationError(f"{option}: {error}") from None
    unused_for, expires_within = durations["unused_for"], durations["expires_within"]

    def matches(token: Token, now: datetime) -> bool:
        date = token.expiration_date
        tests = (
            options["name"] is None or token.name == options["name"],
            options["name_pattern"] is None or fnmatchcase(token.name, options["name_pattern"]),
            unused_for is None or now - (token.last_used or token.created) >= unused_for,
            options["never_used"] in (None, token.last_used is None),
            expires_within is None or (date is not None and date - now <= expires_within),
            options["expired"] in (None, token.is_expired(now)),
            options["managed"] in (None, token.managed),
        )
        return all(tests)

    return matches


PERSONAL_ACCESS_TOKEN_INFO = Entry(
    name="personal_access_token_info",
    argument_spec={
        **CONNECTION_SPEC,
        "owner": {"type": "str", "default": "me"},
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "unused_for": {"type": "str"},
        "never_used": {"type": "bool"},
        "expires_within": {"type": "str"},
        "expired": {"type": "bool"},
        "managed": {"type": "bool"},
    },
    run=_run_personal_access_token_info,
)


def _run_access_token(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    http, connection = open_connection(options, context)
    if connection.client_id is None:
        raise DeclarationError("access_token is already a bearer token: give client_id and client_secret to exchange")
    grant = http.authenticate()
    return {
        "changed": False,
        "access_token": grant.access_token.reveal(),
        "expires_in": grant.expires_in,
        "scope": None if grant.scope is None else sorted(grant.scope),
        "identity_id": grant.identity_id,
    }


ACCESS_TOKEN = Entry(
    name="access_token",
    argument_spec=CONNECTION_SPEC,
    run=_run_access_token,
    secret_keys=("access_token",),
)


def _run_credentials_file(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
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
        "format": {"type": "str", "choices": list(FORMATS)},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "vault": {"type": "bool", "default": False},
        "vault_id": {"type": "str"},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
    },
    run=_run_credentials_file,
    secret_keys=("client_secret",),
)
