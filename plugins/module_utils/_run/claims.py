# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host keeps or prunes the tokens of an identity, and where: no host or task may undo what another one does."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from .._base.addresses import normalized
from .._base.errors import DeclarationError

KEEPS, PRUNES = "keeps", "prunes"
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

    def claim(self, base_url: str, identity: str, prunes: bool, names: Iterable[str] = ()) -> str | None:
        """Claim an identity of a tenant, and return a warning if another host has claimed it and one of them prunes.

        Raises DeclarationError if both prune, or if this host has pruned already, and declared other ``names`` then. It
        claims first and looks second: of two hosts at the same time, at least one sees the other.
        """
        place, declared = self._place(normalized(base_url), identity), _digest(*sorted(names))
        (place / f"{PRUNES if prunes else KEEPS}-{declared}-{quote(self._host, safe='')}").touch()
        self._claimed.append(place)
        claims = [each.name.split("-", 2) for claimed in self._claimed for each in claimed.iterdir()]
        keeping, pruning = (
            {(unquote(host), said) for kind, said, host in claims if kind == k} for k in (KEEPS, PRUNES)
        )
        if prunes and pruning != {(self._host, declared)}:
            raise DeclarationError(self._two_prune(base_url, min(pruning - {(self._host, declared)})[0]))
        others = {host for host, _said in (keeping if prunes else pruning)} - {self._host}
        if not others:
            return None
        one, other = (self._host, min(others)) if prunes else (min(others), self._host)
        return (
            f"prune is on for {one!r}, and {other!r} authenticates as the same identity of {base_url}: what only "
            f"{other!r} declares could be deleted; declare all tokens of an identity for one host"
        )

    def _two_prune(self, base_url: str, rival: str) -> str:
        if rival == self._host:
            return (
                f"prune is on in two tasks of {rival!r} that declare different tokens of one identity of {base_url}: "
                "each would delete what only the other declares; declare all tokens of an identity in one task, or "
                "leave prune out"
            )
        return (
            f"prune is on for {self._host!r} and for {rival!r}, and both authenticate as one identity of {base_url}: "
            "each would delete what only the other declares; declare all tokens of an identity for one host, or leave "
            "prune out"
        )

    def claim_entries(
        self,
        base_url: str,
        identity: str,
        entries: Mapping[str, tuple[Hashable, str]],
        not_held: Collection[str] = (),
    ) -> None:
        """Claim the entries of stores that keep the tokens of an identity, by the names of these.

        An entry is known by its identity or by its name in messages, since a file's identity changes once its folder
        has been made. ``not_held`` are the names of tokens that exist, and that their entries do not hold.
        Raises DeclarationError where another host keeps one of the tokens in another entry, or another token in one of
        the entries; and where an earlier task of this host keeps a token in another entry than one that does not hold
        it. Where it does, it has moved there.
        """
        for name, (entry, where) in entries.items():
            token, place = _digest(normalized(base_url), identity, name), _digest(repr(entry))
            rival = self._rival("token", token, place, _digest(where), counts_own=name in not_held)
            if rival == self._host:
                raise DeclarationError(
                    f"another task of {rival!r} keeps {name!r} in another store: they would keep replacing each "
                    "other's token; give both one store, or move the entry first"
                )
            if rival is not None:
                raise DeclarationError(
                    f"{rival!r} keeps {name!r} in another store, and authenticates as the same identity of {base_url}: "
                    "they would keep replacing each other's token; declare it for one host, or give both one store"
                )
            rival = self._rival("entry", place, token)
            if rival is not None:
                raise DeclarationError(
                    f"{rival!r} keeps another token in the store entry of {name!r}: give each its own, with "
                    "{{ inventory_hostname }} in the path or name perhaps"
                )

    def _rival(self, kind: str, asked: str, *answers: str, counts_own: bool = False) -> str | None:
        """Note this host's answers to what is asked, and return a host that has none of them."""
        place = self._place(kind, asked)
        (place / f"{'.'.join(answers)}-{quote(self._host, safe='')}").touch()
        given = (each.name.partition("-") for each in place.iterdir())
        others = (unquote(host) for other, _separator, host in given if not {*other.split(".")} & {*answers})
        return min((host for host in others if counts_own or host != self._host), default=None)

    def _place(self, *what: str) -> Path:
        place = self._folder / _digest(*what)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        return place


def _digest(*what: str) -> str:
    return sha256("\0".join(what).encode()).hexdigest()[:32]
