"""A server at second hand, whose connections can be cut or forgotten, and whose requests can be held up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import yaml

from support.listener import Listener


class Proxy(Listener):
    """Passes on to the server of a kubeconfig, on this machine, what comes to its own port."""

    def __init__(self, kubeconfig: Path, delay_s: Callable[[bytes], float] = lambda _: 0) -> None:
        """`delay_s`: how long bytes on their way wait."""
        super().__init__()
        self.config = yaml.safe_load(kubeconfig.read_text())
        self.address = urlsplit(self.config["clusters"][0]["cluster"]["server"])
        self.delay_s = delay_s
        self.open: set[socket.socket] = set()
        self.forgotten: set[socket.socket] = set()

    def __exit__(self, *reason: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Accepts no more, and cuts what there is."""
        super().__exit__(*reason)
        self.sever()

    def kubeconfig(self, path: Path) -> Path:
        """Writes one that leads here to `path`."""
        self.config["clusters"][0]["cluster"]["server"] = f"{self.address.scheme}://127.0.0.1:{self.port}"
        path.write_text(yaml.safe_dump(self.config))
        return path

    def serve(self, near: socket.socket) -> None:
        """Passes on in both directions."""
        with suppress(OSError):
            far = socket.create_connection((self.address.hostname, self.address.port))
            self.open |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    def pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        """Until one side ends; then the other does too."""
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self.delay_s(data))
                if source not in self.forgotten:
                    sink.sendall(data)
        self.cut(source)
        self.cut(sink)

    def forget(self) -> None:
        """Every connection stays open and brings nothing any more, as after a load balancer has lost its state."""
        self.forgotten |= self.open

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
