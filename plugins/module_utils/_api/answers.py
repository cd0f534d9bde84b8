# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads HTTP answers: what a good one says, and which error a bad one stands for. Nothing is sent here.

An answer's body may hold a secret. Of an error, only the documented fields are shown, and they are redacted. No error
is raised inside an exception handler, since the parser's exceptions carry the body.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from .._base.errors import ApiError, IscError, LostAnswerError, NotFoundError, UnreadableAnswerError
from .._base.moments import parse_http_date
from .._base.secret import Secrets
from .exchange import Call, RawAnswer
from .retry import LONGEST_WAIT, retry_after

BODY_LIMIT = 64 * 1024 * 1024
"""The most bytes that are read of an answer. One answer may list the tokens of a whole tenant."""

ERROR_BODY_LIMIT = 64 * 1024
"""The most bytes that are read of an error's body."""

_TEXT_LIMIT = 300
_TEXTS_LIMIT = 5

_SUPPORT = "run again later; if the error persists, give SailPoint support the trackingId"


@dataclass(frozen=True)
class Answer:
    """A successful answer: its JSON document (None for a DELETE), and its Date header in UTC (None if unusable).
    ``call`` is the call that it answers, for errors about the document.
    """

    status: int
    document: object = field(repr=False)
    date: datetime | None
    call: Call


def read_answer(call: Call, raw: RawAnswer, secrets: Secrets) -> Answer:
    """Return what an answer says, and learn every secret in it.

    Raises ApiError for a refusal (NotFoundError if the token does not exist), and UnreadableAnswerError for an answer
    that is not what the API promises. For a call that is sent once, LostAnswerError takes the place of the latter.
    """
    if not 200 <= raw.status < 300:
        raise _error(call, raw, secrets)
    if call.method == "DELETE" and raw.status != 204:
        raise unreadable(call, f"answered {raw.status}, but only 204 confirms the deletion", secrets)
    document, problem = (None, None) if call.method == "DELETE" else _read_document(raw.body, secrets)
    if problem:
        content_type = clean(raw.headers.get("Content-Type", ""), secrets) or "no content type"
        raise unreadable(call, f"answered {raw.status} ({content_type}) with {problem}", secrets)
    return Answer(raw.status, document, parse_http_date(raw.headers.get("Date")), call)


def unreadable(call: Call, problem: str, secrets: Secrets, advice: str | None = None) -> IscError:
    """Return the error for an answer that is not what the API promises; ``problem`` quotes nothing from the body.

    For a call that is sent once, it is a LostAnswerError: nobody knows whether the call was processed.
    """
    failed = f"could not {call.what}: {call.place} {problem}"
    if call.once:
        retry = "the token may have been created and its secret lost: run again, since only a new list shows that"
        return LostAnswerError(secrets.redact(f"{failed}; {retry}"))
    advice = advice or f"check that {call.address} leads to the tenant's API, and that no proxy answers in its place"
    return UnreadableAnswerError(secrets.redact(f"{failed}; {advice}"))


def _error(call: Call, raw: RawAnswer, secrets: Secrets) -> IscError:
    """Return the error that an answer other than 2xx stands for."""
    if raw.status < 400:
        return _redirect(call, raw, secrets)
    details = _Details.read(raw.body, secrets)
    problem = f"answered {raw.status}{details}"
    if call.once and raw.status >= 500:
        return unreadable(call, problem, secrets)
    # For other methods, a 404 is about the path, not about a token.
    missing = raw.status == 404 and call.method in ("PATCH", "DELETE")
    if missing and not details.documented:
        return unreadable(call, f"{problem}, which is not in the API's error format", secrets)
    message = secrets.redact(f"could not {call.what}: {call.place} {problem}; {_advice(call, raw)}")
    error = NotFoundError if missing else ApiError
    return error(message, raw.status, details.code, details.tracking_id)


def _redirect(call: Call, raw: RawAnswer, secrets: Secrets) -> IscError:
    """Return the error for a redirect: following it would send the credentials to whichever host it names."""
    # Redacted first: urlsplit puts the host in lower case, in which a secret would not be recognized.
    location = secrets.redact(raw.headers.get("Location", ""))
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    target = f" to {clean(host, secrets)}" if host else ""
    advice = f"redirects are not followed: correct {call.address}"
    return unreadable(call, f"answered {raw.status}, a redirect{target}", secrets, advice)


def _advice(call: Call, raw: RawAnswer) -> str:
    wait = retry_after(raw, datetime.now(timezone.utc))
    if wait is not None and wait > LONGEST_WAIT:
        return f"the server asks to wait {wait:.0f} s, but a run waits {LONGEST_WAIT} s at most: run again after that"
    if raw.status in call.hints:
        return call.hints[raw.status]
    if raw.status == 429:
        return "the rate limit is still exceeded: run again later, or with fewer hosts at a time"
    return _SUPPORT if raw.status >= 500 else "correct the declaration as the server's message says"


@dataclass(frozen=True)
class _Details:
    """What an error's body says, clean and redacted; as a string, it follows the status in a message.

    ``documented``: it has a field of the API's own errors, so no proxy answered in the API's place.
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
        """Return the details in a body of any shape."""
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
    """Yield the texts of ``messages`` or ``causes``: the English ones, or all if none is English."""
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    english = [entry for entry in listed if str(entry.get("locale")).lower().startswith("en")]
    for entry in english or listed:
        yield entry.get("text")


def clean(text: str, secrets: Secrets) -> str:
    """Return a server's text on one line, printable, redacted, and of bounded length."""
    printable = "".join(character for character in " ".join(text.split()) if character.isprintable())
    # Not earlier: a character that was removed may have stood inside a secret.
    redacted = secrets.redact(printable)
    return redacted if len(redacted) <= _TEXT_LIMIT else f"{redacted[:_TEXT_LIMIT]}…"


def _read_document(body: bytes, secrets: Secrets) -> tuple[object, str | None]:
    """Return the JSON document of a body, or what is there instead, and learn every secret in it."""
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
            # Half a surrogate pair is valid JSON, but can be neither printed nor stored.
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
