"""The pages in a browser: they draw, complain of nothing, load nothing, and everybody can read them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from report.reading import DESK, PHONE, Opened, Reader, plots
from support.bench import Bench
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE
from support.waiting import until

from report import folders

SIZE = 5_000_000
SECONDS = 2.0


def wrote(bench: Bench, folder: Path) -> Path:
    """The page that `report` writes into the folder."""
    done = bench("report", folder)
    assert done.code == 0, done.stderr
    return folder / "report.html"


def picture(opened: Opened, images: Path, name: str, height: int = 0) -> None:
    """A picture for the documentation: of the page's first `height` pixels, or of all."""
    size = opened.page.viewport_size
    assert size is not None
    if height:
        opened.page.set_viewport_size({"width": size["width"], "height": height})
    opened.page.screenshot(path=images / f"{name}.png", full_page=not height)


def test_a_run(run: Path, read: Reader, images: Path) -> None:
    opened = read(run / "report.html", DESK)
    opened.look()
    assert opened.page.title().startswith("Valid, every objective met")
    picture(opened, images, "report", 1150)


def test_a_run_on_a_real_control_plane(
    bench: Bench, read: Reader, images: Path, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--cluster"):
        pytest.skip("--cluster builds a control plane and runs on it")
    from cluster.control_plane import ControlPlane

    with ControlPlane(nodes=5) as cluster:
        cluster.apply_template_and_pool("bench", "default", 60)
        until(lambda: cluster.pool_is_full("bench"), 120, "the pool is full")
        load = ("--rate", 5, "--duration", "20s", "--hold", "500ms", "--warm-pool", "bench")
        done = bench("run", "--kubeconfig", cluster.kubeconfig, *load, "--quiet", *SHARED_MACHINE, timeout=120)
    assert done.code == 0, done.stderr
    assert done.summary["target"]["kind"] == "cluster" and done.summary["outcomes"]["ready"] == 100
    opened = read(done.out / "report.html", DESK)
    opened.look()
    picture(opened, images, "cluster", 1150)


def test_a_run_in_the_dark(run: Path, read: Reader) -> None:
    opened = read(run / "report.html", DESK, scheme="dark")
    opened.look()


def test_a_run_on_a_phone(run: Path, read: Reader) -> None:
    opened = read(run / "report.html", PHONE)
    opened.look()
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE, "what is too wide scrolls within itself, not the page"


def test_a_run_on_paper(run: Path, read: Reader) -> None:
    opened = read(run / "report.html", DESK, scheme="dark")
    opened.page.emulate_media(media="print")
    opened.page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'")
    opened.look()


def test_a_run_with_faults(faulty: Path, read: Reader, images: Path) -> None:
    opened = read(faulty / "report.html", DESK)
    opened.look()
    failures = opened.page.locator("section[aria-labelledby=failures]")
    assert {"rejected.429", "timed_out"} <= set(" ".join(failures.locator("tbody th").all_inner_texts()).split())
    failures.locator("button").first.click()
    assert "given up" in opened.page.locator("#claim tbody").inner_text(), "a reason leads to a claim"
    read_again = read(faulty / "report.html", DESK)
    picture(read_again, images, "report-faults", 1150)


def test_faults_are_bands_in_every_plot_over_time(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html").page
    expected = [("too many requests (40 %)", 2, 3), ("controller pause", 5, 7)]
    for plot in plots(page):
        bands = [(band["label"], band["from"], band["to"]) for band in plot["bands"]]
        assert bands == (expected if plot["x"]["unit"] == "seconds" else []), plot["id"]
    key = page.locator("figure .key").first.inner_text()
    assert "fault: too many requests (40 %), 2\u20133" in key and "fault: controller pause, 5\u20137" in key


def test_links_lead_somewhere(faulty: Path, read: Reader) -> None:
    page = read(faulty / "report.html").page
    links = page.eval_on_selector_all("a[href^='#']", "(all) => all.map((it) => it.getAttribute('href').slice(1))")
    absent = [it for it in links if page.locator(f"[id='{it}']").count() != 1]
    assert len(links) > 5 and absent == []


def test_every_ready_and_failed_claim_is_drawn(faulty: Path, read: Reader) -> None:
    [plot, *_] = plots(read(faulty / "report.html").page)
    dots = {layer["label"].replace(" ", "_"): len(layer["claims"]) for layer in plot["layers"] if layer["strip"]}
    outcomes = json.loads((faulty / "summary.json").read_text())["outcomes"]
    assert dots == {name: count for name, count in outcomes.items() if name != "ready" and count}
    assert sum(len(layer["claims"]) for layer in plot["layers"]) == sum(outcomes.values())
    slowest = max(
        claim["ready_ns"] - claim["intended_ns"] for claim in folders.claims(faulty) if claim["outcome"] == "ready"
    )
    assert plot["y"]["max"] == pytest.approx(1.3 * slowest / 1e9), "what never became ready does not squash the rest"


def test_objectives_and_the_limit_of_the_lag_are_lines(run: Path, read: Reader) -> None:
    limits = {
        plot["id"]: [(it["label"], it["value"]) for it in plot["limits"]]
        for plot in plots(read(run / "report.html").page)
    }
    objective = ("objective time_to_ready.p99<10s, met", 10)
    assert limits["time-to-ready"] == limits["percentiles"] == [objective]
    assert limits["schedule-lag"] == [("most that its p99 may be", 5)]  # SHARED_MACHINE


def test_what_the_sources_said_is_drawn_on_the_axis_of_the_latency(run: Path, read: Reader) -> None:
    page = read(run / "report.html").page
    small = {plot["id"]: plot for plot in plots(page) if plot["small"]}
    assert {"source-requests", "source-request-duration", "source-watch-events", "source-cpu"} <= set(small)
    assert not {"source-queues", "source-rejected"} & set(small), "what was not read, or was zero, is left out"
    whole = next(plot["x"] for plot in plots(page) if plot["id"] == "rate")
    section = page.locator("section[aria-labelledby=sources]")
    assert section.locator(".plot canvas").count() == section.locator("figure").count() == len(small)
    readings = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    instants = sorted({reading["t_s"] for reading in readings})
    assert len(instants) >= 3 and instants[0] < 0
    for plot in small.values():
        assert plot["x"] == whole and plot["xs"] == pytest.approx(instants, abs=0.002), plot["id"]
    creates = next(line["values"] for line in small["source-requests"]["series"] if line["label"] == "POST")
    lengths = [later - earlier for earlier, later in pairwise(instants)]
    counted = sum((rate or 0) * length for rate, length in zip(creates, lengths, strict=False))
    assert counted == pytest.approx(len(folders.claims(run)), rel=0.01), "a rate by second, of each interval"


def test_phases_are_bands_and_a_table(bench: Bench, read: Reader) -> None:
    phases = "load.phases=[{name: first, warm_up: true, rate: 20, duration: 1s}, {name: then, rate: 30, duration: 2s}]"
    done = bench("run", "--set", phases, "--quiet", *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    opened = read(done.out / "report.html", DESK)
    opened.look()
    bands = [(band["kind"], band["label"], band["from"], band["to"]) for band in plots(opened.page)[0]["bands"]]
    assert bands == [("warm_up", "first", 0, 1), ("phase", "then", 1, 3)]
    table = opened.page.locator("section[aria-labelledby=phases] tbody tr")
    assert [row.split()[0] for row in table.all_inner_texts()] == ["first", "then"]


def test_a_run_none_of_whose_claims_became_ready(bench: Bench, read: Reader) -> None:
    pause = "simulator.faults=[{kind: controller_pause, at: 0s, for: 60s}]"
    done = bench("run", "--rate", 20, "--duration", "2s", "--ready-timeout", "500ms", "--set", pause, *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    opened = read(done.out / "report.html", DESK)
    opened.look()
    assert opened.page.locator("h1").inner_text() == "Valid; none of 40 claims became ready"


def test_a_thousand_claims_are_below_220_kb(bench: Bench, run: Path, tmp_path: Path) -> None:
    path = wrote(bench, folders.huge(run, tmp_path / "thousand", 1000))
    assert path.stat().st_size < 220_000


def test_a_comparison(bench: Bench, run: Path, tmp_path: Path, read: Reader, images: Path) -> None:
    settings = ("-f", run / "config.yaml", "--set", "simulator.warm_latency={median: 60ms}")
    slower = bench("run", *settings, "--quiet").out
    page = tmp_path / "compare.html"
    done = bench("compare", run, slower, "--html", page)
    assert done.code in (0, 5), done.stderr  # on a busy machine it may be unable to tell
    opened = read(page, DESK)
    opened.look()
    assert opened.page.title().startswith(done.verdict[0].upper() + done.verdict[1:])
    picture(opened, images, "compare", 1150)
    read(page, PHONE).look()


def test_a_search(bench: Bench, tmp_path: Path, read: Reader, images: Path) -> None:
    rate = ("--rate", 20, "--max-rate", 40, "--tolerance", 0.5, "--slo", "time_to_ready.p90<200ms")
    done = bench("search", *rate, "--quiet", "--out", tmp_path / "search", *SHARED_MACHINE, timeout=240)
    found = json.loads((tmp_path / "search" / "search.json").read_text())
    none = 3 if found["answer"]["limited_by"] == "generator" else 4  # a machine may be too slow for every rate
    assert done.code == (0 if found["answer"]["rate"] else none), done.stderr
    opened = read(tmp_path / "search" / "report.html", DESK)
    opened.look()
    links = opened.page.eval_on_selector_all("main a", "(all) => all.map((it) => it.getAttribute('href'))")
    assert sorted(links) == sorted(f"{step['folder']}/report.html" for step in found["steps"])
    picture(opened, images, "search", 900)
    phone = read(tmp_path / "search" / "report.html", PHONE)
    phone.look()
    table = phone.page.locator("#steps + .scroll")
    assert table.evaluate("(it) => it.scrollWidth <= it.clientWidth"), "the table fits a phone"
    elsewhere = tmp_path / "elsewhere.html"
    assert bench("report", tmp_path / "search", "--out", elsewhere).code == 0
    assert read(elsewhere).page.locator("main a").count() == 0, "a page that stands elsewhere leads nowhere"


def test_a_killed_run(bench: Bench, run: Path, tmp_path: Path, read: Reader) -> None:
    folder = folders.killed(run, tmp_path / "killed")
    opened = read(wrote(bench, folder), DESK)
    opened.look()
    assert opened.page.title().startswith("Incomplete")
    lost = len(folders.claims(run)) - len((folder / "claims.jsonl").read_text().splitlines()) + 1
    assert f"{lost} of" in opened.page.locator(".reasons").inner_text()


def test_a_run_that_was_killed_before_its_first_claim(bench: Bench, run: Path, tmp_path: Path, read: Reader) -> None:
    folder = folders.killed(run, tmp_path / "killed")
    (folder / "claims.jsonl").write_text('{"index": 0, "ph')
    opened = read(wrote(bench, folder))
    opened.check_access()
    assert opened.complaints == [] and opened.page.locator(".plot").count() == 0


def test_hostile_names_are_text(bench: Bench, run: Path, tmp_path: Path, read: Reader) -> None:
    opened = read(wrote(bench, folders.hostile(run, tmp_path / "hostile")))
    opened.page.wait_for_timeout(100)  # what an attack would take
    opened.look()
    assert "taken" not in opened.page.evaluate("document.title.replace(/<.*/s, '')")
    assert opened.page.locator("img").count() == 0 and opened.page.locator("script").count() == 2
    assert folders.HOSTILE.split("\u2028")[0] in (opened.page.locator("#environment + dl").text_content() or "")


def test_a_hundred_thousand_claims(bench: Bench, faulty: Path, tmp_path: Path, read: Reader) -> None:
    path = wrote(bench, folders.huge(faulty, tmp_path / "huge", 100_000))
    assert path.stat().st_size < SIZE
    opened = read(path)
    opened.look()
    busy = opened.page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart") / 1000
    assert busy < SECONDS, f"{busy:.2f} s to open"
    counts = [sum(layer["counts"]) for layer in plots(opened.page)[0]["layers"]]
    assert sum(counts) == 100_000, "no claim is left out of the heat map"


def test_the_folders_that_were_named(
    request: pytest.FixtureRequest, bench: Bench, tmp_path: Path, read: Reader
) -> None:
    for number, folder in enumerate(request.config.getoption("--folder")):
        page = tmp_path / f"{number}.html"
        assert bench("report", folder, "--out", page).code == 0
        read(page, DESK).look()
        read(page, PHONE).look()


def test_what_is_no_run_is_refused(bench: Bench, tmp_path: Path) -> None:
    done = bench("report", tmp_path)
    assert done.code == 2 and "FOLDER" in done.stderr and "config.yaml" in done.stderr


def test_no_report_where_none_is_wanted(bench: Bench) -> None:
    done = bench("run", "--total", 5, "--set", "output.report=false", "--quiet", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0 and not (done.out / "report.html").exists()
    assert (done.out / "metrics.prom").read_text().endswith("# EOF\n")
