"""`sweep`: every combination of settings, in one folder, whatever stops it."""

from __future__ import annotations

import asyncio
import itertools
import json
from html import unescape
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
import yaml
from agent_sandbox_bench.typed import ConfigDict, SweepReport
from support.bench import Bench, Finished
from support.simulator import Served, serving
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL, PAUSED
from support.waiting import until

SEEDS = ("--seed", 11, "--set", "simulator.seed=5", *ONE_PAUSE_HITS_ALL)
RATES, HOLDS, SIZES = (20, 40, 60), ("0s", "100ms"), (5, 50)
GRID: tuple[object, ...] = (
    *("--set", "load.rate=20,40,60"),
    *("--set", "workload.hold=0s,100ms"),
    *("--set", "stack.sandbox_warmpool.replicas=5,50"),
)
POINTS = [
    {"load.rate": rate, "workload.hold": hold, "stack.sandbox_warmpool.replicas": size}
    for rate, hold, size in itertools.product(RATES, HOLDS, SIZES)
]
LOAD = ("--duration", "500ms")


def sweep(bench: Bench, out: Path, *words: object, timeout: float = 170) -> Finished:
    return bench("sweep", *SEEDS, "--out", out, *words, timeout=timeout)


def report(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "sweep.json").read_text())
    assert misfits({**told, "out_dir": str(out)}, SweepReport) == []
    return told


def count(out: Path) -> int:
    return len(json.loads((out / "sweep.json").read_text())["points"]) if (out / "sweep.json").exists() else 0


def table(out: Path) -> list[dict[str, Any]]:
    """What does not depend on how fast the machine was: the points, and the schedule of each."""
    rows = []
    for point in report(out)["points"]:
        run = asb.Result.load(out / point["folder"])
        claims = sorted((claim["index"], claim["intended_ns"]) for claim in run.claims())
        config = yaml.safe_load((out / point["folder"] / "config.yaml").read_text())
        del config["run_id"], config["output"]["dir"]
        same = {key: point[key] for key in ("place", "folder", "values")}
        rows.append({**same, "claims": claims, "outcomes": sum(point["outcomes"].values()), "config": config})
    return rows


def killed_at(bench: Bench, out: Path, points: int) -> None:
    """Starts it, and kills it within the point after so many."""
    process = bench.start("sweep", *SEEDS, *GRID, *LOAD, "--out", out)
    half = out / f"point-{points + 1:02}"
    until(lambda: count(out) == points and (half / "claims.jsonl").exists(), 60, f"{points} points and a part")
    bench.kill(process)
    assert count(out) == points and not (half / "summary.json").exists()


