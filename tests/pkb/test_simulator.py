"""Benchmarks on the embedded simulator, as a PKB operator runs them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
import yaml

from pkb.runs import SIMULATOR, Outcome, Pkb

KEPT = [f"{name}_{figure}" for name in ("startup_time", "total_lifecycle_s") for figure in ("p50", "p99", "max")]
KEPT += ["submit_qps", "completion_qps", "peak_concurrency", "warm_served_fraction", "success_count", "error_count"]

BLOCK = "--config_override=agent_sandbox.agent_sandbox"


def check(outcome: Outcome, claims: int) -> None:
    assert outcome.succeeded, outcome.log
    metrics = {sample["metric"] for sample in outcome.samples}
    assert metrics.issuperset(KEPT)
    assert outcome.value("success_count") + outcome.value("error_count") == claims
    assert outcome.value("success_count") > 0


def test_one_process(started: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = started(*simulator)
    check(outcome, 100)
    metadata = outcome.metadata("startup_time_p99")
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


def test_each_stage_in_a_process_of_its_own(started: Pkb, simulator: tuple[str, ...]) -> None:
    outcomes = started.stages(*simulator)
    check(outcomes["run"], 100)


def test_the_spec_can_be_read_again_after_each_stage(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    reader = """
import pickle, sys
from agent_sandbox_bench.pkb import registration
from perfkitbenchmarker import pkb
registration.Register()
for kept in sys.argv[1:]:
  spec = pickle.load(open(kept, 'rb'))
  again = pickle.loads(pickle.dumps(spec, 2))
  print(again.agent_sandbox.spec.load.rate, again.BenchmarkRun.__module__)
