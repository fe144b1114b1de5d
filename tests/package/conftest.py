"""What tests of the package share: a wheel, installed into an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--wheel", type=Path, help="the wheel under test: nox -s package")


@pytest.fixture(scope="session")
def wheel(pytestconfig: pytest.Config) -> Path:
    """The wheel under test."""
    path = pytestconfig.getoption("--wheel")
    if not isinstance(path, Path):
        pytest.skip("no --wheel given: nox -s package builds one")
    return path.resolve()


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a clean environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, text=True)
    return folder / "bin"
