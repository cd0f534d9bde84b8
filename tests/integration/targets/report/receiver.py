# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands for a mail server and for the webhooks: writes what it is sent into a folder, one file each.

Usage: receiver.py FOLDER. It ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

FOLDER = Path(sys.argv[1])


class Webhook(BaseHTTPRequestHandler):
    """Takes JSON at any path, whose last part names the file."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.rpartition("/")[2]
        (FOLDER / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
        self.send_response(202 if name == "teams" else 200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


class Mail(StreamRequestHandler):
    """As much of SMTP as one mail needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 fake\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                (FOLDER / "mail.eml").write_bytes(b"".join(one.removeprefix(b".") for one in lines))
            self.wfile.write(b"250 fine\r\n")
            if verb == b"QUIT":
                return


def main() -> None:
    """Serve until the parent has ended; the file ``ports`` says where."""
    web, mail = ThreadingHTTPServer(("127.0.0.1", 0), Webhook), ThreadingTCPServer(("127.0.0.1", 0), Mail)
    for server in (web, mail):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = FOLDER / "ports.new"
    ready.write_text(f"web={web.server_address[1]} smtp={mail.server_address[1]}\n", encoding="utf-8")
    ready.rename(FOLDER / "ports")
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
