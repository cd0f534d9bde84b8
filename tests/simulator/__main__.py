# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m simulator``: serves on loopback until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from . import seeds
from .app import Simulator
from .control import application
from .spoiled import ReachableProtocol


def main() -> int:
    """Parses the command line and serves. Returns the exit code."""
    options = _options()
    seed = json.loads(options.seed.read_text(encoding="utf-8")) if options.seed else seeds.default()
    simulator = Simulator(seed)
    config = uvicorn.Config(
        application(simulator),
        http=ReachableProtocol,
        lifespan="off",
        access_log=False,
        log_level="error",
        # The Date header follows the simulated clock.
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # Uvicorn stops at these signals, then raises them again for whoever handled them before: here, nobody needs to.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.create_server((options.host, options.port), family=family, backlog=1024) as listener:
        # Connections inherit it. Without it every answer over a kept connection waits 40 ms for the caller's delayed
        # acknowledgement; asyncio sets it by itself only on sockets whose protocol was named when they were made.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host = f"[{options.host}]" if family == socket.AF_INET6 else options.host
        _announce(f"http://{host}:{listener.getsockname()[1]}", options.ready_file)
        asyncio.run(_serve(simulator, server, listener, options.stop_with_parent))
    return 0


async def _serve(simulator: Simulator, server: uvicorn.Server, listener: socket.socket, parent: int | None) -> None:
    watch = asyncio.ensure_future(_watch(simulator, server, parent))
    await server.serve(sockets=[listener])
    watch.cancel()


async def _watch(simulator: Simulator, server: uvicorn.Server, parent: int | None) -> None:
    """Stops the server once ``parent`` is not this process's parent any more, and lets no held request delay a stop."""
    while not server.should_exit:
        # An orphan gets another parent, whatever became of the first.
        server.should_exit |= parent not in (None, os.getppid())
        await asyncio.sleep(0.1)
    simulator.world.faults.release(drop=True)


def _announce(url: str, ready_file: Path | None) -> None:
    """Tells the address: in the ready file, whole or not at all, and on standard output."""
    print(url, flush=True)
    if ready_file is not None:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        draft.write_text(url + "\n", encoding="utf-8")
        os.replace(draft, ready_file)


def _loopback(host: str) -> str:
    try:
        if ipaddress.ip_address("127.0.0.1" if host == "localhost" else host).is_loopback:
            return host
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{host} is not a loopback address, and nobody else is to reach a simulator")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="A stateful ISC on loopback, for tests.")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free one")
    parser.add_argument("--ready-file", type=Path, help="gets the base URL once the simulator listens")
    parser.add_argument("--seed", type=Path, help="the starting state, JSON")
    parser.add_argument(
        "--stop-with-parent",
        nargs="?",
        type=int,
        const=os.getppid(),
        metavar="PID",
        help="stop when the parent process (this id, if given) is gone",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
