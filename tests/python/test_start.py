"""`asb.start`: a run that is followed while it goes on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Unpack

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Claim, ConfigDict, LoadConfig, RunProgress
from support.truth import check_all_deleted
from support.typed import misfits
from support.validity import SHARED


def config(tmp_path: Path, **load: Unpack[LoadConfig]) -> ConfigDict:
    return {"load": load, "workload": {"hold": "50ms"}, "validity": SHARED, "output": {"dir": tmp_path / "results"}}


def test_claims_come_while_the_run_goes_on(tmp_path: Path) -> None:
    with asb.start(config(tmp_path, rate=50, duration="2s")) as run:
        claims = run.claims()
        first = next(claims)
        assert not (tmp_path / "results" / "summary.json").exists()
        told = [first, *claims]
        result = run.result()
    assert told == list(result.claims()) and len(told) == 100
    assert [fault for claim in told for fault in misfits(claim, Claim)] == []
    assert run.result() == result == asb.Result.load(tmp_path / "results")
    assert list(run.claims()) == told, "each iterator begins with the first claim"


def test_progress_comes_while_the_run_goes_on(tmp_path: Path) -> None:
    with asb.start(config(tmp_path, rate=50, duration="1s")) as run:
        told = list(run.progress())
    assert told[0]["planned"] < told[-1]["planned"] == 50
    assert [fault for progress in told for fault in misfits(progress, RunProgress)] == []


def test_the_folder_need_not_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with asb.start({"load": {"total": 3}, "workload": {"hold": "0s"}}) as run:
        assert [claim["index"] for claim in run.claims()] == [0, 1, 2]


def test_a_consumer_that_sleeps_misses_no_claim_and_gets_the_latest_progress(tmp_path: Path) -> None:
    with asb.start(config(tmp_path, rate=200, duration="1s")) as run:
        claims, progress = run.claims(), run.progress()
        first, early = next(claims), next(progress)
        time.sleep(1.5)
        assert len([first, *claims]) == 200
        late = [early, *progress]
    assert late[1]["planned"] == 200 and len(late) <= 3


def test_stop_ends_it_cleanly(tmp_path: Path) -> None:
    with asb.Simulator() as simulator:
        with asb.start(config(tmp_path, rate=50, duration="60s"), target=simulator.cluster) as run:
            for claim in run.claims():
                if claim["index"] >= 5:
                    run.stop()
        check_all_deleted(simulator)
    assert run.result().summary["interrupted"]


def test_an_exception_in_the_block_ends_it_cleanly(tmp_path: Path) -> None:
    def fail(target: asb.Cluster) -> None:
        with asb.start(config(tmp_path, rate=50, duration="60s"), target=target) as run:
            for claim in run.claims():
                if claim["index"] == 5:
                    raise LookupError("mine")

    with asb.Simulator() as simulator:
        with pytest.raises(LookupError, match="mine"):
            fail(simulator.cluster)
        check_all_deleted(simulator)
    assert asb.Result.load(tmp_path / "results").summary["interrupted"]


@pytest.mark.usefixtures("sigint")
def test_ctrl_c_in_the_block_raises_what_a_run_raises(tmp_path: Path) -> None:
    def interrupt(target: asb.Cluster) -> None:
        with asb.start(config(tmp_path, rate=50, duration="60s"), target=target) as run:
            for claim in run.claims():
                if claim["index"] == 5:
                    os.kill(os.getpid(), signal.SIGINT)

    with asb.Simulator() as simulator:
        with pytest.raises(asb.RunInterrupted, match="what was measured is in") as raised:
            interrupt(simulator.cluster)
        check_all_deleted(simulator)
    assert raised.value.result is not None and "interrupted" in raised.value.result.summary["invalid_reasons"]


def test_an_error_of_the_run_is_raised_where_the_block_ends(tmp_path: Path) -> None:
    told: list[Claim] = []

    def follow() -> None:
        with asb.start(config(tmp_path), target=asb.Cluster(kubeconfig=tmp_path / "absent")) as run:
            told.extend(run.claims())

    with pytest.raises(asb.ClusterError, match="absent"):
        follow()
    assert told == []


def test_bad_input_runs_nothing(tmp_path: Path) -> None:
    with pytest.raises(asb.ConfigError, match=r"load\.rate"):
        asb.start({"load": {"rate": -1}})
    assert not list(tmp_path.iterdir())
