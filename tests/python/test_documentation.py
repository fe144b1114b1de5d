"""Every command, Python example and configuration of README.md and docs/ runs as written.

Contexts that the pages name all lead to one simulator.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
import yaml
from support.pages import PAGES, Block, blocks
from support.validity import ONE_PAUSE_HITS_ALL, PAUSED

CONTEXTS = ("my-cluster", "kind-bench")
# Not run here, and why.
ELSEWHERE = {
    "pip install": "the package is installed already; .ci/run and the package session install it",
    "nox": "this is a session of nox",
    "kind": "makes a cluster; the workflow `cluster` does",
    "kubectl": "may not be on this machine; the workflow `cluster` has it",
    "git clone": "needs the network",
    "python3.12 -m venv": "an environment for PerfKitBenchmarker; the pkb session has one",
    "source": "enters that environment",
    "cd pkb": "a checkout of PerfKitBenchmarker; tests/pkb have one",
    "python -m agent_sandbox_bench.pkb": "needs PerfKitBenchmarker; tests/pkb run it",
    "./pkb.py": "is PerfKitBenchmarker's; tests/pkb run it",
    "agent-sandbox-bench pkb-shim": "needs a checkout of PerfKitBenchmarker; tests/pkb run it",
    "docker": "may not be on this machine; the workflow `wheels` builds the image",
    "pytest": "its tests are beside it on the page, and run as such",
    "curl": "needs a Pushgateway",
    "bq": "needs an account of BigQuery",
    "bencher": "needs an account of Bencher",
    "otava": "is a package of its own",
    "benchstat": "is built with Go; tests/cluster run it",
    "go build": "needs Go, and the checkout",
    "agent-sandbox/controller": "is agent-sandbox's own; tests/cluster run it",
    "agent-sandbox-bench ab --base-set simulator.controller": "needs that program",
    "agent-sandbox-bench run --controller": "needs that program; tests/cluster run it",
    "agent-sandbox-bench install": "fetches manifests from the network",
    "agent-sandbox-bench uninstall": "undoes the install that is not run here",
}
# As written, but for what is the machine's: a generator that shares it may be late, and of two runs one may be slower.
# The default duration is not waited for.
PRELUDE = f"""set -euo pipefail
agent-sandbox-bench() {{
  local words=("$@")
  if [[ $1 == @(run|search|ab|sweep) ]]; then words+=({shlex.join(ONE_PAUSE_HITS_ALL)}); fi
  if [[ $* == run ]]; then words+=(--duration 2s); fi
  if (( BASHPID != $$ )); then exec agent-sandbox-bench "${{words[@]}}"; fi # for `kill %1`
  command agent-sandbox-bench "${{words[@]}}" || [[ $1 == @(compare|ab|baseline) && $? == 5 ]]
}}
"""


def commands(block: Block) -> list[str]:
    """What follows the prompts, lines that a backslash continues joined, without what runs elsewhere."""
    joined = re.sub(r"\\\n\s*(> )?", "", block.text)
    lines = [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]
    return [line for line in lines if not line.startswith(tuple(ELSEWHERE))]


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kubeconfig in which every context of the pages is a simulator."""
    with asb.Simulator({"simulator": {"seed": 1}}) as simulator:
        config = yaml.safe_load(simulator.kubeconfig.read_text())
        [context] = config["contexts"]
        config["contexts"] = [{**context, "name": name} for name in CONTEXTS]
        config["current-context"] = "nobody-named-this"
        path = tmp_path_factory.mktemp("kube") / "config"
        path.write_text(yaml.safe_dump(config))
        yield path


@pytest.fixture
def environment(kubeconfig: Path) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(kubeconfig)}


# As PRELUDE.
CONFTEST = f"""
import pytest


@pytest.fixture
def agent_sandbox_benchmark(agent_sandbox_benchmark):
    return lambda **load: agent_sandbox_benchmark({{"validity": {PAUSED}}}, **load)
"""


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Runs to the end, at most two minutes; fails with what was said."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("block", [block for block in blocks("console") if commands(block)], ids=str)
def test_commands_run(block: Block, tmp_path: Path, environment: dict[str, str]) -> None:
    run(["bash", "-c", PRELUDE + "\n".join(commands(block))], tmp_path, environment)


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block: Block, tmp_path: Path, environment: dict[str, str]) -> None:
    for library in ("pandas", "polars"):
        if f"to_{library}()" in block.text:
            pytest.importorskip(library, reason=f"{library} is not installed")
    if "def test_" not in block.text:
        run([sys.executable, "-c", block.text], tmp_path, environment)
        return
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_page.py").write_text(block.text)
    run([sys.executable, "-m", "pytest", "--strict-markers"], tmp_path, environment)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml_is_accepted(block: Block, tmp_path: Path, environment: dict[str, str]) -> None:
    """Manifests by the simulator's API, where kubectl is there; all else is a configuration."""
    if "apiVersion:" not in block.text:
        asb.Config(yaml.safe_load(block.text))
        return
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not on this machine")
    tmp_path.joinpath("objects.yaml").write_text(block.text)
    apply = [kubectl, "--context", CONTEXTS[0], "apply", "--server-side", "--force-conflicts"]
    run([*apply, "--validate=false", "--filename", "objects.yaml"], tmp_path, environment)


def test_pages_link_to_what_is_there() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken
