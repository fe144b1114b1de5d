"""What a reader does with a page: zoom, point, open a claim."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from report.reading import DESK, Reader, plots
from support.bench import Bench

from report import folders

# Index and place of each dot of the first plot.
DOTS = """() => {
  const plot = { plot: plots[0], u: drawn.get(plots[0].id).u };
  const place = (dot) => Dots.prototype.spot.call(plot, dot);
  return [...Dots.prototype.dots.call(plot)].map((dot) => [dot.index, place(dot).x, place(dot).y]);
}"""

# Of each plot over time: the instant under the cursor, that of the value it tells, and those of all its values.
CURSORS = """() => Object.fromEntries([...drawn]
  .filter(([, { plot }]) => plot.x.unit === 'seconds')
  .map(([id, { u }]) => [id, [u.posToVal(u.cursor.left, 'x'), u.data[0][u.cursor.idx], u.data[0]]]))"""


def spans(page: Page) -> dict[str, list[float]]:
    """From where to where each plot's x axis runs."""
    found: dict[str, list[float]] = page.evaluate(
        "Object.fromEntries([...drawn].map(([id, { u }]) => [id, [u.scales.x.min, u.scales.x.max]]))"
    )
    return found


def instants(claim: dict[str, Any]) -> dict[str, str]:
    """What a claim's dialog tells of its instants: milliseconds since it was intended."""
    names = ("handed over", "sent", "acknowledged", "bound", "released", "deleted")
    seen = {name: claim[f"{name.replace(' ', '_')}_ns"] for name in names}
    micros = {name: (at - claim["intended_ns"]) // 1000 for name, at in seen.items() if at is not None}
    return {name: f"{after / 1000:.3f} ms" for name, after in micros.items()}


def test_a_drag_zooms_all_plots_over_time_and_a_double_click_shows_all_again(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html", DESK).page
    before = spans(page)
    over = page.locator("#time-to-ready .u-over")
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 50, steps=4)
    page.mouse.up()
    zoomed = spans(page)
    assert zoomed["percentiles"] == before["percentiles"], "it has another axis"
    assert {tuple(zoomed[name]) for name in before if name != "percentiles"} == {tuple(zoomed["time-to-ready"])}
    low, high = before["time-to-ready"]
    assert zoomed["time-to-ready"] == pytest.approx([0.5 * (high - low), 0.7 * (high - low)], abs=0.1)
    over.dblclick(position={"x": 20, "y": 20})
    assert spans(page) == before
    page.locator("#time-to-ready").press("+")
    assert spans(page) != before
    page.get_by_role("button", name="Show all").first.click()
    assert spans(page) == before


def test_the_cursor_is_at_one_instant_in_all_plots_over_time(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html", DESK).page
    page.locator("#time-to-ready .u-over").hover(position={"x": 400, "y": 60})
    cursors = page.evaluate(CURSORS)
    assert len(cursors) == len([plot for plot in plots(page) if plot["x"]["unit"] == "seconds"])
    for name, (at, nearest, xs) in cursors.items():
        assert at == pytest.approx(cursors["time-to-ready"][0], abs=0.05), name
        assert nearest == min(xs, key=lambda x: abs(x - at)), f"{name} tells its value nearest to the cursor"


def test_a_dot_opens_its_claim(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html", DESK).page
    claims = {claim["index"]: claim for claim in folders.claims(faulty)}
    dots = page.evaluate(DOTS)
    assert len(dots) == len(claims), "every claim has a dot"
    for kind in ("timed_out", "rejected", "ready"):
        index, x, y = next(dot for dot in dots if claims[dot[0]]["outcome"] == kind)
        page.locator("#time-to-ready").scroll_into_view_if_needed()
        box = page.locator("#time-to-ready .u-over").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + x, box["y"] + y)
        title = page.locator("#claim-title").inner_text()
        shown = claims[int(title.removeprefix("Claim "))]
        assert shown["outcome"] == kind and abs(shown["index"] - index) <= 2, "that dot, or one that lies over it"
        for name, after in instants(shown).items():
            row = page.locator("#claim tr", has=page.get_by_role("rowheader", name=name, exact=True))
            assert after in row.inner_text().replace("\u202f", ""), name
        page.keyboard.press("Escape")


def test_the_keyboard_goes_from_claim_to_claim(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html", DESK).page
    plot = page.locator("#time-to-ready")
    plot.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert page.locator("#claim-title").inner_text() == "Claim 2"
    page.keyboard.press("ArrowRight")
    assert page.locator("#claim-title").inner_text() == "Claim 3"
    page.keyboard.press("Escape")
    assert plot.evaluate("(it) => it === document.activeElement"), "focus is back where it was"


def test_slow_claims_are_episodes_that_open_to_their_claims(faulty: Path, read: Reader) -> None:
    opened = read(faulty / "report.html")
    section = opened.page.locator("section[aria-labelledby=claims]")
    stalled = section.locator("summary", has_text="during the fault controller pause").first
    told = stalled.inner_text()
    assert "claims waited for the controller's queue" in told and "pause of the controller" in told
    stalled.click()
    rows = section.locator("details[open] tbody tr")
    rows.first.wait_for()
    assert 3 <= rows.count() <= 50
    rows.first.locator("button").click()
    assert opened.page.locator("#claim").is_visible()
    opened.page.keyboard.press("Escape")
    opened.check_access()


@pytest.mark.parametrize("runs", [1, 3, 40])
def test_a_history_counts_its_runs_in_whole_steps(
    run: Path, bench: Bench, read: Reader, tmp_path: Path, runs: int
) -> None:
    for number in range(runs):
        (tmp_path / f"{number}").mkdir()
        shutil.copy(run / "config.yaml", tmp_path / f"{number}")
        summary = json.loads((run / "summary.json").read_text())
        (tmp_path / f"{number}/summary.json").write_text(json.dumps({**summary, "run_id": f"run{number}"}))
    assert bench("history", tmp_path, "--out", tmp_path / "site").code == 0
    page = read(tmp_path / "site/index.html", DESK).page
    shown = page.evaluate("[...drawn.values()][0].u.axes[0]._splits")
    assert shown and all(isinstance(at, int) and 1 <= at <= runs for at in shown), shown
