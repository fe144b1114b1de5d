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
