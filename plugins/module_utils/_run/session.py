# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run over declared tokens: read their stores, connect, reconcile."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Callable

from .._api.client import TokenClient
from .._api.patience import Patience
from .._api.transport import Transport
from .._base.errors import ApiError, DeclarationError, IscError
from .._base.model import API_VERSIONS, Approved, Connection, Credentials, Declared, Listing
from .._base.names import describe, name_without_suffix
from .._options.connection import base_url_from, connection_from
from .._options.declaration import check_overlap, declared_from
from .._options.token_set import prune_from
from .._options.values import key_from
from .._plan.approval import not_needed
from .._plan.due import own_expiry_warnings
from .._plan.pruning import undeclared
from .._plan.steps import Create
from .._stores.entry import Entry
from .._stores.kinds import Means, Stores, has_key
from .applier import Run
from .claims import Claims
from .context import Context
from .outcome import Kept, Outcome, Outcomes
from .reconcile import reconcile
from .verify import CREDENTIALS_REFUSED


@dataclass
class Item:
    """One declared token: what is declared, and what its store holds.

    ``kept`` is None where there is no store, or where the user gives only the id that it holds.
    """

    declared: Declared
    authenticates: bool = False
    returns_secret: bool = False
    kept: Kept | None = None


def stores_of(options: Mapping[str, Any], context: Context) -> Stores:
    """Return the stores of a run; the one that all tokens share is opened now, since its library may be missing.

    Raises DeclarationError and StoreError.
    """
    means = Means(context.cipher_for, context.tmpdir)
    stores = Stores(base_url_from(options, context.environ), context.secrets, means)
    if options.get("store") is not None:
        stores.open(options["store"])
    return stores


def read_item(
    options: Mapping[str, Any], connection: Mapping[str, Any], context: Context, stores: Stores, now: datetime
) -> Item:
    """Return what the options of one token declare, with its store read; ``now`` is the local time in UTC.

    Raises DeclarationError and StoreError.
    """
    declared = declared_from(options, API_VERSIONS[connection["api_version"]], now)
    declared = replace(declared, takes_secret=context.registers or options["store"] is not None)
    item = Item(declared, options["authenticates"], options["return_secret"])
    if options["store"] is not None:
        item.kept, where = _read_store(options, stores)
        stored = item.kept.credentials
        item.declared = replace(declared, stored_client_id=stored.client_id if stored else "", store_at=where)
    elif declared.stored_client_id and options["stored_credentials"].get("client_secret"):
        secret = context.secrets.learn(options["stored_credentials"]["client_secret"])
        base_url = base_url_from(connection, context.environ)
        item.kept = Kept(credentials=Credentials(base_url, declared.stored_client_id, secret))
    if declared.verifies_stored and item.declared.stored_client_id and item.kept is None:
        raise DeclarationError(
            "verify: always needs the stored secret too: give client_secret in stored_credentials, or use store"
        )
    return item


def _read_store(options: Mapping[str, Any], stores: Stores) -> tuple[Kept, str]:
    """Return what the store holds for a token, under its name or under a former one, and where that is."""
    store, key = options["store"], options["key"]
    if key is not None and not has_key(store):
        raise DeclarationError("key is given, and there is no {key} in the store's path or name that it could replace")
    entry = stores.entry(store, key_from(options["name"], key))
    kept = Kept(entry, entry.read() if options["state"] == "present" else entry.read_undeleted())
    if key is not None or not has_key(store):
        return kept, entry.where
    for name in options["renamed_from"]:
        former = stores.entry(store, key_from(name, None))
        if former.identity == entry.identity:
            continue
        # A run that moved the entry may have left the old one in a state from which it could be restored.
        credentials = former.read_undeleted()
        if credentials is not None and kept.credentials in (None, credentials):
            return Kept(entry, credentials, former), former.where
    return kept, entry.where


def refuse_shared_entries(items: Sequence[Item]) -> None:
    """Refuse two tokens with one entry: in each run, one would take the other's credentials for its own.

    Raises DeclarationError.
    """
    owners: dict[Hashable, Item] = {}
    for item in items:
        if item.kept is None or not isinstance(item.kept.entry, Entry):
            continue
        other = owners.setdefault(item.kept.entry.identity, item)
        if other is not item:
            raise DeclarationError(
                f"{other.declared.name!r} and {item.declared.name!r} share one store entry, "
                f"{item.kept.entry.where}: give each its own, with {{key}} in the path or name, or with another key"
            )


