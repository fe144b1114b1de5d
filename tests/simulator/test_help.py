"""Help: it fits a terminal, and ends with examples, exit codes and a page that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.bench import Bench

ROOT = Path(__file__).parents[2]
USED = (
    "run",
    "search",
    "compare",
    "ab",
    "sweep",
    "simulate",
    "install",
    "status",
    "preflight",
    "cleanup",
    "report",
    "history",
    "export",
    "baseline set",
    "baseline check",
)
OTHERS = ("uninstall", "config", "config show", "config schema", "completions", "pkb-shim")


@pytest.mark.parametrize("command", ["", *USED, *OTHERS])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_no_line_is_wider_than_a_terminal(bench: Bench, command: str, option: str) -> None:
    done = bench(*command.split(), option, "--out") if command == "run" else bench(*command.split(), option)
    assert done.code == 0 and done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", USED)
def test_it_ends_with_examples_exit_codes_and_a_page(bench: Bench, command: str) -> None:
    text = bench(*command.split(), "--help").stdout
    examples, _, rest = text.partition("\nExamples:\n")[2].partition("\nExit codes:\n")
    assert f"agent-sandbox-bench {command} " in examples
    codes, _, pages = rest.partition("\nDocs: ")
    assert {"0", "2"} <= set(re.findall(r"^  (\d+) ", codes, re.MULTILINE))
    found = re.findall(r"docs/([\w-]+\.md)(?:#([\w-]+))?", pages)
    assert found
    for page, anchor in found:
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
        assert not anchor or anchor in anchors, f"{page}#{anchor}"


def test_each_option_of_a_run_stands_under_a_heading_that_fits(bench: Bench) -> None:
    text = bench("run", "-h", "--out").stdout
    sections = dict(re.findall(r"^(\w+):\n((?:  .*\n|\n)+)", text, re.MULTILINE))
    for heading, options in {
        "Target": {"--context", "--kubeconfig", "--controller"},
        "Configuration": {"--file", "--preset", "--set"},
        "Load": {"--rate", "--arrivals", "--hold", "--repeat"},
        "Objectives": {"--slo"},
        "Output": {"--out", "--output", "--junit", "--quiet"},
        "Guards": {"--force", "--yes"},
    }.items():
        found = set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", sections[heading], re.MULTILINE))
        assert options <= found, f"{heading}: {found}"
    assert set(re.findall(r"--[\w-]+", sections["Options"])) == {"--help"}
