"""`compare` on the folders that runs leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import LENIENT, Bench, Finished


def timed(run: Finished, folder: Path, factor: float) -> Path:
    """The same run with made-up times to ready, `factor` times 5 to 10 ms: the same on any machine."""
    folder.mkdir()
    (folder / "config.yaml").write_text((run.out / "config.yaml").read_text())
    lines = []
    for claim in run.claims:
        service_ns = 5_000_000 + claim["index"] * 7919 % 5000 * 1000
        claim["ready_ns"] = claim["intended_ns"] + int(service_ns * factor)
        lines.append(json.dumps(claim))
    (folder / "claims.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def run(bench: Bench) -> Finished:
    done = bench("run", "--arrivals", "poisson", "--rate", 100, "--duration", "4s", *LENIENT)
    assert done.code == 0, done.stderr
    return done


def test_a_run_is_no_slower_than_itself(bench: Bench, run: Finished) -> None:
    done = bench("compare", run.out, run.out)
    assert done.code == 0, done.stderr
    assert "REGRESSION" not in done.stderr


def test_a_slower_run_is_a_regression_with_its_name(bench: Bench, run: Finished, tmp_path: Path) -> None:
    base, new = timed(run, tmp_path / "base", 1), timed(run, tmp_path / "slower", 1.2)
    done = bench("compare", base, new, "--output", "json")
    assert done.code == 5, done.stderr
    verdicts = {each["metric"]: each for each in json.loads(done.stdout)["differences"]}
    assert verdicts["time_to_ready.p50"]["regression"]
    assert not verdicts["ready_fraction"]["regression"]
    assert verdicts["time_to_first_exec.p50"]["base"] is None, "nothing was executed, so there is no figure"


def test_unlike_runs_are_refused(bench: Bench, run: Finished) -> None:
    other = bench("run", "--rate", 50, "--total", 20, *LENIENT)
    done = bench("compare", run.out, other.out)
    assert done.code == 2 and "NEW" in done.stderr and "load" in done.stderr
    assert bench("compare", run.out, other.out, "--force").code in (0, 5)


def test_what_is_no_run_is_refused(bench: Bench, run: Finished, tmp_path: Path) -> None:
    done = bench("compare", run.out, tmp_path / "absent")
    assert done.code == 2 and "NEW" in done.stderr and "absent" in done.stderr


def test_sets_of_runs_are_compared_as_one(bench: Bench) -> None:
    load = ("--rate", 50, "--total", 50, "--seed", 3, *LENIENT)
    base, new = bench("run", "--repeat", 3, *load), bench("run", "--repeat", 2, *load, "--output", "json")
    assert base.code == new.code == 0, base.stderr + new.stderr
    summaries = json.loads(new.stdout)
    assert [summary["load"]["seed"] for summary in summaries] == [3, 4]
    assert sorted(path.name for path in base.out.iterdir()) == ["run-1", "run-2", "run-3"]
    done = bench("compare", base.out, new.out, "--output", "json")
    assert done.code in (0, 5), done.stderr
    [ready] = [each for each in json.loads(done.stdout)["differences"] if each["metric"] == "ready_fraction"]
    assert (ready["base"], ready["new"]) == (1, 1)
