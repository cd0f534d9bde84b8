# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, rules and stops a simulator, with nothing but the standard library."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

# The folder that holds the package.
_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 30
_STOP_SECONDS = 10


class SimulatorError(Exception):
    """The simulator did not start, or refused a control verb."""


class SimulatorClient:
    """The control verbs of a running simulator; README.md says what each does. Raises SimulatorError."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def reset(self, seed: Mapping[str, Any] | None = None) -> None:
        """Back to the start, or to ``seed``; what that leaves out is as at the start."""
        self._verb("POST", "reset", dict(seed or {}))

    def state(self) -> dict[str, Any]:
        """What is true."""
        return self._object("GET", "state")

    def put_token(self, token_id: str, **fields: Any) -> dict[str, Any]:
        """Puts a token there, or changes the given fields (a seed's keys) of the one that is there."""
        return self._object("PUT", f"tokens/{quote(token_id)}", fields)

    def now(self) -> str:
        """The simulator's time, ISO 8601."""
        return str(self._object("GET", "clock")["now"])

    def set_clock(self, moment: datetime | str) -> None:
        """Makes that moment the present."""
        self._verb("POST", "clock", {"set": moment if isinstance(moment, str) else moment.isoformat()})

    def advance(self, **duration: float) -> None:
        """Moves the clock; takes the keywords of ``timedelta``."""
        self._verb("POST", "clock", {"advance": timedelta(**duration).total_seconds()})

    def freeze(self, frozen: bool = True) -> None:
        """Stops time, or lets it run on."""
        self._verb("POST", "clock", {"freeze": frozen})

    def switch(self, **switches: Any) -> dict[str, Any]:
        """Changes the given switches; returns all."""
        return self._object("POST", "switches", switches)

    def fault(self, **spec: Any) -> int:
        """Adds a fault; returns its id."""
        return int(self._object("POST", "faults", spec)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """All faults, with how often each ``matched`` and ``fired``."""
        return list(self._object("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._verb("DELETE", "faults")

    def held(self, wait: float = 0) -> list[dict[str, Any]]:
        """The requests that are held. With ``wait`` (seconds), waits for one; raises TimeoutError if none comes."""
        held = list(self._object("GET", f"held?{urlencode({'wait': wait})}")["held"])
        if wait and not held:
            raise TimeoutError(f"no request was held within {wait} s")
        return held

    def release(self, hold: int | None = None, then: str = "continue") -> int:
        """Lets one held request, or all, ``continue`` or ``drop``; returns how many."""
        body = {"then": then} if hold is None else {"hold": hold, "then": then}
        return int(self._object("POST", "release", body)["released"])

    def log(self, method: str | None = None, path: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """The requests after that number, of that method, their path matching that regular expression."""
        return [
            entry
            for entry in self._object("GET", f"log?after={after}")["log"]
            if method in (None, entry["method"]) and (path is None or re.search(path, entry["path"]))
        ]

    def clear_log(self) -> None:
        """Forgets the requests so far."""
        self._verb("DELETE", "log")

    def secrets(self) -> dict[str, Any]:
        """All secrets and bearer tokens, as README.md describes."""
        return self._object("GET", "secrets")

    def secret_texts(self, origin: str | None = None) -> list[str]:
        """What a leak test searches for: every secret (of that origin) and every bearer token."""
        known = self.secrets()
        texts = [each["secret"] for each in known["secrets"] if origin in (None, each["origin"])]
        return texts + [each["access_token"] for each in known["bearers"]]

    def works(self, client_id: str, client_secret: str) -> bool:
        """Whether these credentials would get a bearer token now; changes nothing."""
        return bool(self._object("POST", "check", {"client_id": client_id, "client_secret": client_secret})["works"])

    def _object(self, method: str, verb: str, body: Any = None) -> dict[str, Any]:
        answer = self._verb(method, verb, body)
        if not isinstance(answer, dict):
            raise SimulatorError(f"{method} {verb} did not answer with an object")
        return answer

    def _verb(self, method: str, verb: str, body: Any = None) -> Any:
        connection = HTTPConnection(urlsplit(self.base_url).netloc)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/_simulator/{verb}", content, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise SimulatorError(f"{method} {verb}: {response.status} {answer.decode('utf-8', 'replace')}")
        return json.loads(answer)


@contextmanager
def running(seed: Mapping[str, Any] | None = None, python: str = sys.executable) -> Iterator[SimulatorClient]:
    """A simulator in a process of its own, run by that Python; stopped at the end, or when this process ends."""
    with tempfile.TemporaryDirectory(prefix="simulator-") as folder:
        ready = Path(folder, "url")
        command = [python, "-m", "simulator", "--ready-file", str(ready), "--stop-with-parent", str(os.getpid())]
        if seed is not None:
            Path(folder, "seed.json").write_text(json.dumps(seed), encoding="utf-8")
            command += ["--seed", str(Path(folder, "seed.json"))]
        with Path(folder, "errors").open("w+", encoding="utf-8") as errors:
            environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
            try:
                yield SimulatorClient(_await_url(process, ready, Path(errors.name)))
            finally:
                _stop(process)


def _await_url(process: subprocess.Popen[bytes], ready: Path, errors: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while not ready.exists():
        if process.poll() is not None:
            raise SimulatorError(f"the simulator ended with {process.returncode}: {errors.read_text(encoding='utf-8')}")
        if time.monotonic() > deadline:
            raise SimulatorError(f"the simulator did not listen within {_START_SECONDS} s")
        time.sleep(0.02)
    return ready.read_text(encoding="utf-8").strip()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
