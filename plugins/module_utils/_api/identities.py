# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public identities of a tenant: whether the owners of tokens are still there, and who their managers are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .._base.ids import is_id
from .._base.model import ApiVersion, Identity, Manager
from .answers import unreadable
from .transport import Transport

LARGEST_PAGE = 250
"""The most identities that an answer holds."""

IDS_AT_ONCE = 100
"""How many ids a request asks for: their filter is part of its address, and servers refuse one beyond 8 KB."""

_RIGHT = "sp:scopes:default, and the owner of this run's token must be a user who may see public identities"


class IdentityClient:
    """Reads public identities with one version of the API.

    Every call raises ApiError if it is refused, ConnectionFailedError if no answer comes, and UnreadableAnswerError if
    the answer is not what the API promises.
    """

    def __init__(self, transport: Transport, version: ApiVersion) -> None:
        self._transport = transport
        self._path = version.identities_path

    def read(self, ids: Iterable[str]) -> dict[str, Identity]:
        """Return the identities with these ids, as far as the tenant shows them."""
        # A filter is a language of its own: what is no id does not get into it.
        wanted = sorted(filter(is_id, set(ids)))
        chunks = (wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE))
        return {one.id: one for chunk in chunks for one in self._page(chunk)}

    def _page(self, ids: list[str]) -> Iterator[Identity]:
        listed = ",".join(f'"{each}"' for each in ids)
        answer = self._transport.send(
            "GET",
            self._path,
            query={"filters": f"id in ({listed})", "limit": str(LARGEST_PAGE)},
            what="read the identities that own the tokens",
            right=_RIGHT,
        )
        if not isinstance(answer.document, list):
            problem = f"answered {answer.status} with something that is not a list of identities"
            raise unreadable(answer.call, problem, self._transport.secrets)
        for item in answer.document:
            if isinstance(item, Mapping) and isinstance(item.get("id"), str):
                yield _read_identity(item)


def _read_identity(item: Mapping[str, object]) -> Identity:
    """Return an identity; the definition promises no field, so that what is missing or odd is unknown."""
    manager = item.get("manager")
    given = manager if isinstance(manager, Mapping) else {}
    manager_id, name = _text(given.get("id")), _text(given.get("name"))
    known = Manager(manager_id or "", name or "") if manager_id or name else None
    return Identity(_text(item.get("id")) or "", _text(item.get("identityState")), known)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
