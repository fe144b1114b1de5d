"""A browser, the pages it opens, and the command that writes them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from report.reading import Reader
from support.bench import Bench
from support.validity import SHARED_MACHINE

# Two kinds of fault: some claims are refused, others wait for a controller that stands still.
FAULTS = "[{kind: too_many_requests, at: 2s, for: 1s, share: 0.4}, {kind: controller_pause, at: 5s, for: 2s}]"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--folder", action="append", default=[], help="folder of a run whose page is looked at as well")
    parser.addoption("--cluster", action="store_true", help="a run on a real control plane, built with Go, too")
    parser.addoption("--images", help="folder for the pictures that the documentation shows")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "chromium is not on PATH: apt-get install chromium, or set CHROMIUM"
    # Chromium's own sandbox refuses root, who runs containers of a CI.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def read(browser: Browser) -> Iterator[Reader]:
    """Opens pages."""
    reader = Reader(browser)
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    named = request.config.getoption("--images")
    folder = Path(named) if named else tmp_path_factory.mktemp("images")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The command under test; one for all, since its runs are looked at by several."""
    return Bench(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def run(bench: Bench) -> Path:
    """Independent users, at the edge of what the pool refills."""
    objectives = 'slo=["time_to_ready.p99<10s", "outcomes.failed==0"]'
    load = ("--arrivals", "poisson", "--rate", 60, "--duration", "10s", "--seed", 7, "--hold", "300ms")
    done = bench("run", *load, "--set", objectives, "--set", "simulator.seed=7", "--quiet", *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    return done.out


@pytest.fixture(scope="session")
def faulty(bench: Bench) -> Path:
    """Pushback, then a stall longer than claims may wait."""
    load = ("--rate", 60, "--duration", "10s", "--ready-timeout", "1500ms", "--set", "simulator.seed=7")
    done = bench("run", *load, "--set", f"simulator.faults={FAULTS}", "--quiet", *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["rejected"] and done.summary["outcomes"]["timed_out"]
    return done.out
