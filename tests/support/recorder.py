"""A proxy that lets nobody through, and notes where each client wanted to go."""

from __future__ import annotations

import socket
from contextlib import suppress

from support.listener import Listener


class Recorder(Listener):
    """Takes HTTP's CONNECT and absolute requests, SOCKS 5 and the beginning of TLS on one port."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: set[str] = set()

    def take(self) -> set[str]:
        """What was wanted since the last time."""
        wanted, self.wanted = self.wanted, set()
        return wanted

    def serve(self, client: socket.socket) -> None:
        """One client, which may leave without a word."""
        with client, suppress(OSError, IndexError):
            client.settimeout(5)
            if wanted := self.read(client):
                self.wanted.add(wanted)

    def read(self, client: socket.socket) -> str:
        """What one client wants."""
        first = client.recv(1)
        if first == b"\x16":
            return "TLS"
        if first == b"\x05":
            return self.socks(client)
        head = first
        while b"\r\n\r\n" not in head and (part := client.recv(4096)):
            head += part
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        lines = head.decode().split("\r\n")
        user = next((f" {line}" for line in lines if line.lower().startswith("proxy-authorization:")), "")
        return lines[0].removesuffix(" HTTP/1.1") + user

    def socks(self, client: socket.socket) -> str:
        """Greets without asking who it is, and reads the address."""
        client.recv(client.recv(1)[0])
        client.sendall(b"\x05\x00")
        kind = client.recv(4)[3]
        host = socket.inet_ntoa(client.recv(4)) if kind == 1 else client.recv(client.recv(1)[0]).decode()
        port = int.from_bytes(client.recv(2), "big")
        client.sendall(b"\x05\x05\x00\x01" + bytes(6))
        return f"SOCKS {host}:{port}"
