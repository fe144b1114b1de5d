"""Benchmarks on the embedded simulator, as a PKB operator runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pkb.runs import SIMULATOR, Outcome, Pkb

KEPT = [f"{name}_{figure}" for name in ("startup_time", "total_lifecycle_s") for figure in ("p50", "p99", "max")]
KEPT += ["submit_qps", "completion_qps", "peak_concurrency", "warm_served_fraction", "success_count", "error_count"]


def check(outcome: Outcome, claims: int) -> None:
    assert outcome.succeeded, outcome.log
    metrics = {sample["metric"] for sample in outcome.samples}
    assert metrics.issuperset(KEPT)
    assert outcome.value("success_count") + outcome.value("error_count") == claims
    assert outcome.value("success_count") > 0


def test_one_process(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator)
    check(outcome, 100)
    metadata = next(sample["metadata"] for sample in outcome.samples if sample["metric"] == "startup_time_p99")
    assert (metadata["target_qps"], metadata["duration"], metadata["total_claims"]) == (50, 2, 100)
    assert (metadata["warmpool_replicas"], metadata["runtime_class"]) == (100, "runsc")
    assert metadata["stack.controller.cpu_limit"] == "2"


def test_a_checkouts_own_pkb_py_finds_the_benchmark(shimmed: Pkb, simulator: tuple[str, ...]) -> None:
    shim = ["agent-sandbox-bench", "pkb-shim", str(shimmed.path)]
    subprocess.run(shim, check=True)
    check(shimmed(*simulator), 100)
    subprocess.run([*shim, "--remove"], check=True)
    assert not list(shimmed.path.rglob("agent_sandbox_bench_plugin.py"))


def test_somebodys_own_benchmark_imports_what_it_needs(shimmed: Pkb, simulator: tuple[str, ...]) -> None:
    documentation = Path(__file__).parents[2] / "docs" / "pkb.md"
    [module] = re.findall(r"```py\n(.*?)```", documentation.read_text(), re.DOTALL)
    (shimmed.path / "perfkitbenchmarker" / "linux_benchmarks" / "own_claims_benchmark.py").write_text(module)
    check(shimmed(*simulator, benchmark="own_claims"), 100)


def test_each_stage_in_a_process_of_its_own(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcomes = pkb.stages(*simulator)
    check(outcomes["run"], 100)


def test_the_spec_can_be_read_again_after_each_stage(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    reader = """
import pickle, sys
from agent_sandbox_bench.pkb import registration
from perfkitbenchmarker import pkb
registration.Register()
spec = pickle.load(open(sys.argv[1], 'rb'))
again = pickle.loads(pickle.dumps(spec, 2))
print(again.agent_sandbox.spec.load.rate, again.BenchmarkRun.__module__)
"""
    for stage in ("provision", "prepare", "run", "cleanup", "teardown"):
        pkb.stages(*simulator, only=stage)
        command = [sys.executable, "-c", reader, str(pkb.run_folder / "agent_sandbox0")]
        done = subprocess.run(command, cwd=pkb.path, capture_output=True, text=True)
        assert done.stdout.split() == ["50.0", "agent_sandbox_bench.pkb.benchmark"], done.stderr


def test_a_stage_takes_over_what_it_is_told_and_keeps_the_rest(pkb: Pkb) -> None:
    seed = "--config_override=agent_sandbox.agent_sandbox.load.seed=42"
    pkb.stages(*SIMULATOR, "--agent_sandbox_duration=1", seed, only="provision,prepare")
    pkb.stages("--agent_sandbox_duration=2", only="run")
    resolved = yaml.safe_load((pkb.run_folder / "agent_sandbox0-run0" / "config.yaml").read_text())
    assert (resolved["load"]["seed"], resolved["load"]["rate"], resolved["load"]["duration"]) == (42, 50.0, "2s")


def test_a_repeated_run_has_a_folder_of_its_own(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, "--run_stage_iterations=2")
    assert outcome.succeeded, outcome.log
    assert len(list(pkb.run_folder.glob("agent_sandbox0-run*"))) == 2


INVALID = "--config_override=agent_sandbox.agent_sandbox.validity={max_schedule_lag_p99: 1ns}"


def test_an_invalid_run_says_so_in_its_samples(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, INVALID)
    assert outcome.succeeded, outcome.log
    assert outcome.value("run_valid") == 0
    metadata = next(sample["metadata"] for sample in outcome.samples if sample["metric"] == "success_count")
    assert metadata["valid"] is False
    assert metadata["invalid_reasons"]


def test_fail_on_invalid_fails_and_keeps_the_samples(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, INVALID, "--config_override=agent_sandbox.agent_sandbox.fail_on_invalid=true")
    assert outcome.returncode == 1
    assert "The run is no measurement" in outcome.log
    lines = (pkb.run_folder / "agent_sandbox0-run0" / "samples.json").read_text().splitlines()
    assert any(json.loads(line)["metric"] == "startup_time_p99" for line in lines)


@pytest.mark.parametrize(
    ("benchmark", "metric"),
    [
        ("agent_sandbox_burst", "startup_time_p99"),
        ("agent_sandbox_churn", "time_to_capacity_back_p99"),
        ("agent_sandbox_density", "peak_alive"),
        ("agent_sandbox_pool_refill", "pool_refill_rate"),
        ("agent_sandbox_search", "highest_rate"),
        ("agent_sandbox_ttfe", "time_to_first_exec_p99"),
    ],
)
def test_each_benchmark(pkb: Pkb, benchmark: str, metric: str) -> None:
    short = {
        "agent_sandbox_burst": ["load.burst.every=1", "load.duration=2"],
        "agent_sandbox_churn": ["load.duration=2", "workload.hold=0.2"],
        "agent_sandbox_density": ["load.total=20", "workload.hold=3"],
        "agent_sandbox_pool_refill": ["load.duration=1", "workload.hold=2"],
        "agent_sandbox_search": ["load.duration=10", "load.rate=4", "search.max_rate=4", "slo=[outcomes.failed<1]"],
        "agent_sandbox_ttfe": ["load.duration=2"],
    }[benchmark]
    flags = [f"--config_override={benchmark}.agent_sandbox.{field}" for field in short]
    outcome = pkb(SIMULATOR[0], *flags, benchmark=benchmark)
    assert outcome.succeeded, outcome.log
    assert outcome.value(metric) > 0
