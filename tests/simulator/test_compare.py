"""`compare` on the folders that runs leave, with made-up times: the same verdict on any machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.bench import Bench, Finished
from support.validity import SHARED_MACHINE


def timed(run: Path, folder: Path, factor: float = 1) -> Path:
    """The same run with made-up times to ready, `factor` times 5 to 10 ms."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text((run / "config.yaml").read_text())
    lines = []
    for line in (run / "claims.jsonl").read_text().splitlines():
        claim = json.loads(line)
        service_ns = 5_000_000 + claim["index"] * 7919 % 5000 * 1000
        claim["ready_ns"] = claim["intended_ns"] + int(service_ns * factor)
        lines.append(json.dumps(claim))
    (folder / "claims.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def timed_set(runs: Path, folder: Path, factor: float = 1) -> Path:
    """The same for each run of a set."""
    for run in runs.iterdir():
        timed(run, folder / run.name, factor)
    return folder


@pytest.fixture(scope="module")
def run(module_bench: Bench) -> Finished:
    done = module_bench("run", "--arrivals", "poisson", "--rate", 100, "--duration", "4s", *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    return done


def test_a_run_is_no_slower_than_itself(bench: Bench, run: Finished) -> None:
    done = bench("compare", run.out, run.out)
    assert done.code == 0, done.stderr
    assert "REGRESSION" not in done.stderr


def test_a_slower_run_is_a_regression_with_its_name(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base, new = timed(run.out, tmp_path / "base"), timed(run.out, tmp_path / "slower", 1.2)
    done = bench("compare", base, new, "--output", "json")
    assert done.code == 5, done.stderr
    verdicts = {each["metric"]: each for each in json.loads(done.stdout)["differences"]}
    assert verdicts["time_to_ready.p50"]["regression"]
    assert not verdicts["ready_fraction"]["regression"]
    assert verdicts["time_to_first_exec.p50"]["base"] is None, "nothing was executed, so there is no figure"


def test_unlike_runs_are_refused(bench: Bench, run: Finished, tmp_path: Path) -> None:
    other = bench("run", "--rate", 100, "--total", 200)
    base, new = timed(run.out, tmp_path / "base"), timed(other.out, tmp_path / "other")
    done = bench("compare", base, new)
    assert done.code == 2 and "NEW" in done.stderr and "load" in done.stderr
    forced = bench("compare", base, new, "--force", "--output", "json")
    assert (forced.code, json.loads(forced.stdout)["unlike"]) == (0, ["load"]), forced.stderr


def test_what_is_no_run_is_refused(bench: Bench, run: Finished, tmp_path: Path) -> None:
    done = bench("compare", run.out, tmp_path / "absent")
    assert done.code == 2 and "NEW" in done.stderr and "absent" in done.stderr


def test_sets_of_runs_are_compared_as_one(bench: Bench, tmp_path: Path) -> None:
    load = ("--rate", 100, "--total", 50, "--seed", 3, *SHARED_MACHINE)
    base, new = bench("run", "--repeat", 3, *load), bench("run", "--repeat", 2, *load, "--output", "json")
    assert base.code == new.code == 0, base.stderr + new.stderr
    summaries = json.loads(new.stdout)
    assert [summary["load"]["seed"] for summary in summaries] == [3, 4]
    assert sorted(path.name for path in base.out.iterdir()) == ["run-1", "run-2", "run-3"]
    alike = timed_set(base.out, tmp_path / "base")
    for factor, code in ((1, 0), (2, 5)):
        done = bench("compare", alike, timed_set(new.out, tmp_path / f"times-{factor}", factor), "--output", "json")
        assert done.code == code, done.stderr
        [ready] = [each for each in json.loads(done.stdout)["differences"] if each["metric"] == "ready_fraction"]
        assert (ready["base"], ready["new"]) == (1, 1)
