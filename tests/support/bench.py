"""The command under test, and what it leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


def program() -> str:
    """The command under test: `$AGENT_SANDBOX_BENCH`, else the one on PATH."""
    found = os.environ.get("AGENT_SANDBOX_BENCH") or shutil.which("agent-sandbox-bench")
    assert found, "agent-sandbox-bench is not on PATH: install the package, or set AGENT_SANDBOX_BENCH"
    return found


def sets(settings: Mapping[str, object]) -> list[str]:
    """Settings as options of the command: `--set NAME=VALUE` each. Mappings and lists are written as JSON."""
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
    return [word for name, value in written.items() for word in ("--set", f"{name}={value}")]


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

    @property
    def verdict(self) -> str:
        """The first line that a run prints."""
        return self.stderr.split("\n", 1)[0]


def run_id(out: Path) -> str:
    """The id of the run that writes, or wrote, to that folder."""
    return str(yaml.safe_load((out / "config.yaml").read_text())["run_id"])


class Bench:
    """The command `agent-sandbox-bench`, run in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.command = program()
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
            self.kill(process)
            raise
        return Finished(process.returncode, stdout, stderr, out)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kills a started command, as `kill -9` does."""
        process.kill()
        process.communicate()

    def end(self) -> None:
        """Ends what a failed test left running, so that no other test fails of it."""
        for process in self.started:
            self.kill(process)