def refused_item(options: Mapping[str, Any], error: IscError) -> Item:
    """Return a token of a set to which nothing is done because of an error, and whose family stays as it is."""
    former = tuple(options["renamed_from"])
    declared = Declared(options["name"], options["id"], former, options["state"], refusal=str(error).rstrip("."))
    return Item(declared, authenticates=bool(options["authenticates"]))


def reconcile_items(
    items: Sequence[Item],
    options: Mapping[str, Any],
    context: Context,
    owner: str = "me",
    bystanders: Sequence[Item] = (),
    approved: Approved | None = None,
) -> Outcomes:
    """Make the tokens as declared; ``options`` are those of the run.

    ``bystanders`` are tokens that stay as they are, and that the run may authenticate with. ``approved`` is all
    that may be done, None for anything. Raises IscError where nothing could be done.
    """
    _refuse_more_than_fit(items, options["max_tokens"])
    transport, connection = _connect([*items, *bystanders], options, context)
    prune = prune_from(options, connection.client_id) if "prune" in options else None
    for item in items:
        check_overlap(item.declared, connection.client_id)
    version = API_VERSIONS[options["api_version"]]
    told: dict[str, None] = {}
    claim = _claims_of(connection, context.claims, prune is not None if "prune" in options else None, items, told)

    def accept(listing: Listing) -> None:
        claim(listing)
        _refuse_more_than_fit_beside(listing, connection.client_id, items, options["max_tokens"])

    run = Run(
        version=version,
        own_id=connection.client_id,
        max_tokens=options["max_tokens"],
        owner=owner,
        check_mode=context.check_mode,
        base_url=connection.base_url,
        prune=prune,
        accept=accept,
        # With authenticates, these are the spare credentials.
        spared=frozenset(filter(None, (options["client_id"], context.environ.get("SAIL_CLIENT_ID")))),
        approved=approved,
    )
    client = TokenClient(transport, version)
    outcomes = reconcile(client, [item.declared for item in items], run, [item.kept for item in items])
    outcomes.warnings += (*told, *told_of(outcomes, approved.actions if approved else ()))
    if not any(_cares_for(outcome, run.own_id) for outcome in outcomes):
        listing = client.listing
        now = listing.now or datetime.now(timezone.utc)
        outcomes.warnings += own_expiry_warnings(run.own_id, listing.tokens, now)
    return outcomes


def _refuse_more_than_fit(items: Sequence[Item], max_tokens: int) -> None:
    """Refuse what could be done in part only. Raises DeclarationError."""
    if max_tokens < 1:
        raise DeclarationError("max_tokens must be at least 1")
    declared = sum(item.declared.state == "present" for item in items)
    if declared > max_tokens:
        raise DeclarationError(
            f"{declared} tokens are declared, and max_tokens is {max_tokens}: an owner cannot have more; "
            "declare fewer, or give some of them to another owner"
        )


def _refuse_more_than_fit_beside(listing: Listing, own_id: str | None, items: Sequence[Item], max_tokens: int) -> None:
    """Refuse to make a part of the tokens only, since the run's own, which nobody declares, has a slot as well.

    Raises DeclarationError.
    """
    declared = [item.declared for item in items]
    others = undeclared(declared, listing.tokens, {one.stored_client_id for one in declared})
    own = [token for token in others if token.id == own_id]
    present = [one for one in declared if one.state == "present"]
    everybody = undeclared((), listing.tokens, ())
    missing = [one for one in present if undeclared([one], listing.tokens, [one.stored_client_id]) == everybody]
    if own and missing and len(present) + len(own) > max_tokens:
        raise DeclarationError(
            f"{len(present)} tokens are declared, the run authenticates with one more, {describe(own)}, and max_tokens "
            f"is {max_tokens}: an owner cannot have more; nothing was done; declare fewer, or give some of them to "
            "another owner"
        )


def _claims_of(
    connection: Connection, claims: Claims | None, prunes: bool | None, items: Sequence[Item], told: dict[str, None]
) -> Callable[[Listing], None]:
    """Claim the run's own token before the list, so that hosts that run at the same time see each other after it.

    Return what claims the owner, who is known from the list alone, and the entries of the owner's tokens. ``prunes`` is
    None for a module that cannot. Warnings are added to ``told``. Raises DeclarationError.
    """

    names = [name for item in items for name in (item.declared.name or item.declared.id, *item.declared.renamed_from)]

    def claim(identity: str | None) -> None:
        if claims is not None and identity is not None and prunes is not None:
            warning = claims.claim(connection.base_url, identity, prunes, filter(None, names))
            told.update({warning: None} if warning else {})

    are_claimed = False

    def claim_owner(listing: Listing) -> None:
        nonlocal are_claimed
        owner = listing.tokens[0].owner.id if listing.tokens else None
        claim(owner)
        # Once: a later list has what this run has made, and the stores have been written since they were read.
        if claims is not None and owner is not None and not are_claimed:
            are_claimed = True
            claims.claim_entries(connection.base_url, owner, _entries_of(items), _not_held(items, listing))

    claim(connection.client_id)
    return claim_owner


