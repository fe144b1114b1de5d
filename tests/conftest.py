"""What all tests share: the command under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bench import Bench


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, help="how many seeds are played, where a test has seeds")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The command under test, in a folder of its own."""
    bench = Bench(tmp_path)
    yield bench
    bench.end()


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The command under test, for what the tests of a module share."""
    bench = Bench(tmp_path_factory.mktemp("module"))
    yield bench
    bench.end()
