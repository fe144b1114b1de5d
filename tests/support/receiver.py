"""A receiver of metrics on loopback: keeps what is pushed to it, as it came."""

from __future__ import annotations

import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Push:
    """A request to a receiver."""

    path: str
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes


class Receiver:
    """Answers each POST with the same status and body; a silent one keeps it and answers at its own end.

    With `tls` it shows the certificate `receiver.pem` of that folder.
    """

    def __init__(self, status: int = 200, answer: bytes = b"", silent: bool = False, tls: Path | None = None) -> None:
        self.pushes: list[Push] = []
        receiver, self.over = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.pushes.append(Push(self.path, headers, body))
                if silent:
                    receiver.over.wait()
                with suppress(BrokenPipeError):  # nobody waits any more for one that was silent
                    self.send_response(status)
                    self.send_header("content-length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "receiver.pem", tls / "receiver.key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    @property
    def endpoint(self) -> str:
        """Its URL, without a path."""
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        """Serves from now on."""
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Serves no more."""
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
