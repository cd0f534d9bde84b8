# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loopback server that answers from a script, byte for byte, and breaks connections for real; and a CA of its own."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Odd:
    """What the server does with one request: send ``content``, then ``keep``, ``close`` or ``reset`` the connection,
    or stay ``silent``. The bytes in ``slowly`` are sent between the two, one now and then."""

    content: bytes
    then: str = "keep"
    slowly: bytes = b""


def answer(status: int = 200, body: object = b"", then: str = "keep", **headers: str) -> Odd:
    """Return a well-formed answer; a body that is not bytes is sent as JSON. ``Retry_After`` is Retry-After."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content_Type": "application/json", "Content_Length": str(len(content)), **headers}
    lines = [
        f"HTTP/1.1 {status} Odd",
        *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value),
    ]
    return Odd("\r\n".join([*lines, "", ""]).encode("latin-1") + content, then)


TLS_RECORD = b"\x16\x03\x03\x40\x00"
"""How a record of a TLS handshake begins that has 16 KiB to come."""

DROPPED = Odd(b"", "close")
RESET = Odd(b"", "reset")
SILENT = Odd(b"", "silent")
NO_HTTP = Odd(b"220 odd.example ESMTP\r\n", "close")
CUT_OFF = answer(200, b'[{"id": "0123', "close", Content_Length="5000")
CUT_OFF_CHUNKED = answer(200, b"40\r\n[{\r\n", "close", Content_Length="", Transfer_Encoding="chunked")


def trickles(length: int) -> dict[str, Odd]:
    """Return good answers, of which so many bytes come now and then, by where in them: no socket's timeout passes."""
    slow = b"[" + b" " * (length - 2) + b"]"
    chunked = answer(200, Content_Length="", Transfer_Encoding="chunked").content
    return {
        "head": Odd(b"HTTP/1.1 200 Odd\r\nX: ", slowly=slow + b"\r\nContent-Length: 2\r\n\r\n[]"),
        "body": Odd(answer(200, Content_Length=str(length)).content, slowly=slow),
        "chunk": Odd(chunked + b"%x\r\n" % length, slowly=slow + b"\r\n0\r\n\r\n"),
        "body without a length": Odd(answer(200, Content_Length="").content, "close", slowly=slow),
    }


@dataclass(frozen=True)
class Seen:
    """A request as it came; the names of ``headers`` in lower case."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def json(self) -> object:
        """The body's JSON."""
        return json.loads(self.body)


class OddServer:
    """Serves a script, one entry per request, over as many connections as come; a 599 once it is at its end.

    With ``tls`` it speaks TLS; as a ``proxy`` only after a CONNECT, whose answer may come ``slow_connect``-ly. With
    ``slow_handshake`` it sends the first record of TLS alone, and that for half a minute.
    """

    def __init__(
        self,
        *script: Odd,
        tls: ssl.SSLContext | None = None,
        proxy: bool = False,
        slow_connect: bool = False,
        slow_handshake: bool = False,
        port: int = 0,
    ) -> None:
        self._slow_connect = slow_connect
        self._slow_handshake = slow_handshake
        self._script = list(script)
        self._tls = tls
        self._proxy = proxy
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.seen: list[Seen] = []
        self.connections = 0
        self.sent_slowly = 0
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._start(self._accept)

    def __enter__(self) -> OddServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in self._sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was faster
        for thread in self._threads:
            thread.join()
        self._listener.close()

    @property
    def calls(self) -> list[str]:
        """Method and target of every request."""
        return [f"{seen.method} {seen.target}" for seen in self.seen]

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            self._start(self._serve, connection)

    def _send_slowly(self, connection: socket.socket, content: bytes) -> None:
        for byte in content:
            if self._stopped.wait(0.05):
                break
            connection.sendall(bytes([byte]))
            self.sent_slowly += 1

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._slow_handshake:
                connection.recv(65536)
                connection.sendall(TLS_RECORD)
                self._send_slowly(connection, bytes(600))
                return
            if self._tls is not None and not self._proxy:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._sockets.append(connection)
            stream = connection.makefile("rb")
            while (seen := _read_request(stream)) is not None:
                self.seen.append(seen)
                if seen.method == "CONNECT" and self._tls is not None:
                    connection.sendall(b"HTTP/1.1 200 Connected\r\n")
                    self._send_slowly(connection, b"X: " + b"x" * 600 if self._slow_connect else b"")
                    connection.sendall(b"\r\n" * (2 if self._slow_connect else 1))
                    stream.close()
                    connection = self._tls.wrap_socket(connection, server_side=True)
                    self._sockets.append(connection)
                    stream = connection.makefile("rb")
                    continue
                odd = self._script.pop(0) if self._script else answer(599)
                connection.sendall(odd.content)
                self._send_slowly(connection, odd.slowly)
                if odd.then == "silent":
                    self._stopped.wait()
                if odd.then == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if odd.then != "keep":
                    break
            stream.close()
        except (OSError, ValueError):
            pass  # the client broke off, or spoke something else than HTTP
        finally:
            connection.close()


def _read_request(stream: BinaryIO) -> Seen | None:
    line = stream.readline(65536).decode("latin-1")
    if not line.strip():
        return None
    method, target, _version = line.split(" ", 2)
    headers: dict[str, str] = {}
    while (field_line := stream.readline(65536).decode("latin-1").strip()) != "":
        name, _colon, value = field_line.partition(":")
        headers[name.lower()] = value.strip()
    return Seen(method, target, headers, stream.read(int(headers.get("content-length", "0"))))


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def make_certificate(folder: Path, *hosts: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context with a fresh self-signed certificate for these hosts, and that one's path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hosts[0])])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_path.write_bytes(key.private_bytes(*private))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return context, path
