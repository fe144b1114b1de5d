"""Whatever goes wrong, a run ends, counts each claim once, leaves nothing, and agrees with the truth or says where not.

Every fifth seed is played once more inside this process, which must hold no more threads and files afterwards.

A failing seed alone: nox -s sockets -- --seed N
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import LoadConfig
from sockets.faults import READY_TIMEOUT_S, SCHEDULE_S, Campaign, campaign
from support.api import CLAIMS, LEASES, Api
from support.bench import Bench, Finished
from support.checks import check_outcomes, check_validity
from support.waiting import until

# Deletes and farewells outlast the faults, which end 4 s after the start; a silent watch is noticed after 5 s.
DEADLINE_S = SCHEDULE_S + READY_TIMEOUT_S + 25
# How far our stamp may be from the truth on a machine that does other things too.
TOLERANCE_NS = 150_000_000


@contextmanager
def frozen(process: subprocess.Popen[str], at: float | None) -> Iterator[None]:
    """Stops the process for a second, `at` seconds from now."""
    if at is not None:
        time.sleep(at)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
    yield


def play(bench: Bench, simulator: asb.Simulator, drawn: Campaign) -> Finished:
    out = bench.out()
    process = bench.start("run", "--kubeconfig", simulator.kubeconfig, *drawn.load, "--out", out, "--quiet")
    with frozen(process, drawn.freeze_at):
        return bench.finish(process, out, DEADLINE_S)


def left(simulator: asb.Simulator) -> list[str]:
    """The claims and Leases that stand once the faults are over."""
    api = Api.from_kubeconfig(simulator.kubeconfig)
    listed: list[Any] = []

    def answers() -> bool:
        with suppress(AssertionError, OSError):
            listed[:] = [api.ok("GET", path)["items"] for path in (CLAIMS, LEASES)]
        return bool(listed)

    until(answers, 10, "two lists without a fault")
    return [item["metadata"]["name"] for items in listed for item in items]


def check_counts(finished: Finished) -> None:
    summary = finished.summary
    outcomes = summary["outcomes"]
    check_outcomes(finished)
    for claim in finished.claims:
        chain = [claim[f"{name}_ns"] for name in ("intended", "handed_over", "sent", "acknowledged")]
        known = [instant for instant in chain if instant is not None]
        assert known == sorted(known), claim
        if claim["outcome"] == "ready":
            assert claim["sent_ns"] <= claim["ready_ns"], claim
    figures = summary["latency_s"]["time_to_ready"]
    assert figures["count"] == summary["load"]["planned"] - summary["reasons"].get("not_sent.interrupted", 0)
    assert figures["censored"] == figures["count"] - outcomes["ready"]


def check_truth(finished: Finished, truth: dict[str, Any]) -> None:
    summary = finished.summary
    base = summary["monotonic_base_ns"]
    late = {"generator_late", "achieved_ratio"} & set(summary["invalid_reasons"])
    for claim in finished.claims:
        if claim["outcome"] != "ready":
            continue
        true = truth[claim["name"]]["ready_sent_ns"]
        if true is None:
            # No watch was told: a list must have shown it.
            assert claim["upper_bound"], claim
            continue
        distance = base + claim["ready_ns"] - true
        assert distance > -1_000_000, (claim, "ready before it was")
        assert distance < TOLERANCE_NS or claim["upper_bound"] or late, (claim, distance)


def test_a_run_survives(bench: Bench, seed: int) -> None:
    drawn = campaign(seed)
    config = {"simulator": {"seed": seed, "faults": drawn.faults}}
    with asb.Simulator(asb.Config(config)) as simulator:
        finished = play(bench, simulator, drawn)
        standing = left(simulator)
        truth = {record["name"]: record for record in simulator.truth()}
    assert "panicked" not in finished.stderr
    assert standing == [], finished.stderr
    if finished.code in (1, 6):
        # The faults met its beginning: it said so, and claimed nothing.
        assert "error: " in finished.stderr and not truth, finished.stderr
        return
    check_counts(finished)
    check_truth(finished, truth)
    check_validity(finished)


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))


def test_a_run_leaves_no_thread_and_no_socket(seed: int, tmp_path: Path) -> None:
    if seed % 5:
        pytest.skip("every fifth seed")
    drawn = campaign(seed)
    with asb.Simulator(asb.Config({"simulator": {"seed": seed, "faults": drawn.faults}})) as simulator:
        before = held()
        with suppress(asb.ClusterError, asb.StackError):
            load: LoadConfig = {"rate": 40, "duration": "2s", "seed": seed, "ready_timeout": "3s"}
            asb.run({"load": load}, target=simulator.cluster, out_dir=tmp_path / "out")
        until(lambda: held() == before, 5, f"{before} threads and files", lambda: str(held()))
