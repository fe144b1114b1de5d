"""`ab`: two configurations in turns on the simulator, until the comparison can tell."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import AbReport, AbRun, ConfigDict
from support.bench import Bench, Finished
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL, PAUSED

# Service times so much longer than any pause of the machine that the verdict is theirs.
SLOW = "{median: 150ms, distribution: constant}"
SLOWER = "{median: 450ms, distribution: constant}"
BOTH = ("--seed", 11, *ONE_PAUSE_HITS_ALL, "--set", f"simulator.warm_latency={SLOW}")
SIDES = ("base", "new")
SHORT = ("--rate", 50, "--duration", "1s")


def ab(bench: Bench, out: Path, *words: object, load: tuple[object, ...] = SHORT) -> Finished:
    return bench("ab", *BOTH, *load, "--out", out, *words, timeout=170)


def report(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "ab.json").read_text())
    assert misfits({**told, "out_dir": str(out)}, AbReport) == []
    return told


def test_a_slower_new_side_is_a_regression_told_at_the_first_look(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ab(bench, out, "--new-set", f"simulator.warm_latency={SLOWER}")
    told = report(out)
    assert done.code == 5, done.stderr
    assert (told["ended"], [look["pairs"] for look in told["looks"]]) == ("told", [5])
    assert told["planned_looks"] == [5, 10, 20, 40] and told["level_of_a_look"] == told["comparison"]["level"] == 0.0025
    assert told["comparison"]["regressed"] and told["comparison"]["headline"] in done.stderr
    runs = told["runs"]
    folders = {f"{side}-{number}" for side in SIDES for number in range(1, 6)}
    assert {run["folder"] for run in runs} == folders and len(runs) == 10
    first = [run["side"] for run in runs[::2]]
    assert set(first) == set(SIDES), "the order within pairs is random"
    assert all({run["side"] for run in runs[at : at + 2]} == set(SIDES) for at in range(0, 10, 2))
    seeds = {run["folder"]: asb.Result.load(out / run["folder"]).summary["load"]["seed"] for run in runs}
    assert seeds == {f"{side}-{number}": 10 + number for side in SIDES for number in range(1, 6)}, "one for a pair"
    page = (out / "report.html").read_text()
    assert told["comparison"]["headline"][1:] in page and runs[0]["run_id"] in page


def test_the_order_is_that_of_the_seed(bench: Bench, tmp_path: Path) -> None:
    orders = []
    for number in (1, 2):
        ab(bench, tmp_path / f"{number}", "--at-most", "1ms", "--quiet")
        orders.append([run["folder"] for run in report(tmp_path / f"{number}")["runs"]])
    assert orders[0] == orders[1] and len(orders[0]) == 2, "the first pair runs in any case"


@pytest.mark.slow
def test_equal_sides_are_no_regression(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ab(bench, out, "--at-most", "100s", load=("--rate", 100, "--duration", "3s"))
    told = report(out)
    assert done.code == 0 and not told["comparison"]["regressed"], done.stderr
    assert told["ended"] in ("told", "at_most", "looks") and told["took_s"] < 110


def test_too_little_time_cannot_tell(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ab(bench, out, "--at-most", "5s", "--require-verdict")
    told = report(out)
    assert done.code == 7 and told["comparison"]["verdict"] == "cannot_tell", done.stderr
    assert told["ended"] == "at_most" and told["took_s"] < 10
    assert [look["pairs"] for look in told["looks"]] == [len(told["runs"]) // 2], "the next look is taken early"


def test_calibrate_says_what_this_place_can_tell(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ab(bench, out, "--calibrate", "--output", "json")
    told = report(out)
    assert json.loads(done.stdout) == told
    assert told["planned_looks"] == [5] and told["level_of_a_look"] == 0.01 and len(told["runs"]) == 10
    looks = told["calibration"]["looks"]
    assert [look["pairs"] for look in looks] == [5, 10, 20, 40]
    assert looks[3]["about_s"] == pytest.approx(8 * looks[0]["about_s"]) and looks[0]["about_s"] <= told["took_s"]
    smallest = [look["smallest"]["time_to_ready.p50"] for look in looks]
    assert smallest == sorted(smallest, reverse=True)
    assert smallest[0] > told["calibration"]["spread"]["time_to_ready.p50"] > 0
    assert "the smallest slowdown that is found eight times of ten" in done.stderr
    assert bench("ab", "--calibrate", "--new-set", "load.rate=1").code == 2


def test_pairs_that_are_invalid_are_no_verdict(bench: Bench, tmp_path: Path) -> None:
    late = ("--set", "validity.max_schedule_lag_p99=1ns")
    done = ab(bench, tmp_path / "out", *late)
    told = report(tmp_path / "out")
    assert (done.code, told["ended"], len(told["runs"]), told["comparison"]) == (3, "invalid", 6, None), done.stderr
    assert done.stderr.count("INVALID: generator_late") == 6 and "NO VERDICT" in done.stderr
    forced = ab(bench, tmp_path / "forced", *late, "--force", "--at-most", "1ms")
    assert forced.code != 3 and report(tmp_path / "forced")["comparison"] is not None, forced.stderr


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--new-set", "load.rate=60"), "--new: got a run that differs in load.rate: base 50"),
        (("--new", "absent.yaml"), "--new: got absent.yaml"),
        (("--base-set", "load.rte=60"), "load.rte"),
        (("--at-most", "5"), "5s"),
    ],
)
def test_bad_input_runs_nothing(bench: Bench, tmp_path: Path, words: tuple[str, ...], field: str) -> None:
    done = bench("ab", "--rate", 50, "--out", tmp_path / "out", *words)
    assert done.code == 2 and field in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_an_interrupted_one_keeps_what_ended(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = bench.start("ab", *BOTH, *SHORT, "--out", out)
    assert process.stderr is not None
    assert "-1 " in process.stderr.readline(), "the first run has ended"
    process.terminate()
    done = bench.finish(process, out)
    told = report(out)
    assert (done.code, told["ended"], told["comparison"]) == (130, "interrupted", None), done.stderr


def test_python_gets_the_same(tmp_path: Path) -> None:
    config: ConfigDict = {
        "load": {"rate": 50, "duration": "1s"},
        "simulator": {"warm_latency": {"median": "150ms", "distribution": "constant"}},
        "validity": PAUSED,
    }
    runs: list[AbRun] = []
    told = asyncio.run(asb.ab_async(config, at_most="1ms", out_dir=tmp_path / "out", on_run=runs.append))
    assert misfits(told, AbReport) == []
    assert told["runs"] == runs
    assert {key: value for key, value in told.items() if key != "out_dir"} == report(tmp_path / "out")
    assert told["ended"] == "at_most" and len(told["runs"]) == 2
    slower: ConfigDict = {**config, "load": {"rate": 51, "duration": "1s"}}
    with pytest.raises(asb.ConfigError, match=r"load\.rate: base 50"):
        asb.ab(config, slower, out_dir=tmp_path / "other")
    with pytest.raises(asb.ConfigError, match="at_most: "):
        asb.ab(config, at_most="1", out_dir=tmp_path / "other")
    assert not (tmp_path / "other").exists()
