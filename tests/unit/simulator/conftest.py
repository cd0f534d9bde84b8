# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callers of the simulated API for the simulator's own tests: they send what they are told, right or wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import Person
from ansible_collections.sailpoint_community.isc.tests.simulator.versions import VERSIONS

PATHS = {version.name: version.path for version in VERSIONS}


class Caller:
    """Calls the API, as nobody or as a person with a bearer token."""

    def __init__(self, session: requests.Session, base_url: str, bearer: str | None = None) -> None:
        self.bearer = bearer
        self.base_url = base_url
        self._session = session

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request; ``options`` are those of requests."""
        headers = {**({"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}), **options.pop("headers", {})}
        options = {"timeout": 10, "allow_redirects": False, **options}
        return self._session.request(method, self.base_url + path, headers=headers, **options)

    def grant(self, client_id: str, client_secret: str) -> requests.Response:
        """Exchange credentials for a bearer token."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return self.send("POST", "/oauth/token", data=form)

    def log_in(self, person: Person) -> Caller:
        """Return a caller with a bearer token of that person's."""
        return self.with_credentials(person.client_id, person.client_secret)

    def with_credentials(self, client_id: str, client_secret: str) -> Caller:
        """Return a caller with a bearer token for these credentials."""
        answer = self.grant(client_id, client_secret)
        assert answer.status_code == 200, answer.text
        return Caller(self._session, self.base_url, answer.json()["access_token"])

    def list(self, version: str = "v1", **query: str) -> requests.Response:
        """List tokens; without a query, one's own."""
        return self.send("GET", PATHS[version], params=query or {"owner-id": "me"})

    def names(self, version: str = "v1") -> set[str]:
        """Return the names of one's own tokens."""
        return {token["name"] for token in self.list(version).json()}

    def create(self, version: str = "v1", **fields: Any) -> requests.Response:
        """Create a token with exactly these fields."""
        return self.send("POST", PATHS[version], json=fields)

    def made(self, name: str, version: str = "v1", **fields: Any) -> dict[str, Any]:
        """Create a token, never expiring where the version allows it; return the answer."""
        never = {} if version in ("v3", "v2024", "beta") else {"userAwareTokenNeverExpires": True}
        answer = self.create(version, name=name, **{**never, **fields})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def patch(self, token_id: str, version: str = "v1", **values: Any) -> requests.Response:
        """Replace the given fields of a token."""
        return self.patch_raw(
            token_id, [{"op": "replace", "path": f"/{key}", "value": value} for key, value in values.items()], version
        )

    def patch_raw(self, token_id: str, operations: Any, version: str = "v1") -> requests.Response:
        """Send that JSON as a patch."""
        headers = {"Content-Type": "application/json-patch+json"}
        return self.send("PATCH", f"{PATHS[version]}/{token_id}", json=operations, headers=headers)

    def delete(self, token_id: str, version: str = "v1") -> requests.Response:
        """Delete a token."""
        return self.send("DELETE", f"{PATHS[version]}/{token_id}")


@pytest.fixture
def nobody(simulator: SimulatorClient) -> Iterator[Caller]:
    """A caller without a bearer token, who can log in as somebody."""
    with requests.Session() as session:
        session.trust_env = False
        yield Caller(session, simulator.base_url)