"""
    kept = []
    for stage in ("provision", "prepare", "run", "cleanup", "teardown"):
        pkb.stages(*simulator, only=stage)
        kept.append(shutil.copy(pkb.run_folder / "agent_sandbox0", pkb.folder / f"after-{stage}"))
    command = [sys.executable, "-c", reader, *map(str, kept)]
    done = subprocess.run(command, cwd=pkb.path, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["50.0 agent_sandbox_bench.pkb.benchmark"] * 5, done.stderr


def test_a_stage_takes_over_what_it_is_told_and_keeps_the_rest(pkb: Pkb) -> None:
    seed = f"{BLOCK}.load.seed=42"
    pkb.stages(*SIMULATOR, "--agent_sandbox_duration=1", seed, only="provision,prepare")
    pkb.stages("--agent_sandbox_duration=2", only="run")
    resolved = yaml.safe_load((pkb.run_folder / "agent_sandbox0-run0" / "config.yaml").read_text())
    assert (resolved["load"]["seed"], resolved["load"]["rate"], resolved["load"]["duration"]) == (42, 50.0, "2s")


def test_a_repeated_run_has_a_folder_of_its_own(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, "--run_stage_iterations=2")
    assert outcome.succeeded, outcome.log
    assert len(list(pkb.run_folder.glob("agent_sandbox0-run*"))) == 2


INVALID = f"{BLOCK}.validity={{max_schedule_lag_p99: 1ns}}"


def test_an_invalid_run_says_so_in_its_samples(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, INVALID)
    assert outcome.succeeded, outcome.log
    assert outcome.value("run_valid") == 0
    metadata = outcome.metadata("success_count")
    assert metadata["valid"] is False
    assert metadata["invalid_reasons"]


def test_fail_on_invalid_fails_and_keeps_the_samples(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, INVALID, f"{BLOCK}.fail_on_invalid=true")
    assert outcome.returncode == 1
    assert "The run is no measurement" in outcome.log
    lines = (pkb.run_folder / "agent_sandbox0-run0" / "samples.json").read_text().splitlines()
    assert any(json.loads(line)["metric"] == "startup_time_p99" for line in lines)


def test_failures_are_samples(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    fault = "faults: [{kind: too_many_requests, at: 1s, for: 10s}]"
    outcome = pkb(*simulator, f"{BLOCK}.simulator={{{fault}}}")
    check(outcome, 100)
    refused = outcome.value("error_count_rejected.429")
    assert 0 < refused == outcome.value("error_count") == outcome.value("outcome_rejected")


def test_a_rate_is_of_the_gaps(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator)
    [claims] = pkb.run_folder.glob("agent_sandbox0-run0/claims.jsonl")
    sent = [json.loads(line)["sent_ns"] for line in claims.read_text().splitlines()]
    span_s = (max(sent) - min(sent)) / 1e9
    assert outcome.value("submit_qps") == pytest.approx(99 / span_s)


def test_of_nothing_there_is_no_fraction_and_of_one_claim_no_rate(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    paused = "faults: [{kind: controller_pause, at: 0s, for: 60s}]"
    settings = ("load.total=1", "load.ready_timeout=1s", f"simulator={{{paused}}}")
    outcome = pkb(*simulator, *(f"{BLOCK}.{setting}" for setting in settings))
    assert outcome.succeeded, outcome.log
    assert (outcome.value("success_count"), outcome.value("outcome_timed_out")) == (0, 1)
    metrics = {sample["metric"] for sample in outcome.samples}
    assert not metrics & {"submit_qps", "completion_qps", "warm_served_fraction"}


def test_a_warm_up_is_in_no_figure_but_its_own(pkb: Pkb) -> None:
    phases = "[{name: first, warm_up: true, rate: 30, duration: 1s}, {name: second, rate: 20, duration: 1s}]"
    outcome = pkb(SIMULATOR[0], f"{BLOCK}.load.phases={phases}")
    check(outcome, 20)
    assert sum(histogram(outcome, "startup_time").values()) == 20
    counts = [one for one in outcome.samples if one["metric"] == "phase_success_count"]
    assert {one["metadata"]["phase"]: one["value"] for one in counts} == {"first": 30, "second": 20}


def histogram(outcome: Outcome, name: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads(outcome.metadata(f"{name}_histogram")["histogram"])
    return counts


def test_histograms_and_time_series_hold_every_claim(pkb: Pkb) -> None:
    outcome = pkb(SIMULATOR[0], "--agent_sandbox_qps=5", "--agent_sandbox_duration=12")
    check(outcome, 60)
    for name in ("startup_time", "schedule_lag", "create_ack", "time_to_deleted"):
        counts = histogram(outcome, name)
        assert sum(counts.values()) == 60
        highest = outcome.value(f"{name}_max")
        # A histogram of the core's has three significant digits.
        assert max(map(float, counts)) == pytest.approx(highest, rel=0.005, abs=1e-6)
    series = outcome.metadata("ready_time_series")
    assert (series["values"], series["interval"]) == ([50, 10], 10)
    assert series["timestamps"][1] - series["timestamps"][0] == 10_000


def test_metadata_says_every_value_of_the_configuration(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator)
    metadata = outcome.metadata("success_count")
    written = yaml.safe_load((pkb.run_folder / "agent_sandbox0-run0" / "config.yaml").read_text())
    assert metadata["run_id"] == written.pop("run_id")
    del written["output"]

    def compare(value: object, name: str) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                compare(item, f"{name}.{key}")
        else:
            plain = isinstance(value, bool | int | float | str)
            assert metadata[name] == (value if plain else json.dumps(value))

    for section, values in written.items():
        compare(values, section)


@pytest.mark.skipif(
    "runner" not in asb.config_schema()["$defs"]["Load"]["properties"], reason="this build knows no runners"
)
def test_load_from_runners(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    outcome = pkb(*simulator, f"{BLOCK}.load.runners=2")
    check(outcome, 100)
    runners = [one["metadata"]["runner_index"] for one in outcome.samples if one["metric"] == "runner_valid"]
    assert runners == [0, 1]
    assert outcome.metadata("success_count")["load.runners"] == 2


def test_benchmarks_side_by_side_in_forks(pkb: Pkb, simulator: tuple[str, ...]) -> None:
    total = "--config_override=agent_sandbox_ttfe.agent_sandbox.load.total=4"
    outcome = pkb(*simulator, total, "--run_processes=2", benchmark="agent_sandbox,agent_sandbox_ttfe")
    assert outcome.succeeded, outcome.log
    counts = [one for one in outcome.samples if one["metric"] == "success_count"]
    assert {one["test"]: one["value"] for one in counts} == {"agent_sandbox": 100, "agent_sandbox_ttfe": 4}


def by_object(outcome: Outcome, metric: str) -> dict[str, float]:
    return {one["metadata"]["object"]: one["value"] for one in outcome.samples if one["metric"] == metric}


def test_a_baseline_compares_one_schedule_of_three_objects(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_baseline.", 1)
    outcome = pkb(SIMULATOR[0], f"{block}.load.total=7", benchmark="agent_sandbox_baseline")
    assert outcome.succeeded, outcome.log
    assert by_object(outcome, "success_count") == dict.fromkeys(["pod", "sandbox", "claim"], 7)
    seeds = {one["metadata"]["seed"] for one in outcome.samples if one["metric"] == "success_count"}
    assert len(seeds) == 1
    p90 = by_object(outcome, "startup_time_p90")
    assert outcome.value("startup_time_added_p90") == pytest.approx(p90["sandbox"] - p90["pod"])
    assert outcome.value("startup_time_saved_p90") == pytest.approx(p90["sandbox"] - p90["claim"])
    assert outcome.metadata("startup_time_saved_p90")["lower_bounds"] == ""


def test_a_difference_says_which_side_is_a_lower_bound(pkb: Pkb) -> None:
    told = ("load.total=3", "load.ready_timeout=500ms", "simulator={cold_latency: {median: 2s}}")
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_baseline.", 1)
    outcome = pkb(SIMULATOR[0], *(f"{block}.{field}" for field in told), benchmark="agent_sandbox_baseline")
    assert outcome.succeeded, outcome.log
    assert outcome.metadata("startup_time_added_p50")["lower_bounds"] == "sandbox,pod"
    assert outcome.metadata("startup_time_saved_p50")["lower_bounds"] == "sandbox"


def test_each_step_of_a_session_has_samples(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_session.", 1)
    outcome = pkb(SIMULATOR[0], f"{block}.load.total=3", benchmark="agent_sandbox_session")
    assert outcome.succeeded, outcome.log
    counts = {one["metadata"]["step"]: one["value"] for one in outcome.samples if one["metric"] == "step_ok"}
    assert counts == {"first": 3, "write": 3, "read": 3}


def test_each_file_of_a_payload_has_rates(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_payload.", 1)
    outcome = pkb(SIMULATOR[0], f"{block}.load.total=2", benchmark="agent_sandbox_payload")
    assert outcome.succeeded, outcome.log
    of_step = {(one["metric"], one["metadata"].get("step")): one for one in outcome.samples}
    for size, name in ((1000, "1kb"), (100_000, "100kb"), (1_000_000, "1mb"), (10_000_000, "10mb")):
        for way in ("write", "read"):
            latency, rate = (of_step[metric, f"{way}_{name}"] for metric in ("step_p50", "step_mb_per_s_p50"))
            assert (
                rate["unit"] == "MB/sec" and rate["metadata"]["bytes"] == size and not rate["metadata"]["upper_bound"]
            )
            assert rate["value"] == pytest.approx(size / 1e6 / latency["value"])


def test_a_density_has_the_memory_of_a_sandbox_and_the_stages_of_its_pod(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_density.", 1)
    fields = ("load.total=20", "workload.hold=4", "output.sources=1", "sandbox_warmpool.replicas=0")
    outcome = pkb(SIMULATOR[0], *(f"{block}.{field}" for field in fields), benchmark="agent_sandbox_density")
    assert outcome.succeeded, outcome.log
    assert outcome.value("sandbox_memory") == 64 << 20 and outcome.metadata("sandbox_memory")["source"] == "kubelets"
    assert outcome.value("sandbox_memory_count") == 20
    assert outcome.value("pods_made") == 20 and outcome.metadata("pods_made")["made_for"] == "claim"
    assert outcome.value("pod_start_p50") > 0 and outcome.value("time_to_pod_ready_p50") > 0
    assert outcome.metadata("pod_start_p50")["count"] == 20


def test_a_refill_has_rates_and_the_stages_of_its_pods(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_pool_refill.", 1)
    fields = ("load.duration=1", "workload.hold=1")
    outcome = pkb(SIMULATOR[0], *(f"{block}.{field}" for field in fields), benchmark="agent_sandbox_pool_refill")
    assert outcome.succeeded, outcome.log
    assert outcome.value("pool_drain_rate") > 0 and outcome.value("pool_full_after_release") >= 0
    assert outcome.metadata("pods_made")["made_for"] == "pool" and outcome.value("pods_made") >= 100


def test_a_deletion_rate_is_of_what_is_gone(pkb: Pkb) -> None:
    block = BLOCK.replace("agent_sandbox.", "agent_sandbox_deletion.", 1)
    outcome = pkb(SIMULATOR[0], f"{block}.load.total=9", benchmark="agent_sandbox_deletion")
    assert outcome.succeeded, outcome.log
    [folder] = pkb.run_folder.glob("agent_sandbox_deletion0-run0")
    claims = [json.loads(line) for line in (folder / "claims.jsonl").read_text().splitlines()]
    span_s = (max(it["deleted_ns"] for it in claims) - min(it["released_ns"] for it in claims)) / 1e9
    assert outcome.value("deletion_time") == pytest.approx(span_s)
    assert outcome.value("deletion_rate") == pytest.approx(9 / span_s)
    assert outcome.value("deletion_pending_count") == 0
    assert outcome.value("pods_pending_count") == 0 and outcome.value("release_to_pod_gone_p50") > 0


SHORT = {
    "agent_sandbox": ["load.duration=2"],
    "agent_sandbox_baseline": ["load.duration=1"],
    "agent_sandbox_burst": ["load.duration=1", "workload.hold=0"],
    "agent_sandbox_churn": ["load.duration=2", "workload.hold=0.2"],
    "agent_sandbox_deletion": ["load.duration=1"],
    "agent_sandbox_density": ["load.total=20", "workload.hold=3"],
    "agent_sandbox_payload": ["load.duration=2"],
    "agent_sandbox_pool_refill": ["load.duration=1", "workload.hold=2"],
    # Nothing of this judges how busy the machine is that the tests run on.
    "agent_sandbox_search": [
        *("load.duration=10", "load.rate=4", "search.max_rate=4", "slo=[outcomes.failed<1]"),
        *(
            "validity.max_error=99%",
            "validity.max_schedule_lag_p99=10",
            "validity.min_achieved_ratio=0.01",
            "validity.max_upper_bound_share=1",
        ),
    ],
    "agent_sandbox_session": ["load.duration=1"],
    "agent_sandbox_suspend_resume": ["load.duration=1", "workload.repeat=1"],
    "agent_sandbox_ttfe": ["load.duration=2"],
}
FIGURES = {
    "agent_sandbox": "startup_time_p99",
    "agent_sandbox_baseline": "startup_time_saved_p50",
    "agent_sandbox_burst": "startup_time_p99",
    "agent_sandbox_churn": "time_to_capacity_back_p99",
    "agent_sandbox_deletion": "deletion_rate",
    "agent_sandbox_density": "peak_alive",
    "agent_sandbox_payload": "step_mb_per_s_p50",
    "agent_sandbox_pool_refill": "pool_refill_rate",
    "agent_sandbox_search": "highest_rate",
    "agent_sandbox_session": "step_p99",
    "agent_sandbox_suspend_resume": "step_p99",
    "agent_sandbox_ttfe": "time_to_first_exec_p99",
}


EVERY = ",".join(SHORT)


def short() -> list[str]:
    fields = [f"{benchmark}.agent_sandbox.{field}" for benchmark, told in SHORT.items() for field in told]
    return [SIMULATOR[0], *(f"--config_override={field}" for field in fields)]


def check_figures(outcome: Outcome) -> None:
    assert outcome.succeeded, outcome.log
    found = {(one["test"], one["metric"]): one["value"] for one in outcome.samples}
    for figure in FIGURES.items():
        assert found[figure] > 0, figure


@pytest.mark.timeout(900)
def test_every_benchmark_in_one_process(pkb: Pkb) -> None:
    check_figures(pkb(*short(), benchmark=EVERY))


@pytest.mark.timeout(900)
def test_every_benchmark_stage_by_stage(pkb: Pkb) -> None:
    check_figures(pkb.stages(*short(), benchmark=EVERY)["run"])
