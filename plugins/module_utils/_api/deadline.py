# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breaks the connections of a session off at a deadline.

The timeout of a socket begins anew with every byte, so a server that sends one now and then would hold a run for ever.
And it begins anew with every address of a host.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet


class Deadline:
    """Knows the open sockets of the sessions that it watches."""

    def __init__(self) -> None:
        self._sockets: WeakSet[Any] = WeakSet()
        self._managers: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()
        self._passed = threading.Event()
        self._ends = 0.0

    def watch(self, session: Any) -> None:
        """Take note of every connection that a session of requests opens from now on."""
        for adapter in session.adapters.values():
            self._watch_adapter(adapter)

    @contextmanager
    def after(self, seconds: float) -> Iterator[threading.Event]:
        """Break off what is still read after ``seconds``; the event is set then."""
        self._passed = passed = threading.Event()
        self._ends = time.monotonic() + seconds
        timer = threading.Timer(seconds, self._break_off, [passed])
        timer.daemon = True
        # A thread begins with the signals blocked that its maker blocks. If the timer got one, this thread would not be
        # woken: an interrupted run would go on waiting.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            timer.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        try:
            yield passed
        finally:
            timer.cancel()

    def _break_off(self, passed: threading.Event) -> None:
        with self._lock:
            passed.set()
            for each in self._sockets:
                _shut_down(each)

    def _note(self, opened: Any) -> None:
        with self._lock:
            self._sockets.add(opened)
            if self._passed.is_set():
                _shut_down(opened)

    def _watch_adapter(self, adapter: Any) -> None:
        make_proxy_manager = adapter.proxy_manager_for

        def proxy_manager_for(*args: Any, **options: Any) -> Any:
            return self._watched(make_proxy_manager(*args, **options))

        adapter.proxy_manager_for = proxy_manager_for
        self._watched(adapter.poolmanager)

    def _watched(self, manager: Any) -> Any:
        """Return a pool manager of urllib3, with its own classes for pools and connections."""
        if manager not in self._managers:
            self._managers.add(manager)
            classes = manager.pool_classes_by_scheme
            manager.pool_classes_by_scheme = {scheme: self._noting_pool(each) for scheme, each in classes.items()}
        return manager

    def _opened(self, connection: Any, connect: Callable[[Any], Any]) -> Any:
        """Return a socket to the first address of the host that answers, as long as there is time left."""
        if hasattr(connection, "_socks_options"):
            # The host is the tenant, not the proxy. With socks5h, the proxy resolves its name; nobody here may know it.
            return connect(connection)
        host, timeout = connection._dns_host, connection.timeout
        failures: list[Exception] = []
        try:
            for address in _addresses_of(host, connection.port):
                left = self._ends - time.monotonic()
                if failures and left <= 0:
                    break
                connection._dns_host, connection.timeout = address, min(timeout, max(left, 0.001))
                try:
                    return connect(connection)
                except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
                    failures.append(error)
        finally:
            connection._dns_host, connection.timeout = host, timeout
        # To an address of a family that this machine does not have, urllib3 says that the host is unknown.
        telling = [error for error in failures if not isinstance(error.__context__, socket.gaierror)]
        raise (telling or failures)[-1]

    def _noting_pool(self, pool_class: Any) -> Any:
        note, connection_class = self._note, pool_class.ConnectionCls

        def new_conn(connection: Any) -> Any:
            opened = self._opened(connection, connection_class._new_conn)
            # Before it connects through a proxy, whose answer may come one byte at a time as well.
            note(opened)
            return opened

        def connect(connection: Any) -> None:
            connection_class.connect(connection)
            # Not the connection: it lets go of its socket before an answer without a length is read.
            note(connection.sock)

        noting = type(connection_class.__name__, (connection_class,), {"_new_conn": new_conn, "connect": connect})
        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": noting})


def _addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host; itself where they cannot be told, so that connecting says why."""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_kind, address in found)) or [host]
    return [host]


def _shut_down(opened: Any) -> None:
    # Not the method of a TLS socket: that takes the socket apart, while the other thread reads from it.
    with suppress(OSError, TypeError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
