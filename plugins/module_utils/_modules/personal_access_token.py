# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module personal_access_token: one token as declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .._base.errors import DeclarationError, StoreError
from .._options.approval import APPROVED_SPEC, approved_from
from .._options.connection import CONNECTION_SPEC, base_url_from
from .._options.declaration import QUOTA_SPEC, TOKEN_SPEC
from .._options.values import owner_from
from .._run.context import Context
from .._run.session import read_item, reconcile_items, stores_of
from .._stores.kinds import STORE_SPEC
from .digest import declaration_digest
from .entry import EntryPoint
from .results import token_result


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    base_url = base_url_from(options, context.environ)
    declaration = declaration_digest(options, PERSONAL_ACCESS_TOKEN.argument_spec)
    approved = approved_from(options, base_url, declaration)
    try:
        item = read_item(options, options, context, stores_of(options, context), datetime.now(timezone.utc))
    except StoreError as error:
        raise StoreError(f"personal access token {options['name']!r}: {error}; nothing was done to the token") from None
    owner = None if options["owner"] is None else owner_from(options["owner"])
    if owner == "all":
        raise DeclarationError("owner: all is for listing; to delete, give the id of the identity whose token it is")
    if owner is not None and item.declared.state == "present":
        raise DeclarationError("owner is only for state: absent: you can create and patch only the caller's tokens")
    if owner is not None and item.declared.stored_client_id is not None:
        raise DeclarationError("owner excludes store: a store is only for the caller's own tokens")
    outcomes = reconcile_items([item], options, context, owner or "me", approved=approved)
    (outcome,) = outcomes
    result = {**token_result(outcome, item.returns_secret), "base_url": base_url, "declaration": declaration}
    result["owner_id"] = outcomes.owner_id
    result["warnings"] = [*outcome.plan.warnings, *outcomes.warnings]
    if owner not in (None, "me") and not outcome.plan.family:
        result["warnings"].append(f"owner {owner} has no {item.declared.label}, so that nothing was deleted")
    if outcome.failure is not None:
        result.pop("secret", None)
        result.update(failed=True, msg=outcome.failure)
    return result


def _unstored(options: Mapping[str, Any]) -> str | None:
    keeps_it = any(options[option] is not None for option in ("store", "stored_credentials", "id"))
    name: str | None = options["name"]
    return None if keeps_it or options["state"] == "absent" else name


PERSONAL_ACCESS_TOKEN = EntryPoint(
    name="personal_access_token",
    argument_spec={
        **CONNECTION_SPEC,
        **TOKEN_SPEC,
        **QUOTA_SPEC,
        **APPROVED_SPEC,
        "store": STORE_SPEC,
        "owner": {"type": "str"},
    },
    run=_run,
    secret_keys=("secret",),
    unstored=_unstored,
)
