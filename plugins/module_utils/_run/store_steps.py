# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to the store of a token before its first step: look, prepare, and move or remove the entry.

Each raises StoreError for a store that is not ready; the token is given up then.
"""

from __future__ import annotations

from .._base.errors import StoreChangedError, StoreError
from .._base.model import Credentials
from .._plan.steps import Forget, Move
from .outcome import Kept, Outcome
from .ports import StoreEntry


def look_before_removal(outcome: Outcome) -> None:
    """See that the store's entry can be removed, if it is to be removed or moved; nothing is touched."""
    kept = outcome.kept
    if kept is None or outcome.store_step is None or _is_over(outcome):
        return
    removed = kept.entry if outcome.declared.state == "absent" else None
    for entry in filter(None, (removed, kept.former)):
        entry.look_before_removal()


def prepare_store(outcome: Outcome, probe: bool) -> None:
    """See that the store can take new credentials: by looking, or with ``probe`` by trying, each once in a pass."""
    kept = outcome.kept
    if kept is None or kept.entry is None or outcome.failure is not None or not _writes(outcome, kept):
        return
    if outcome.probed or outcome.probed is probe:  # who has tried need not look
        return
    outcome.probed = probe
    kept.entry.prepare(probe)


def remove_entry(outcome: Outcome, check_mode: bool) -> None:
    """Remove the store's entry of a token that is to be absent, whatever name it is under, once in a pass."""
    kept, step = outcome.kept, outcome.store_step
    if kept is None or kept.credentials is None or not isinstance(step, Forget) or _is_over(outcome):
        return
    outcome.entry_is_begun = True
    # Another run may move it meanwhile, from the former place to the other one: so that one comes last.
    for entry in filter(None, (kept.former, kept.entry)):
        if not check_mode:
            entry.remove(kept.credentials)
        if step not in outcome.done:  # if the second removal fails, the first one has changed something all the same
            outcome.done.append(step)
    kept.former = None


def move_entry(outcome: Outcome, check_mode: bool) -> None:
    """Move an entry that lies under a former name, once in a pass: write it anew first, and only then remove it."""
    kept, step = outcome.kept, outcome.store_step
    if kept is None or not isinstance(step, Move) or _is_over(outcome):
        return
    stored, former, entry = kept.credentials, kept.former, kept.entry
    if stored is None or former is None or entry is None:
        return  # it is no Move then
    outcome.entry_is_begun = True
    if not check_mode:
        entry.write(stored, None)
    outcome.done.append(step)
    if not check_mode:
        _remove_moved(former, stored, entry)
    kept.former = None


def _remove_moved(former: StoreEntry, stored: Credentials, entry: StoreEntry) -> None:
    try:
        former.remove(stored)
    except StoreError as error:
        raise type(error)(f"{error}; the credentials are in {entry.where} by now") from None


def _is_over(outcome: Outcome) -> bool:
    """Return whether nothing more is done to the entry in this pass."""
    return outcome.failure is not None or outcome.entry_is_begun


def _writes(outcome: Outcome, kept: Kept) -> bool:
    """Return whether the token's plan writes to its store: credentials that are new, or that move."""
    return outcome.declared.state == "present" and (kept.former is not None or bool(outcome.plan.creation))


def give_up(outcome: Outcome, error: StoreError) -> None:
    """Give a token up whose store is not ready; if another run has moved its entry, look again."""
    moves = outcome.kept is not None and outcome.kept.former is not None and outcome.declared.state == "present"
    if moves and isinstance(error, StoreChangedError):
        outcome.meet_in_store(error)
    else:
        outcome.refuse(str(error))
