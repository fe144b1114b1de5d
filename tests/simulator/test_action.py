"""The GitHub Action and the workflows of the pages: shape, inputs, commands, and its script as it runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bench import Bench, program
from support.simulator import serving
from support.validity import ONE_PAUSE_HITS_ALL

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github/actions/turns"
ACTION: dict[str, Any] = yaml.safe_load((FOLDER / "action.yml").read_text())
SCRIPT = (FOLDER / "turns.sh").read_text()
EXAMPLES = sorted((ROOT / "docs/workflows").glob("*.yml"))
WORKFLOWS = [*EXAMPLES, *sorted((ROOT / ".github/workflows").glob("*.yml"))]
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def schema_faults(name: str, *files: Path) -> str:
    """What GitHub's own schema has against the files."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.github-{name}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_they_have_the_shape_that_github_reads() -> None:
    assert schema_faults("actions", FOLDER / "action.yml") == ""
    assert schema_faults("workflows", *WORKFLOWS) == ""
    assert len(EXAMPLES) == 2


def test_each_input_exists_and_is_used() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps([STEPS, ACTION["outputs"]])))
    assert used == set(ACTION["inputs"])
    for step in STEPS:
        given = set(step.get("env", {}))
        read = set(re.findall(r"\$([A-Z][A-Z_]*)", step["run"]))
        own = {name for name in read if not name.startswith("GITHUB_")}
        assert own <= given and "${{" not in step["run"], "an expression in a script is an injection"
    of_script = set(re.findall(r"\$\{?([A-Z][A-Z_]*)", SCRIPT))
    [turns] = [step for step in STEPS if step.get("id") == "turns"]
    assert of_script == set(turns["env"])


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.stem))
def test_a_workflow_gives_what_the_action_takes(file: Path) -> None:
    jobs: dict[str, Any] = yaml.safe_load(file.read_text())["jobs"]
    [uses] = [
        step
        for job in jobs.values()
        for step in job["steps"]
        if step.get("uses", "").startswith("OWNER/agent-sandbox-bench/.github/actions/turns@")
    ]
    assert set(uses["with"]) <= set(ACTION["inputs"])


def help_of(command: str) -> str:
    """What a command of ours says of itself."""
    done = subprocess.run([program(), command, "--help"], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def test_the_commands_and_options_exist() -> None:
    lines = [line.strip() for line in SCRIPT.splitlines()]
    found = {}
    for line in lines:
        for command, rest in re.findall(r"(?:agent-sandbox-bench|judge) (ab|compare|install|run) ([^;]*)", line):
            found[command] = set(re.findall(r"(?<=[\s(])--[a-z][a-z-]*", rest))
    assert set(found) == {"ab", "compare", "install", "run"}
    found["ab"] |= {"--base", "--base-set", "--new", "--new-set"}
    found["run"] |= {"-f", "--set"}
    for command, options in found.items():
        said = help_of(command)
        assert not [option for option in options if not re.search(rf"(?<![\w-]){option}[ \n,]", said)], command
    load = set(re.findall(r"--[a-z-]+", json.dumps([ACTION["inputs"]["load"], *(it.read_text() for it in EXAMPLES)])))
    assert not [option for option in load - {"--margin"} if option not in help_of("run")]


def turns(folder: Path, **settings: str) -> tuple[int, str]:
    """Runs the script with the action's defaults; its exit code, and the verdict that it leaves."""
    defaults = {name: str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
    given = {name.upper().replace("-", "_"): value for name, value in defaults.items()} | settings
    path = f"{Path(program()).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(FOLDER / "turns.sh")],
        cwd=folder,
        env={**os.environ, **given, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    file = folder / "agent-sandbox-turns/verdict.md"
    return done.returncode, file.read_text() if file.exists() else done.stderr


VALIDITY = "\n".join(word for word in ONE_PAUSE_HITS_ALL if word != "--set")


def test_on_the_simulator_it_ends_as_ab_does(tmp_path: Path) -> None:
    slow = f"{VALIDITY}\nsimulator.warm_latency={{median: 300ms}}"
    load = {"LOAD": "--rate 100 --total 20", "AT_MOST": "1ms", "COMPARE": "--require-verdict"}
    code, verdict = turns(tmp_path, BASE_SET=VALIDITY, NEW_SET=slow, **load)
    assert code == 7, verdict
    assert verdict.startswith("### agent-sandbox-bench: cannot tell") and verdict.count("```") == 2
    assert "differs in simulator.warm_latency.median: base 5ms, new 300ms" in verdict


def test_on_a_cluster_sides_take_turns_and_both_are_compared(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text("load: {rate: 100, total: 20}\n")
    sides = {"BASE": str(file), "BASE_SET": VALIDITY, "NEW_SET": VALIDITY}
    with serving(bench) as served:
        context = yaml.safe_load(served.kubeconfig.read_text())["current-context"]
        env = {"KUBECONFIG": str(served.kubeconfig), "INSTALL": "false", "PAIRS": "2", "LOAD": "--hold 1ms"}
        code, verdict = turns(tmp_path, **sides, CONTEXT=context, **env)
    out = tmp_path / "agent-sandbox-turns"
    assert code in (0, 5), verdict
    assert (out / "compared.html").exists() and verdict.startswith("### agent-sandbox-bench: ")
    began = {run: json.loads((out / run / "summary.json").read_text())["started_at"] for run in
             ("base/run-1", "new/run-1", "new/run-2", "base/run-2")}  # fmt: skip
    assert list(began.values()) == sorted(began.values())


def test_a_run_that_cannot_be_made_ends_it(tmp_path: Path) -> None:
    code, said = turns(tmp_path, CONTEXT="none", INSTALL="false")
    assert code == 2 and said.startswith("error: kubeconfig") and not (tmp_path / "agent-sandbox-turns").exists()