def test_killed_three_times_it_ends_with_the_same_table(bench: Bench, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert sweep(bench, whole, *GRID, *LOAD).code == 0
    kept: dict[int, str] = {}
    for points in (1, 4, 9):
        killed_at(bench, killed, points)
        ids = {point["place"]: point["run_id"] for point in report(killed)["points"]}
        assert ids.items() >= kept.items(), "what was there is not run again"
        kept = ids
    done = sweep(bench, killed, *GRID, *LOAD)
    assert done.code == 0, done.stderr
    assert "12 points, 9 are there" in done.stderr and done.stderr.count("VALID  load.rate=") == 3
    told = report(killed)
    assert {point["place"]: point["run_id"] for point in told["points"]}.items() >= kept.items()
    assert [point["values"] for point in told["points"]] == POINTS and told["done"]
    assert table(killed) == table(whole)
    runs = {point["run_id"] for point in told["points"]}
    assert len(runs) == 12 and all(run in (killed / "sweep.html").read_text() for run in runs)
    once_more = sweep(bench, killed, *GRID, *LOAD)
    assert once_more.code == 0 and report(killed) == told, "there is nothing left to do"


def test_a_point_is_a_run_of_the_seeds_and_settings(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = sweep(bench, out, "--set", "load.rate=20,40", *LOAD, "--label", "night=1")
    assert done.code == 0, done.stderr
    configs = [asb.Config(out / f"point-0{place}" / "config.yaml").to_dict() for place in (1, 2)]
    assert [config["load"]["rate"] for config in configs] == [20, 40]
    assert [config["load"]["seed"] for config in configs] == [11, 11], "one schedule"
    assert [config["simulator"]["seed"] for config in configs] == [5, 6], "service times of their own"
    assert all(config["validity"]["max_error"] == PAUSED["max_error"] for config in configs), "one value is for all"
    assert report(out)["keys"] == [{"key": "load.rate", "values": [20, 40]}]
    for point in report(out)["points"]:
        summary = asb.Result.load(out / point["folder"]).summary
        figures = summary["latency_s"]["time_to_ready"]
        assert figures and point["figures"]["time_to_ready.p99"]["value"] == figures["p99"]
        assert point["outcomes"] == summary["outcomes"] and point["pareto"] is None
        assert (out / point["folder"] / "report.html").exists()
    assert 'href="point-02/report.html"' in unescape((out / "sweep.html").read_text())


def test_a_swept_seed_is_that_of_its_points(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--set", "load.seed=3,4", "--rate", 20, *LOAD, *ONE_PAUSE_HITS_ALL)
    assert bench("sweep", "--out", out, *words).code == 0
    told = [asb.Result.load(out / f"point-0{place}").summary["load"]["seed"] for place in (1, 2)]
    assert told == [3, 4]


SLOW_OR_FEW = ("--set", "stack.sandbox_warmpool.replicas=0,2,40", "--rate", 20, *LOAD)


def test_of_two_figures_there_is_a_pareto_line(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    figures = ("--figure", "time_to_ready.p50", "--figure", "warm_fraction")
    done = sweep(bench, out, *SLOW_OR_FEW, *figures)
    assert done.code == 0, done.stderr
    points = report(out)["points"]
    assert [point["pareto"] for point in points] == [False, False, True], "all claims warm are both fastest and warmest"
    assert "Pareto line" in (out / "sweep.html").read_text()
    sweep(bench, out, *SLOW_OR_FEW, "--figure", "outcomes.ready")
    again = report(out)["points"]
    assert [point["run_id"] for point in again] == [point["run_id"] for point in points], "only told anew"
    assert [list(point["figures"]) for point in again] == [["outcomes.ready"]] * 3
    assert [point["pareto"] for point in again] == [None] * 3


def test_a_lower_bound_is_marked_and_is_on_no_pareto_line(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    late = ("--set", "simulator.cold_latency={median: 200ms},{median: 30s}", "--ready-timeout", "1s")
    figures = ("--figure", "time_to_ready.p99", "--figure", "outcomes.timed_out")
    load = ("--rate", 10, *LOAD, "--set", "stack.sandbox_warmpool.replicas=0")
    assert sweep(bench, out, *late, *figures, *load).code == 0
    fast, slow = report(out)["points"]
    assert (fast["figures"]["time_to_ready.p99"]["bound"], fast["pareto"]) == (False, True)
    assert (slow["figures"]["time_to_ready.p99"]["bound"], slow["pareto"]) == (True, False)


def test_an_invalid_point_is_shown_and_named(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lags = ("--set", "validity.max_schedule_lag_p99=1ns,60s", "--set", "validity.max_error=99%")
    done = bench("sweep", *lags, *SEEDS[:4], "--rate", 20, *LOAD, "--out", out)
    first, second = report(out)["points"]
    assert done.code == 3 and "1 is INVALID" in done.stderr, done.stderr
    assert "generator_late" in first["invalid"] and "generator_late" not in (second["invalid"] or "")
    assert "INVALID: generator_late" in (out / "sweep.html").read_text()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--set", "load.rate=1"), "--set: got one value of each key"),
        (("--set", "load.rate=1,fast"), 'load.rate: got "fast"'),
        (("--set", "load.rte=1,2"), "load.rte"),
        (("--set", "load.rate=1,1"), "load.rate: got 1 a second time"),
        (("--set", "output.dir=a,b"), "output.dir: got values"),
        (("--set", "load.rate=1,2", "--figure", "p98"), '--figure: got "p98"'),
        (("--set", "load.rate=1,2", "--set", "slo=[a.p99<1s]"), "slo"),
    ],
)
def test_bad_input_runs_nothing(bench: Bench, tmp_path: Path, words: tuple[str, ...], field: str) -> None:
    done = bench("sweep", "--out", tmp_path / "out", *words)
    assert done.code == 2 and field in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_the_folder_of_another_sweep_is_refused(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rates = ("--set", "load.rate=20,40")
    assert sweep(bench, out, *rates, *LOAD).code == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    for words, difference in [
        (("--set", "load.rate=20,50", *LOAD), "--set was load.rate=[20,40], and is load.rate=[20,50]"),
        ((*rates, "--duration", "600ms"), "load.duration"),
        ((*rates, *LOAD, "--set", "load.seed=12"), "its seed, objectives or output differ"),
        ((*rates, *LOAD, "--set", "slo=[outcomes.failed<1]"), "its seed, objectives or output differ"),
    ]:
        done = sweep(bench, out, *words)
        assert done.code == 2 and difference in done.stderr, done.stderr
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before, "it is left as it was"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").touch()
    assert sweep(bench, tmp_path / "other", *rates, *LOAD).code == 2


def test_an_interrupted_one_goes_on(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--set", "load.rate=20,40,60", *LOAD)
    process = bench.start("sweep", *SEEDS, *words, "--out", out)
    until(lambda: count(out) == 1 and (out / "point-02" / "claims.jsonl").exists(), 60, "a point and a part")
    process.terminate()
    done = bench.finish(process, out)
    assert (done.code, report(out)["done"]) == (130, False), done.stderr
    assert "the same command" in done.stderr
    assert sweep(bench, out, *words).code == 0
    assert [point["place"] for point in report(out)["points"]] == [1, 2, 3]


def pools(out: Path) -> list[int]:
    return [
        asb.Result.load(out / point["folder"]).summary["pools"][0]["ready_at_start"] for point in report(out)["points"]
    ]


def listed(served: Served, plural: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = served.api.request("GET", served.stack.path(plural)).body["items"]
    return items


def replicas(served: Served) -> int:
    [pool] = listed(served, "sandboxwarmpools")
    return int(pool["spec"]["replicas"])


def test_on_a_cluster_each_point_begins_with_new_and_full_pools(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(bench, {"stack.sandbox_warmpool.replicas": 7, "simulator.cold_latency.median": "50ms"}) as served:
        first = {it["metadata"]["uid"] for it in listed(served, "sandboxes")}
        words = ("--rate", 10, *LOAD, *served.target)
        done = sweep(bench, out, "--set", "workload.hold=0s,10ms", *words)
        assert done.code == 0, done.stderr
        assert pools(out) == [7, 7]
        assert not first & {it["metadata"]["uid"] for it in listed(served, "sandboxes")}, "all of them are new"
        sized = sweep(bench, tmp_path / "sized", "--set", "stack.sandbox_warmpool.replicas=0,3,12", *words)
        assert sized.code == 0, sized.stderr
        assert pools(tmp_path / "sized") == [0, 3, 12]
        assert replicas(served) == 7, "as it was found"
        refused = sweep(bench, tmp_path / "no", "--set", "stack.controller.claim_workers=1,2", *words)
        assert refused.code == 2 and "on a cluster" in refused.stderr


def test_after_a_kill_nothing_of_the_half_point_stays_on_a_cluster(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(bench, {"stack.sandbox_warmpool.replicas": 9, "simulator.cold_latency.median": "50ms"}) as served:
        words = ("--set", "load.rate=9,10", "--duration", "1s", "--hold", "2s", *served.target)
        process = bench.start("sweep", *SEEDS, *words, "--out", out)
        until(lambda: (out / "point-01").exists() and bool(listed(served, "sandboxclaims")), 60, "claims")
        bench.kill(process)
        left = {it["metadata"]["name"] for it in listed(served, "sandboxclaims")}
        assert left
        done = sweep(bench, out, *words)
        assert done.code == 0, done.stderr
        assert listed(served, "sandboxclaims") == [] and replicas(served) == 9
        assert pools(out) == [9, 9]


def test_python_gets_the_same(tmp_path: Path) -> None:
    config: ConfigDict = {"load": {"duration": "500ms", "seed": 3}, "validity": PAUSED}
    keys = {"load.rate": [20, 40]}
    told: list[int] = []
    out = tmp_path / "out"
    found = asyncio.run(asb.sweep_async(config, keys, out_dir=out, on_point=lambda point: told.append(point["place"])))
    assert misfits(found, SweepReport) == []
    assert {key: value for key, value in found.items() if key != "out_dir"} == report(out)
    assert told == [1, 2] and found["done"]
    assert asb.sweep(config, keys, out_dir=out) == found, "it is there"
    with pytest.raises(asb.ConfigError, match="the folder of another sweep"):
        asb.sweep(config, {"load.rate": [20, 41]}, out_dir=out)
