# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module personal_access_token_set: many tokens of one owner as declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .._base.errors import DeclarationError, IscError
from .._base.secret import structure_of
from .._options.approval import APPROVED_SPEC, approved_from
from .._options.connection import CONNECTION_SPEC, base_url_from
from .._options.declaration import QUOTA_SPEC
from .._options.token_set import SET_SPEC, items_from
from .._run.context import Context
from .._run.session import Item, read_item, reconcile_items, refuse_shared_entries, refused_item, stores_of
from .._stores.kinds import STORE_SPEC, raw_secrets_of, store_from
from .digest import declaration_digest
from .entry import EntryPoint
from .results import set_result, token_result, undeclared_view


@dataclass
class _Read:
    """The tokens of a set with their stores read: those that the run is about, and those that only stand by.

    ``unclear`` says why nothing may be pruned: nobody knows which token a refused declaration means to keep, nor which
    one a store holds that cannot be read.
    """

    items: list[Item] = field(default_factory=list)
    bystanders: list[Item] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    base_url = base_url_from(options, context.environ)
    declaration = declaration_digest(options, PERSONAL_ACCESS_TOKEN_SET.argument_spec)
    approved = approved_from(options, base_url, declaration)
    read = _read_all(options, context)
    refuse_shared_entries(read.items)
    outcomes = reconcile_items(
        read.items,
        {**options, "prune": options["prune"] and not read.unclear},
        context,
        bystanders=read.bystanders,
        approved=approved,
    )
    declared = [token_result(one, item.returns_secret) for one, item in zip(outcomes, read.items)]
    pruned = [token_result(one) for one in outcomes[len(read.items) :]]
    result = set_result(outcomes, declared, pruned, fails=options["on_error"] == "fail")
    # With prune, some of these have just gone.
    gone = {action["id"] for action in result["pruned"]}
    result["undeclared"] = [undeclared_view(token) for token in outcomes.undeclared if token.id not in gone]
    warnings = [*result["warnings"], *outcomes.warnings, *(read.unclear[:1] if options["prune"] else ())]
    result["warnings"] = warnings if options["on_warning"] == "show" else []
    result["owner_id"] = outcomes.owner_id
    return {**result, "warning_texts": warnings, "base_url": base_url, "declaration": declaration}


def _read_all(options: Mapping[str, Any], context: Context) -> _Read:
    """Return the tokens of a set; one that is invalid, or whose store cannot be read, does not stop the others."""
    now = datetime.now(timezone.utc)
    stores = stores_of(options, context)
    read = _Read()
    for token_options in items_from(options):
        is_meant = options["revoke"] in (None, token_options["name"])
        if not is_meant and not token_options["authenticates"]:
            continue
        group = read.items if is_meant else read.bystanders
        try:
            if token_options["store"] is not None and token_options["store"] is not options["store"]:
                token_options["store"] = store_from(token_options["store"], context.secrets)
            group.append(read_item(token_options, options, context, stores, now))
        except IscError as error:
            group.append(refused_item(token_options, error))
            name = token_options["name"] or token_options["id"]
            if isinstance(error, DeclarationError):
                read.unclear.append(f"nothing was pruned, since what is declared of {name!r} was refused")
            else:
                read.unclear.append(f"nothing was pruned, since the store of {name!r} was not read")
    return read


def _raw_secrets(options: Mapping[str, Any]) -> Iterator[str]:
    stored, tokens = (structure_of(options.get(name)) for name in ("stored_credentials", "personal_access_tokens"))
    for credentials in map(structure_of, stored.values() if isinstance(stored, Mapping) else ()):
        if isinstance(credentials, Mapping):
            yield str(credentials.get("client_secret") or "")
    for token in map(structure_of, tokens if isinstance(tokens, list) else ()):
        if isinstance(token, Mapping):
            yield from raw_secrets_of(token.get("store"))


def _unstored(options: Mapping[str, Any]) -> str | None:
    if options["store"] is not None or options["stored_credentials"] is not None:
        return None
    tokens = (one for one in options["personal_access_tokens"] if one["state"] == "present")
    return next((one["name"] for one in tokens if one["store"] is None and one["id"] is None), None)


PERSONAL_ACCESS_TOKEN_SET = EntryPoint(
    name="personal_access_token_set",
    argument_spec={**CONNECTION_SPEC, **SET_SPEC, **QUOTA_SPEC, **APPROVED_SPEC, "store": STORE_SPEC},
    run=_run,
    secret_keys=("created",),
    raw_secrets=_raw_secrets,
    unstored=_unstored,
)
