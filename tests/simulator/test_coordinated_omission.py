"""A server that stalls: every claim that was due meanwhile counts from when it was due, as the truth has it."""

from __future__ import annotations

import math
import signal
import time

import pytest
from support.bench import Bench, sets
from support.simulator import serving
from support.validity import SHARED
from support.waiting import until

RATE, SECONDS, STALL = 100, 6, 2
# What a busy machine may do to the generator is far below what the stall does to the server.
LAG = 0.25 * STALL
TOLERANT = sets({"validity": {**SHARED, "max_schedule_lag_p99": f"{LAG}s"}})


def p99(values: list[float]) -> float:
    """Nearest rank."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def test_a_stalled_server_is_slow_and_the_generator_is_not(bench: Bench) -> None:
    out = bench.out()
    load = ("--rate", RATE, "--duration", f"{SECONDS}s", "--namespace", "default", "--out", out)
    # A pool that lasts.
    with serving(bench, {"stack.sandbox_warmpool.replicas": RATE * SECONDS + 100, "simulator.seed": 1}) as served:
        running = bench.start("run", *served.target, *load, *TOLERANT)
        claims = out / "claims.jsonl"
        until(lambda: claims.exists() and claims.read_text().count("\n") > RATE, 30, "a second of claims")
        served.process.send_signal(signal.SIGSTOP)
        time.sleep(STALL)  # the stall itself
        served.process.send_signal(signal.SIGCONT)
        done = bench.finish(running, out)

    assert done.code == 0, done.stderr
    summary = done.summary
    assert summary["valid"] is True
    assert summary["load"]["loop"] == "open"
    assert summary["outcomes"]["ready"] == RATE * SECONDS
    truth = {line["name"]: line["ready_sent_ns"] for line in served.lines("name")}
    base = summary["monotonic_base_ns"]
    true = p99([(truth[claim["name"]] - base - claim["intended_ns"]) / 1e9 for claim in done.claims])
    measured = summary["latency_s"]["time_to_ready"]["p99"]
    assert true > 0.8 * STALL, "the stall must show in the truth"
    assert measured == pytest.approx(true, rel=0.1)
    assert summary["latency_s"]["schedule_lag"]["p99"] < LAG


def test_a_closed_loop_says_that_it_is_one(bench: Bench) -> None:
    done = bench("run", "--arrivals", "closed", "--rate", 2, "--duration", "1s")
    assert done.summary["load"]["loop"] == "closed"
    assert [warning for warning in done.summary["warnings"] if warning.startswith("closed loop")]
    assert "closed loop" in done.stderr
