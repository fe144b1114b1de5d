"""Labels of a run, and the environment it was made in: in its folder, in a search's steps, and in a comparison."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import pytest
from support.bench import Bench
from support.validity import ONE_PAUSE_HITS_ALL

LOAD = ("--rate", 50, "--total", 50, "--seed", 1, *ONE_PAUSE_HITS_ALL)


def test_labels_of_the_command_line_stand_beside_and_over_those_of_a_file(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("output: {labels: {version: v1.1, team: blue}}\n")
    done = bench("run", "-f", file, "--label", "version=v1.2", "branch=feature/a=b", "--label", "n=5", *LOAD)
    assert done.code == 0, done.stderr
    labels = {"version": "v1.2", "team": "blue", "branch": "feature/a=b", "n": "5"}
    assert done.summary["labels"] == labels
    page = (done.out / "report.html").read_text()
    assert all(f"{key} <bdi>" in page for key in labels)
    again = bench("run", "-f", done.out / "config.yaml")
    assert again.summary["labels"] == labels, "run -f repeats them"


def test_a_run_without_labels_says_so(bench: Bench) -> None:
    done = bench("run", *LOAD)
    assert done.summary["labels"] == {}
    assert (
        f'agent_sandbox_bench_run_info{{run_id="{done.summary["run_id"]}"}} 1\n'
        in (done.out / "metrics.prom").read_text()
    )


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--label", "version"), ("--label", '"version"', "KEY=VALUE")),
        (("--label", "=v1"), ("--label", 'the key ""', "a to z")),
        (("--label", "a=1", "b=2", "a=3"), ("--label", '"a=3"', "each key once")),
        (("--label", "a=" + "x" * 201), ("--label.a", "1 to 200 characters")),
        (("--set", "output.labels={Version: v1}"), ("output.labels", '"Version"', "a-z, 0-9 and _")),
        (("--set", "output.labels.build=7"), ("output.labels.build", "got 7", 'did you mean "7"?')),
    ],
)
def test_what_is_no_label_is_refused(
    bench: Bench, tmp_path: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    done = bench("run", *arguments, "--out", tmp_path / "out")
    assert done.code == 2 and all(part in done.stderr for part in parts), done.stderr
    assert not (tmp_path / "out").exists()


def test_each_step_of_a_search_has_them(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "search"
    limits = ("--max-rate", 20, "--tolerance", 0.5, "--duration", "1s")
    done = bench("search", *limits, "--slo", "outcomes.failed==0", "--label", "version=v1.2", "--out", out, *LOAD[4:])
    assert done.code in (0, 3, 4), done.stderr
    steps = [json.loads(path.read_text()) for path in out.glob("step-*/summary.json")]
    assert steps and all(step["labels"] == {"version": "v1.2"} for step in steps)


def test_the_environment_is_this_machine_and_tells_no_user(bench: Bench) -> None:
    environment = bench("run", *LOAD).summary["environment"]
    uname = platform.uname()
    assert (environment["host"], environment["kernel"]) == (uname.node, uname.release)
    assert environment["cores"] >= 1 and environment["memory_bytes"] > 1 << 20
    user = getpass.getuser()
    told = {key: value for key, value in environment.items() if key != "host"}
    assert user == "root" or user not in json.dumps(told)


def test_compare_says_in_one_line_where_the_environments_differ(bench: Bench) -> None:
    base, new = (bench("run", *LOAD).out for _ in range(2))
    assert "environment differs" not in bench("compare", base, new).stderr
    summary = json.loads((new / "summary.json").read_text())
    summary["tool_version"] = "9.9.9"
    summary["environment"].update(cores=96, cpu=None)
    (new / "summary.json").write_text(json.dumps(summary))
    done = bench("compare", base, new, "--output", "json", "--html", new / "compared.html")
    [line] = [line for line in done.stderr.splitlines() if line.startswith("environment differs in")]
    assert "; cores: base " in line and line.endswith(", new 96") and ", new 9.9.9" in line
    told = json.loads(done.stdout)
    assert [one["field"] for one in told["environment_differences"]] == ["tool_version", "cores"], "cpu is not known"
    assert told["runs"]["new"][0]["environment"]["cores"] == 96
    assert "The environment differs in tool_version" in (new / "compared.html").read_text()

    del summary["environment"], summary["labels"]  # a folder of an earlier version
    (new / "summary.json").write_text(json.dumps(summary))
    older = bench("compare", base, new, "--output", "json")
    assert json.loads(older.stdout)["environment_differences"] == []
