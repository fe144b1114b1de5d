"""A proxy that lets nobody through, and notes where each client wanted to go."""

from __future__ import annotations

import re
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
            first = client.recv(1)
            if first == b"\x16":
                self.wanted.add("TLS")
            elif first == b"\x05":
                self.socks(client)
            elif first:
                self.http(client, first)

    def http(self, client: socket.socket, head: bytes) -> None:
        """Notes what is asked for before it answers: the client may be gone with the answer, and the test go on."""
        while b"\r\n\r\n" not in head and (part := client.recv(4096)):
            head += part
        lines = head.decode().split("\r\n")
        name = "Proxy-Authorization:"
        user = next((f" {name}{line[len(name) :]}" for line in lines if line.lower().startswith(name.lower())), "")
        wanted = re.sub(r"^\w+ http://([^/]+)/.*", r"FORWARD \1", lines[0].removesuffix(" HTTP/1.1"))
        self.wanted.add(wanted + user)
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    def socks(self, client: socket.socket) -> None:
        """Greets without asking who it is, and notes the address before it answers."""
        client.recv(client.recv(1)[0])
        client.sendall(b"\x05\x00")
        kind = client.recv(4)[3]
        host = socket.inet_ntoa(client.recv(4)) if kind == 1 else client.recv(client.recv(1)[0]).decode()
        port = int.from_bytes(client.recv(2), "big")
        self.wanted.add(f"SOCKS {host}:{port}")
        client.sendall(b"\x05\x05\x00\x01" + bytes(6))
