"""`export`: each form as its reader documents it, and no lower bound as a value in any."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL

FORMATS = ("bmf", "github-action", "otava", "benchstat", "csv")
LOAD = ("--rate", 100, "--total", 120, *ONE_PAUSE_HITS_ALL)


@pytest.fixture(scope="module")
def runs(module_bench: Bench) -> Finished:
    """A set of two runs."""
    done = module_bench("run", "--repeat", 2, "--label", "version=v1.2", "--seed", 4, *LOAD)
    assert done.code == 0, done.stderr
    return done


@pytest.fixture
def run(runs: Finished) -> Path:
    """One of them."""
    return runs.out / "run-1"


def changed(run: Path, folder: Path, **changes: Any) -> Path:
    """The run's folder with another summary."""
    shutil.copytree(run, folder)
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**summary, **changes}))
    return folder


def figures(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text())["latency_s"]["time_to_ready"]
    return found


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_bencher_gets_its_own_measure_with_the_interval(bench: Bench, run: Path) -> None:
    done = bench("export", "--format", "bmf", run)
    assert done.code == 0, done.stderr
    told = json.loads(done.stdout)
    for metrics in told.values():  # as https://bencher.dev/bmf.json has it
        for metric in metrics.values():
            assert "value" in metric and set(metric) <= {"value", "lower_value", "upper_value"}
            assert all(isinstance(value, float | int) for value in metric.values())
    p50, wanted = told["time_to_ready.p50"]["latency"], figures(run)
    ends = dict(zip(("lower_value", "upper_value"), wanted["interval"]["p50"] or (), strict=False))
    known = {"value": wanted["p50"], **{name: end for name, end in ends.items() if end is not None}}
    assert p50 == pytest.approx({name: value * 1e9 for name, value in known.items()})
    assert "time_to_ready.p99" in told and "time_to_ready.p999" not in told
    assert "no claim beyond them: time_to_ready.p999" in done.stderr


def test_github_action_gets_entries(bench: Bench, run: Path) -> None:
    told = json.loads(bench("export", "--format", "github-action", run).stdout)
    assert all({"name", "unit", "value"} <= set(one) <= {"name", "unit", "value", "range", "extra"} for one in told)
    assert all(isinstance(one["value"], float | int) for one in told)
    [p90] = [one for one in told if one["name"] == "time_to_ready.p90"]
    assert (p90["unit"], p90["value"]) == ("s", figures(run)["p90"])
    assert "version=v1.2" in p90["extra"] and "120 claims" in p90["extra"]


def test_a_set_is_a_row_a_run_and_a_sample_a_run(bench: Bench, runs: Finished) -> None:
    rows = table(bench("export", "--format", "csv", runs.out).stdout)
    assert [row["time_to_ready.p50"] for row in rows] == [str(figures(runs.out / f"run-{n}")["p50"]) for n in (1, 2)]
    assert {row["version"] for row in rows} == {"v1.2"} and {row["run.valid"] for row in rows} == {"true"}

    text = bench("export", "--format", "benchstat", runs.out).stdout
    lines = [line.split() for line in text.splitlines() if line.startswith("BenchmarkTimeToReady ")]
    assert len(lines) == 2 and text.startswith("version: v1.2\n")
    for name, claims, *samples in lines:
        assert name == "BenchmarkTimeToReady" and int(claims) == 120
        units = dict(zip(samples[1::2], map(float, samples[::2]), strict=True))
        assert {"p50-ns/op", "p99-ns/op", "mean-ns/op"} <= set(units)


def test_otava_gets_a_table_it_can_read(bench: Bench, runs: Finished, tmp_path: Path) -> None:
    early = changed(
        runs.out / "run-1", tmp_path / "early", started_at="2026-01-02T03:04:05.6Z", labels={"branch": "main"}
    )
    rows = table(bench("export", "--format", "otava", runs.out, early).stdout)
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert len(times) == 3 and times == sorted(times) and rows[0]["time"] == "2026-01-02T03:04:06Z"
    assert [row["branch"] for row in rows] == ["main", "", ""]
    for row in rows:
        assert all(float(value) >= 0 for name, value in row.items() if "." in name), "each metric is a number"


