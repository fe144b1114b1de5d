"""The package loads what a program uses when it uses it."""

from __future__ import annotations

import subprocess
import sys

import agent_sandbox_bench as asb
import pytest


def test_the_command_loads_no_python_api() -> None:
    code = "import sys, agent_sandbox_bench._command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "agent_sandbox_bench._native" in loaded
    assert not {"agent_sandbox_bench._api", "asyncio", "logging"} & set(loaded)


def test_every_public_name_is_there() -> None:
    assert set(asb.__all__) <= set(dir(asb))
    assert all(getattr(asb, name) is getattr(asb, name) for name in asb.__all__)


@pytest.mark.parametrize("name", ["rnu", "_api_of_old", "__wrapped__"])
def test_no_other_name_is(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'agent_sandbox_bench' has no attribute '{name}'"):
        getattr(asb, name)
