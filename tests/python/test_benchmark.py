"""The fixture `agent_sandbox_benchmark`, and how `assert_below` judges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench._limit import Judged, Verdict
from agent_sandbox_bench.testing import Benchmark, BenchmarkResult, UndecidedWarning
from agent_sandbox_bench.typed.figures import Interval
from support.validity import PAUSED

SLOW = pytest.mark.agent_sandbox_config(
    {"simulator": {"warm_latency": {"distribution": "constant", "median": "100ms"}}}
)


def judged(interval: Interval | None, limit: float, bounds: list[str] | None = None) -> Judged:
    """A p99 of 200 ms with that interval."""
    names = ("p50", "p90", "p95", "p99", "p999")
    figures: Any = {
        **dict.fromkeys(names, 9.0),
        "p99": 0.2,
        "count": 100,
        "censored": 3 if bounds else 0,
        "bounds": bounds or [],
        "interval": {name: interval if name == "p99" else [8.0, 10.0] for name in names},
    }
    return Judged("time_to_ready.p99", "p99", figures, limit)


@pytest.mark.parametrize(
    ("interval", "limit", "verdict"),
    [
        ([0.15, 0.25], 0.26, Verdict.BELOW),
        ([None, 0.25], 0.26, Verdict.BELOW),
        ([0.15, 0.25], 0.14, Verdict.ABOVE),
        ([0.15, None], 0.14, Verdict.ABOVE),
        ([0.15, 0.25], 0.15, Verdict.UNDECIDED),
        ([0.15, 0.25], 0.19, Verdict.UNDECIDED),
        ([0.15, 0.25], 0.25, Verdict.UNDECIDED),
        ([0.15, None], 99.0, Verdict.UNDECIDED),
        ([None, 0.25], 0.01, Verdict.UNDECIDED),
        ([None, None], 0.01, Verdict.UNDECIDED),
        (None, 99.0, Verdict.UNDECIDED),
    ],
)
def test_the_interval_decides(interval: Interval | None, limit: float, verdict: Verdict) -> None:
    assert judged(interval, limit).verdict is verdict


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [([0.5, None], Verdict.ABOVE), ([0.1, None], Verdict.BOUND), ([0.1, 0.3], Verdict.BOUND), (None, Verdict.BOUND)],
)
def test_a_bound_is_never_below(interval: Interval | None, verdict: Verdict) -> None:
    assert judged(interval, 0.4, ["p99"]).verdict is verdict


@pytest.mark.parametrize(
    ("interval", "bounds", "text"),
    [
        ([0.15, 0.25], [], "200 ms (95 % interval 150 ms to 250 ms)"),
        ([0.15, None], [], "200 ms (95 % interval above 150 ms)"),
        ([None, 1.25], [], "200 ms (95 % interval below 1.25 s)"),
        (None, [], "200 ms (no 95 % interval)"),
        ([0.15, None], ["p99"], "> 200 ms (a lower bound: 3 of 100 claims are censored; 95 % interval above 150 ms)"),
    ],
)
def test_the_text_has_figure_value_interval_and_limit(interval: Interval, bounds: list[str], text: str) -> None:
    assert str(judged(interval, 0.0104, bounds)) == f"time_to_ready.p99: got {text}, allowed: below 10.4 ms"


@SLOW
def test_a_run_is_judged(agent_sandbox_benchmark: Benchmark, agent_sandbox_simulator: asb.Simulator) -> None:
    result = agent_sandbox_benchmark({"validity": PAUSED}, rate=50, total=20)
    assert len(agent_sandbox_simulator.truth()) == result.summary["load"]["planned"] == 20
    assert result.figures("time_to_ready")["p50"] > 0.1
    # As on a machine of its own; a busy one may leave no interval.
    result.figures("time_to_ready")["interval"].update({"p50": [0.11, 0.14], "p99": [0.12, None]})
    result.assert_below("time_to_ready.p50", "1m30s")
    result.assert_below("time_to_ready.p50", timedelta(milliseconds=141))
    with pytest.raises(
        AssertionError, match=r"p50: got .*\(95 % interval 110 ms to 140 ms\), allowed: below 90 ms; res"
    ):
        result.assert_below("time_to_ready.p50", "90ms")
    with pytest.warns(
        UndecidedWarning, match="95 % interval above 120 ms.*below 1.5 s; undecided, more claims decide it"
    ):
        result.assert_below("time_to_ready.p99", "1.5s")
    strict = BenchmarkResult(result.summary, result.out_dir, "fail")
    with pytest.raises(AssertionError, match="undecided, more claims decide it"):
        strict.assert_below("time_to_ready.p99", "1.5s")
    check_refusals(BenchmarkResult.load(result.out_dir))


def check_refusals(result: BenchmarkResult) -> None:
    """What is no limit of a percentile, and what has no figures."""
    for figure, limit, said in (
        ("time_to_ready.p99", "200", "a limit with a unit"),
        ("time_to_ready.p9", "200ms", "did you mean time_to_ready.p99"),
        ("time_to_ready.p99", "3m", "load.ready_timeout"),
        ("time_to_ready.max", "1s", "which has no interval; allowed: time_to_ready.p50, "),
        ("outcomes.failed", "1s", "a limit without a unit"),
    ):
        with pytest.raises(asb.ConfigError, match=said):
            result.assert_below(figure, limit)
    with pytest.raises(asb.NoFiguresError, match="time_to_ready_cold"):
        result.assert_below("time_to_ready_cold.p99", "1s")


@pytest.mark.agent_sandbox_faults({"kind": "controller_pause", "at": "0s", "for": "1h"})
def test_claims_that_never_become_ready_are_never_below(agent_sandbox_benchmark: Benchmark) -> None:
    result = agent_sandbox_benchmark({"validity": PAUSED, "load": {"rate": 50}}, total=20, ready_timeout="500ms")
    assert result.summary["outcomes"]["timed_out"] == 20
    with pytest.raises(AssertionError, match=r"got > .*a lower bound: 20 of 20 claims are censored"):
        result.assert_below("time_to_ready.p50", "499ms")


def test_an_invalid_run_fails_with_its_reasons(agent_sandbox_benchmark: Benchmark) -> None:
    with pytest.raises(AssertionError, match=r"INVALID as a measurement: .*generator_late"):
        agent_sandbox_benchmark({"validity": {**PAUSED, "max_schedule_lag_p99": "1ns"}}, total=5)


def test_a_missed_objective_fails(agent_sandbox_benchmark: Benchmark) -> None:
    with pytest.raises(AssertionError, match=r"objective outcomes\.ready==6: got 5"):
        agent_sandbox_benchmark({"validity": PAUSED, "slo": ["outcomes.ready==6"]}, total=5)


def test_the_target_can_be_named(
    agent_sandbox_benchmark: Benchmark, agent_sandbox_simulator_session: asb.Simulator
) -> None:
    for target in (agent_sandbox_simulator_session, agent_sandbox_simulator_session.cluster):
        result = agent_sandbox_benchmark({"validity": PAUSED}, target=target, rate=20, total=5)
        assert {claim["name"] for claim in result.claims()} <= {
            true["name"] for true in agent_sandbox_simulator_session.truth()
        }


def test_a_field_that_is_not_the_loads_is_named(agent_sandbox_benchmark: Benchmark) -> None:
    with pytest.raises(asb.ConfigError, match=r"load\.rte: .*did you mean rate"):
        agent_sandbox_benchmark(rte=5)  # type: ignore[call-arg]


def test_ctrl_c_ends_the_session(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
    import os, signal, threading

    def test_long(agent_sandbox_benchmark):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has none
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        agent_sandbox_benchmark(rate=5, duration="60s")

    def test_next():
        raise AssertionError("the session went on")
    """)
    done = pytester.runpytest_subprocess()
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.assert_outcomes()


def test_an_undecided_limit_fails_by_option(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
    def test_p99(agent_sandbox_benchmark):
        agent_sandbox_benchmark({{"validity": {PAUSED}}}, total=5).assert_below("time_to_ready.p99", "90s")
    """)
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(passed=1, warnings=1)
    done.stdout.fnmatch_lines(["*UndecidedWarning: time_to_ready.p99: got * allowed: below 90 s; undecided*"])
    done = pytester.runpytest_subprocess("--agent-sandbox-undecided", "fail")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["E * AssertionError: time_to_ready.p99: got * allowed: below 90 s; undecided*"])
    assert "__tracebackhide__" not in done.stdout.str()
