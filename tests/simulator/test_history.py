"""`history`: a figure of many runs, made of one run's folder with other figures."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import HistoryReport
from support.bench import Bench, Finished
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

STEPS = (14, 31, 46)
LEVELS = (0.100, 0.112, 0.103, 0.120)


@pytest.fixture(scope="module")
def run(module_bench: Bench) -> Finished:
    """The run that the others are made of."""
    done = module_bench("run", "--rate", 50, "--total", 30, "--label", "cluster=a", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    return done


def night(run: Finished, folder: Path, number: int, p50: float, **changes: Any) -> Path:
    """A run of that night of the year, with another median."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text((run.out / "config.yaml").read_text())
    summary = {**run.summary, "run_id": f"night{number}"}
    summary["started_at"] = f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}T03:00:00.123456789Z"
    summary["latency_s"]["time_to_ready"]["p50"] = p50
    (folder / "summary.json").write_text(json.dumps({**summary, **changes}))
    return folder


def nights(run: Finished, root: Path, seed: int) -> Path:
    """60 nights with three steps."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in range(60):
        level = LEVELS[sum(number >= step for step in STEPS)]
        night(run, root / f"{number:02}" / "run-1", number, level * chance.gauss(1, 0.02))
    return root


def told(done: Finished) -> dict[str, Any]:
    assert done.code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert misfits(report, HistoryReport) == []
    return report


def test_three_steps_are_found_within_two_runs(bench: Bench, run: Finished, tmp_path: Path) -> None:
    root, site = nights(run, tmp_path / "nights", 3), tmp_path / "site"
    done = bench("history", root, "--output", "json", "--out", site)
    report = told(done)
    assert json.loads((site / "history.json").read_text()) == report
    [series] = report["series"]
    assert (report["figure"], report["by"], series["label"]) == ("time_to_ready.p50", None, None)
    assert len(series["runs"]) == 60
    found = [change["run"] for change in series["changes"]]
    assert len(found) == 3 and all(abs(at - step) <= 2 for at, step in zip(found, STEPS, strict=True)), found
    first = series["changes"][0]
    assert first["change"] == pytest.approx(0.12, abs=0.02) and first["run_id"] == series["runs"][found[0]]["run_id"]
    assert done.stderr.splitlines()[0] == "time_to_ready.p50 of 60 runs: 3 changes"
    assert done.stderr.count("-- change: ") == 3 and "2026-01-15T03:00:00Z" in done.stderr
    page = (site / "index.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org/", "") and "night59" in page and "3 changes" in page
    assert told(bench("history", root, "--output", "json", "--out", site)) == report, "the folder may be there already"


def test_invalid_runs_are_shown_and_left_out_of_the_changes(bench: Bench, run: Finished, tmp_path: Path) -> None:
    for number in range(30):
        bad = {"valid": False, "invalid_reasons": ["generator_late"]} if number >= 20 else {}
        night(run, tmp_path / f"nights/{number}", number, 0.3 if bad else 0.1 + number * 7 % 10 / 1e4, **bad)
    done = bench("history", tmp_path / "nights", "--output", "json")
    [series] = told(done)["series"]
    assert series["changes"] == [] and [one["invalid"] for one in series["runs"][19:21]] == [None, "generator_late"]
    assert "0 changes; 10 INVALID runs are left out of the change points" in done.stderr


def test_runs_are_split_by_a_label_and_what_differs_is_told(bench: Bench, run: Finished, tmp_path: Path) -> None:
    environment = {**run.summary["environment"], "cores": 640}
    night(run, tmp_path / "1", 1, 0.1)
    night(run, tmp_path / "2", 2, 0.2, labels={"cluster": "b"})
    night(run, tmp_path / "3", 3, 0.1, environment=environment, labels={"cluster": "a", "version": "v2"})
    night(run, tmp_path / "4", 4, 0.1, labels={})
    config = (tmp_path / "3/config.yaml").read_text()
    (tmp_path / "3/config.yaml").write_text(config.replace("rate: 50", "rate: 55", 1))
    done = bench("history", tmp_path, "--by", "cluster", "--output", "json")
    series = told(done)["series"]
    assert [(one["label"], len(one["runs"])) for one in series] == [(None, 1), ("a", 2), ("b", 1)]
    differs = series[1]["runs"][1]["differs"]
    assert any(text.startswith("load.rate: before 50") for text in differs), differs
    assert any(text.startswith("cores: before") and text.endswith("now 640") for text in differs), differs
    assert series[1]["runs"][0]["differs"] == []
    assert "cluster=b: 1 run, 0 changes" in done.stderr and "without cluster: 1 run" in done.stderr
    assert "version=v2, differs in " in done.stderr


def test_lower_bounds_copies_and_killed_runs_are_told(bench: Bench, run: Finished, tmp_path: Path) -> None:
    latencies = json.loads(json.dumps(run.summary["latency_s"]))
    latencies["time_to_ready"].update(bounds=["p50"], p50=3.0)
    night(run, tmp_path / "1", 1, 0.1)
    night(run, tmp_path / "2", 2, 0.1, latency_s=latencies)
    night(run, tmp_path / "copy", 1, 0.1)
    (night(run, tmp_path / "killed", 9, 0.1) / "summary.json").unlink()
    done = bench("history", tmp_path, "--output", "json", "--out", tmp_path / "site")
    report = told(done)
    [series] = report["series"]
    assert [(one["value"], one["bound"]) for one in series["runs"]] == [(0.1, False), (3.0, True)]
    assert ">3.00s" in done.stderr and "lower bound" in (tmp_path / "site/index.html").read_text()
    copy, killed = report["left_out"]
    assert "the same run as" in copy and killed.endswith("no summary.json: killed, or still running")


@pytest.mark.parametrize("figure", ["warm_fraction", "outcomes.ready", "time_to_ready.p99"])
def test_any_figure_of_an_objective_can_be_followed(bench: Bench, run: Finished, tmp_path: Path, figure: str) -> None:
    night(run, tmp_path / "1", 1, 0.1)
    [series] = told(bench("history", tmp_path, "--figure", figure, "--output", "json"))["series"]
    [one] = series["runs"]
    assert one["value"] is not None and (one["interval"] is None) == (figure != "time_to_ready.p99")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--figure", "time_to_redy.p50"), "did you mean time_to_ready.p50?"),
        (("--figure", "p98"), "--figure: got"),
        (("absent",), "DIR: got absent (no run in it)"),
    ],
)
def test_bad_input_is_named(bench: Bench, run: Finished, words: tuple[str, ...], part: str) -> None:
    done = bench("history", run.out, *words)
    assert done.code == 2 and part in " ".join(done.stderr.split()), done.stderr


def test_python_says_the_same(run: Finished, tmp_path: Path) -> None:
    root = nights(run, tmp_path / "nights", 4)
    report = asb.history(root, asb.Result.load(run.out), figure="time_to_ready.p50", by="cluster")
    assert misfits(report, HistoryReport) == [] and len(report["series"][0]["runs"]) == 61
    assert asyncio.run(asb.history_async(root, run.out, by="cluster", out_dir=tmp_path / "site")) == report
    assert (tmp_path / "site/index.html").is_file()
