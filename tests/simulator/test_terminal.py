"""What people see on a terminal, at several widths, and without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.bench import Bench, program
from support.terminal import COLOUR, CONTROL, Shown, on_terminal
from support.validity import SHARED_MACHINE

WIDTHS = (40, 80, 200)
HELD = ("--rate", "30", "--duration", "1s", "--hold", "3s", "--seed", "1", *SHARED_MACHINE)


@pytest.fixture(scope="module")
def shown(module_bench: Bench) -> dict[int, Shown]:
    """A run that holds its claims, on terminals of several widths; its results are in a folder by the width."""
    return {columns: show(module_bench, columns, "run", *HELD, "--out", str(columns)) for columns in WIDTHS}


def show(bench: Bench, columns: int, *arguments: str, **env: str) -> Shown:
    return on_terminal([bench.command, *arguments], columns, bench.folder, env)


def assert_fits(shown: Shown) -> None:
    assert shown.too_long == []
    assert COLOUR.search(shown.raw), "a terminal has colours"


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_run_fits_and_counts_claims_when_they_are_ready(shown: dict[int, Shown], columns: int) -> None:
    run = shown[columns]
    assert_fits(run)
    assert run.code == 0
    held = [(int(held), int(ready)) for held, ready in re.findall(r"held (\d+) ready (\d+)", run.words)]
    assert (30, 30) in held, "all are ready while all are held"
    assert "waiting for 30 claims that are held" in run.words
    assert re.search(r"time_to_ready now p50 \d\S*s p99 \d\S*s", run.words)
    assert re.search(r"generator (OK|LATE): schedule lag p99 \S+ of \S+ allowed", run.words)
    assert run.words.count("VALID") == 2 and "exit 0: done and valid; no objective" in run.words
    assert run.lines[-1] == f"results in {columns}"


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.usefixtures("shown")
def test_a_comparison_fits_and_ends_with_its_verdict(module_bench: Bench, columns: int) -> None:
    compared = show(module_bench, columns, "compare", "40", "80", "--verbose")
    assert_fits(compared)
    lines = " ".join(line.strip() for line in compared.lines)
    first = re.split(r"\s+time_to_ready", lines)[0][:30]
    assert lines.count(first) == 2, compared.lines
    assert f"exit {compared.code}: " in compared.words


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_search_fits_and_says_where_it_is(bench: Bench, columns: int) -> None:
    words = ("--rate", "5", "--max-rate", "5", "--duration", "1s", "--slo", "outcomes.failed==0", *SHARED_MACHINE)
    searched = show(bench, columns, "search", *words, "--out", "found")
    assert_fits(searched)
    assert searched.code == 0, searched.words
    assert re.search(r"step 1 at 5\.0 claims/s (about|at most) \d+ (s|min) left", searched.words)
    assert searched.words.count("At least 5.00 claims/s meet") == 2
    assert "exit 0: a rate was found results in found" in searched.words


def test_colour_can_be_turned_off(bench: Bench) -> None:
    plain = show(bench, 80, "run", "--total", "5", *SHARED_MACHINE, "--out", "plain", NO_COLOR="1")
    assert not COLOUR.search(plain.raw) and CONTROL.search(plain.raw), "the panel moves, without a colour"
    dumb = show(bench, 80, "run", "--total", "5", *SHARED_MACHINE, "--out", "dumb", TERM="dumb")
    assert "\x1b" not in dumb.raw and dumb.lines[0].startswith("VALID")
    ascii_only = show(bench, 80, "run", "--total", "5", *SHARED_MACHINE, "--out", "ascii", LC_ALL="C")
    assert ascii_only.raw.isascii()


def test_without_a_terminal_there_are_lines(bench: Bench, tmp_path: Path) -> None:
    done = bench("run", "--rate", 5, "--duration", "6s", "--hold", "3s", *SHARED_MACHINE)
    assert "\x1b" not in done.stderr and "\r" not in done.stderr
    line = done.stderr.splitlines()[0]
    figures = r"5 s of 6 s; sent \d\.\d/s of 5\.0/s planned; in flight \d+, held [1-9]\d*, ready [1-9]\d*, "
    assert re.match(figures, line)
    assert str(tmp_path) in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("columns", [40, 80])
def test_an_error_is_broken_between_words(tmp_path: Path, columns: int) -> None:
    shown = on_terminal([program(), "history", "absent"], columns, tmp_path, {})
    assert shown.code == 2 and shown.too_long == []
    assert shown.words.startswith("error: DIR: got absent") and "\x1b[31merror: \x1b[0m" in shown.raw
