"""Tests of the PerfKitBenchmarker plugin, beside a checkout of PerfKitBenchmarker.

The checkout is named by --pkb PATH or PKB_PATH, and what it requires must be installed.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from pkb.runs import SIMULATOR, Pkb

HOW = "no checkout of PerfKitBenchmarker: nox -s pkb -- PATH_TO_PKB"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pkb", help="a checkout of PerfKitBenchmarker")


@pytest.fixture(scope="session")
def pkb_path(request: pytest.FixtureRequest) -> Path:
    path = request.config.getoption("--pkb", None) or os.environ.get("PKB_PATH")
    if not path:
        pytest.skip(HOW)
    return Path(path).resolve(strict=True)


@pytest.fixture
def pkb(pkb_path: Path, tmp_path: Path) -> Pkb:
    """PKB with the plugin, from python -m agent_sandbox_bench.pkb."""
    return Pkb(pkb_path, tmp_path)


@pytest.fixture
def shimmed(pkb_path: Path, tmp_path: Path) -> Pkb:
    """A copy of the checkout, to be run by its own pkb.py."""
    ignore = shutil.ignore_patterns(".git", "tests", "__pycache__")
    copy = shutil.copytree(pkb_path, tmp_path / "checkout", ignore=ignore)
    return Pkb(copy, tmp_path / "temp", start=(sys.executable, "./pkb.py"))


@pytest.fixture
def simulator() -> tuple[str, ...]:
    """Flags of a short run on the simulator."""
    return (*SIMULATOR, "--agent_sandbox_duration=2")
