# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host keeps and which host prunes the tokens of an identity: it would delete what only the other declares."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from .._base.errors import DeclarationError

KEEPS, PRUNES = "keeps-", "prunes-"
"""What the name of a claim begins with; a host's own name alone may be invalid for a file."""


class Claims:
    """The claims of one host, where all other hosts of the same run of Ansible can see them.

    Each host has a process of its own. So a claim is an empty file in ``folder``, which they share, and which core
    removes at the end.
    """

    def __init__(self, folder: Path, host: str) -> None:
        self._folder = folder
        self._host = host
        self._claimed: list[Path] = []

    def claim(self, base_url: str, identity: str, prunes: bool) -> None:
        """Claim an identity of a tenant. Raises DeclarationError if another host has claimed it and either one prunes.

        It claims first and looks second: of two hosts at the same time, at least one sees the other.
        """
        place = self._folder / sha256(f"{base_url}\0{identity}".encode()).hexdigest()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        (place / f"{PRUNES if prunes else KEEPS}{quote(self._host, safe='')}").touch()
        self._claimed.append(place)
        claims = {each.name for claimed in self._claimed for each in claimed.iterdir()}
        dangerous = (KEEPS, PRUNES) if prunes else (PRUNES,)
        rivals = {unquote(name[len(kind) :]) for kind in dangerous for name in claims if name.startswith(kind)}
        rivals.discard(self._host)
        if rivals:
            pruning, other = (self._host, min(rivals)) if prunes else (min(rivals), self._host)
            raise DeclarationError(
                f"prune is on for {pruning!r}, and {other!r} authenticates as the same identity of {base_url}: what "
                "only one of them declares would be deleted; declare all tokens of an identity for one host, or leave "
                "prune out"
            )
