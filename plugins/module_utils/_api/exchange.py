# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: one HTTP exchange as data: the request, and its answer or failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Call:
    """A request, as messages and the retry decision need it.

    ``what`` completes "could not …"; ``url`` has no query; ``address`` names the options that the URL comes from;
    ``hints`` maps a status to what to do next. The POST that creates is sent ``once``: it is repeated only if it was
    certainly not processed.
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
        """How messages refer to the request."""
        return f"{self.method} {urlsplit(self.url).path} at {self.host}"


@dataclass(frozen=True)
class RawAnswer:
    """An answer as received; ``headers`` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Failure:
    """Why no answer came; ``lasting`` if a retry cannot help, ``sent`` if the request may have been processed.

    ``timed_out`` if it did not come in time.
    """

    text: str
    advice: str
    lasting: bool
    sent: bool
    timed_out: bool = False


Exchange = Union[RawAnswer, Failure]
"""The result of sending a call once."""
