"""The tools: how each is run, and where it says what it measured."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from result import Cost, Result, checked, ended, percentile
from served import Served

CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"


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
        note = "" if summary["valid"] else "invalid: " + ", ".join(summary["invalid_reasons"])
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


class Raw:
    """The limit: wrk posts and deletes the same bodies as fast as it can, while curl drains the watch."""

    name = "raw limit (wrk + curl)"

    def run(self, served: Served, rate: int, seconds: int) -> Result:
        """`rate` counts for nothing here: wrk knows none."""
        for program in ("wrk", "curl"):
            if shutil.which(program) is None:
                raise RuntimeError(f"--raw needs {program} on PATH")
        watch = f"{served.server}{CLAIMS}?watch=1&resourceVersion=0"
        reader, _ = start(["curl", "--silent", "--no-buffer", "--output", "/dev/null", watch], served, "curl")
        script = str(Path(__file__).with_name("raw.lua"))
        options = ["--threads", "1", "--connections", "8", "--duration", f"{seconds}s", "--script", script]
        process, log = start(["wrk", *options, served.server + CLAIMS], served)
        wrk = checked(process, log)
        reader.terminate()
        read = ended(reader)
        cost = Cost(wrk.cpu_s + read.cpu_s, wrk.max_rss_bytes + read.max_rss_bytes)
        note = f"wrk {wrk.cpu_s:.1f} s, curl {read.cpu_s:.1f} s"
        return result(self.name, served, rate, cost, (None, None), note)


def start(arguments: list[str], served: Served, log: str = "log") -> tuple[subprocess.Popen[bytes], Path]:
    """Starts a tool; what it prints goes to a file."""
    path = served.folder / log
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
