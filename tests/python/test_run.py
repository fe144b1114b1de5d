"""`asb.run` on the embedded simulator, as its user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Unpack

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import ConfigDict, LoadConfig, RunProgress
from support.truth import check_all_deleted
from support.typed import misfits
from support.validity import SHARED


def config(tmp_path: Path, **load: Unpack[LoadConfig]) -> ConfigDict:
    """A run on a shared machine."""
    return {
        "load": load,
        "validity": SHARED,
        "output": {"dir": tmp_path / "results"},
    }


def test_a_run_returns_what_its_folder_holds(tmp_path: Path) -> None:
    result = asb.run(config(tmp_path, rate=100, duration="1s"))
    assert result.valid, result
    assert result.out_dir == tmp_path / "results"
    assert result.summary == json.loads((result.out_dir / "summary.json").read_text())
    assert result.summary["outcomes"]["ready"] == 100
    claims = list(result.claims())
    assert sorted(claim["index"] for claim in claims) == list(range(100))
    assert asb.Result.load(result.out_dir).summary == result.summary


def test_without_output_dir_results_go_where_the_commands_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = asb.run({"load": {"total": 3}})
    assert result.out_dir == tmp_path / f"asb-{result.summary['run_id']}"
    assert (result.out_dir / "config.yaml").is_file()


def test_a_result_shows_itself(tmp_path: Path) -> None:
    result = asb.run(config(tmp_path, rate=50, total=5))
    assert "5 ready" in repr(result)
    html = result._repr_html_()
    assert "time_to_ready" in html and " ms</td>" in html and "<Result" not in html


def test_the_gil_is_released(tmp_path: Path) -> None:
    done = threading.Event()
    count = 0

    def work() -> None:
        nonlocal count
        while not done.is_set():
            count += 1
            time.sleep(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    before = count
    asb.run(config(tmp_path, rate=10, duration="1s"))
    during = count - before
    done.set()
    thread.join()
    assert during > 100


def test_progress_is_told_in_this_thread(tmp_path: Path) -> None:
    told: list[RunProgress] = []
    threads = set()

    def listen(progress: RunProgress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    asb.run(config(tmp_path, rate=50, duration="1s"), progress=listen)
    assert threads == {threading.get_ident()}
    assert told[-1]["planned"] > told[0]["planned"]
    assert [fault for progress in told for fault in misfits(progress, RunProgress)] == []


def test_an_error_in_progress_ends_the_run_cleanly(tmp_path: Path) -> None:
    def fail(progress: RunProgress) -> None:
        if progress["outcomes"]["ready"] >= 5:
            raise LookupError("mine")

    with asb.Simulator() as simulator:
        with pytest.raises(LookupError, match="mine"):
            asb.run(config(tmp_path, rate=20, duration="60s"), target=simulator.cluster, progress=fail)
        check_all_deleted(simulator)
    assert asb.Result.load(tmp_path / "results").summary["interrupted"]


@pytest.mark.usefixtures("sigint")
def test_ctrl_c_releases_writes_and_raises(tmp_path: Path) -> None:
    def interrupt(progress: RunProgress) -> None:
        if progress["outcomes"]["ready"] >= 5:
            os.kill(os.getpid(), signal.SIGINT)

    with asb.Simulator() as simulator:
        with pytest.raises(asb.RunInterrupted) as raised:
            asb.run(config(tmp_path, rate=20, duration="60s"), target=simulator.cluster, progress=interrupt)
        check_all_deleted(simulator)
    assert isinstance(raised.value.__cause__, KeyboardInterrupt)
    result = raised.value.result
    assert result is not None
    assert not result.valid
    assert "interrupted" in result.summary["invalid_reasons"]
    assert sum(result.summary["outcomes"].values()) == 1200


def test_a_signal_handler_of_the_callers_own_is_heard(tmp_path: Path) -> None:
    def ring(*_: object) -> None:
        raise TimeoutError("rang")

    bell = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))  # when no Python runs

    def set_bell(progress: RunProgress) -> None:
        if progress["outcomes"]["ready"] >= 5 and bell.ident is None:
            bell.start()

    before = signal.signal(signal.SIGUSR1, ring)
    try:
        with pytest.raises(TimeoutError, match="rang"):
            asb.run(config(tmp_path, rate=20, duration="60s"), progress=set_bell)
    finally:
        bell.join()
        signal.signal(signal.SIGUSR1, before)
    assert asb.Result.load(tmp_path / "results").summary["interrupted"]


def test_a_cluster_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(asb.ClusterError, match="absent"):
        asb.run(config(tmp_path), target=asb.Cluster(kubeconfig=tmp_path / "absent"))
    assert not (tmp_path / "results").exists()


def test_a_process_may_fork_between_runs(tmp_path: Path) -> None:
    code = """if True:
        import os, sys
        import agent_sandbox_bench as asb
        def run(name):
            result = asb.run({"load": {"rate": 50, "total": 10}, "output": {"dir": name}})
            return result.summary["outcomes"]["ready"]
        def threads():
            return [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]
        assert run("before") == 10
        assert len(threads()) == 1, threads()
        child = os.fork()
        if child == 0:
            os._exit(0 if run("child") == 10 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert run("after") == 10
    """
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in Linux's /proc")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