@pytest.mark.parametrize("form", FORMATS)
def test_a_lower_bound_is_no_value(bench: Bench, run: Path, tmp_path: Path, form: str) -> None:
    # Digits that no other figure has.
    slow = {**figures(run), "censored": 2, "p99": 180.1234567, "mean": 180.7654321}
    latencies = json.loads((run / "summary.json").read_text())["latency_s"]

    def exported(name: str, bounds: list[str]) -> Finished:
        latency_s = {**latencies, "time_to_ready": {**slow, "bounds": bounds}}
        return bench("export", "--format", form, changed(run, tmp_path / name, latency_s=latency_s))

    def shown(done: Finished) -> list[str]:
        digits = done.stdout.replace(".", "")
        return [figure for figure in ("1801234", "1807654") if figure in digits]

    assert shown(exported("known", [])) == ["1801234", "1807654"]
    done = exported("bounded", ["mean", "p99", "p999", "max"])
    assert done.code == 0 and shown(done) == [], done.stdout
    assert re.search(
        r"lower bounds.*: time_to_ready\.p99, time_to_ready\.p999, time_to_ready\.mean$", done.stderr, re.M
    )


def test_what_is_no_measurement_is_refused(bench: Bench, run: Path, tmp_path: Path) -> None:
    invalid = changed(run, tmp_path / "invalid", valid=False, invalid_reasons=["watch_gap"])
    done = bench("export", "--format", "csv", run, invalid)
    assert done.code == 3 and f"{invalid} (INVALID: watch_gap)" in done.stderr and "--force" in done.stderr
    forced = bench("export", "--format", "csv", run, invalid, "--force")
    assert forced.code == 0 and [row["run.valid"] for row in table(forced.stdout)] == ["true", "false"]

    (invalid / "summary.json").unlink()  # as a run that was killed leaves it
    killed = bench("export", "--format", "csv", invalid, "--force")
    assert killed.code == 3 and "killed" in killed.stderr


def test_it_can_be_written_to_a_file(bench: Bench, run: Path, tmp_path: Path) -> None:
    printed = bench("export", "--format", "csv", run)
    done = bench("export", "--format", "csv", run, "--out", tmp_path / "runs.csv")
    assert (done.stdout, (tmp_path / "runs.csv").read_text()) == ("", printed.stdout)
    assert bench("export", "--format", "csv", run, "--out", tmp_path / "absent/runs.csv").code == 1
    assert bench("export", "--format", "csv", run, "--out", "/dev/null").code == 0


def test_a_file_that_cannot_be_written_whole_is_left_as_it_was(bench: Bench, run: Path, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("before")
    (tmp_path / "runs.csv.part").mkdir()  # where the new text would go first
    failed = bench("export", "--format", "csv", run, "--out", tmp_path / "runs.csv")
    assert failed.code == 1 and "runs.csv" in failed.stderr
    assert (tmp_path / "runs.csv").read_text() == "before"


def test_bad_input_is_refused(bench: Bench, run: Path, tmp_path: Path) -> None:
    assert bench("export", "--format", "csv").code == 2
    other = bench("export", "--format", "xml", run)
    assert other.code == 2 and all(form in other.stderr for form in FORMATS)
    done = bench("export", "--format", "csv", tmp_path)
    assert done.code == 2 and "DIR" in done.stderr


def test_python_gets_the_same_text_and_a_warning(
    bench: Bench, run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agent_sandbox_bench"):
        text = asb.export(run, asb.Result.load(run), to="csv")
    assert text == bench("export", "--format", "csv", run, run).stdout
    assert "left out" in caplog.text
    with pytest.raises(asb.ConfigError, match=r'to: got "cvs", allowed: bmf, .*, csv'):
        asb.export(run, to="cvs")  # type: ignore[arg-type]
    invalid = changed(run, tmp_path / "invalid", interrupted=True)
    with pytest.raises(asb.ConfigError, match="interrupted"):
        asb.export(invalid, to="bmf")
