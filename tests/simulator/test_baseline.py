"""`baseline`: one small file, by which later runs get the verdict that `compare` gives on the folders."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Comparison
from support.bench import Bench, Finished
from support.made import PHASES, made, steady
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

LOAD = ("--rate", 50, "--total", 50)


def run(bench: Bench) -> Path:
    done = bench("run", *LOAD, *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    return done.out


@pytest.fixture(scope="module")
def labelled(module_bench: Bench) -> Finished:
    """A run whose folder others are made of."""
    done = module_bench("run", "--set", f"load.phases={PHASES}", "--label", "version=v1", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    return done


def comparison(done: Finished) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done.stdout)
    # Where the base was read is all that may differ.
    for one in told["runs"]["base"]:
        del one["folder"]
    return told


@pytest.mark.parametrize(("factor", "failed"), [(1, 0), (1.1, 0), (0.7, 0), (1, 0.03)])
@pytest.mark.parametrize("seed", [10, 20, 30])
def test_the_verdict_is_that_of_the_folders(
    bench: Bench, labelled: Finished, tmp_path: Path, seed: int, factor: float, failed: float
) -> None:
    for number in (1, 2, 3):
        made(labelled, tmp_path / f"base/run-{number}", steady(seed + number), warm_up=steady(1)[:100])
        made(labelled, tmp_path / f"new/run-{number}", steady(seed + 5 + number, factor, failed))
    base, new, file = tmp_path / "base", tmp_path / "new", tmp_path / "baseline.json"
    assert bench("baseline", "set", base, "--name", file).code == 0
    assert file.stat().st_size < 12_000 * 12, "12 bytes a claim"
    for rules in ((), ("--require-verdict", "--margin", "0.1%", "--run-spread", "3%")):
        rules = (*rules, "--output", "json")
        folders = bench("compare", base, new, *rules)
        checked = bench("baseline", "check", new, "--baseline", file, *rules)
        assert folders.code == checked.code and comparison(folders) == comparison(checked), checked.stderr
        assert (checked.code == 5) == (factor > 1 or failed > 0)
    assert [one["labels"] for one in comparison(checked)["runs"]["base"]] == [{"version": "v1"}] * 3
    claims = [(one["claims"], one["warm_up_claims"]) for one in comparison(checked)["runs"]["base"]]
    assert claims == [(4000, 100)] * 3


def test_several_folders_are_one_side(bench: Bench, labelled: Finished, tmp_path: Path) -> None:
    runs = [made(labelled, tmp_path / f"run-{number}", steady(number)) for number in range(6)]
    assert bench("baseline", "set", *runs[:3]).code == 0
    done = bench("baseline", "check", *runs[3:], "--require-verdict")
    assert done.code == 0 and done.stderr.startswith("same within 5 %"), done.stderr


def test_the_default_file_is_here_and_python_says_the_same(bench: Bench, tmp_path: Path) -> None:
    out = run(bench)
    assert bench("baseline", "set", out).code == 0
    done = bench("baseline", "check", out, "--output", "json")
    assert done.code == 0, done.stderr
    file = asb.baseline_set(asb.Result.load(out), file=tmp_path / "other.json")
    assert file.read_bytes() == (bench.folder / "baseline.json").read_bytes()
    told = asb.baseline_check(out, file=file)
    assert misfits(told, Comparison) == [] and told["verdict"] == json.loads(done.stdout)["verdict"]
    assert bench("baseline", "check", out, "--require-verdict").code == 7, "one run is too few to tell"


def test_what_is_no_measurement_is_refused(bench: Bench, tmp_path: Path) -> None:
    good, bad = run(bench), tmp_path / "bad"
    shutil.copytree(good, bad)
    summary = json.loads((bad / "summary.json").read_text())
    (bad / "summary.json").write_text(json.dumps({**summary, "valid": False, "invalid_reasons": ["watch_gap"]}))
    assert bench("baseline", "set", good).code == 0
    for verb in ("set", "check"):
        done = bench("baseline", verb, bad)
        assert done.code == 3 and f"DIR: got {bad} (INVALID: watch_gap)" in done.stderr, done.stderr
    assert bench("baseline", "set", bad, "--force").code == 0
    done = bench("baseline", "check", good)
    assert done.code == 3 and "--baseline: got baseline.json (INVALID: watch_gap)" in done.stderr, done.stderr
    assert bench("baseline", "check", good, "--force").code == 0


def test_another_load_is_refused_with_both_values(bench: Bench) -> None:
    assert bench("baseline", "set", run(bench)).code == 0
    other = bench("run", "--rate", 100, "--total", 20, *ONE_PAUSE_HITS_ALL).out
    done = bench("baseline", "check", other)
    assert done.code == 2 and done.stderr.startswith("error: DIR: ")
    assert re.search(r"load\.rate: base 50(\.0)?, new 100", done.stderr), done.stderr
    both = bench("baseline", "set", bench.folder / "absent")
    assert both.code == 2 and "DIR" in both.stderr


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"baseline_version": 2}, "baseline_version 2, and this program knows 1"),
        ({"runs": []}, "no runs"),
        ({"more": 1}, "unknown field"),
        (None, "expected"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(
    bench: Bench, tmp_path: Path, change: dict[str, Any] | None, part: str
) -> None:
    out = run(bench)
    file = asb.baseline_set(out, file=tmp_path / "baseline.json")
    stored = json.loads(file.read_text())
    file.write_text("{" if change is None else json.dumps({**stored, **change}))
    done = bench("baseline", "check", out, "--baseline", file)
    assert done.code == 2 and f"--baseline: got {file}" in done.stderr, done.stderr
    assert change is None or part in " ".join(done.stderr.split()), done.stderr
    stored["runs"][0]["samples"] = stored["runs"][0]["samples"][:-40]
    file.write_text(json.dumps(stored))
    assert "its claims are not whole" in bench("baseline", "check", out, "--baseline", file).stderr
