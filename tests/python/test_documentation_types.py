"""What the pages show of Python passes the type checkers of its readers, and what they would get wrong does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.pages import blocks

# One mistake a line.
WRONG = """\
import agent_sandbox_bench as asb
from agent_sandbox_bench.testing import Benchmark, BenchmarkResult
result = asb.run()
asb.run({"load": {"rte": 5}})
asb.run({"load": {"arrivals": "posson"}})
asb.run({"load": {"rate": "fast"}})
asb.run({"load": {"duration": 30}})
asb.run({"simulator": {"faults": [{"kind": "latency", "at": "1s", "retry_after": "1s"}]}})
result.figures("time_to_redy")
result.summary["latency_s"]["time_to_ready"]["p99"]
asb.status()["redy"]
asb.search({"slo": []})["answer"]["rate"]
asb.run(progress=lambda progress: progress["redy"])
asb.start({"load": {"rte": 5}})
[claim["redy"] for claim in asb.start().__enter__().claims()]
Benchmark(asb.Simulator, lambda: result.out_dir)(rte=5)
BenchmarkResult.load("run").assert_below("time_to_ready.p99", 200)
"""
RIGHT = """\
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import agent_sandbox_bench as asb
from agent_sandbox_bench.testing import Benchmark
from agent_sandbox_bench.typed import ConfigDict, FaultConfig

faults: list[FaultConfig] = [
    {"kind": "latency", "at": timedelta(seconds=1), "for": "1s", "add": "5ms"},
    {"kind": "watch_drop", "at": "2s"},
]
config: ConfigDict = {
    "load": {"rate": Decimal("2.5"), "duration": timedelta(minutes=1), "ramp": {"from": 1, "to": 2.5}, "seed": None},
    "simulator": {"faults": faults, "controller": {"command": Path("manager")}},
    "output": {"dir": Path("results")},
}
seconds: float = asb.run(config, out_dir="there").figures("time_to_ready")["p99"]
found = asb.search(config, on_step=lambda step: print(step["rate"]))
verdicts: Sequence[str] = [step["verdict"] for step in found["steps"]]
asb.run(asb.preset("churn"))
asb.run(asb.Config({"what": {"a program": "has made"}}))
asb.compare(Path("base"), "new")["differences"][0]["interval"]
asb.install(config, target=asb.Cluster("kind-kind"))["steps"][0]["seconds"]


async def follow() -> asb.Result:
    async with asb.start(config) as run:
        names: list[str] = [claim["name"] async for claim in run.claims()]
        lags: list[float | None] = [now["schedule_lag_p99"] async for now in run.progress()]
        print(names, lags)
        return await run.result()


with asb.start(config, target=asb.Cluster("kind-kind")) as run:
    indices: list[int] = [claim["index"] for claim in run.claims()]
seconds = run.result().figures("time_to_ready")["p99"]


def test_claims_are_quick(agent_sandbox_simulator: asb.Simulator, agent_sandbox_benchmark: Benchmark) -> None:
    result = agent_sandbox_benchmark(config, target=agent_sandbox_simulator, rate=5, duration=timedelta(seconds=2))
    result.assert_below("time_to_ready.p99", timedelta(seconds=1))
"""

Check = Callable[[Path], subprocess.CompletedProcess[str]]


def mypy(folder: Path) -> subprocess.CompletedProcess[str]:
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed; nox -s lint has it")
    return said([sys.executable, "-m", "mypy", "--strict", "."], folder)


def pyright(folder: Path) -> subprocess.CompletedProcess[str]:
    if find_spec("pyright") is None:
        pytest.skip("pyright is not installed; nox -s lint has it")
    command = [sys.executable, "-m", "pyright"]
    if (fetched := said([*command, "--version"], folder)).returncode:
        pytest.skip(f"pyright could not be fetched from the npm registry: {fetched.stderr[-200:]}")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    return said([*command, "--pythonpath", sys.executable], folder)


def said(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(params=[mypy, pyright], ids=lambda check: str(check.__name__))
def check(request: pytest.FixtureRequest) -> Check:
    checker: Check = request.param
    return checker


def test_every_example_passes(check: Check, tmp_path: Path) -> None:
    examples = blocks("python")
    assert len(examples) >= 5
    for block in examples:
        (tmp_path / f"{block.page.stem}_{block.line}.py").write_text(block.text)
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_configuration_may_hold_passes(check: Check, tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT)
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_mistake_is_found(check: Check, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    done = check(tmp_path)
    missed = [line for at, line in enumerate(WRONG.splitlines(), 1) if at > 3 and f"wrong.py:{at}:" not in done.stdout]
    assert done.returncode == 1 and not missed, f"{missed}\n{done.stdout}{done.stderr}"
