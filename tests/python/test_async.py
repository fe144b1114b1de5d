"""asyncio: native futures, runs followed on a loop, and what a cancelled task leaves."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Unpack

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Claim, ConfigDict, LoadConfig, PhaseConfig, RunProgress
from support.api import Api
from support.stack import Stack
from support.truth import check_all_deleted
from support.validity import PAUSED, SHARED
from support.waiting import until

TWINS = sorted(name for name in asb.__all__ if name.endswith("_async"))


def config(tmp_path: Path, **load: Unpack[LoadConfig]) -> ConfigDict:
    return {"load": load, "workload": {"hold": "50ms"}, "validity": SHARED, "output": {"dir": tmp_path / "results"}}


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_takes_and_gives_what_its_call_does(name: str) -> None:
    twin, call = getattr(asb, name), getattr(asb, name.removesuffix("_async"))
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(twin) == inspect.signature(call)


def test_twins_give_what_their_calls_give(tmp_path: Path) -> None:
    async def play(target: asb.Cluster) -> None:
        run = await asb.run_async(config(tmp_path, rate=50, total=20), target=target)
        assert run == asb.Result.load(tmp_path / "results")
        file = await asb.baseline_set_async(run, file=tmp_path / "baseline.json", force=True)
        check = asb.baseline_check(run, file=file, force=True)
        assert await asb.baseline_check_async(run, file=file, force=True) == check
        assert await asb.export_async(run, to="csv", force=True) == asb.export(run, to="csv", force=True)
        assert await asb.report_async(run) == tmp_path / "results" / "report.html"
        assert (await asb.preflight_async(target=target))["blocked"] is False
        assert await asb.cleanup_async(target, all_runs=True) == []
        assert (await asb.uninstall_async(target=target))["objects"] == []

    with asb.Simulator() as simulator:
        asyncio.run(play(simulator.cluster))


def test_errors_are_those_of_the_calls(tmp_path: Path) -> None:
    with pytest.raises(asb.ClusterError, match="absent"):
        asyncio.run(asb.status_async(target=asb.Cluster(kubeconfig=tmp_path / "absent")))
    with pytest.raises(asb.ConfigError, match="run_id"):
        asyncio.run(asb.cleanup_async(asb.Cluster("none")))


def test_claims_and_progress_come_while_the_run_goes_on(tmp_path: Path) -> None:
    claims: list[Claim] = []
    told: list[RunProgress] = []

    async def follow() -> asb.Result:
        async with asb.start(config(tmp_path, rate=50, duration="2s")) as run:

            async def progress() -> None:
                told.extend([now async for now in run.progress()])

            telling = asyncio.create_task(progress())
            async for claim in run.claims():
                assert claims or not (tmp_path / "results" / "summary.json").exists()
                claims.append(claim)
            await telling
            return await run.result()

    result = asyncio.run(follow())
    assert claims == list(result.claims()) and len(claims) == 100
    assert told[0]["planned"] < told[-1]["planned"] == 100


def test_progress_is_told_in_the_loops_thread_and_its_error_ends_the_run_cleanly(tmp_path: Path) -> None:
    threads = set()

    def fail(progress: RunProgress) -> None:
        threads.add(threading.get_ident())
        if progress["outcomes"]["ready"] >= 5:
            raise LookupError("mine")

    with asb.Simulator() as simulator:
        running = asb.run_async(config(tmp_path, rate=20, duration="60s"), target=simulator.cluster, progress=fail)
        with pytest.raises(LookupError, match="mine"):
            asyncio.run(running)
        check_all_deleted(simulator)
    assert threads == {threading.get_ident()}
    assert asb.Result.load(tmp_path / "results").summary["interrupted"]


def test_waiting_for_a_result_in_vain_leaves_the_run_alone(tmp_path: Path) -> None:
    async def follow() -> asb.Result:
        async with asb.start(config(tmp_path, rate=50, duration="1s")) as run:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(run.result(), 0.1)
            return await run.result()

    assert asyncio.run(follow()).summary["outcomes"]["ready"] == 50


@pytest.mark.parametrize(("runs", "apart_s"), [(12, 10), pytest.param(50, 1, marks=pytest.mark.slow)])
def test_runs_are_under_way_at_once(tmp_path: Path, runs: int, apart_s: float) -> None:
    """A pool each. No run ends before all have begun, and none begins long after the one before."""

    async def one(number: int, target: asb.Cluster, all_started: asyncio.Barrier) -> asb.Result:
        load: LoadConfig = {"rate": 2, "duration": "120s", "warm_pool": f"pool-{number}"}
        shape: ConfigDict = {"load": load, "workload": {"hold": "0s"}, "validity": PAUSED, "output": {"report": False}}
        async with asb.start(shape, target=target, out_dir=tmp_path / str(number)) as run:
            async for _ in run.claims():
                await all_started.wait()
                run.stop()
                break
        return await run.result()

    async def play(target: asb.Cluster) -> list[asb.Result]:
        all_started = asyncio.Barrier(runs)
        async with asyncio.timeout(150), asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number, target, all_started)) for number in range(runs)]
        return [task.result() for task in tasks]

    with asb.Simulator() as simulator:
        stack = Stack(Api.from_kubeconfig(simulator.kubeconfig), "default")
        pools = [f"pool-{number}" for number in range(runs)]
        for name in pools:
            spec = {"replicas": 5, "sandboxTemplateRef": {"name": "agent-sandbox"}}
            stack.create("sandboxwarmpools", "SandboxWarmPool", name, spec)
        for name in pools:
            stack.pool_is_full(name, 5)
        results = asyncio.run(play(simulator.cluster))
        check_all_deleted(simulator, runs)
    assert sorted(pool["name"] for result in results for pool in result.summary["pools"]) == sorted(pools)
    firsts = sorted(
        result.summary["monotonic_base_ns"] + min(claim["sent_ns"] or 0 for claim in result.claims())
        for result in results
    )
    later = [(after - before) / 1e9 for before, after in pairwise(firsts)]
    print(f"{runs} first claims within {(firsts[-1] - firsts[0]) / 1e9:.2f} s, at most {max(later):.3f} s apart")
    assert max(later) < apart_s, later


def test_a_consumer_that_sleeps_does_not_slow_the_load(tmp_path: Path) -> None:
    """In one run, without and with: it sleeps ten times as long as the claims are apart, and holds up its loop."""

    async def play() -> asb.Result:
        phases: list[PhaseConfig] = [{"name": name, "rate": 200, "duration": "3s"} for name in ("without", "with")]
        shape: ConfigDict = {"load": {"phases": phases}, "workload": {"hold": "0s"}, "validity": PAUSED}
        async with asb.start(shape, out_dir=tmp_path / "results") as run:
            async for now in run.progress():
                if now["planned"] > 600:
                    break
            slept = 0
            async for claim in run.claims():
                if claim["phase"] == "with" and slept < 40:
                    slept += 1
                    time.sleep(0.05)
            assert slept == 40
            return await run.result()

    result = asyncio.run(play())
    without, slowed = (phase["latency_s"]["schedule_lag"] for phase in result.summary["phases"])
    assert without is not None and slowed is not None
    assert slowed["count"] == without["count"] == 600
    # Who waited for this consumer would be late by seconds.
    assert slowed["p99"] < 10 * without["p99"] + 0.05, (without["p99"], slowed["p99"])


@pytest.mark.parametrize("after_s", [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2])
def test_a_cancelled_run_leaves_nothing(tmp_path: Path, after_s: float) -> None:
    async def cancel(target: asb.Cluster) -> None:
        running = asyncio.create_task(asb.run_async(config(tmp_path, rate=50, duration="60s"), target=target))
        await asyncio.sleep(after_s)
        running.cancel()
        await running

    with asb.Simulator() as simulator:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(cancel(simulator.cluster))
        check_all_deleted(simulator, 5 if after_s >= 1 else 0)
        assert asb.cleanup(simulator.cluster, all_runs=True) == []
    if after_s >= 1:
        assert asb.Result.load(tmp_path / "results").summary["interrupted"]


def test_a_second_cancel_waits_no_longer(tmp_path: Path) -> None:
    late: ConfigDict = {"simulator": {"faults": [{"kind": "latency", "at": "4s", "for": "1h", "add": "1s"}]}}
    summary = tmp_path / "results" / "summary.json"

    async def cancel(simulator: asb.Simulator) -> None:
        run = asb.run_async(config(tmp_path, rate=20, duration="60s"), target=simulator.cluster)
        running = asyncio.create_task(run)
        await asyncio.to_thread(until, lambda: simulator.faults()[0]["hits"] >= 5, 60, "claims that are late")
        for _ in range(2):
            running.cancel()
            await asyncio.sleep(0.1)
        assert running.cancelled()
        assert not summary.exists()

    with asb.Simulator(late) as simulator:
        asyncio.run(cancel(simulator))
        # What is still to be released is, as long as the process lives.
        until(summary.exists, 60, "the end of the run")
        check_all_deleted(simulator)


def test_cancelling_a_status_ends_it() -> None:
    late: ConfigDict = {"simulator": {"faults": [{"kind": "latency", "at": "0s", "for": "1h", "add": "30s"}]}}

    async def cancel(target: asb.Cluster) -> None:
        async with asyncio.timeout(0.5):
            await asb.status_async(target=target)

    with asb.Simulator(late) as simulator:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            asyncio.run(cancel(simulator.cluster))
        assert time.monotonic() - began < 20


FORK = """if True:
    import asyncio, os
    import agent_sandbox_bench as asb

    def threads():
        return [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]

    def alone():
        assert len(threads()) == 1, threads()

    def shape(name, **load):
        return {"load": {"rate": 50, **load}, "output": {"dir": name}}

    async def run(name):
        async with asb.start(shape(name, total=10)) as run:
            count = len([claim async for claim in run.claims()])
        alone()
        assert (await run.result()).summary["outcomes"]["ready"] == count
        alone()
        await asyncio.gather(*(asb.run_async(shape(f"{name}-{number}", total=10)) for number in range(3)))
        alone()
        cancelled = asyncio.create_task(asb.run_async(shape(f"{name}-cancelled", duration="60s")))
        await asyncio.sleep(0.5)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        alone()
        return count

    alone()
    assert asyncio.run(run("before")) == 10
    child = os.fork()
    if child == 0:
        os._exit(0 if asyncio.run(run("child")) == 10 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(run("after")) == 10
"""


def test_a_process_may_fork_between_runs(tmp_path: Path) -> None:
    """No thread is left when a call returns, on the loop too: not after a run, several at once, or a cancelled one."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in Linux's /proc")
    done = subprocess.run([sys.executable, "-c", FORK], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
