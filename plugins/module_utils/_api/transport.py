# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends requests: sessions, OAuth, timeouts, retries. The only file that imports requests.

The exceptions of requests and urllib3 carry the request, including its Authorization header. No message quotes their
texts, and errors are raised outside their handlers, so that no error carries them as its context.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import ssl
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from http.cookiejar import DefaultCookiePolicy
from threading import Event
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from .._base.addresses import is_loopback
from .._base.errors import ConnectionFailedError, DeclarationError, IscError
from .._base.ids import is_id
from .._base.model import Connection, Grant
from .._base.secret import Secret, Secrets
from .answers import BODY_LIMIT, ERROR_BODY_LIMIT, Answer, read_answer, unreadable
from .deadline import Deadline
from .exchange import Call, Exchange, Failure, RawAnswer
from .patience import Patience
from .retry import pause_before_retry

try:
    import requests
    import urllib3
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")
_LONGER = "run again, or set a longer timeout"


_Authorize = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]


class _Body:
    """A request's body that knows whether sending began: until then, the request was certainly not processed."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.sent = False

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        self.sent = True
        yield self._content


class Transport:
    """Sends requests to one tenant over one session, with a bearer token that is fetched when first needed.

    ``sleep`` takes seconds; ``jitter`` returns a number from 0 to 1. ``patience`` is that of the run, a new one if left
    out; ``clock`` tells the seconds since any moment.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: Secrets,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raise DeclarationError for a URL that would send the credentials unencrypted, or an unusable token."""
        for option, url in (("base_url", connection.base_url), ("token_url", connection.token_url)):
            if not url.startswith("https://") and not is_loopback(url):
                raise DeclarationError(f"{option} must begin with https://, since credentials are sent to it")
        self.secrets = secrets
        self.patience = patience or Patience(connection.run_timeout)
        self._connection = connection
        self._sleep = sleep
        self._jitter = jitter
        self._clock = clock
        self._deadline = Deadline()
        self._bearer = connection.access_token
        self._opened: requests.Session | None = None
        if self._bearer is not None and not _HEADER_VALUE.fullmatch(self._bearer.reveal()):
            raise DeclarationError(
                "access_token contains white space or characters that no HTTP header may contain; remove them"
            )
        for secret in (connection.client_secret, connection.access_token):
            if secret is not None:
                secrets.learn(secret.reveal())

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        what: str,
        right: str,
    ) -> Answer:
        """Send a request that may be repeated, and return its answer.

        ``what`` completes "could not …" in messages; ``right`` is the scope that the caller lacks after a 403. Raises
        ApiError (NotFoundError if the token does not exist), UnreadableAnswerError, ConnectionFailedError.
        """
        return self._answer(self._call(method, path, what, right), query, body, content_type)

    def create(self, path: str, body: object, *, what: str, right: str) -> Answer:
        """Send the POST that creates; repeat it only if it was certainly not processed.

        Raises LostAnswerError if it may have been processed, else what ``send`` raises.
        """
        return self._answer(self._call("POST", path, what, right, once=True), None, body, "application/json")

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        """Exchange client credentials for a bearer token, and learn that as a secret.

        Raises ApiError if they are refused, DeclarationError if the id cannot be one, else what ``send`` raises.
        """
        if not is_id(client_id):
            raise DeclarationError(
                "client_id does not look like a client id, so it is neither sent nor shown: one has 32 hexadecimal "
                "digits; check whether it is swapped with client_secret (SAIL_CLIENT_ID and SAIL_CLIENT_SECRET)"
            )
        # A server may echo the form, in which the secret is URL-encoded.
        for value in (client_secret.reveal(), quote_plus(client_secret.reveal())):
            self.secrets.learn(value)
        address = "base_url and token_url"
        what = f"exchange the credentials of client {client_id} for a bearer token"
        refused = "check client_id and client_secret (expired, deleted or rotated?); they must belong to this tenant"
        misled = f"check {address}: GET /oauth/info at base_url names the token endpoint"
        hints = {400: refused, 401: refused, 403: refused, 404: misled, 405: misled}
        call = Call(what, "POST", self._connection.token_url, address, hints)
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret.reveal()}
        content = urlencode(form).encode("ascii")
        raw = self._deliver(
            call, lambda: self._exchange(call, call.url, content, "application/x-www-form-urlencoded", _anonymous)
        )
        return _read_grant(read_answer(call, raw, self.secrets), self.secrets)

    def authenticate(self) -> Grant:
        """Exchange the connection's own credentials for a bearer token, which all later requests carry.

        Raises DeclarationError if there is only a bearer token, else what ``grant`` raises.
        """
        client_id, client_secret = self._connection.client_id, self._connection.client_secret
        if client_id is None or client_secret is None:
            raise DeclarationError("no credentials were given; give client_id and client_secret, or access_token")
        grant = self.grant(client_id, client_secret)
        self._bearer = grant.access_token
        return grant

    def wait(self, seconds: float) -> bool:
        """Wait before a request, and return True; return False at once where the run has no patience left for that."""
        if seconds >= self.patience.left:
            return False
        self._sleep(seconds)
        self.patience.waited += seconds
        return True

    def _call(self, method: str, path: str, what: str, right: str, once: bool = False) -> Call:
        refused = "the access_token has expired or belongs to another tenant: get a new one, or give client credentials"
        if self._connection.client_id:
            refused = "a renewed bearer token is refused too: base_url and token_url must belong to the same tenant"
        gone = "the token may be gone"
        hints = {
            401: refused,
            403: (
                f"this needs the scope {right}: select it for this run's token in ISC, under Preferences, "
                "Personal Access Tokens; its identity must have the right too"
            ),
            404: gone if method in ("PATCH", "DELETE") else "check base_url and api_version",
        }
        return Call(what, method, self._connection.base_url + path, "base_url", hints, once)

    def _answer(self, call: Call, query: Mapping[str, str] | None, body: object, content_type: str) -> Answer:
        """Send an authorized call until its result is final, and return its answer."""
        url = f"{call.url}?{urlencode(query, quote_via=quote)}" if query else call.url
        content = None if body is None else json.dumps(body).encode("ascii")
        if self._bearer is None:
            self.authenticate()
        renew = self.authenticate if self._connection.client_id else None
        raw = self._deliver(call, lambda: self._exchange(call, url, content, content_type, self._authorize), renew)
        return read_answer(call, raw, self.secrets)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._bearer is not None:
            request.headers["Authorization"] = f"Bearer {self._bearer.reveal()}"
        return request

    def _deliver(
        self, call: Call, exchange: Callable[[], Exchange], renew: Callable[[], object] | None = None
    ) -> RawAnswer:
        """Call ``exchange`` until the result is final: at most ``retries`` more times, and once with a new token.

        Raises ConnectionFailedError or LostAnswerError if no answer comes, or not while the run has patience.
        """
        tries, retries = 0, self.patience.retries(call, self._connection.retries)
        while True:
            refusal = self.patience.refusal(call)
            if refusal is not None:
                raise ConnectionFailedError(self.secrets.redact(refusal))
            started = self._clock()
            result = exchange()
            self.patience.waited += self._clock() - started
            if renew is not None and isinstance(result, RawAnswer) and result.status == 401:
                renew()
                renew = None
                continue
            tries += 1
            pause = pause_before_retry(call, result, tries, retries, self._jitter(), datetime.now(timezone.utc))
            if pause is not None and self.wait(pause):
                continue
            self.patience.learn(call, result)
            if isinstance(result, RawAnswer) and pause is None:
                return result
            raise self._failed(call, result, tries, is_used_up=pause is not None or self.patience.left <= 0)

    def _failed(self, call: Call, result: Exchange, tries: int, is_used_up: bool) -> IscError:
        """Return the error for a call whose last result was no answer, or one that had to be waited out."""
        often = f" ({tries} tries)" if tries > 1 else ""
        if isinstance(result, RawAnswer):
            told = self.patience.told_as_used_up(call, f"answered {result.status}{often}")
        elif call.once and result.sent:
            return unreadable(call, f"got no answer: {result.text}", self.secrets)
        elif is_used_up and not result.lasting:
            told = self.patience.told_as_used_up(call, f"got no answer: {result.text}{often}")
        else:
            told = f"could not {call.what}: {call.place} got no answer: {result.text}{often}; {result.advice}"
        return ConnectionFailedError(self.secrets.redact(told))

    def _exchange(
        self, call: Call, url: str, content: bytes | None, content_type: str, authorize: _Authorize
    ) -> Exchange:
        """Send a request once."""
        session = self._session()
        body = None if content is None else _Body(content)
        connection, left = self._connection, self.patience.left
        timeout = min(connection.timeout, left)
        try:
            with self._deadline.after(left) as passed, warnings.catch_warnings():
                if not connection.validate_certs:
                    warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                with session.request(
                    call.method,
                    url,
                    data=body,
                    headers={"Content-Type": content_type} if body is not None else None,
                    auth=authorize,
                    timeout=timeout,
                    allow_redirects=False,
                    # Plain http is for loopback only: a proxy would receive the credentials unencrypted.
                    proxies=None if url.startswith("https:") else {"no_proxy": urlsplit(url).hostname or ""},
                    stream=True,
                    # Set for each request: REQUESTS_CA_BUNDLE would override a False of the session.
                    verify=(connection.ca_path or True) if connection.validate_certs else False,
                ) as response:
                    read = _read_body(call, response, passed)
                    return RawAnswer(response.status_code, response.headers, read)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            sent = body is not None and body.sent
            if passed.is_set():
                return Failure("it sent no complete answer in time", _LONGER, lasting=False, sent=sent, timed_out=True)
            return _failure(error, call, connection, timeout, sent)

    def _session(self) -> requests.Session:
        if not HAS_REQUESTS:
            raise IscError(
                f"the Python library requests is missing for {sys.executable}; install it there "
                "(with pipx: pipx inject ansible-core requests)"
            )
        if self._opened is None:
            session = requests.Session()
            session.headers["Accept"] = "application/json"
            session.headers["User-Agent"] = "sailpoint_community.isc"
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            # requests prepares even a redirect that it does not follow: it reads the body and parses the Location.
            session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
            self._deadline.watch(session)
            self._opened = session
        return self._opened


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no authorization. Without this function, requests would take credentials from .netrc."""
    return request


