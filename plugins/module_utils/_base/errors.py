# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every error that a user can meet.

The text of each is complete (what, where, why, what to do next) and holds no secret: whoever raises one has the secrets
redacted first.
"""

from __future__ import annotations


class IscError(Exception):
    """The base of them all: ``str(error)`` is the message that the user reads."""


class DeclarationError(IscError):
    """What is declared is invalid; raised before anything is sent."""


class ConnectionFailedError(IscError):
    """No answer came, and the request was certainly not processed or may be repeated."""


class UnreadableAnswerError(IscError):
    """The server answered something that is not what the API promises."""


class LostAnswerError(IscError):
    """A create was sent and its answer was lost: only a fresh list tells whether the token was made."""


class ApiError(IscError):
    """The server answered with an error.

    A 4xx says that nothing was done. After a 5xx, a patch or a deletion may have been carried out all the same; a
    create that is answered so is a LostAnswerError instead. ``status`` is the HTTP status; ``detail_code`` and
    ``tracking_id`` come from the error body, where it has them.
    """

    def __init__(
        self, message: str, status: int, detail_code: str | None = None, tracking_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.detail_code = detail_code
        self.tracking_id = tracking_id


class NotFoundError(ApiError):
    """A 404: the token is not there, or no longer."""


class PlanError(IscError):
    """The facts do not allow what is declared of a token; nothing was written for it."""


class StoreError(IscError):
    """A store could not be read or written, or holds what is not ours; nothing of it was changed."""
