# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tokens of an owner are exported, as which declarations, and why the others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from .._base.errors import DeclarationError
from .._base.model import VALIDITY_SECONDS, ApiVersion, Declared, Token
from .._base.names import is_previous
from .._options.declaration import IDENTITY_SPEC, QUOTA_SPEC, declared_from
from .._options.token_set import SET_SPEC, items_from
from .._options.values import key_from
from .._plan.planner import make_plan
from .._plan.steps import Facts


@dataclass(frozen=True)
class Export:
    """One token that is exported: the options that declare it, and what they mean."""

    token: Token
    options: Mapping[str, Any]
    item: dict[str, Any]
    declared: Declared
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """One token that is not exported, and why."""

    token: Token
    reason: str


@dataclass(frozen=True)
class Adoption:
    """How tokens that were made by hand get into a store: the options of each, and the store."""

    store: Mapping[str, Any]
    lifecycle: Mapping[str, Any]
    has_key: bool


def sort_out(
    tokens: Sequence[Token], facts: Facts, adoption: Adoption | None = None
) -> tuple[list[Export], list[LeftOut]]:
    """Return the tokens that are exported, by their names, and those that are not.

    Each export is a declaration that the modules take. Without ``adoption``, it is one that changes nothing.
    """
    names = Counter(token.name for token in tokens)
    exports, left_out = [], []
    for token in sorted(tokens, key=lambda token: (token.name, token.id)):
        reason = _why_not(token, names, facts)
        if reason is None:
            try:
                exports.append(export_of(token, facts, adoption))
                continue
            except DeclarationError as error:
                reason = str(error)
        left_out.append(LeftOut(token, reason))
    if adoption is not None:
        return _with_keys(exports, facts, adoption), left_out
    return _checked(exports, left_out, tokens, facts)


def export_of(token: Token, facts: Facts, adoption: Adoption | None, key: str | None = None) -> Export:
    """Return a token as a declaration; with ``adoption``, one that replaces it by a token of the store.

    Raises DeclarationError where it cannot be declared.
    """
    options: dict[str, Any] = {"name": token.name}
    remarks = [_remark(token)]
    if key is not None:
        options["key"] = key
    if token.scope:
        options["scope"] = sorted(token.scope)
    else:
        remarks.append("the API shows no scope of it, which may mean all the rights of its owner; none is declared")
    validity = token.access_token_validity_seconds
    if validity is not None and validity in VALIDITY_SECONDS:
        options["access_token_validity_seconds"] = validity
    elif validity is not None:
        remarks.append(f"its access_token_validity_seconds {validity} is not allowed for a new token; none is declared")
    if adoption is not None and (token.expiration_date is not None or adoption.lifecycle.get("adopt")):
        options.update(adoption.lifecycle)
        if token.expiration_date is None:
            remarks.append("it never expires; the one that replaces it does, unless you declare never_expires: true")
    elif token.expiration_date is not None:
        options["expiration_date"] = f"{token.expiration_date:%Y-%m-%dT%H:%M:%SZ}"
    elif facts.version.patches_expiry:
        options["never_expires"] = True
    else:
        remarks.append(f"it never expires, which cannot be declared with api_version {facts.version.name}")
    item = _item(options, adoption)
    return Export(token, options, item, declared_from(item, facts.version, facts.now), tuple(remarks))


def check_lifecycle(adoption: Adoption, version: ApiVersion, now: datetime) -> None:
    """Refuse a lifecycle that no token can have, instead of leaving out each one. Raises DeclarationError."""
    declared_from(_item({"name": "any", **adoption.lifecycle}, adoption), version, now)


def stored(export: Export, facts: Facts, adoption: Adoption) -> Export:
    """Return the declaration of a token that the store holds already: there is nothing to adopt, and it stays."""
    kept = replace(adoption, lifecycle={name: one for name, one in adoption.lifecycle.items() if name != "adopt"})
    again = export_of(export.token, facts, kept, export.options.get("key"))
    return replace(again, remarks=(*again.remarks, "the store holds it already"))


def _why_not(token: Token, names: Mapping[str, int], facts: Facts) -> str | None:
    """Return why a token is not for a declaration, None if it is."""
    if token.managed:
        return "the platform manages it"
    if token.id == facts.own_id:
        return "this run authenticates with it"
    if is_previous(token):
        return "a rotation has replaced it"
    if token.is_expired(facts.now):
        return f"it expired on {token.expiration_date:%Y-%m-%d}; to get a new one, declare it"
    if names[token.name] > 1:
        return "another token of this owner has the same name"
    return None


def _remark(token: Token) -> str:
    used = f"last used {token.last_used:%Y-%m-%d}" if token.last_used else "never used"
    return f"created {token.created:%Y-%m-%d}, {used}; owner {token.owner.name!r}"


def _item(options: Mapping[str, Any], adoption: Adoption | None) -> dict[str, Any]:
    """Return the options of a token as a set of its own would have them."""
    top = {name: spec.get("default") for name, spec in {**SET_SPEC, **QUOTA_SPEC}.items()}
    of_its_own = {name: spec["default"] for name, spec in IDENTITY_SPEC.items() if "default" in spec}
    store = None if adoption is None else adoption.store
    (item,) = items_from({**top, "store": store, "personal_access_tokens": [{**of_its_own, **options}]})
    return item


def _with_keys(exports: Sequence[Export], facts: Facts, adoption: Adoption) -> list[Export]:
    """Return the exports with a key for each whose name makes none, or the same as another: two share no entry."""
    if not adoption.has_key:
        if len(exports) > 1:
            raise DeclarationError(
                f"the store has no {{key}} in its path or name, so {len(exports)} tokens would share one entry; write "
                "{key} where the key of each token is to stand"
            )
        return list(exports)
    slugs = [_slug(one.token.name) for one in exports]
    taken = Counter(slugs)
    return [
        one
        if slug and taken[slug] == 1
        else export_of(one.token, facts, adoption, f"{slug or 'token'}-{_fingerprint(one.token.name)}")
        for one, slug in zip(exports, slugs)
    ]


def _fingerprint(name: str) -> str:
    """Return what tells a name from others of one slug: not the token's id, which is another one once it is stored."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def _slug(name: str) -> str:
    try:
        return key_from(name, None)
    except DeclarationError:
        return ""


def _checked(
    exports: Sequence[Export], left_out: Sequence[LeftOut], tokens: Sequence[Token], facts: Facts
) -> tuple[list[Export], list[LeftOut]]:
    """Leave out what the planner refuses, and remark on the replaced tokens that the next run deletes."""
    plan = make_plan([one.declared for one in exports], tokens, facts)
    kept, refused = [], list(left_out)
    for one, token_plan in zip(exports, plan.tokens):
        if token_plan.failure is not None:
            refused.append(LeftOut(one.token, token_plan.failure))
            continue
        deleted = tuple(f"the next run deletes {step.token.name!r}: {step.reason}" for step in token_plan.deletions)
        kept.append(replace(one, remarks=(*one.remarks, *deleted)))
    return kept, refused
