"""What all tests share: the command under test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Tests judge what a run does, not how fast a shared machine is: lateness of the generator must not fail them.
LENIENT = ("--set", "validity={max_schedule_lag_p99: 60s, min_achieved_ratio: 0.0, max_upper_bound_share: 1.0}")


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str
    out: Path

    @property
    def summary(self) -> dict[str, Any]:
        """The run's summary.json."""
        summary: dict[str, Any] = json.loads((self.out / "summary.json").read_text())
        return summary

    @property
    def claims(self) -> list[dict[str, Any]]:
        """The run's claims, by index."""
        lines = (self.out / "claims.jsonl").read_text().splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda claim: int(claim["index"]))


class Bench:
    """The command `agent-sandbox-bench`, run in a folder of its own."""

    def __init__(self, command: str, folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.runs = 0
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts it; the caller waits."""
        process = subprocess.Popen(
            [self.command, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.folder,
            env={**os.environ, **(env or {})},
        )
        self.started.append(process)
        return process

    def __call__(self, *arguments: object, timeout: float = 60, env: dict[str, str] | None = None) -> Finished:
        """Runs it to its end, at most `timeout` seconds; `run` gets a results folder of its own."""
        out = self.out()
        arguments = (*arguments, "--out", out) if arguments[0] == "run" and "--out" not in arguments else arguments
        process = self.start(*arguments, env=env)
        return self.finish(process, out, timeout)

    def out(self) -> Path:
        """A folder for the next results; not made."""
        self.runs += 1
        return self.folder / f"results-{self.runs}"

    def finish(self, process: subprocess.Popen[str], out: Path, timeout: float = 60) -> Finished:
        """Waits for a started command's end."""
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            raise
        return Finished(process.returncode, stdout, stderr, out)

    def end(self) -> None:
        """Ends what a failed test left running, so that no other test fails of it."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The command under test: `$AGENT_SANDBOX_BENCH`, else the one on PATH."""
    command = os.environ.get("AGENT_SANDBOX_BENCH") or shutil.which("agent-sandbox-bench")
    assert command, "agent-sandbox-bench is not on PATH: install the package, or set AGENT_SANDBOX_BENCH"
    bench = Bench(command, tmp_path)
    yield bench
    bench.end()


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Waits until `condition` holds; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without a kubeconfig."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return home
