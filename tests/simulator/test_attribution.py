"""Why claims were slow: the stages of each claim, and the suspects of injected causes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from agent_sandbox_bench.typed import Attribution
from support.bench import Bench, Finished, sets
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

STEADY: dict[str, object] = {"load.rate": 50, "load.duration": "5s"}


def burst(rate: int, length: str) -> dict[str, object]:
    """Claims at a low rate, then many at once, then few again."""
    few = {"rate": 20, "duration": "4s"}
    return {"load.phases": [few, {"rate": rate, "duration": length}, few]}


@dataclass(frozen=True)
class Case:
    """A cause, and the suspect that it must be named as."""

    suspect: str
    stages: tuple[str, ...]
    """One of them took the claims longest."""
    fault: dict[str, object] | None = None
    config: dict[str, object] = field(default_factory=lambda: STEADY)


NO_POOL: dict[str, object] = {"stack.sandbox_warmpool.replicas": 0, "simulator.nodes.count": 10}
FEW_SEATS = {"seats": 2, "seat_time": "15ms", "queues": 64, "queue_length": 500}
SOON = {"at": "2s"}
CASES = {
    "a pool that runs empty": Case(
        "pool_empty", ("pod_start", "candidate"), config=burst(200, "400ms") | {"stack.sandbox_warmpool.replicas": 60}
    ),
    "a pause": Case("controller_pause", ("queue",), {"kind": "controller_pause", "for": "900ms", **SOON}),
    "conflicts": Case("conflicts", ("conflict",), {"kind": "conflict", "for": "700ms", "share": 0.9, **SOON}),
    "flow control": Case(
        "flow_control", ("flow_control",), config=burst(400, "200ms") | {"simulator.fairness": FEW_SEATS}
    ),
    "a slow API server": Case(
        "api_latency",
        ("connection",),
        {"kind": "latency", "add": "600ms", **SOON},
        {**STEADY, "load.connections": 16},
    ),
    "a watch that breaks": Case("watch", ("watch_delivery",), {"kind": "watch_silence", "for": "900ms", **SOON}),
    "late events": Case("watch", ("watch_delivery",), {"kind": "late_events", "by": "500ms", **SOON}),
    "a slow node": Case(
        "slow_node", ("pod_start",), {"kind": "slow_node", "for": "2s", "add": "6s", **SOON}, STEADY | NO_POOL
    ),
}


def run(bench: Bench, seed: int, config: dict[str, object]) -> Finished:
    """A run without a report; its claims are written in any case."""
    quiet = {"load.seed": seed, "simulator.seed": seed, "output.report": False}
    return bench("run", *ONE_PAUSE_HITS_ALL, *sets({**quiet, **config}))


def largest(done: Finished) -> dict[str, Any]:
    """The episode that took most time."""
    episodes: list[dict[str, Any]] = done.summary["attribution"]["episodes"]
    return max(episodes, key=lambda episode: float(episode["total_s"]))


def check_sums(done: Finished) -> None:
    """The stages of each claim are its latency, and little is unexplained."""
    ready = [claim for claim in done.claims if claim["outcome"] == "ready"]
    assert ready
    for claim in ready:
        assert sum(claim["stages_ns"].values()) == claim["ready_ns"] - claim["intended_ns"], claim
    total = sum(claim["ready_ns"] - claim["intended_ns"] for claim in ready)
    assert sum(claim["stages_ns"].get("unexplained", 0) for claim in ready) <= total / 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 1 + (metafunc.config.getoption("seeds") or 1)))


@pytest.mark.parametrize("name", CASES)
def test_an_injected_cause_is_the_first_suspect(bench: Bench, name: str, seed: int) -> None:
    case = CASES[name]
    faults = [case.fault] if case.fault else []
    done = run(bench, seed, case.config | {"simulator.faults": faults})
    check_sums(done)
    attribution = done.summary["attribution"]
    assert misfits(attribution, Attribution) == []
    episode = largest(done)
    assert (episode["stage"] in case.stages, episode["suspects"][0]["cause"]) == (True, case.suspect), attribution
    assert set(episode["slowest"]) <= {claim["index"] for claim in done.claims}
    assert "where the time went: " in done.stderr and "; suspect: " in done.stderr


def test_a_quiet_run_suspects_nothing(bench: Bench) -> None:
    done = next((done for done in (run(bench, seed, STEADY) for seed in (2, 3, 4)) if is_quiet(done)), None)
    if done is None:
        pytest.skip("this machine was busy in all three runs")
    check_sums(done)
    attribution = done.summary["attribution"]
    assert [episode["suspects"] for episode in attribution["episodes"] if episode["suspects"]] == []
    assert sum(stage["share"] for stage in attribution["stages"]) == pytest.approx(1, abs=0.01)
    assert "; suspect: " not in done.stderr


def is_quiet(done: Finished) -> bool:
    """Whether nothing else kept the machine busy."""
    return bool(done.summary["latency_s"]["schedule_lag"]["max"] < 0.05)


def test_a_claim_that_never_became_ready_has_stages_to_its_end(bench: Bench) -> None:
    faults = [{"kind": "controller_pause", "at": "1s", "for": "1m"}]
    config = {"simulator.faults": faults, "load.rate": 20, "load.duration": "2s", "load.ready_timeout": "1s"}
    done = run(bench, 3, config)
    lost = [claim for claim in done.claims if claim["outcome"] == "timed_out"]
    assert len(lost) > 5
    for claim in lost:
        assert sum(claim["stages_ns"].values()) == claim["ended_ns"] - claim["intended_ns"]
    assert largest(done)["timed_out"] > 5 and largest(done)["stage"] == "queue"
