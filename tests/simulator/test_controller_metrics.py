"""The controller's own metrics beside the run's: what two scrapes of an HTTP server say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from support.bench import Bench, Finished
from support.validity import SHARED_MACHINE

COUNTER = "agent_sandbox_claim_creation_total"
HISTOGRAM = "agent_sandbox_claim_controller_startup_latency_ms"


def exposition(claims: int, above_ms: int = 0, bound_ms: int = 100) -> str:
    """`claims` warm claims of the simulator's pool, all between the two bounds."""
    of = 'launch_type="warm",sandbox_template="agent-sandbox"'
    lines = [f'{COUNTER}{{namespace="default",{of},warmpool_name="agent-sandbox"}} {claims}']
    lines += [f'{HISTOGRAM}_bucket{{{of},le="{above_ms}"}} 0']
    lines += [f'{HISTOGRAM}_bucket{{{of},le="{bound}"}} {claims}' for bound in (bound_ms, "+Inf")]
    lines += [f"{HISTOGRAM}_sum{{{of}}} {claims * bound_ms}", f"{HISTOGRAM}_count{{{of}}} {claims}"]
    return "\n".join(lines) + "\n"


class Controller:
    """Gives one answer after the other."""

    def __init__(self, answers: list[str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = answers.pop(0).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/metrics"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def controller() -> Iterator[Callable[..., Controller]]:
    made: list[Controller] = []

    def make(*answers: str) -> Controller:
        made.append(Controller(list(answers)))
        return made[-1]

    yield make
    for controller in made:
        controller.close()


def run(bench: Bench, url: str, *words: object) -> Finished:
    """A run that reads the metrics there, twice and no more."""
    where = ("--set", f"output.controller_metrics={url}", "--set", "output.sources=none")
    return bench("run", "--rate", 20, "--total", 20, *where, *words, *SHARED_MACHINE)


def test_what_the_controller_counted_stands_beside_ours(bench: Bench, controller: Callable[..., Controller]) -> None:
    url = controller(exposition(5), exposition(25)).url
    done = run(bench, url, "--verbose")
    assert done.code == 0, done.stderr
    metrics = done.summary["controller_metrics"]
    assert metrics["creations"] == {"warm": 20}
    assert metrics["histograms"][HISTOGRAM]["count"] == 20
    assert metrics["histograms"][HISTOGRAM]["p99"] == {"above_s": 0.0, "at_most_s": 0.1}
    assert "the controller's own metrics: 20 warm" in done.stderr
    assert not [warning for warning in done.summary["warnings"] if "controller" in warning]


@pytest.mark.parametrize(
    ("answers", "warning"),
    [
        ((exposition(5), exposition(7)), "the controller counted 2 claims of these pools, the run saw 20 of 20 ready"),
        ((exposition(0), exposition(20, 4000, 8000)), "controller_time_to_ready has p50"),
        ((exposition(0), exposition(20, 50)), "time_to_ready_from_sent has p50"),
        ((exposition(0),), "were not read"),
    ],
)
def test_a_disagreement_is_a_warning(
    bench: Bench, controller: Callable[..., Controller], answers: tuple[str, ...], warning: str
) -> None:
    url = controller(*answers).url
    done = run(bench, url)
    assert done.code == 0, done.stderr
    assert [text for text in done.summary["warnings"] if warning in text], done.summary["warnings"]


def test_without_a_service_there_are_none(bench: Bench) -> None:
    done = bench("run", "--rate", 20, "--total", 5)
    assert done.summary["controller_metrics"] is None


def test_a_source_that_is_none_is_refused(bench: Bench) -> None:
    done = bench("run", "--set", "output.controller_metrics=ftp://x")
    assert done.code == 2
    assert "output.controller_metrics" in done.stderr and "auto, none" in done.stderr
