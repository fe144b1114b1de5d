"""What `export --format benchstat` prints, read by benchstat itself; it needs Go, and no cluster."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cluster.build import build
from support.bench import Bench
from support.validity import ONE_PAUSE_HITS_ALL


def test_benchstat_compares_two_sets_of_runs(bench: Bench, tmp_path: Path) -> None:
    files = []
    for version, latency in (("v1", "5ms"), ("v2", "50ms")):
        out = bench(
            *("run", "--repeat", 4, "--rate", 100, "--total", 100, "--label", f"version={version}", "branch=main"),
            *("--set", f"simulator.warm_latency={{median: {latency}}}", *ONE_PAUSE_HITS_ALL),
        ).out
        files.append(tmp_path / f"{version}.txt")
        assert bench("export", "--format", "benchstat", out, "--out", files[-1]).code == 0
    program = build(["benchstat"])["benchstat"]
    done = subprocess.run(
        [program, "-ignore", "version", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "branch: main" in done.stdout and "n=4" in done.stdout
    for unit in ("p50-sec/op", "p99-sec/op", "mean-sec/op", "failed-fraction"):
        assert unit in done.stdout, done.stdout
    [median] = [line for line in done.stdout.split("p90-sec/op")[0].splitlines() if line.startswith("TimeToReady ")]
    assert "+" in median and "p=0.0" in median, "ten times slower"
