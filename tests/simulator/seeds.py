# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting states, all of it unmistakably fake: ids and secrets repeat ``fa4e``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """Who a test can be: the identity's id and the credentials of its ``bootstrap`` token (or of the API client)."""

    identity_id: str
    client_id: str
    client_secret: str


def _person(tail: str) -> Person:
    """The person whose ids end in these hex digits."""
    keep = len(tail)
    return Person(
        identity_id=("1d" * 16)[:-keep] + tail,
        client_id=("fa4e" * 8)[:-keep] + tail,
        client_secret=("fa4e" * 16)[:-keep] + tail,
    )


ADMIN = _person("a1")
USER = _person("b2")
READER = _person("c3")
CLIENT = _person("d4")

MY_RIGHTS = [
    "idn:my-personal-access-tokens:read",
    "sp:my-personal-access-tokens:read",
    "sp:my-personal-access-tokens:manage",
    "demo:first",
    "demo:second",
]
ADMIN_RIGHTS = [
    *MY_RIGHTS,
    "idn:all-personal-access-tokens:read",
    "sp:all-personal-access-tokens:read",
    "sp:all-personal-access-tokens:manage",
    "idn:managed-personal-access-tokens:read",
]


def default() -> dict[str, Any]:
    """The people of README.md's table."""
    people = [
        (ADMIN, "Fake Admin", ADMIN_RIGHTS),
        (USER, "Fake User", MY_RIGHTS),
        (READER, "Fake Reader", ["idn:my-personal-access-tokens:read"]),
    ]
    return {
        "identities": [_identity(person, name, rights) for person, name, rights in people],
        "tokens": [_bootstrap(person) for person, _name, _rights in people],
        "clients": [
            {
                "id": CLIENT.client_id,
                "secret": CLIENT.client_secret,
                "scope": ["sp:my-personal-access-tokens:manage", "idn:all-personal-access-tokens:read"],
            }
        ],
    }


def many_people(count: int) -> list[Person]:
    """The people of ``many(count)``, in order."""
    return [_person(f"{number:06x}") for number in range(count)]


def many(count: int) -> dict[str, Any]:
    """A seed of that many identities, each with the rights over its own tokens and a ``bootstrap`` token."""
    people = many_people(count)
    return {
        "identities": [_identity(person, f"Fake User {number}", MY_RIGHTS) for number, person in enumerate(people)],
        "tokens": [_bootstrap(person) for person in people],
    }


def _identity(person: Person, name: str, rights: list[str]) -> dict[str, Any]:
    return {"id": person.identity_id, "name": name, "user_name": name.lower().replace(" ", "."), "rights": rights}


def _bootstrap(person: Person) -> dict[str, Any]:
    return {
        "id": person.client_id,
        "secret": person.client_secret,
        "owner": person.identity_id,
        "name": "bootstrap",
        "scope": ["sp:scopes:all"],
        "created": "-30d",
        "userAwareTokenNeverExpires": True,
    }
