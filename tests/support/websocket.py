"""A websocket as a client opens it: what the server sends is read, frame by frame."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from support.api import Api


class WebSocket:
    """The frames of an open websocket."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self._received = raw.makefile("rb")
        self.head = b"".join(iter(self._line, b"\r\n")).decode()

    def _line(self) -> bytes:
        return self._received.readline()

    @property
    def status(self) -> int:
        """Of the answer: 101 where the server talks."""
        return int(self.head.split(" ")[1])

    def frame(self) -> tuple[int, bytes]:
        """Opcode (1 is text, 8 the end) and content of the next frame, which the server never parts."""
        first, length = self._received.read(2)
        if length >= 126:
            length = int.from_bytes(self._received.read(2 if length == 126 else 8), "big")
        return first & 0x0F, self._received.read(length)


@contextmanager
def websocket(api: Api, path: str) -> Iterator[WebSocket]:
    """A websocket without a subprotocol."""
    connection = api.connect()
    connection.connect()
    headers = {
        "Host": "server",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Origin": "http://server",
        **api.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sock.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    try:
        yield WebSocket(connection.sock)
    finally:
        connection.close()
