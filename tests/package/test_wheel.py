"""The wheel as users get it: what it holds, and that it runs from anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from support.validity import ONE_PAUSE_HITS_ALL

ROOT = Path(__file__).parents[2]


def python(installed: Path, code: str, folder: Path) -> str:
    """What `code` prints in the clean environment."""
    done = subprocess.run([installed / "python", "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_it_holds_types_license_and_plugin(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("py.typed", "_native.pyi", "pkb/__init__.py"):
        assert f"agent_sandbox_bench/{part}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_it_is_below_8_mb(wheel: Path) -> None:
    assert wheel.stat().st_size < 8_000_000


def test_one_wheel_serves_every_python_from_3_11_on(wheel: Path) -> None:
    assert "-cp311-abi3-" in wheel.name


def test_its_version_is_the_crates_and_it_needs_nothing(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = archive.read(name).decode()
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    assert f"\nVersion: {version}\n" in metadata
    needs = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert not needs


@pytest.mark.parametrize("start", [["agent-sandbox-bench"], ["python", "-m", "agent_sandbox_bench"]])
def test_it_runs_from_another_folder(installed: Path, tmp_path: Path, start: list[str]) -> None:
    load = ("run", "--rate", "50", "--total", "20", "--output", "json", *ONE_PAUSE_HITS_ALL)
    command = [str(installed / start[0]), *start[1:], *load]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert sum(summary["outcomes"].values()) == 20
    assert (tmp_path / f"asb-{summary['run_id']}" / "claims.jsonl").is_file()


def test_import_is_quick_and_starts_no_thread(installed: Path, tmp_path: Path) -> None:
    code = """if True:
        import sys, time
        began = time.process_time()
        from agent_sandbox_bench import run
        took = time.process_time() - began
        import os
        print(took, len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1)
    """
    measured = [python(installed, code, tmp_path).split() for _ in range(10)]
    # Processor time, the least of ten: the machine may have other work.
    assert min(float(took) for took, _ in measured) < 0.1
    assert {threads for _, threads in measured} == {"1"}


def test_it_is_typed_from_outside(installed: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("user.py").write_text(
        "import agent_sandbox_bench as asb\n"
        "result = asb.run({'load': {'rate': 5}}, target=asb.Cluster(context='mine'))\n"
        "reveal_type(result.valid)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(installed / "python"), "user.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert 'Revealed type is "bool"' in done.stdout
