# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the tests call Transport: with fake secrets, without waiting, and with every error searched for those secrets."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from itertools import count
from time import monotonic
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.transport import Transport
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import IscError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Connection
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.odd_server import Odd, answer

CLIENT_ID = "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "fake-client-secret/with+odd=characters"
ENCODED_CLIENT_SECRET = "fake-client-secret%2Fwith%2Bodd%3Dcharacters"
BEARER = "fake.bearer.token.ONE"
SECOND_BEARER = "fake.bearer.token.TWO"
CREATED_SECRET = "fake-created-secret-of-a-new-token"
ALL_SECRETS = (CLIENT_SECRET, ENCODED_CLIENT_SECRET, BEARER, SECOND_BEARER, CREATED_SECRET)

RIGHT = "idn:fake:read"


def granted(bearer: str = BEARER, **more: object) -> Odd:
    """Return the answer to an OAuth exchange."""
    return answer(body={"access_token": bearer, "token_type": "bearer", "expires_in": 43199, **more})


class Caller:
    """An Transport whose sleeps are noted in ``slept``, in seconds, instead of slept; ``jitter`` is what is drawn.

    With ``lasting``, every try is one that takes so many seconds.
    """

    def __init__(
        self, base_url: str, *, bearer: str | None = None, jitter: float = 0.0, lasting: float = 0.0, **options: Any
    ) -> None:
        self.slept: list[float] = []
        self.secrets = Secrets()
        self.before_sleep: Callable[[], object] = lambda: None
        credentials: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": Secret(CLIENT_SECRET)}
        if bearer is not None:
            credentials = {"access_token": Secret(bearer)}
        options = {"token_url": f"{base_url}/oauth/token", "timeout": 5.0, **credentials, **options}
        clock = count(0.0, lasting).__next__ if lasting else monotonic
        connection = Connection(base_url, **options)
        self.http = Transport(connection, self.secrets, self._sleep, lambda: jitter, clock=clock)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.before_sleep()

    def get(self, **more: Any) -> Any:
        """Send a GET."""
        return self.http.send("GET", "/things", what="list the things", right=RIGHT, **more)

    def change(self) -> Any:
        """Send a PATCH."""
        body, kind = [{"op": "replace"}], "application/json-patch+json"
        return self.http.send("PATCH", "/things/1", body=body, content_type=kind, what="change the thing", right=RIGHT)

    def delete(self) -> Any:
        """Send a DELETE."""
        return self.http.send("DELETE", "/things/1", what="delete the thing", right=RIGHT)

    def create(self) -> Any:
        """Send the creating POST."""
        return self.http.create("/things", {"name": "new"}, what="create the thing", right=RIGHT)

    def grant(self) -> Any:
        """Exchange the credentials."""
        return self.http.grant(CLIENT_ID, Secret(CLIENT_SECRET))


def failure_of(call: Callable[[], object], kind: type[IscError] = IscError) -> IscError:
    """Return the error that a call raises, exactly of this kind if one is given, having found no secret in it."""
    with pytest.raises(kind) as caught:
        call()
    error: IscError = caught.value
    assert kind is IscError or error.__class__ is kind, repr(error)
    for text in _texts(error):
        assert not [secret for secret in ALL_SECRETS if secret.lower() in text.lower()], text
    assert str(error).isprintable()
    return error


def _texts(error: BaseException) -> Iterator[str]:
    """Yield all that an exception and those behind it, suppressed ones too, can show."""
    yield "".join(traceback.format_exception(type(error), error, error.__traceback__))
    links: list[BaseException | None] = [error]
    for link in links:
        if link is not None:
            yield from (str(link), repr(link), repr(link.args), repr(vars(link)))
            # A library's exception carries the request that failed: its headers and its body.
            request = getattr(link, "request", None)
            yield repr(vars(request) if request is not None else None)
            links += [link.__cause__, link.__context__]
