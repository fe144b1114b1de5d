"""A server that stalls: every claim that was due meanwhile counts from when it was due, as the truth has it."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Bench, wait_for

RATE, SECONDS, STALL = 200, 10, 2
# What a busy machine may do to the generator is far below what the stall does to the server.
TOLERANT = ("--set", "validity={max_schedule_lag_p99: 200ms, min_achieved_ratio: 0.9, max_upper_bound_share: 0.5}")


class Server:
    """A simulator in a process of its own, with a pool that lasts."""

    def __init__(self, bench: Bench, folder: Path, *faults: dict[str, object]) -> None:
        self.kubeconfig, self.truth = folder / "kubeconfig", folder / "truth.jsonl"
        sets = ("stack.sandbox_warmpool.replicas=3000", f"simulator.faults={json.dumps(faults)}", "simulator.seed=1")
        options = [word for setting in sets for word in ("--set", setting)]
        files = ("--kubeconfig-out", self.kubeconfig, "--truth-out", self.truth)
        self.process: subprocess.Popen[str] = bench.start("simulate", *files, *options)
        wait_for(self.kubeconfig.exists, 20, "the simulator's kubeconfig")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)

    def ready(self) -> dict[str, int]:
        """When each claim's Ready was sent, in CLOCK_MONOTONIC."""
        lines = [json.loads(line) for line in self.truth.read_text().splitlines()]
        return {line["name"]: line["ready_sent_ns"] for line in lines if line.get("ready_sent_ns")}


@pytest.fixture
def server(bench: Bench, tmp_path: Path) -> Iterator[Server]:
    started = Server(bench, tmp_path)
    yield started
    if started.process.poll() is None:
        started.stop()


def p99(values: list[float]) -> float:
    """Nearest rank."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def test_a_stalled_server_is_slow_and_the_generator_is_not(bench: Bench, server: Server) -> None:
    out = bench.out()
    load = ("--rate", RATE, "--duration", f"{SECONDS}s", "--namespace", "default", "--out", out)
    running = bench.start("run", "--kubeconfig", server.kubeconfig, *load, *TOLERANT)
    claims = out / "claims.jsonl"
    wait_for(lambda: claims.exists() and claims.read_text().count("\n") > 2 * RATE, 30, "two seconds of claims")
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(STALL)
    server.process.send_signal(signal.SIGCONT)
    done = bench.finish(running, out)
    server.stop()

    assert done.code == 0, done.stderr
    summary = done.summary
    assert summary["valid"] is True
    assert summary["load"]["loop"] == "open"
    assert summary["outcomes"]["ready"] == RATE * SECONDS
    truth = server.ready()
    base = summary["monotonic_base_ns"]
    true = p99([(truth[claim["name"]] - base - claim["intended_ns"]) / 1e9 for claim in done.claims])
    measured = summary["latency_s"]["time_to_ready"]["p99"]
    assert true > 0.8 * STALL, "the stall must show in the truth"
    assert measured == pytest.approx(true, rel=0.05)
    assert summary["latency_s"]["schedule_lag"]["p99"] < 0.2


def test_a_closed_loop_says_that_it_is_one(bench: Bench, server: Server) -> None:
    closed = ("--arrivals", "closed", "--rate", 2, "--duration", "1s")
    done = bench("run", "--kubeconfig", server.kubeconfig, *closed, *TOLERANT)
    assert done.summary["load"]["loop"] == "closed"
    assert [warning for warning in done.summary["warnings"] if warning.startswith("closed loop")]
    assert "closed loop" in done.stderr
