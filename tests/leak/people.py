# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The people of the simulated tenant: their secrets look different in JSON, in a URL and in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RIGHTS = [
    "idn:my-personal-access-tokens:read",
    "sp:my-personal-access-tokens:read",
    "sp:my-personal-access-tokens:manage",
    "idn:my-personal-access-tokens:manage",
    "demo:first",
    "demo:second",
]


@dataclass(frozen=True)
class Person:
    """Who a play is: the id of its token, and its secret, all of it unmistakably fake."""

    identity_id: str
    client_id: str
    client_secret: str


def _person(word: str, tail: str) -> Person:
    return Person(
        identity_id=("1d" * 16)[:-2] + tail,
        client_id=("fa4e" * 8)[:-2] + tail,
        client_secret=f'{word}-fake"secret\\of/{word}+with&odd=characters%{tail}',
    )


MAKER = _person("maker", "01")
ECHOED_GRANT = _person("grant", "02")
ECHOED_PAGE = _person("page", "03")
ECHOED_LIST = _person("list", "04")
ECHOED_CREATE = _person("create", "05")
REDIRECTED = _person("redirect", "06")
CUT_CREATE = _person("cut", "07")
BEARER = _person("bearer", "08")
FORGED = _person("forged", "09")
"""Of whom the tenant knows another secret."""

VAULT = _person("vault", "0a")
"""Whose secret is the token of a store; the tenant has none like it."""

PEOPLE = {
    "maker": MAKER,
    "echoed_grant": ECHOED_GRANT,
    "echoed_page": ECHOED_PAGE,
    "echoed_list": ECHOED_LIST,
    "echoed_create": ECHOED_CREATE,
    "redirected": REDIRECTED,
    "cut_create": CUT_CREATE,
    "bearer": BEARER,
    "forged": FORGED,
    "vault": VAULT,
}


def credentials() -> dict[str, Any]:
    """Return everybody's credentials, as a playbook's variables."""
    return {
        name: {"client_id": person.client_id, "client_secret": person.client_secret} for name, person in PEOPLE.items()
    }


def given_secrets() -> list[str]:
    """Return every secret that a playbook is given."""
    return [person.client_secret for person in PEOPLE.values()]


def seed() -> dict[str, Any]:
    """Return the tenant: each has one token, which never expires."""
    return {
        "clients": [],
        "identities": [
            {"id": person.identity_id, "name": f"Fake {name}", "user_name": name, "rights": RIGHTS}
            for name, person in PEOPLE.items()
        ],
        "tokens": [
            {
                "id": person.client_id,
                "secret": "another-fake-secret" if person is FORGED else person.client_secret,
                "owner": person.identity_id,
                "name": "bootstrap",
                "scope": ["sp:scopes:all"],
                "created": "-30d",
                "userAwareTokenNeverExpires": True,
            }
            for person in PEOPLE.values()
        ],
    }
