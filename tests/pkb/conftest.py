"""Tests of the PerfKitBenchmarker plugin, beside a checkout of PerfKitBenchmarker.

The checkout is named by --pkb PATH or PKB_PATH, and what it requires must be installed.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from pkb.runs import FORKS, SIMULATOR, Pkb

Spec = Any  # PKB has no types
Decode = Callable[..., Spec]

HOW = "no checkout of PerfKitBenchmarker: nox -s pkb -- PATH_TO_PKB"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pkb", help="a checkout of PerfKitBenchmarker")
    parser.addoption("--pkb-kubeconfig", help="a control plane to run on too, such as tests/cluster/up.py starts")
    parser.addoption("--pkb-node", action="store_true", help="start a real node and run on it too; needs root")


@pytest.fixture(scope="session")
def pkb_path(request: pytest.FixtureRequest) -> Path:
    path = request.config.getoption("--pkb", None) or os.environ.get("PKB_PATH")
    if not path:
        pytest.skip(HOW)
    return Path(path).resolve(strict=True)


@pytest.fixture(scope="session")
def importable(pkb_path: Path) -> Iterator[Path]:
    """The checkout, on the path of this process and of those that are forked."""
    sys.path.append(str(pkb_path))
    FORKS.set_forkserver_preload(["agent_sandbox_bench.pkb.registration", "perfkitbenchmarker.pkb"])
    with pytest.MonkeyPatch.context() as patch:
        # Whom it forks it tells of sys.path, itself it goes by the environment.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    yield pkb_path
    sys.path.remove(str(pkb_path))


@pytest.fixture
def pkb(importable: Path, tmp_path: Path) -> Pkb:
    """PKB with the plugin."""
    return Pkb(importable, tmp_path)


@pytest.fixture
def started(pkb_path: Path, tmp_path: Path) -> Pkb:
    """PKB with the plugin, as a user starts it."""
    return Pkb(pkb_path, tmp_path, start=(sys.executable, "-m", "agent_sandbox_bench.pkb"))


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


@pytest.fixture(scope="session")
def decode_config(importable: Path) -> Decode:
    """Decodes as PKB does from a command line; returns the benchmark's whole config."""
    del importable  # by now it is
    from absl import flags
    from agent_sandbox_bench.pkb import registration
    from perfkitbenchmarker import benchmark_sets, pkb  # noqa: F401

    registration.Register()

    def decode(*arguments: str, benchmark: str = "agent_sandbox") -> Spec:
        flags.FLAGS.unparse_flags()
        for name in flags.FLAGS:
            flags.FLAGS[name].unparse()
        flags.FLAGS(["pkb", f"--benchmarks={benchmark}", *arguments])
        ((module, user_config),) = benchmark_sets.GetBenchmarksFromFlags()
        config_dict = module.GetConfig(user_config)
        return module.BENCHMARK_CONFIG_SPEC_CLASS(benchmark, flag_values=flags.FLAGS, **config_dict)

    return decode
