# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what an HTTP answer says, and the error that a bad one amounts to; nothing is sent here.

An answer's body may hold a secret: none is ever shown, but for the texts of the fields that errors are documented to
have, and those redacted. No error is raised within a handler, for the exceptions of the parser carry the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ._errors import ApiError, IscError, LostAnswerError, NotFoundError, UnreadableAnswerError
from ._secrets import Secrets

BODY_LIMIT = 64 * 1024 * 1024
"""The most bytes of an answer that are read: the tokens of a whole tenant come in one answer."""

ERROR_BODY_LIMIT = 64 * 1024
"""The most bytes of an error's body that are read."""

LONGEST_WAIT = 60
"""The longest ``Retry-After`` that is waited for, in seconds."""

_TEXT_LIMIT = 300
_TEXTS_LIMIT = 5

_SUPPORT = "run again later; if it stays, SailPoint's support asks for the trackingId"


@dataclass(frozen=True)
class Call:
    """What is sent, for the messages and for the decision whether it may be sent again.

    ``what`` completes "could not …"; ``url`` has no query; ``address`` names the options that the URL comes from;
    ``hints`` tells by status what to do next. The creating POST is sent ``once``: again only if it was certainly not
    processed.
    """

    what: str
    method: str
    url: str
    address: str
    hints: Mapping[int, str]
    once: bool = False

    @property
    def host(self) -> str:
        """The host, and the port where the URL has one."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"

    @property
    def place(self) -> str:
        """How messages call the request."""
        return f"{self.method} {urlsplit(self.url).path} at {self.host}"


@dataclass(frozen=True)
class Reply:
    """An answer as it came; ``headers`` are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """A successful answer: its JSON document (None for a DELETE), and its Date header in UTC, None if unusable.

    ``call`` is what it answers, for an error about the document.
    """

    status: int
    document: object = field(repr=False)
    date: datetime | None
    call: Call


def read_answer(call: Call, reply: Reply, secrets: Secrets) -> Answer:
    """Return what a reply says, every secret in it learnt.

    Raises ApiError (NotFoundError for a token that is not there) for a refusal, and UnreadableAnswerError for what is
    not what the API promises. For a call that is sent once, all but a refusal is a LostAnswerError.
    """
    if not 200 <= reply.status < 300:
        raise _error(call, reply, secrets)
    if call.method == "DELETE" and reply.status != 204:
        raise unreadable(call, f"answered {reply.status}, where only 204 says that it is deleted", secrets)
    document, problem = (None, None) if call.method == "DELETE" else _read_document(reply.body, secrets)
    if problem:
        content_type = clean(reply.headers.get("Content-Type", ""), secrets) or "no content type"
        raise unreadable(call, f"answered {reply.status} ({content_type}) with {problem}", secrets)
    return Answer(reply.status, document, parse_date(reply.headers.get("Date")), call)


def unreadable(call: Call, problem: str, secrets: Secrets, advice: str | None = None) -> IscError:
    """Return the error for an answer that is not what the API promises; ``problem`` holds no value of the body.

    Of a call that is sent once nobody knows then whether it was done: a LostAnswerError.
    """
    failed = f"could not {call.what}: {call.place} {problem}"
    if call.once:
        retry = "whether the token was made, and its secret lost, a fresh list tells: run again"
        return LostAnswerError(secrets.redact(f"{failed}; {retry}"))
    advice = advice or f"check that {call.address} leads to the tenant's API, and that no proxy answers in its place"
    return UnreadableAnswerError(secrets.redact(f"{failed}; {advice}"))


def _error(call: Call, reply: Reply, secrets: Secrets) -> IscError:
    """Return the error that an answer other than 2xx amounts to."""
    if reply.status < 400:
        return _redirect(call, reply, secrets)
    details = _Details.read(reply.body, secrets)
    problem = f"answered {reply.status}{details}"
    if call.once and reply.status >= 500:
        return unreadable(call, problem, secrets)
    # Elsewhere a 404 is about the path, not about a token.
    missing = reply.status == 404 and call.method in ("PATCH", "DELETE")
    if missing and not details.documented:
        return unreadable(call, f"{problem} without an error of the API", secrets)
    message = secrets.redact(f"could not {call.what}: {call.place} {problem}; {_advice(call, reply)}")
    error = NotFoundError if missing else ApiError
    return error(message, reply.status, details.code, details.tracking_id)


