"""Ports that nobody listens on."""

from __future__ import annotations

import random
import socket

# Below the range the kernel takes for outgoing connections (32768 and up on Linux, 49152 and up elsewhere). A server
# that is stopped and started again in a test would otherwise find its port taken: a client that keeps calling a closed
# port of that range on loopback is, sooner or later, given the same port as its own and connects to itself.
FIRST, LAST = 20000, 32000


def free_port() -> int:
    """A free TCP port of 127.0.0.1. Raises OSError when 100 tries found none."""
    for _ in range(100):
        port = random.randrange(FIRST, LAST)  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port on 127.0.0.1 between {FIRST} and {LAST}")
