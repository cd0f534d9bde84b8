# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands new credentials over: proves them with a real grant, then writes them into their store."""

from __future__ import annotations

from .._base.errors import ApiError, IscError, StoreChangedError, StoreError
from .._base.model import CreatedToken, Credentials, Grant
from .outcome import Outcome
from .ports import TokenApi
from .verify import CREDENTIALS_REFUSED

PROOF_PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds between the attempts to prove new credentials: it may take a while until they are known everywhere."""


def hand_over(api: TokenApi, outcome: Outcome, created: CreatedToken, base_url: str) -> bool:
    """Prove new credentials, write them into the store, and return whether they are the ones in use now.

    ``base_url`` is the tenant that accepts them. Nothing is deleted after a failed write, since it may have landed all
    the same. Raises StoreChangedError if another run has written the store in the meantime.
    """
    if outcome.declared.stored_client_id is None:
        return True
    outcome.grant = None
    made = f"created as {created.token.id}, but"
    try:
        if outcome.declared.proves_new:
            outcome.grant = _prove(api, created)
    except IscError as error:
        outcome.fail(f"{made} its credentials could not be proved, so the store was not changed: {error}")
        return False
    try:
        if outcome.kept is not None and outcome.kept.entry is not None:
            new = Credentials(base_url, created.token.id, created.secret)
            outcome.kept.entry.write(new, outcome.kept.credentials)
            outcome.kept.credentials = new
    except StoreChangedError as error:
        raise StoreChangedError(f"{outcome.declared.label}: {made} {error}") from None
    except StoreError as error:
        outcome.fail(f"{made} its credentials may not be in the store: {error}; the next run makes another token")
        return False
    return True


def _prove(api: TokenApi, created: CreatedToken) -> Grant:
    """Exchange new credentials for a bearer token, patiently. Raises IscError if they are refused in the end."""
    pauses = iter(PROOF_PAUSES)
    while True:
        try:
            return api.grant(created.token.id, created.secret)
        except ApiError as error:
            pause = next(pauses, None)
            if error.status not in CREDENTIALS_REFUSED or pause is None or not api.wait(pause):
                raise