def _redirect(call: Call, reply: Reply, secrets: Secrets) -> IscError:
    """Return the error for a redirect: following it would hand the credentials to whomever it names."""
    # Redacted first, since a host comes out in lower case.
    location = secrets.redact(reply.headers.get("Location", ""))
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    target = f" to {clean(host, secrets)}" if host else ""
    advice = f"redirects are not followed: correct {call.address}"
    return unreadable(call, f"answered {reply.status}, a redirect{target}", secrets, advice)


def _advice(call: Call, reply: Reply) -> str:
    wait = retry_after(reply)
    if wait is not None and wait > LONGEST_WAIT:
        return f"it asks to wait {wait:.0f} s, and a run waits {LONGEST_WAIT} s at most: run again after that"
    if reply.status in call.hints:
        return call.hints[reply.status]
    if reply.status == 429:
        return "the rate limit is still exceeded: run again later, or with fewer hosts at a time"
    return _SUPPORT if reply.status >= 500 else "correct what is declared as the texts say"


@dataclass(frozen=True)
class _Details:
    """What an error's body says, clean and redacted; its text follows the status in a message.

    ``documented``: it has a field of the API's own errors, so that no proxy answered in its place.
    """

    code: str | None = None
    tracking_id: str | None = None
    texts: tuple[str, ...] = ()
    documented: bool = False

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code else ""
        texts = f": {'; '.join(self.texts)}" if self.texts else ""
        return code + texts + (f" (trackingId {self.tracking_id})" if self.tracking_id else "")

    @classmethod
    def read(cls, body: bytes, secrets: Secrets) -> _Details:
        """Return the details in a body of whatever shape."""
        document, _problem = _read_document(body, secrets)
        if not isinstance(document, dict):
            return cls()

        def text(value: object) -> str | None:
            return clean(value, secrets) or None if isinstance(value, str) else None

        found = [text(document.get(key)) for key in ("error", "error_description", "message")]
        found += [text(each) for key in ("messages", "causes") for each in _preferred(document.get(key))]
        distinct = dict.fromkeys(each for each in found if each)
        return cls(
            text(document.get("detailCode")),
            text(document.get("trackingId")),
            tuple(distinct)[:_TEXTS_LIMIT],
            documented=any(key in document for key in ("detailCode", "trackingId", "messages")),
        )


def _preferred(entries: object) -> Iterator[object]:
    """Yield the texts of ``messages`` or ``causes``: the English ones, or all where there is none."""
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    english = [entry for entry in listed if str(entry.get("locale")).lower().startswith("en")]
    for entry in english or listed:
        yield entry.get("text")


def clean(text: str, secrets: Secrets) -> str:
    """Return a server's text on one line, printable, redacted, and of bounded length."""
    printable = "".join(character for character in " ".join(text.split()) if character.isprintable())
    # Not before: what is removed may have stood inside a secret.
    redacted = secrets.redact(printable)
    return redacted if len(redacted) <= _TEXT_LIMIT else f"{redacted[:_TEXT_LIMIT]}…"


def _read_document(body: bytes, secrets: Secrets) -> tuple[object, str | None]:
    """Return the JSON document of a body, all that it calls a secret learnt, or what is in its place."""
    document, problem = _parse(body)
    for key in ("secret", "client_secret", "access_token", "refresh_token"):
        value = document.get(key) if isinstance(document, dict) else None
        if isinstance(value, str):
            secrets.learn(value)
    return document, problem


def _parse(body: bytes) -> tuple[object, str | None]:
    if not body:
        return None, "an empty body"
    if len(body) > BODY_LIMIT:
        return None, f"a body of more than {BODY_LIMIT} bytes"
    try:
        text = body.decode("utf-8")
        document = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            # Half a surrogate pair is valid JSON, and can be neither printed nor stored.
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        return None, "JSON that is nested too deeply"
    except UnicodeError:
        return None, "a body that is not Unicode"
    except ValueError:
        return None, "a body that is not JSON"
    return document, None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_date(value: str | None) -> datetime | None:
    """Return the moment that an HTTP date says, in UTC; None for a missing or unusable one."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # "-0000" and some other zones come out naive, and mean UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, TypeError, IndexError, OverflowError):  # all of them seen from email.utils, by version
        return None


def retry_after(reply: Reply) -> float | None:
    """Return the wait that a reply asks for, in seconds; None where it asks for none, or for rubbish.

    A date counts from the reply's own, so that a wrong clock here does not matter.
    """
    value = reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    until = parse_date(value)
    if until is None:
        return None
    now = parse_date(reply.headers.get("Date")) or datetime.now(timezone.utc)
    return max(0.0, (until - now).total_seconds())
