# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether stored credentials still work: a token is gone only if that is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._base.errors import ApiError, IscError
from .._base.model import Credentials, Declared, Grant, Token
from .outcome import Outcome
from .ports import TokenApi

CREDENTIALS_REFUSED = (400, 401)
"""What ``/oauth/token`` answers to credentials that are not good; which of the two is unknown."""


def verify_stored(api: TokenApi, outcomes: Sequence[Outcome], present: Sequence[Token]) -> None:
    """Try stored credentials if that is declared, or if the list of the ``present`` does not show their token.

    The result is in an outcome's ``declared``: they are dead, or the token is refused. Whatever is not proved dead may
    be in use by somebody else.
    """
    for outcome in outcomes:
        if outcome.declared.refusal is None and not outcome.declared.stored_is_dead:
            _verify(api, outcome, present)


def _verify(api: TokenApi, outcome: Outcome, present: Sequence[Token]) -> None:
    kept, declared = outcome.kept, outcome.declared
    if kept is None or kept.credentials is None:
        return
    stored = kept.credentials
    is_listed = any(token.id == stored.client_id for token in present)
    if is_listed and not kept.is_doubtful and not declared.verifies_stored:
        return
    refusal = None
    try:
        kept.grant = kept.grant or _accepted(api, stored)
    except IscError as error:
        refusal = (
            f"{declared.store_at} holds {declared.stored_client_id}, and it is unknown whether these credentials still "
            f"work: {error}"
        )
    else:
        if kept.grant is not None and not is_listed:
            refusal = _of_somebody_else(declared, kept.grant, present)
    dead = refusal is None and kept.grant is None
    outcome.declared = replace(declared, refusal=refusal, stored_is_dead=dead)


def _accepted(api: TokenApi, stored: Credentials) -> Grant | None:
    """Return what the credentials are exchanged for, None if they are dead.

    They are dead if they are refused twice while the run's own are accepted at the same address. Raises IscError if
    that cannot be told.
    """
    for _try in range(2):
        try:
            return api.grant(stored.client_id, stored.client_secret)
        except ApiError as error:
            if error.status not in CREDENTIALS_REFUSED:
                raise
        api.authenticate()
    return None


def _of_somebody_else(declared: Declared, grant: Grant, present: Sequence[Token]) -> str:
    owner = f"{present[0].owner.name} ({present[0].owner.id})" if present else "this run's identity"
    holder = f"identity {grant.identity_id}" if grant.identity_id else "an identity that the server does not name"
    return (
        f"{declared.store_at} holds {declared.stored_client_id}, whose credentials work and belong to {holder}, but "
        f"the list of {owner} does not show that token: authenticate as its owner, or correct the store's path; if "
        "both are right, run again in a minute"
    )
