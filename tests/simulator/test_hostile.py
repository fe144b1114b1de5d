"""A server that answers what no server should: a run says so or counts it, in bounded time and memory."""

from __future__ import annotations

import http.client
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
import yaml
from support.bench import Bench
from support.checks import check_outcomes
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE

PLANNED = 20
RUN = ("--rate", "20", "--total", PLANNED, "--ready-timeout", "3s", "--quiet")
# Schedule, timeout, and the patience for what never comes.
DEADLINE_S = 100
MEMORY = 400 << 20
CANARY = b"\x1b[2J\xff\xfe"

Trick = Callable[["Relay"], None]


class Relay(BaseHTTPRequestHandler):
    """Passes requests on to the simulator, but for those that the case is about."""

    protocol_version = "HTTP/1.1"
    simulator: tuple[str, int]
    wanted: re.Pattern[str]
    trick: Trick
    tricked: int

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.wanted.search(f"{self.command} {self.path}"):
            type(self).tricked += 1
            self.close_connection = True
            type(self).trick(self)
            return
        headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
        with closing(http.client.HTTPConnection(*self.simulator)) as upstream:
            upstream.request(self.command, self.path, body, headers)
            with upstream.getresponse() as answer:
                self.start(answer.status)
                while data := answer.read1(65536):
                    self.chunk(data)
        self.chunk(b"")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def start(self, status: int = 200, **headers: str) -> None:
        """The head of an answer in chunks."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Transfer-Encoding": "chunked", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def whole(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.start(status, **headers)
        if body:
            self.chunk(body)
        self.chunk(b"")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def body(text: bytes, status: int = 200, **headers: str) -> Trick:
    return lambda relay: relay.whole(text, status, **headers)


def endless(piece: bytes) -> Trick:
    def send(relay: Relay) -> None:
        relay.start()
        while True:
            relay.chunk(piece)

    return send


def drip(relay: Relay) -> None:
    """A byte now and then, for ever."""
    relay.start()
    while True:
        relay.chunk(b" ")
        time.sleep(0.5)


def silence(relay: Relay) -> None:
    """Nothing at all."""
    relay.rfile.read(1)


def raw(text: bytes) -> Trick:
    def send(relay: Relay) -> None:
        relay.wfile.write(text)

    return send


DEEP = b"[" * 2_000_000
EVENT = b'{"type":"MODIFIED","object":{"metadata":{"name":"asb-somebody-1","resourceVersion":"%d"}}}\n'
STATUS = b'{"kind":"Status","message":"%s"}' % (b"no\\u001b[2J\\n" * 100_000)
ENDLESS_LIST = b'{"metadata":{"resourceVersion":"5","continue":"x"},"items":[]}'

LOOK, WATCH, LIST = r"^GET /version", r"^GET .*sandboxclaims\?watch", r"^GET .*sandboxclaims\?limit"
CREATE, DELETE, REVIEW = r"^POST .*sandboxclaims", r"^DELETE .*sandboxclaims/", r"^POST .*selfsubjectaccessreviews"


@dataclass(frozen=True)
class Case:
    """Which requests are answered how, and how a run ends then."""

    wanted: str
    trick: Trick
    code: int
    ready: int = 0
    gates: tuple[str, ...] = SHARED_MACHINE


FLOOD = b"".join(EVENT % number for number in range(9000))
CASES = {
    "examined: endless": Case(LOOK, endless(b"x" * 65536), 1),
    "examined: deep": Case(LOOK, body(DEEP), 1),
    "examined: no text": Case(LOOK, body(CANARY), 1),
    "examined: drips": Case(LOOK, drip, 1),
    "examined: silent": Case(LOOK, silence, 1),
    "examined: wrong types": Case(r"sandboxwarmpools/", body(b'{"spec": [1, {"x": null}], "metadata": 7}'), 1),
    "examined: no HTTP": Case(LOOK, raw(b"SSH-2.0-OpenSSH_9.2\r\n" * 10), 1),
    "examined: endless head": Case(LOOK, raw(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000_000), 1),
    "examined: elsewhere": Case(LOOK, body(b"", 307, Location="http://127.0.0.1:1/"), 1),
    "checked: endless": Case(REVIEW, endless(b"x" * 65536), 0, PLANNED),
    "checked: deep": Case(REVIEW, body(DEEP, 201), 0, PLANNED),
    "checked: wrong types": Case(REVIEW, body(b'{"status": "yes"}', 201), 6),
    "checked: silent": Case(REVIEW, silence, 1),
    "listed: for ever": Case(LIST, body(ENDLESS_LIST), 1),
    "listed: deep": Case(LIST, body(DEEP), 1),
    # What only lists show is known as a bound: too many are, and the run is invalid.
    "watched: line without end": Case(WATCH, endless(b"x" * 65536), 3, PLANNED),
    "watched: deep": Case(WATCH, body(DEEP + b"\n"), 3, PLANNED),
    "watched: no text": Case(WATCH, body(CANARY + b"\n"), 3, PLANNED),
    "watched: wrong types": Case(WATCH, body(b'{"type":"ADDED","object":{"metadata":5}}\n' * 9), 3, PLANNED),
    "watched: refused": Case(WATCH, body(STATUS, 500), 3, PLANNED),
    # Its flood keeps the generator from sending in time too.
    "watched: flood": Case(WATCH, endless(FLOOD), 0, gates=ONE_PAUSE_HITS_ALL),
    "created: no text": Case(CREATE, body(CANARY, 201), 0),
    "created: endless": Case(CREATE, endless(b"x" * 65536), 0),
    "created: elsewhere": Case(CREATE, body(b"", 307, Location="http://127.0.0.1:1/"), 0),
    "created: pushed back for ever": Case(CREATE, body(STATUS, 429, Retry_After="9" * 30), 0),
    "created: no HTTP": Case(CREATE, raw(b"\0" * 1000), 0),
    "deleted: no text": Case(DELETE, body(CANARY), 0, PLANNED),
}  # fmt: skip
# Each ends with a deadline of a minute.
A_MINUTE = ("checked: silent", "watched: flood", "deleted: no text")
EACH = [pytest.param(name, marks=pytest.mark.slow if name in A_MINUTE else ()) for name in CASES]


@contextmanager
def relayed(case: Case, folder: Path) -> Iterator[tuple[Path, type[Relay]]]:
    """A kubeconfig for a simulator behind the relay."""
    with asb.Simulator() as simulator:
        document = yaml.safe_load(simulator.kubeconfig.read_text())
        cluster = document["clusters"][0]["cluster"]
        host, port = cluster["server"].removeprefix("http://").rsplit(":", 1)
        handler = type("Handler", (Relay,), {"simulator": (host, int(port)), "wanted": re.compile(case.wanted),
                                             "trick": staticmethod(case.trick), "tricked": 0})  # fmt: skip
        server = Quiet(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cluster["server"] = f"http://127.0.0.1:{server.server_address[1]}"
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(document))
        try:
            yield kubeconfig, handler
        finally:
            server.shutdown()
            server.server_close()


class Quiet(ThreadingHTTPServer):
    """Clients that leave are no news; tricks that never end do not hold up the test's end."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Says nothing."""


