# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a run waits for its server in all, and which hosts it asks no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from .exchange import Call, Exchange, Failure


@dataclass
class Patience:
    """What is left of a run's patience; times in seconds.

    ``waited`` is how long the run has waited for answers, and before it asked again. A host is silent once a request to
    it got no answer, in all its tries.
    """

    run_timeout: float
    waited: float = 0.0
    _silent: dict[str, Call] = field(default_factory=dict)

    @property
    def left(self) -> float:
        """How long the run may still wait."""
        return self.run_timeout - self.waited

    def retries(self, call: Call, retries: int) -> int:
        """Return how often the call may be repeated: a host that was silent is asked once, if at all."""
        return 0 if call.host in self._silent else retries

    def refusal(self, call: Call) -> str | None:
        """Return why the call must not be sent, None if it may be.

        After a create that got no answer, one list is tried all the same: only that tells whether a token was made.
        """
        if self.left <= 0:
            return self.told_as_used_up(call, "was not sent")
        earlier = self._silent.get(call.host)
        if earlier is None or (earlier.once and call.method == "GET"):
            return None
        return (
            f"could not {call.what}: {call.place} was not sent, since the server did not answer an earlier request of "
            f"this run, {earlier.place}; run again when it answers"
        )

    def learn(self, call: Call, result: Exchange) -> None:
        """Take note of a call's final result."""
        if not isinstance(result, Failure):
            self._silent.pop(call.host, None)
        # A create is sent once: one connection that broke says little about the server.
        elif not result.lasting and (result.timed_out or not (call.once and result.sent)):
            self._silent[call.host] = call

    def told_as_used_up(self, call: Call, problem: str) -> str:
        """Return the message for a call that the run has no patience left for."""
        return (
            f"could not {call.what}: {call.place} {problem}; the run has waited {self.waited:.0f} s for the server in "
            f"all, and run_timeout is {self.run_timeout:g} s: run again later, or raise run_timeout"
        )
