"""A server at second hand, whose connections can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Passes on to a port of this machine what comes to its own."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.open: set[socket.socket] = set()

    def __enter__(self) -> Proxy:
        """Accepts from now on."""
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Accepts no more, and cuts what there is."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.sever()

    def accept(self) -> None:
        """Until the end."""
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                self.open |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    def pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        """Until one side ends; then the other does too."""
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        self.cut(source)
        self.cut(sink)

    def sever(self) -> int:
        """Cuts every connection; how many there were."""
        ends = list(self.open)
        for end in ends:
            self.cut(end)
        return len(ends) // 2

    def cut(self, end: socket.socket) -> None:
        """Again is nothing."""
        self.open.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