def most_memory(process: subprocess.Popen[str]) -> int:
    """Waits for its end, or for the deadline; the most it held, bytes."""
    most, deadline = 0, time.monotonic() + DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max(most, int(status.split("VmHWM:")[1].split()[0]) << 10)
        time.sleep(0.05)
    return most


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", EACH)
def test_a_run_outlives_its_server(bench: Bench, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    with relayed(case, tmp_path) as (kubeconfig, handler):
        out = bench.out()
        process = bench.start("run", "--kubeconfig", kubeconfig, *RUN, *case.gates, "--out", out)
        memory = most_memory(process)
        done = bench.finish(process, out, timeout=1)
    assert handler.tricked
    assert memory < MEMORY, f"{memory >> 20} MiB"
    assert done.code == case.code, done.stderr
    assert "panicked" not in done.stderr and "\x1b" not in done.stderr
    assert len(done.stderr) < 20_000
    if case.code in (0, 3):
        check_outcomes(done)
        assert (len(done.claims), done.summary["outcomes"]["ready"]) == (PLANNED, case.ready), done.summary["reasons"]
        # What only a re-list told of has its own error.
        told = set(done.summary["invalid_reasons"]) - {"measurement_error"}
        assert told == ({"watch_gap"} if case.code == 3 else set())
    else:
        assert done.stderr.startswith("error: "), done.stderr
        assert not out.exists() or done.claims == []
