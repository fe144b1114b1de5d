"""Each ready configuration on the simulator, shortened, and what it is for in its results."""

from __future__ import annotations

from typing import Any

import pytest
from support.bench import Bench, Finished, sets
from support.validity import ONE_PAUSE_HITS_ALL

PRESETS = (
    "claim-rate",
    "burst-300",
    "sustained-poisson",
    "pool-refill",
    "churn",
    "density",
    "ttfe",
    "deletion",
    "session",
    "suspend-resume",
    "payload",
)


def run(bench: Bench, preset: str, *options: str, **settings: object) -> Finished:
    dotted = sets({name.replace("__", "."): value for name, value in settings.items()})
    done = bench("run", "--preset", preset, *options, *dotted, *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    return done


def count(done: Finished, latency: str) -> int:
    figures: dict[str, Any] | None = done.summary["latency_s"][latency]
    return int(figures["count"]) if figures else 0


def test_the_presets_are_these(bench: Bench) -> None:
    done = bench("run", "--preset", "none")
    assert done.code == 2
    assert "--preset" in done.stderr and ", ".join(PRESETS[:8]) + " and 3 more" in done.stderr


def test_claim_rate(bench: Bench) -> None:
    done = run(bench, "claim-rate", "--duration", "2s")
    assert done.summary["classes"] == {"warm": 20, "warm_unready": 0, "cold": 0}


def test_burst(bench: Bench) -> None:
    done = run(bench, "burst-300", "--duration", "1s", "--hold", "1s")
    assert {claim["intended_ns"] for claim in done.claims} == {0}
    assert done.summary["classes"]["warm"] == 300


def test_sustained_poisson_leaves_its_warm_up_out(bench: Bench) -> None:
    phases = "[{name: warm-up, warm_up: true, arrivals: poisson, rate: 20, duration: 1s},"
    phases += " {name: sustained, arrivals: poisson, rate: 20, duration: 2s}]"
    done = run(bench, "sustained-poisson", "--hold", "1s", load__phases=phases)
    assert [phase["warm_up"] for phase in done.summary["phases"]] == [True, False]
    assert done.summary["load"]["planned"] == 40
    assert len(done.claims) == 60


def test_pool_refill(bench: Bench) -> None:
    done = run(bench, "pool-refill", "--verbose", "--duration", "1s", "--hold", "2s", simulator__refill=50)
    [pool] = done.summary["pools"]
    assert (pool["wanted"], pool["ready_at_start"]) == (100, 100)
    assert pool["lowest_ready"] < 20
    # A hundred sandboxes at 50/s, and a start of about a second each: what was said to the simulator, as it is read.
    assert 1.5 < pool["time_to_full_s"] < 8
    assert 10 < pool["refill_rate"] < 100
    assert "full again after" in done.stderr


def test_churn(bench: Bench) -> None:
    done = run(bench, "churn", "--duration", "3s", "--hold", "1s")
    assert count(done, "time_to_capacity_back") == 30
    assert 3 <= done.summary["peak_alive"] <= 30


def test_density_ends_when_the_cluster_is_full(bench: Bench) -> None:
    small = {"simulator__nodes": {"count": 1, "pods": 40}, "stack__sandbox_warmpool__replicas": 0}
    quick = {"simulator__cold_latency": {"median": "200ms"}}
    done = run(bench, "density", "--rate", "40", "--ready-timeout", "1500ms", "--hold", "4s", **small, **quick)
    summary = done.summary
    assert summary["outcomes"]["ready"] == 40 == summary["classes"]["cold"]
    assert summary["outcomes"]["timed_out"] >= 10
    assert summary["reasons"]["not_sent.stop_after_failures"] > 700
    assert summary["achieved_ratio"] == 1
    assert sum(summary["outcomes"].values()) == 1000
    assert (
        summary["latency_s"]["time_to_ready"]["count"]
        == summary["outcomes"]["ready"] + summary["outcomes"]["timed_out"]
    )


def test_time_to_first_exec(bench: Bench) -> None:
    done = run(bench, "ttfe", "--duration", "2s")
    assert count(done, "time_to_first_exec") == 4


def test_deletion(bench: Bench) -> None:
    done = run(bench, "deletion", "--duration", "1s", "--hold", "200ms")
    assert count(done, "time_to_deleted") == count(done, "time_to_capacity_back") == 10


def test_session(bench: Bench) -> None:
    done = run(bench, "session", "--duration", "2s")
    steps = {step["name"]: step["failed"] for step in done.summary["steps"]}
    assert steps == {"first": 0, "write": 0, "read": 0}


def test_suspend_and_resume(bench: Bench) -> None:
    done = run(bench, "suspend-resume", "--duration", "1s", simulator__cold_latency={"median": "50ms"})
    steps = {step["name"]: (step["ok"], step["failed"]) for step in done.summary["steps"]}
    assert steps == dict.fromkeys(("before", "suspend", "resume", "after"), (6, 0))


def test_payload(bench: Bench) -> None:
    done = run(bench, "payload", "--duration", "2s")
    sizes = {"1kb": 1000, "100kb": 100_000, "1mb": 1_000_000, "10mb": 10_000_000}
    told = [(f"{way}_{size}", 2, 0) for size in sizes for way in ("write", "read")]
    assert [(step["name"], step["ok"], step["failed"]) for step in done.summary["steps"]] == told
    assert [step["bytes"] for step in done.summary["steps"]] == [bytes_ for bytes_ in sizes.values() for _ in range(2)]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_and_a_file_are_one_too_many(bench: Bench, preset: str) -> None:
    assert bench("run", "--preset", preset, "-f", "x.yaml").code == 2
