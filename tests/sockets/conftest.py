"""How many seeds, and which."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="one alone: what a failure names")
    parser.addoption("--kills", type=int, default=20, help="how many runs are killed at a random instant (default 20)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        one, count = metafunc.config.getoption("seed"), metafunc.config.getoption("seeds")
        metafunc.parametrize("seed", range(count or 60) if one is None else [one])
    if "kill" in metafunc.fixturenames:
        metafunc.parametrize("kill", range(metafunc.config.getoption("--kills")))
