"""The page of a sweep: the table of its points, small multiples, and one figure against another."""

from __future__ import annotations

from pathlib import Path

import pytest
from report.reading import PHONE, Reader, plots
from support.bench import Bench
from support.validity import ONE_PAUSE_HITS_ALL

GRID = (
    *("--set", "stack.sandbox_warmpool.replicas=0,4,40"),
    *("--set", "load.arrivals=constant,poisson"),
    *("--set", "workload.hold=0s,100ms"),
)
FIGURES = ("--figure", "time_to_ready.p50", "--figure", "warm_fraction")


@pytest.fixture(scope="module")
def swept(bench: Bench) -> Path:
    out = bench.out()
    load = ("--rate", 20, "--duration", "500ms", "--seed", 7, "--set", "simulator.seed=7")
    done = bench("sweep", *GRID, *FIGURES, *load, *ONE_PAUSE_HITS_ALL, "--out", out, "--quiet", timeout=120)
    assert done.code == 0, done.stderr
    return out


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (PHONE, "light")])
def test_it_draws_every_plot(swept: Path, read: Reader, width: int, scheme: str) -> None:
    opened = read(swept / "sweep.html", width, scheme=scheme)
    opened.look()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_each_figure_has_a_plot_for_each_value_of_the_third_key(swept: Path, read: Reader) -> None:
    page = read(swept / "sweep.html").page
    *panels, both = plots(page)
    titles = [f"{figure}, workload.hold={hold}" for figure in FIGURES[1::2] for hold in ("0s", "100ms")]
    assert [plot["title"] for plot in panels] == titles
    for plot in panels:
        assert plot["xs"] == [0, 4, 40] and [line["label"] for line in plot["series"]] == ["constant", "poisson"]
        assert all(value is not None for line in plot["series"] for value in line["values"])
    assert panels[0]["y"] == panels[1]["y"], "the same axis"
    assert both["title"] == "warm_fraction against time_to_ready.p50"
    assert sum(len(layer["xs"]) for layer in both["layers"]) == 12
    rows = page.locator("#points + .scroll tbody tr")
    assert rows.count() == 12
    rows.nth(4).locator("a").click()
    assert page.url == (swept / "point-05" / "report.html").as_uri()
