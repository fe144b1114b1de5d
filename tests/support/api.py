"""A Kubernetes API by plain HTTP: what a test says is what goes over the wire."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from support.waiting import until

Object = dict[str, Any]

# What runs make in the namespace `default`.
CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

PATCH_TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Object

    @property
    def reason(self) -> str:
        """`reason` of a Status."""
        return str(self.body.get("reason", ""))


@dataclass
class Api:
    """A server and how to reach it."""

    server: str
    headers: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    @classmethod
    def from_kubeconfig(cls, path: Path, context: str | None = None) -> Api:
        """The server of a context, by default the current one."""
        config = yaml.safe_load(path.read_text())

        def named(section: str, name: str) -> Object:
            found: Object = next(item for item in config[section] if item["name"] == name)
            return found

        chosen = named("contexts", context or config["current-context"])["context"]
        cluster = named("clusters", chosen["cluster"])["cluster"]
        user = named("users", chosen["user"])["user"]
        headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        tls = None
        if cluster["server"].startswith("https"):
            authority = data(cluster, "certificate-authority", path)
            tls = ssl.create_default_context(cadata=authority) if authority else ssl.create_default_context()
            if cluster.get("insecure-skip-tls-verify"):
                tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
            load_certificate(tls, data(user, "client-certificate", path), data(user, "client-key", path))
        return cls(cluster["server"], headers, tls)

    def connect(self, timeout: float = 30) -> http.client.HTTPConnection:
        """A connection of its own."""
        address = urlsplit(self.server).netloc
        if self.tls:
            return http.client.HTTPSConnection(address, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection(address, timeout=timeout)

    def request(self, method: str, path: str, body: object = None, content_type: str = "application/json") -> Answer:
        """One request."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection = self.connect()
        try:
            connection.request(method, path, raw, {**self.headers, "Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return Answer(answer.status, json.loads(text) if text.startswith("{") else {"text": text})

    def ok(self, method: str, path: str, body: object = None) -> Object:
        """The body of a request that must succeed."""
        answer = self.request(method, path, body)
        assert answer.status < 300, answer
        return answer.body

    def patch(self, kind: str, path: str, body: object) -> Answer:
        """A PATCH of one of `PATCH_TYPES`."""
        return self.request("PATCH", path, body, PATCH_TYPES[kind])

    def until(self, path: str, holds: Callable[[Object], bool], seconds: float = 60) -> Object:
        """Reads an object until something holds for it."""
        answer = Answer(0, {})

        def held() -> bool:
            nonlocal answer
            answer = self.request("GET", path)
            return answer.status == 200 and holds(answer.body)

        until(held, seconds, path, lambda: str(answer))
        return answer.body

    def until_gone(self, path: str, seconds: float = 60) -> None:
        """Reads an object until it is not there."""
        until(lambda: self.request("GET", path).status == 404, seconds, f"{path} is gone")

    @contextmanager
    def watch(self, path: str, **query: str) -> Iterator[Watch]:
        """An open watch."""
        connection = self.connect(timeout=60)
        text = "&".join(f"{name}={value}" for name, value in {"watch": "true", **query}.items())
        connection.request("GET", f"{path}?{text}", headers=self.headers)
        raw = connection.sock
        watch = Watch(connection.getresponse())
        try:
            yield watch
        finally:
            # Ends the reader's wait; a plain close would wait for the reader instead.
            with suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)
            watch.ended.wait(10)
            connection.close()


class Watch:
    """Collects the events of a watch as they come."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.events: list[Object] = []
        self.ended = threading.Event()
        self._answer = answer
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for line in self._answer:
                with self._changed:
                    self.events.append(json.loads(line))
                    self._changed.notify_all()
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed under it, perhaps within an event
        self.ended.set()
        with self._changed:
            self._changed.notify_all()

    def until(self, holds: Callable[[list[Object]], bool], seconds: float = 60) -> list[Object]:
        """Waits until something holds for the events so far."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.events), seconds), self.events
            return list(self.events)


def data(section: Object, name: str, path: Path) -> str | None:
    """A certificate or key, given in place or as a file."""
    if f"{name}-data" in section:
        return base64.b64decode(section[f"{name}-data"]).decode()
    return (path.parent / section[name]).read_text() if name in section else None


def load_certificate(tls: ssl.SSLContext, certificate: str | None, key: str | None) -> None:
    """Client certificates can be loaded from files alone."""
    if not (certificate and key):
        return
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "certificate"), Path(folder, "key")
        for file, text in zip(files, (certificate, key), strict=True):
            file.write_text(text)
        tls.load_cert_chain(certfile=files[0], keyfile=files[1])
