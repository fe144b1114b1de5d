"""The projects in examples/ work as they are: a copy of each runs its own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROXIES = {"http_proxy", "https_proxy", "all_proxy"}  # its client would ask them for what is on this machine


@pytest.mark.parametrize("project", sorted(path.name for path in (ROOT / "examples").iterdir()))
def test_an_example_passes_its_tests_without_a_cluster(project: str, tmp_path: Path) -> None:
    pytest.importorskip("kubernetes", reason="kubernetes is not installed")
    folder = shutil.copytree(ROOT / "examples" / project, tmp_path / project)
    environment = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    command = [sys.executable, "-m", "pytest", "-rs", "--durations", "0"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    [started_s] = re.findall(r"([0-9.]+)s setup +tests/test_sandboxes.py::test_a_sandbox_is_taken", done.stdout)
    assert float(started_s) < 20, "the session's simulator takes below 2 s, if the machine has nothing else to do"
    assert "6 passed, 1 skipped" in done.stdout and "no cluster is named" in done.stdout, done.stdout
