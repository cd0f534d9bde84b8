# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The breadth-first search over all that two runs at once, and the faults that they meet, can come to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, hours
from ansible_collections.sailpoint_community.isc.tests.model.runs import Job, Node
from ansible_collections.sailpoint_community.isc.tests.model.world import NAME, Broken, World, aged

FAULTS = 2
"""How many crashes and lost answers there are between the two runs, at any of their steps."""

SOON, LATER = hours(2), days(9)
"""When further runs come: past the hour in which nothing new is deleted, and past everything that an overlap holds."""

_WRITES = {"create", "patch", "delete", "write", "remove"}
_MAY_STAY = ("set adopt: true", "does not show that token")
"""What the failures that may stay tell: somebody else may hold a secret, or does."""

_MAY_LAST = "tokens of the owner are in use"
"""What the failure tells that ends by itself, once what failed runs left may give its slot away."""


class State(NamedTuple):
    """Where the two runs are in a world, None for one that has ended or crashed, and how many faults are left."""

    world: World
    first: Node | None
    second: Node | None
    faults: int


@dataclass(frozen=True)
class Report:
    """How much there was to see."""

    states: int
    finals: int
    most_alive: int


class Search:
    """One search: every interleaving of two jobs from a start; ``run`` raises Broken with the shortest trace."""

    def __init__(self, start: World, first: Job, second: Job) -> None:
        stores = {job.terms.at: replace(job, rotate="when_due") for job in (second, first)}
        self.plain = [stores[at] for at in sorted(stores)]
        self.start = State(start, _open(Node(first)), _open(Node(second)), FAULTS)
        self.reached: dict[State, tuple[State | None, str]] = {self.start: (None, "")}
        self._roots: dict[int, Node] = {}
        self._settled: dict[tuple[World, int], World | None] = {}

    def run(self) -> Report:
        """Visit every state that can be reached, and see from every final one that all comes right."""
        queue = deque(self.reached)
        finals: set[World] = set()
        while queue:
            state = queue.popleft()
            try:
                if state.first is None and state.second is None and state.world not in finals:
                    finals.add(state.world)
                    self._check_final(state.world)
                for label, following in _successors(state):
                    if following not in self.reached:
                        self.reached[following] = (state, label)
                        queue.append(following)
            except Broken as broken:
                raise Broken("\n".join([str(broken), *self._trace(state)])) from None
        return Report(len(self.reached), len(finals), max(len(state.world.tokens) for state in self.reached))

    def _trace(self, state: State) -> list[str]:
        """Return the shortest way to a state."""
        steps = []
        before, label = self.reached[state]
        while before is not None:
            steps.append(f"  {label}")
            before, label = self.reached[before]
        return [f"  start: {show(self.start.world)}", *reversed(steps), f"  here: {show(state.world)}"]

    def _check_final(self, world: World) -> None:
        """See that further runs, at once or only later, make everything right, and are done with it."""
        at_once = self._settle(world, 0)
        for now in (world, at_once or world):
            for pause in (SOON, LATER):
                soon = aged(now, pause)
                last = self._settle(aged(self._settle(soon, 1) or soon, LATER), 2)
                if last and {one.id for one in last.tokens} != set(filter(None, last.stores)):
                    raise Broken(f"tokens pile up: {show(last)}")
                if last and NAME not in {one.name for one in last.tokens}:
                    raise Broken(f"nobody has the name: {show(last)}")

    def _settle(self, world: World, phase: int) -> World | None:
        """Let plain runs follow one another: two may write. Return the world after them, None where they refuse."""
        key = (world, phase)
        if key not in self._settled:
            self._settled[key] = self._run_alone(world, phase)
        return self._settled[key]

    def _run_alone(self, start: World, phase: int) -> World | None:
        """Let the runs of each store take turns; two of each may write.

        Two stores with one name take it from each other, until a use by the consumers of one shows.
        """
        world, done, refused = start, [], []
        turns = self.plain * 3
        for number, job in enumerate(turns):
            maker = 0xC0 + 0x10 * phase + number
            node = self._roots.setdefault(maker, Node(replace(job, maker=maker)))
            is_last = number >= len(turns) - len(self.plain)
            while node.waits_for is not None:
                try:
                    move = node.moves(world)[0]
                except Broken as broken:
                    raise Broken(f"{broken}; in run {number + 1} of those that follow, from {show(start)}") from None
                if node.waits_for.operation in _WRITES:
                    done.append(f"{number + 1}: {move.label}")
                    if is_last and (phase == 2 or len(self.plain) == 1):
                        raise Broken(f"the third run still writes, from {show(start)}: {done}")
                node, world = node.after(move.answer), move.world
            if is_last and node.failure:
                refused.append(node.failure)
                if not self._may_stay(node.failure, phase, done):
                    raise Broken(f"it stays failed, from {show(start)}: {node.failure} {done}")
        return None if len(refused) == len(self.plain) else world

    def _may_stay(self, failure: str, phase: int, done: list[str]) -> bool:
        """Return whether a failure may be left: another store may have what it needs, or a slot is not yet free."""
        if phase < 2 and _MAY_LAST in failure:
            return True
        return any(text in failure for text in _MAY_STAY) and (not done or len(self.plain) > 1)


def _open(node: Node) -> Node | None:
    """Return a run, unless it has ended: what it has been through matters no more."""
    return node if node.waits_for is not None else None


def _successors(state: State) -> Iterator[tuple[str, State]]:
    """Yield every step that is possible, and the state after it."""
    world, first, second, faults = state.world, state.first, state.second, state.faults
    if first is not None:
        for label, cost, after, node in _steps(world, first, faults):
            yield f"A {label}", State(after, node, second, faults - cost)
    if second is not None:
        for label, cost, after, node in _steps(world, second, faults):
            yield f"B {label}", State(after, first, node, faults - cost)


def _steps(world: World, node: Node, faults: int) -> Iterator[tuple[str, int, World, Node | None]]:
    for move in node.moves(world):
        if move.faults <= faults:
            yield move.label, move.faults, move.world, _open(node.after(move.answer))
    if faults:
        yield "crashes", 1, world, None


def show(world: World) -> str:
    """Return a world in short."""
    tokens = ", ".join(f"{one.id[:8]} {one.name!r} {NOW - one.created} old" for one in world.tokens)
    return f"[{tokens}], stored: {', '.join(stored[:8] or 'nothing' for stored in world.stores)}"