def _read_body(call: Call, response: requests.Response, passed: Event) -> bytes:
    """Return a response's body, cut off one byte beyond the limit; ``passed`` is set where it was broken off."""
    decided = response.status_code >= 300 or call.method == "DELETE"
    limit = ERROR_BODY_LIMIT if decided else BODY_LIMIT
    # By default, urllib3 1.26 takes a truncated body for a complete one.
    response.raw.enforce_content_length = True
    body = bytearray()
    try:
        for chunk in response.iter_content(64 * 1024):
            body += chunk
            if len(body) > limit:
                break
        if passed.is_set():
            # The end of a body without a length looks the same.
            raise requests.exceptions.ReadTimeout
    except requests.RequestException:
        # A status that is decisive by itself needs no body.
        if not decided:
            raise
    return bytes(body[: limit + 1])


def _read_grant(answer: Answer, secrets: Secrets) -> Grant:
    document = answer.document if isinstance(answer.document, dict) else {}
    token, expires_in, scope = (document.get(key) for key in ("access_token", "expires_in", "scope"))
    identity_id = document.get("identity_id")
    if not isinstance(token, str) or not _HEADER_VALUE.fullmatch(token):
        raise unreadable(answer.call, f"answered {answer.status} without a usable access_token", secrets)
    listed = scope.split() if isinstance(scope, str) else scope
    return Grant(
        access_token=secrets.learn(token),
        expires_in=expires_in if isinstance(expires_in, int) and not isinstance(expires_in, bool) else None,
        scope=frozenset(str(each) for each in listed) if isinstance(listed, list) else None,
        identity_id=identity_id if isinstance(identity_id, str) else None,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _failure(error: Exception, call: Call, connection: Connection, timeout: float, sent: bool) -> Failure:
    """Return what failed, and what to do about it."""
    chain = list(_chain(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    reach = f"check {call.address}, the network and the proxy environment variables"
    # urllib3 1.26 compares the host itself, and raises a class of its own without a stable import path.
    certificates = [each for each in chain if type(each).__name__ in ("SSLCertVerificationError", "CertificateError")]
    if certificates:
        reason = getattr(certificates[0], "verify_message", "it is for another host")
        advice = f"set ca_path to the CA of {call.host}, or correct {call.address}"
        return Failure(f"its TLS certificate could not be verified ({reason})", advice, lasting=True, sent=sent)
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        bundle = connection.ca_path or "of REQUESTS_CA_BUNDLE"
        return Failure(
            f"the CA bundle {bundle} cannot be read", "correct ca_path or REQUESTS_CA_BUNDLE", lasting=True, sent=sent
        )
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationParseError):
        return Failure("no request can be sent to this address", reach, lasting=True, sent=sent)
    silent = f"it sent nothing for {timeout:g} s"
    categories: list[tuple[tuple[type[BaseException], ...], str, str]] = [
        ((requests.exceptions.ProxyError,), "the proxy failed or refused", "check HTTPS_PROXY and NO_PROXY"),
        ((socket.gaierror,), "its host name cannot be resolved", reach),
        ((ConnectionRefusedError,), "the connection was refused", reach),
        ((requests.exceptions.ConnectTimeout,), f"no connection within {timeout:g} s", reach),
        # In urllib3 1.26 this is a TimeoutError too.
        ((urllib3.exceptions.NewConnectionError,), f"it cannot be reached ({_reason(chain)})", reach),
        ((urllib3.exceptions.TimeoutError, socket.timeout), silent, _LONGER),
        ((ssl.SSLError,), f"TLS failed ({_reason(chain)})", reach),
    ]
    for kinds, text, advice in categories:
        if has(*kinds):
            return Failure(text, advice, lasting=False, sent=sent, timed_out=text == silent)
    return Failure("the connection was lost", "run again", lasting=False, sent=sent)


def _reason(chain: list[BaseException]) -> str:
    """Return OpenSSL's or the operating system's own text for the root cause, which quotes nothing that was sent."""
    root = chain[-1]
    if isinstance(root, ssl.SSLError):
        return root.reason or "no reason given"
    return os.strerror(root.errno) if isinstance(root, OSError) and root.errno else "no reason given"
