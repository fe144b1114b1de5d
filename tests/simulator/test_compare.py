"""`compare` on the folders that runs leave, with made-up times to ready: the same verdict on any machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.bench import Bench, Finished
from support.made import PHASES, Claim, made, steady
from support.validity import ONE_PAUSE_HITS_ALL

SPREAD_UNKNOWN = "; spread of runs unknown, limit 10 %"
VERSION_1 = {
    *("schema_version", "run_id", "started_at", "tool_version", "monotonic_base_ns", "interrupted", "target", "valid"),
    *("invalid_reasons", "warnings", "load", "outcomes", "reasons", "classes", "class_uncertain", "achieved_ratio"),
    *("peak_in_flight", "peak_alive", "latency_s", "windows", "slo", "generator"),
}


@pytest.fixture(scope="module")
def run(module_bench: Bench) -> Finished:
    """A run whose folder the others are made of."""
    done = module_bench("run", "--set", f"load.phases={PHASES}", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    return done


def burst(seed: int, factor: float = 1) -> list[Claim]:
    """100 claims at once."""
    return [(0, time) for _, time in steady(seed, factor)[:100]]


def told(done: Finished) -> dict[str, Any]:
    comparison: dict[str, Any] = json.loads(done.stdout)
    assert done.stderr.splitlines()[0] == comparison["headline"], "the verdict comes first"
    assert comparison["schema_version"] == 2
    return comparison


def figure(comparison: dict[str, Any], metric: str) -> dict[str, Any]:
    [one] = [each for each in comparison["differences"] if each["metric"] == metric]
    return dict(one)


def test_a_slower_run_is_a_regression_with_its_size(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base, new = made(run, tmp_path / "base", steady(1)), made(run, tmp_path / "new", steady(2, 1.3))
    done = bench("compare", base, new, "--output", "json", "--require-verdict")
    comparison = told(done)
    assert (done.code, comparison["verdict"], comparison["regressed"]) == (5, "worse", True)
    assert re.fullmatch(rf"slower by 2\d\.\d to 3\d\.\d %{SPREAD_UNKNOWN}", comparison["headline"])
    p50 = figure(comparison, "time_to_ready.p50")
    assert p50["regression"] and not p50["improvement"] and p50["unit"] == "block" and min(p50["blocks"]) >= 8
    assert p50["base"] == pytest.approx(0.05, rel=0.02) and p50["interval"][0] < 0.3 < p50["interval"][1]
    failed = figure(comparison, "failed_fraction")
    assert (failed["base"], failed["new"], failed["regression"]) == (0, 0, False)
    assert [one["valid"] for side in comparison["runs"].values() for one in side] == [True, True]
    assert not any(each["metric"].startswith("time_to_first_exec") for each in comparison["differences"]), "no exec"
    assert all(len(each) <= 80 for each in done.stderr.splitlines() if str(tmp_path) not in each), done.stderr

    other_way = bench("compare", new, base)
    assert other_way.code == 0 and other_way.stderr.startswith("faster by 2"), other_way.stderr


def test_what_runs_may_differ_by_is_not_told_of_one_run_a_side(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base, new = made(run, tmp_path / "base", steady(1)), made(run, tmp_path / "new", steady(2, 1.07))
    done = bench("compare", base, new, "--output", "json")
    comparison = told(done)
    assert (done.code, comparison["verdict"], comparison["run_spread_unknown"]) == (0, "cannot_tell", True)
    assert re.fullmatch(rf"cannot tell: \d+ more runs of this length{SPREAD_UNKNOWN}", comparison["headline"])
    p50 = figure(comparison, "time_to_ready.p50")
    assert (p50["verdict"], p50["doubt"], p50["regression"]) == ("cannot_tell", "run_spread_unknown", False)
    assert bench("compare", base, new, "--require-verdict").code == 7
    assert bench("compare", base, new, "--run-spread", "0", "--require-verdict").code == 5
    within = bench("compare", base, new, "--run-spread", "0%", "--margin", "12%")
    assert (within.code, within.stderr.splitlines()[0]) == (0, "same within 12 %; spread of runs unknown, limit 0 %")


@pytest.mark.parametrize("factor", [1, 1.5])
def test_a_burst_is_one_block_and_no_regression(bench: Bench, run: Finished, tmp_path: Path, factor: float) -> None:
    base, new = made(run, tmp_path / "base", burst(1)), made(run, tmp_path / "new", burst(2, factor))
    done = bench("compare", base, new, "--output", "json")
    comparison = told(done)
    assert (done.code, comparison["verdict"], comparison["doubt"]) == (0, "cannot_tell", "too_few_blocks")
    assert comparison["more_runs"] >= 2
    assert figure(comparison, "time_to_ready.p50")["blocks"] == [1, 1]
    assert "time_to_ready (1 and 1 blocks)" in done.stderr
    assert not any(each["regression"] or each["improvement"] for each in comparison["differences"])


def test_sets_of_runs_are_decided_by_all_of_them(bench: Bench, run: Finished, tmp_path: Path) -> None:
    def set_of(name: str, seed: int, factor: float) -> Path:
        for number in (1, 2, 3):
            made(run, tmp_path / name / f"run-{number}", steady(seed + number, factor))
        return tmp_path / name

    base, like, slower = set_of("base", 0, 1), set_of("like", 10, 1), set_of("slower", 20, 1.1)
    same = bench("compare", base, like, "--require-verdict")
    assert (same.code, same.stderr.splitlines()[0]) == (0, "same within 5 %"), same.stderr
    done = bench("compare", base, slower, "--output", "json")
    comparison = told(done)
    assert (done.code, comparison["verdict"], comparison["run_spread_unknown"]) == (5, "worse", False)
    assert [one["folder"].rsplit("/", 1)[1] for one in comparison["runs"]["new"]] == ["run-1", "run-2", "run-3"]


def test_failures_are_a_regression_of_their_own(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base, new = made(run, tmp_path / "base", steady(1)), made(run, tmp_path / "new", steady(1, failed=0.03))
    done = bench("compare", base, new, "--output", "json")
    comparison = told(done)
    failed, p99 = figure(comparison, "failed_fraction"), figure(comparison, "time_to_ready.p99")
    assert (done.code, failed["verdict"], failed["base"]) == (5, "worse", 0)
    assert failed["change"] == pytest.approx(0.03, abs=0.01)
    assert (p99["bounds"], p99["new"], p99["interval"][1]) == (["new"], 180, None), "a censored percentile is a bound"
    assert ">180" in done.stderr


def test_warm_ups_are_left_out(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base = made(run, tmp_path / "base", steady(1))
    new = made(run, tmp_path / "new", steady(2), warm_up=steady(3, 50)[:1000])
    done = bench("compare", base, new, "--run-spread", "0", "--output", "json")
    comparison = told(done)
    assert (done.code, comparison["verdict"]) == (0, "same")
    [about] = comparison["runs"]["new"]
    assert (about["claims"], about["warm_up_claims"]) == (4000, 1000)
    assert "1000 of warm-ups left out" in done.stderr


def test_invalid_and_interrupted_runs_are_refused(bench: Bench, run: Finished, tmp_path: Path) -> None:
    late = {"valid": False, "invalid_reasons": ["generator_late"]}
    base = made(run, tmp_path / "base", steady(1), change=lambda summary: summary.update(late))
    new = made(run, tmp_path / "new", steady(2))
    done = bench("compare", base, new)
    assert done.code == 3 and f"BASE: got {base} (INVALID: generator_late)" in done.stderr, done.stderr
    assert "--force" in done.stderr
    forced = bench("compare", base, new, "--force")
    assert forced.code == 0 and "INVALID: generator_late" in forced.stderr, forced.stderr

    (new / "summary.json").unlink()  # as a run that was killed leaves it
    done = bench("compare", new, new)
    assert done.code == 3 and f"{new} (INVALID: interrupted)" in done.stderr, done.stderr


def test_folders_of_schema_version_1_are_read(bench: Bench, run: Finished, tmp_path: Path) -> None:
    def age(summary: dict[str, Any]) -> None:
        for name in summary.keys() - VERSION_1 - {"phases"}:
            del summary[name]
        summary["schema_version"] = 1

    base = made(run, tmp_path / "base", steady(1), change=age)
    assert bench("compare", base, made(run, tmp_path / "new", steady(2, 1.3))).code == 5


def test_unlike_runs_are_refused_with_both_values(bench: Bench) -> None:
    base, new = (bench("run", "--rate", rate, "--total", 20, *ONE_PAUSE_HITS_ALL).out for rate in (50, 100))
    done = bench("compare", base, new)
    assert done.code == 2 and "NEW" in done.stderr and re.search(r"load\.rate: base 50(\.0)?, new 100", done.stderr)
    forced = bench("compare", base, new, "--force", "--output", "json")
    assert forced.code in (0, 5) and re.search(r"differs in load\.rate: base 50(\.0)?, new 100", forced.stderr)
    comparison = told(forced)
    assert (comparison["unlike"], comparison["config_differences"]) == (
        ["load"],
        [{"field": "load.rate", "base": 50, "new": 100}],
    )


def test_what_is_no_run_and_what_is_no_share_is_refused(bench: Bench, run: Finished, tmp_path: Path) -> None:
    done = bench("compare", run.out, tmp_path / "absent")
    assert done.code == 2 and "NEW" in done.stderr and "absent" in done.stderr
    for option in ("--margin", "--run-spread"):
        done = bench("compare", run.out, run.out, option, "5")
        assert done.code == 2 and option in done.stderr and "0.05" in done.stderr


def test_what_run_repeat_leaves_is_a_set(bench: Bench) -> None:
    load = ("--rate", 50, "--total", 50, "--seed", 3, *ONE_PAUSE_HITS_ALL)
    base, new = bench("run", "--repeat", 3, *load), bench("run", "--repeat", 2, *load, "--output", "json")
    assert base.code == new.code == 0, base.stderr + new.stderr
    summaries = json.loads(new.stdout)
    assert [summary["load"]["seed"] for summary in summaries] == [3, 4]
    assert sorted(path.name for path in base.out.iterdir()) == ["run-1", "run-2", "run-3"]
    done = bench("compare", base.out, new.out, "--output", "json")
    assert done.code in (0, 5), done.stderr
    comparison = told(done)
    assert {name: len(runs) for name, runs in comparison["runs"].items()} == {"base": 3, "new": 2}
    failed = figure(comparison, "failed_fraction")
    assert (failed["base"], failed["new"]) == (0, 0)
