"""The projects in examples/ work as they are: a copy of each runs its own tests."""

from __future__ import annotations

import os
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
    assert "6 passed, 1 skipped" in done.stdout and "no cluster is named" in done.stdout, done.stdout
