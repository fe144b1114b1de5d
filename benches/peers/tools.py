"""The tools: how each is run, and where it says what it measured."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from result import Cost, Result, checked, percentile
from served import Served


class Tool(Protocol):
    """A load generator."""

    name: str

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """Claims at `rate` for `seconds`, releasing each claim as it becomes Ready."""
        ...


class Own:
    """The tool whose bench this is."""

    name = "agent-sandbox-bench"

    def __init__(self, command: str) -> None:
        self.command = command

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """Its figures: from sent, as the others count."""
        out = fresh(served.folder / "own")
        options = ["--kubeconfig", str(served.kubeconfig), "--rate", str(rate), "--duration", f"{seconds}s"]
        process, log = start([self.command, "run", *options, "--out", str(out)], served)
        cost = checked(process, log, (0, 3))
        summary = json.loads((out / "summary.json").read_text())
        figures = summary["latency_s"]["time_to_ready_from_sent"]
        apart = sum(summary["outcomes"].values()) / summary["generator"]["cpu_s"]
        note = f"{apart:.0f} claims per CPU-second without start-up and report"
        if not summary["valid"]:
            note += "; invalid: " + ", ".join(summary["invalid_reasons"])
        return result(self.name, served, rate, cost, (figures["p50"], figures["p99"]), note)


class Pkb:
    """The generator of PerfKitBenchmarker's pull request 6740."""

    name = "PKB pull request 6740"

    def __init__(self, script: Path) -> None:
        self.script = script.resolve()

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """64 workers at most, its own default. It waits its timeout out for each claim whose Ready it missed: 20 s."""
        out = served.folder / "pkb.jsonl"
        options = ["--namespace", "default", "--template-name", "agent-sandbox", "--qps", str(rate)]
        options += ["--duration", str(seconds), "--max-concurrent", "64", "--ready-timeout", "20", "--output", str(out)]
        process, log = start([sys.executable, str(self.script), *options], served)
        cost = checked(process, log)
        claims = [json.loads(line) for line in out.read_text().splitlines()]
        times = [c["ready_at"] - c["requested_at"] for c in claims if c.get("ready_at") is not None]
        lost = sum("name" in claim and claim["ready_at"] is None for claim in claims)
        reported = (percentile(times, 0.5), percentile(times, 0.99))
        return result(self.name, served, rate, cost, reported, f"{lost} claims never seen ready" if lost else "")


class Stress:
    """Upstream's test/stress."""

    name = "upstream test/stress"

    def __init__(self, program: Path) -> None:
        self.program = program.resolve()

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """Its sustained phase without dwell, in a namespace and a pool that it makes itself."""
        out = fresh(served.folder / "stress")
        options = ["-phases", "claims-warm-sustained", "-sustained-rate", str(rate), "-sustained-seconds", str(seconds)]
        options += ["-sustained-pool-headroom", f"{max(served.pool // rate, 1)}s", "-claim-dwell", "0s"]
        options += ["-client-connections", "8", "-output-dir", str(out)]
        options += [f"-{name}=false" for name in ("collect-metrics", "profile-apiserver", "profile-controller")]
        process, log = start([str(self.program), *options], served)
        cost = checked(process, log)
        [phase] = json.loads((out / "summary.json").read_text())["phases"]
        ready: dict[str, Any] = phase["latency"]["endToEndReady"]
        note = f"{phase['failed']} failed" if phase["failed"] else ""
        return result(self.name, served, rate, cost, (ready["p50Ms"] / 1e3, ready["p99Ms"] / 1e3), note)


class Floor:
    """The least that these requests and events cost a paced generator: `benches/floor`."""

    name = "floor"

    def __init__(self, program: Path) -> None:
        self.program = program.resolve()

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """It reports no times."""
        process, log = start([str(self.program), served.server, str(rate), str(seconds)], served)
        return result(self.name, served, rate, checked(process, log), (None, None), "")


def start(arguments: list[str], served: Served) -> tuple[subprocess.Popen[bytes], Path]:
    """Starts a tool; what it prints goes to a file."""
    path = served.folder / "log"
    environment = {"KUBECONFIG": str(served.kubeconfig), "PATH": "/usr/bin:/bin", "HOME": str(served.folder)}
    # By this process's PATH, of which the tool gets nothing.
    program = shutil.which(arguments[0]) or arguments[0]
    with path.open("wb") as file:
        return subprocess.Popen([program, *arguments[1:]], stdout=file, stderr=file, env=environment), path


def result(
    tool: str,
    served: Served,
    rate: int,
    cost: Cost,
    reported: tuple[float | None, float | None],
    note: str,
) -> Result:
    """What it cost and reported, beside the truth."""
    truth = served.truth()
    sums = (cost.cpu_s, cost.max_rss_bytes)
    return Result(tool, rate, truth.claims, truth.rate, *sums, truth.p50, truth.p99, *reported, note)


def fresh(folder: Path) -> Path:
    """The path, with nothing there."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
