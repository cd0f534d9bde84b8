# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module personal_access_token_export: the tokens that there are, as a declaration.

Check mode of the file is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .._api.client import TokenClient
from .._base.errors import DeclarationError, StoreError
from .._base.model import API_VERSIONS, Declared, Token
from .._options.connection import CONNECTION_SPEC
from .._options.declaration import QUOTA_SPEC
from .._plan.due import own_expiry_warnings
from .._plan.foretold import Foretold, foretell
from .._plan.steps import Facts
from .._run.context import Context
from .._run.session import open_connection, read_item, stores_of
from .._stores.kinds import STORE_SPEC, has_key
from .adoption_text import adoption_lines, adoption_view
from .declaration_text import Declaration, declaration_text, declares_the_same, quoted
from .entry import EntryPoint
from .exported import Adoption, Export, LeftOut, check_lifecycle, sort_out, stored
from .text_file import prepare_text, read_text, replace_text

_SCHEMA = "https://raw.githubusercontent.com/sailpoint-community/ansible-isc/main/docs/tokens.schema.json"
"""By which editors complete and check the file."""

_LIFECYCLE = ("expires_in", "rotate_before", "overlap")
"""The options of a token that is to be taken over."""

_USUAL_OVERLAP = "7d"
"""The default of the option overlap, which need not be declared."""


def _run(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    version = API_VERSIONS[options["api_version"]]
    adoption = _adoption_from(options)
    if adoption is not None:
        check_lifecycle(adoption, version, datetime.now(timezone.utc))
    transport, connection = open_connection(options, context)
    before = read_text(options["path"])
    listing = TokenClient(transport, version).list("me")
    now = listing.now or datetime.now(timezone.utc)
    clock_is_servers = listing.now is not None
    facts = Facts(version, now, clock_is_servers, connection.client_id, options["max_tokens"])
    exports, left_out = sort_out(listing.tokens, facts, adoption)
    foretold = None
    if adoption is not None:
        exports, declared = _with_store_read(exports, options, context, facts, adoption)
        foretold = foretell(declared, listing.tokens, facts)
    lines = [] if foretold is None else list(adoption_lines(foretold, facts.max_tokens))
    head = _head(options, connection.base_url, facts.own_id, exports, lines)
    declared_texts = [Declaration(one.options, one.remarks) for one in exports]
    after = declaration_text(head, _quota(exports, facts), declared_texts, _end(left_out))
    changed = _replace(options, before, after, context)
    result = {"changed": changed, "path": options["path"], **_view(exports, left_out, foretold, lines)}
    if changed:
        names = {"before_header": options["path"], "after_header": options["path"]}
        result["diff"] = {"before": before or "", "after": after, **names}
    warnings = list(_warnings(options, facts, listing.tokens))
    return {**result, "warnings": warnings} if warnings else result


def _adoption_from(options: Mapping[str, Any]) -> Adoption | None:
    """Return how the tokens get into the store, None where they do not. Raises DeclarationError."""
    if not options["adopt_into_store"]:
        return None
    store = options["store"]
    if store is None:
        raise DeclarationError(
            "adopt_into_store needs store: the one that is to keep the secrets (tokens_store of the playbook)"
        )
    lifecycle = {name: options[name] for name in _LIFECYCLE}
    if lifecycle["overlap"] == _USUAL_OVERLAP:
        del lifecycle["overlap"]
    return Adoption(store, {**lifecycle, "adopt": True}, has_key(store))


def _with_store_read(
    exports: Sequence[Export], options: Mapping[str, Any], context: Context, facts: Facts, adoption: Adoption
) -> tuple[list[Export], list[Declared]]:
    """Return the exports, and what they declare with the store read, as the first run will.

    An entry that cannot be read does not hide what becomes of the others.
    """
    stores = stores_of(options, context)
    read, declared = [], []
    for one in exports:
        try:
            item = read_item(one.item, options, context, stores, facts.now)
        except StoreError as error:
            read.append(one)
            declared.append(replace(one.declared, refusal=str(error)))
            continue
        holds = item.declared.stored_client_id == one.token.id
        read.append(stored(one, facts, adoption) if holds else one)
        declared.append(item.declared)
    return read, declared


def _head(
    options: Mapping[str, Any], base_url: str, own_id: str | None, exports: Sequence[Export], lines: Sequence[str]
) -> Iterator[str]:
    yield f"yaml-language-server: $schema={_SCHEMA}"
    yield f"The personal access tokens of one owner at {base_url}, for api_version {options['api_version']}."
    yield "Written by sailpoint_community.isc.personal_access_token_export. There is no secret in it."
    if own_id is None and exports:
        yield "The run authenticated with an access_token. It does not know which token that came from. It may be one"
        yield "of these. Remove that one, if nothing else uses it."
    if lines:
        # As it is known here, a path has the home of this machine in it.
        yield "tokens_store is not repeated here. Keep that variable where it is."
        yield ""
        yield from lines


def _quota(exports: Sequence[Export], facts: Facts) -> dict[str, Any]:
    """Return the variable without which more tokens than usual would be refused."""
    return {"tokens_max_tokens": len(exports)} if len(exports) > facts.max_tokens else {}


def _warnings(options: Mapping[str, Any], facts: Facts, tokens: Sequence[Token]) -> Iterator[str]:
    others = sorted(set(options["defaults"]) - set(_LIFECYCLE))
    if others:
        yield (
            f"{', '.join(others)} of tokens_defaults may change the exported tokens, and the nights of a takeover; "
            "look at a plan before you apply"
        )
    yield from own_expiry_warnings(facts.own_id, tokens, facts.now)


def _end(left_out: Sequence[LeftOut]) -> Iterator[str]:
    if left_out:
        yield "Left out:"
        yield from (f"- {quoted(one.token.name)} ({one.token.id}): {one.reason}" for one in left_out)


def _replace(options: Mapping[str, Any], before: str | None, after: str, context: Context) -> bool:
    """Write the file, unless it declares the same already; return whether it was, or would be, written."""
    path = options["path"]
    if before is not None and declares_the_same(before, after):
        return False
    if before is not None and not options["force"]:
        raise DeclarationError(
            f"{path} is not what the export would write, and may have been edited: nothing was written. Give another "
            "path to compare the two, or set force: true to replace it"
        )
    prepare_text("path", path)
    if not context.check_mode:
        replace_text("path", path, after)
    return True


def _view(
    exports: Sequence[Export], left_out: Sequence[LeftOut], foretold: Foretold | None, lines: Sequence[str]
) -> dict[str, Any]:
    view: dict[str, Any] = {
        "exported": [{"id": one.token.id, "name": one.token.name} for one in exports],
        "left_out": [{"id": one.token.id, "name": one.token.name, "reason": one.reason} for one in left_out],
    }
    if foretold is not None:
        view["adoption"] = adoption_view(foretold)
        view["adoption_plan"] = list(lines)
    return view


PERSONAL_ACCESS_TOKEN_EXPORT = EntryPoint(
    name="personal_access_token_export",
    argument_spec={
        **CONNECTION_SPEC,
        **QUOTA_SPEC,
        "path": {"type": "path", "required": True},
        "force": {"type": "bool", "default": False},
        "adopt_into_store": {"type": "bool", "default": False},
        "store": STORE_SPEC,
        "expires_in": {"type": "str", "default": "90d"},
        "rotate_before": {"type": "str", "default": "14d"},
        "overlap": {"type": "str", "default": _USUAL_OVERLAP},
        "defaults": {"type": "dict", "default": {}},
    },
    run=_run,
)
