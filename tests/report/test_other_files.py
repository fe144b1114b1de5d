"""What other programs read: OpenMetrics and JUnit."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE

LABELS = ("--label", "version=v1.2", 'note=a "b" \\ c')


@pytest.fixture(scope="module")
def missed(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    """A run that misses one of two objectives, and the JUnit file that was asked for."""
    junit = tmp_path_factory.mktemp("junit") / "junit.xml"
    objectives = 'slo=["time_to_ready.p99<1us", "outcomes.failed==0"]'
    done = bench(
        "run", "--rate", 50, "--total", 50, "--set", objectives, "--junit", junit, "--quiet", *LABELS, *SHARED_MACHINE
    )
    assert done.code == 4, done.stderr
    return done, junit


@pytest.mark.parametrize("parse", [open_metrics, prometheus])
def test_metrics_are_the_summary(missed: tuple[Finished, Path], parse: object) -> None:
    done, _ = missed
    assert callable(parse)
    families = {family.name: family for family in parse((done.out / "metrics.prom").read_text())}
    claims = {it.labels["outcome"]: it.value for it in families["agent_sandbox_bench_claims"].samples}
    assert claims == done.summary["outcomes"]
    p99 = done.summary["latency_s"]["time_to_ready"]["p99"]
    wanted = {"latency": "time_to_ready", "quantile": "0.99"}
    latencies = families["agent_sandbox_bench_latency_seconds"].samples
    assert [it.value for it in latencies if it.labels == wanted] == [p99]
    assert [it.value for it in families["agent_sandbox_bench_slo_met"].samples] == [0, 1]
    [info] = families["agent_sandbox_bench_run_info"].samples
    labels = {"version": "v1.2", "note": 'a "b" \\ c'}
    assert (info.value, info.labels) == (1, {"run_id": done.summary["run_id"], **labels})
    assert done.summary["labels"] == labels
    others = [it for name, family in families.items() if name != info.name for it in family.samples]
    assert not any({"version", "run_id"} & it.labels.keys() for it in others), "no series of a run's own"


@pytest.mark.parametrize("parse", [open_metrics, prometheus])
def test_metrics_hold_the_steps_of_sessions(bench: Bench, parse: object) -> None:
    steps = "[{kind: exec, name: one, command: echo a}, {kind: exec, name: two, command: echo a, expect: b}]"
    load = ("--rate", 20, "--total", 5, "--set", f"workload.steps={steps}")
    done = bench("run", *load, "--quiet", *ONE_PAUSE_HITS_ALL)
    assert callable(parse)
    families = {family.name: family for family in parse((done.out / "metrics.prom").read_text())}
    counts = {
        (it.labels["step"], it.labels["kind"], it.labels["ended"]): it.value
        for it in families["agent_sandbox_bench_steps"].samples
    }
    one = {("one", "exec", "ok"): 5, ("one", "exec", "failed"): 0}
    assert counts == {**one, ("two", "exec", "ok"): 0, ("two", "exec", "failed"): 5}
    bounds = families["agent_sandbox_bench_step_latency_is_lower_bound"].samples
    assert {it.labels["step"]: it.value for it in bounds if it.labels["quantile"] == "0.5"} == {"one": 0, "two": 1}
    p50 = done.summary["steps"][0]["latency_s"]["p50"]
    latencies = families["agent_sandbox_bench_step_latency_seconds"].samples
    assert [it.value for it in latencies if (it.labels["step"], it.labels.get("quantile")) == ("one", "0.5")] == [p50]


def test_junit_names_what_was_missed(missed: tuple[Finished, Path]) -> None:
    done, junit = missed
    assert junit.read_bytes() == (done.out / "junit.xml").read_bytes()
    [suite] = ET.parse(junit).getroot()  # noqa: S314  (our own file)
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["time_to_ready.p99<1us"]
    assert json.loads((done.out / "summary.json").read_text())["slo"][0]["expression"] == failed[0]
