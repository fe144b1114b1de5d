"""The package loads what a program uses when it uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import agent_sandbox_bench as asb
import pytest


def test_the_command_loads_no_python_api() -> None:
    code = "import sys, agent_sandbox_bench._command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "agent_sandbox_bench._native" in loaded
    assert not {"agent_sandbox_bench._api", "asyncio", "logging"} & set(loaded)


def test_the_python_api_loads_no_asyncio_and_starts_no_thread() -> None:
    code = "import sys, os, agent_sandbox_bench as asb; asb.run; asb.start; print(*sys.modules, *os.listdir('{}'))"
    tasks = Path("/proc/self/task")
    code = code.format(tasks if tasks.is_dir() else "/")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "agent_sandbox_bench._start" in loaded and "asyncio" not in loaded
    assert not tasks.is_dir() or len([name for name in loaded if name.isdecimal()]) == 1


def test_the_python_api_is_loaded_soon() -> None:
    """In four times the CPU that Python takes to start: 60 ms where that is 15. The least of several counts."""

    def least_cpu_s(code: str) -> float:
        return min(cpu_s(code) for _ in range(5))

    api = "import agent_sandbox_bench as asb; asb.run; asb.start"
    own = least_cpu_s("pass")
    assert least_cpu_s(api) - own < 4 * own


def cpu_s(code: str) -> float:
    """CPU time of a Python that runs the code, in seconds."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_every_public_name_is_there() -> None:
    assert set(asb.__all__) <= set(dir(asb))
    assert all(getattr(asb, name) is getattr(asb, name) for name in asb.__all__)


@pytest.mark.parametrize("name", ["rnu", "_api_of_old", "__wrapped__"])
def test_no_other_name_is(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'agent_sandbox_bench' has no attribute '{name}'"):
        getattr(asb, name)
