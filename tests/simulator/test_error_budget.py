"""What the generator itself adds to a figure is known, by the kernel's stamps of what it reads."""

from __future__ import annotations

import signal
import subprocess
import threading
import time

import pytest
from support.bench import Bench, Finished
from support.simulator import Served, serving

POOL = {"stack": {"sandbox_warmpool": {"replicas": 1500}}}
# The simulator notes an instant, and then it writes; on a shared machine it may have to wait in between.
WIRE_NS = 500_000
WAITED = 0.1


def stopped(process: subprocess.Popen[str], pause_s: float, every_s: float) -> None:
    """Stops a process again and again until it has ended."""
    while process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        time.sleep(pause_s)
        process.send_signal(signal.SIGCONT)
        time.sleep(every_s - pause_s)


def read_later_than_known(done: Finished, served: Served) -> float:
    """The share of claims that were read later than their `late_ns` says."""
    sent = {line["name"]: line["ready_sent_ns"] for line in served.lines("ready_sent_ns")}
    base = done.summary["monotonic_base_ns"]
    claims = [claim for claim in done.claims if claim["outcome"] == "ready"]
    # Where nothing is known of a claim, its error is all of it.
    known = [claim for claim in claims if claim["late_ns"]["ready"] is not None]
    assert len(known) >= max(100, 0.98 * len(claims))
    late = [claim["ready_ns"] + base - sent[claim["name"]] - claim["late_ns"]["ready"] for claim in known]
    beyond: int = sum(by > WIRE_NS for by in late)
    return beyond / len(late)


@pytest.mark.parametrize("tls", [False, True])
def test_a_generator_that_stands_still_knows_how_late_it_read(bench: Bench, tls: bool) -> None:
    with serving(bench, POOL | {"simulator": {"tls": tls}}) as served:
        out = bench.out()
        load = ("--arrivals", "closed", "--set", "load.closed={users: 4}", "--duration", "4s", "--out", out)
        process = bench.start("run", *served.target, *load)
        pauses = threading.Thread(target=stopped, args=(process, 0.025, 0.06))
        pauses.start()
        done = bench.finish(process, out)
        pauses.join()
    assert read_later_than_known(done, served) <= WAITED
    assert done.code == 3
    assert "measurement_error" in done.summary["invalid_reasons"]
    figures = done.summary["latency_s"]["time_to_ready"]
    assert figures["error_s"]["p90"] > 0.3 * figures["p90"]
    assert "measurement_error: time_to_ready.p90 of" in done.stderr


def test_each_latency_that_is_read_off_our_connections_has_an_error(bench: Bench) -> None:
    with serving(bench, POOL) as served:
        done = bench("run", *served.target, "--rate", "100", "--duration", "3s", "--exec", "true", "--verbose")
    assert read_later_than_known(done, served) <= WAITED
    known = {name for name, figures in done.summary["latency_s"].items() if figures and figures["error_s"]}
    assert known == {
        "create_ack",
        "time_to_deleted",
        "time_to_ready",
        "time_to_ready_from_sent",
        "time_to_ready_warm",
    }
    errors = done.summary["latency_s"]["time_to_ready"]["error_s"]
    assert 0 < errors["p50"] < done.summary["latency_s"]["time_to_ready"]["p50"]
    assert "time_to_ready is too high by at most: p50 " in done.stderr


def test_a_figure_of_an_objective_is_judged_too(bench: Bench) -> None:
    # Nothing is exact to 1 %: what is judged beside time_to_ready is what the objective names.
    strict = ("--set", "validity.max_error=0%", "--set", "slo=[create_ack.p95<10s]")
    done = bench("run", "--rate", "200", "--duration", "2s", *strict)
    assert done.code == 3
    assert "measurement_error: create_ack.p95 of" in done.stderr
    plain = bench("run", "--rate", "200", "--duration", "2s", *strict[:2])
    assert "create_ack" not in plain.stderr