def _entries_of(items: Sequence[Item]) -> dict[str, tuple[Hashable, str]]:
    """Return the entries of the stores that the run writes, and where they are, by the names of their tokens."""
    kept = ((item.declared, item.kept.entry if item.kept else None) for item in items)
    return {
        declared.name: (entry.identity, entry.where)
        for declared, entry in kept
        if isinstance(entry, Entry) and declared.name is not None and declared.state == "present"
    }


def _not_held(items: Sequence[Item], listing: Listing) -> set[str]:
    """Return the names of the tokens that exist and are not in their stores, but for those that are to be adopted.

    One that is to be revoked is refused later, with a reason that helps.
    """
    live = {token.name: token.id for token in listing.tokens}
    declared = (item.declared for item in items if not item.declared.adopt and not item.declared.revoke)
    return {one.name for one in declared if one.name in live and live[one.name] != one.stored_client_id}


def told_of(outcomes: Outcomes, approved: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a warning about approved actions that were not done, without those of tokens that failed or wait.

    A deletion may have been for the slot of one of these: then it may be needed yet.
    """
    unfinished = [one.declared for one in outcomes if one.failure is not None or one.plan.deferred is not None]
    names = {name for declared in unfinished for name in (declared.name, *declared.renamed_from)}
    left = not_needed(approved, [step for outcome in outcomes for step in outcome.done])
    if unfinished:
        left = [one for one in left if one["action"] != "delete" and name_without_suffix(one["name"]) not in names]
    texts = [f"{one['action']} {one['name']!r}" for one in left]
    return (f"approved, and not needed any more: {', '.join(texts)}",) if texts else ()


def _cares_for(outcome: Outcome, token_id: str | None) -> bool:
    """Return whether a token is a declared one, or was until this run rotated it: then its own warnings are enough."""
    rotated = outcome.before if any(isinstance(step, Create) for step in outcome.done) else ()
    return any(token.id == token_id for token in filter(None, (outcome.plan.live, *rotated)))


def _connect(items: Sequence[Item], options: Mapping[str, Any], context: Context) -> tuple[Transport, Connection]:
    """Return what the run talks through.

    A token with ``authenticates`` does so from its store, as soon as the store holds it. If it is refused, the
    connection's own credentials take over, and tell whether what is stored is dead.
    """
    own = next((item for item in items if item.authenticates), None)
    if own is None:
        return open_connection(options, context)
    if own.kept is None or own.kept.credentials is None:
        try:
            return open_connection(options, context)
        except DeclarationError as error:
            why = own.declared.refusal or "its store holds nothing yet"
            raise DeclarationError(
                f"{own.declared.label}: the run authenticates with it, but {why}; and the run cannot connect without "
                f"it: {error}"
            ) from None
    kept, stored = own.kept, own.kept.credentials
    pair = {"client_id": stored.client_id, "client_secret": stored.client_secret.reveal(), "access_token": None}
    transport, connection = open_connection({**options, **pair}, context)
    try:
        kept.grant = transport.authenticate()
        return transport, connection
    except ApiError as error:
        if error.status not in CREDENTIALS_REFUSED:
            raise
        refusal = error
    try:
        transport, connection = open_connection(options, context, transport.patience)
    except DeclarationError:
        connection = replace(connection, client_id=stored.client_id)
    if connection.client_id in (None, stored.client_id):
        raise IscError(
            f"{own.declared.label}: the run authenticates with it, and the credentials in {own.declared.store_at} are "
            f"refused: {refusal}; to have it replaced, give client_id and client_secret of another token of the same "
            "owner for one run"
        )
    kept.is_doubtful = True
    return transport, connection


def open_connection(
    options: Mapping[str, Any], context: Context, patience: Patience | None = None
) -> tuple[Transport, Connection]:
    """Return the transport and the connection that the options describe, with what is left of a run's patience.

    Raises DeclarationError.
    """
    connection = connection_from(options, context.environ, context.secrets)
    return Transport(connection, context.secrets, sleep=context.sleep, patience=patience), connection
