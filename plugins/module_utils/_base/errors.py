# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every error that a user can meet.

Each text is complete (what, where, why, what to do next) and holds no secret: whoever raises an error redacts its text
first.
"""

from __future__ import annotations


class IscError(Exception):
    """The base class of all errors: ``str(error)`` is the message that the user reads."""


class DeclarationError(IscError):
    """What is declared is invalid, or cannot be done as declared. Nothing was written for it."""


class ConnectionFailedError(IscError):
    """No usable answer came, or the request was not sent. It was not processed, or may be repeated."""


class UnreadableAnswerError(IscError):
    """The server's answer is not what the API promises."""


class LostAnswerError(IscError):
    """A create was sent, and its answer was lost: only a fresh list shows whether the token was created."""


class ApiError(IscError):
    """The server answered with an error.

    A 4xx means that nothing was done. After a 5xx, a patch or a deletion may have been carried out all the same; a
    create answered with a 5xx raises LostAnswerError instead. ``status`` is the HTTP status; ``detail_code`` and
    ``tracking_id`` come from the error body, if it has them.
    """

    def __init__(
        self, message: str, status: int, detail_code: str | None = None, tracking_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.detail_code = detail_code
        self.tracking_id = tracking_id


class NotFoundError(ApiError):
    """A 404: the token does not exist, or no longer does."""


class PlanError(IscError):
    """The facts rule out what is declared for a token. This plan writes nothing for it."""


class StoreError(IscError):
    """A store could not be read or written, or what it holds is not ours. A write may have landed all the same."""


class StoreChangedError(StoreError):
    """A store's entry is not what was read any more: another program was first. The store was not changed."""


class StoreUnreachableError(StoreError):
    """A store gave no answer. It is likely to give none for its other entries either."""


class EntryDeletedError(StoreError):
    """A store's entry is deleted and could be restored: consumers find nothing, and nothing new may take its place."""
