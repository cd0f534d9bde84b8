# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host keeps or prunes the tokens of an identity, and where: no host or task may undo what another one does."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from hashlib import sha256
from io import FileIO
from pathlib import Path
from urllib.parse import quote, unquote

from .._base.addresses import normalized
from .._base.errors import DeclarationError

KEEPS, PRUNES = "keeps", "prunes"


class Claims:
    """The claims of one host, where all other hosts of the same run of Ansible can see them.

    Each host has a process of its own. So a claim is a line in a file in ``folder``, which they share, and which core
    removes at the end. Creating a file is the slowest part, so all claims share 256 files: few enough that most exist
    already, many enough that each stays short.
    """

    def __init__(self, folder: Path, host: str) -> None:
        self._folder = folder
        self._host = host
        self._claimed: list[str] = []

    def claim(self, base_url: str, identity: str, prunes: bool, names: Iterable[str] = ()) -> str | None:
        """Claim an identity of a tenant, and return a warning if another host has claimed it and one of them prunes.

        Raises DeclarationError if both prune, or if this host has pruned already, and declared other ``names`` then. It
        claims first and looks second: of two hosts at the same time, at least one sees the other.
        """
        declared, kind = _digest(*sorted(names)), PRUNES if prunes else KEEPS
        self._claimed.append(_digest(normalized(base_url), identity))
        self._say(self._claimed[-1], kind, declared)
        claims = [claim for claimed in self._claimed for claim in self._said(claimed)]
        keeping, pruning = (
            {(host, said) for (of_kind, said), host in claims if of_kind == kind} for kind in (KEEPS, PRUNES)
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
        question = _digest(kind, asked)
        self._say(question, *answers)
        others = (host for given, host in self._said(question) if not {*given} & {*answers})
        return min((host for host in others if counts_own or host != self._host), default=None)

    def _say(self, what: str, *words: str) -> None:
        """Add a line. In append mode one write is atomic, so that hosts that run at the same time lose none."""
        line = f"{what} {' '.join(words)} {quote(self._host, safe='')}\n"
        with self._open(what) as file:
            file.write(line.encode())

    def _said(self, what: str) -> set[tuple[tuple[str, ...], str]]:
        """Return the words of every line about this, and the host that has said them.

        A line without its end is still being written, by a host that will look after this one.
        """
        *lines, _unfinished = self._file(what).read_text(encoding="utf-8").split("\n")
        split = (line.split(" ") for line in lines if line.startswith(what))
        return {(tuple(words), unquote(host)) for _what, *words, host in split}

    def _open(self, what: str) -> FileIO:
        try:
            return self._file(what).open("ab", buffering=0)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            return self._file(what).open("ab", buffering=0)

    def _file(self, what: str) -> Path:
        return self._folder / what[:2]


def _digest(*what: str) -> str:
    return sha256("\0".join(what).encode()).hexdigest()[:32]
