"""Simulators in a process of their own: clusters like any other to the command under test."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from support.api import Api
from support.bench import Bench, sets
from support.stack import Stack
from support.waiting import until


@dataclass
class Served:
    """A simulator that serves."""

    kubeconfig: Path
    truth: Path
    process: subprocess.Popen[str]
    said: str = ""
    """All that it printed, once it has ended."""

    @cached_property
    def api(self) -> Api:
        """Its API, to its administrator."""
        return Api.from_kubeconfig(self.kubeconfig)

    @property
    def target(self) -> list[str]:
        """The options that name it."""
        return ["--kubeconfig", str(self.kubeconfig)]

    @property
    def stack(self) -> Stack:
        """What stands in its namespace `default`."""
        return Stack(self.api, "default")

    def lines(self, key: str) -> list[dict[str, Any]]:
        """The lines of its truth that have `key`: a claim's once it is deleted, a fault's at the end."""
        lines = [json.loads(line) for line in self.truth.read_text().splitlines()]
        return [line for line in lines if key in line]

    def stop(self) -> None:
        """Ends it; a paused one goes on first."""
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGTERM)
        self.said = "".join(self.process.communicate(timeout=20))


@contextmanager
def serving(bench: Bench, settings: Mapping[str, object] | None = None, *words: object) -> Iterator[Served]:
    """A simulator for the length of a `with`, all of its truth written afterwards. It must not end before."""
    folder = bench.folder / f"simulator-{len(bench.started)}"
    folder.mkdir()
    kubeconfig, truth = folder / "kubeconfig", folder / "truth.jsonl"
    files = ("--kubeconfig-out", kubeconfig, "--truth-out", truth)
    process = bench.start("simulate", *files, *sets(settings or {}), *words)
    served = Served(kubeconfig, truth, process)
    try:
        until(lambda: kubeconfig.exists() or process.poll() is not None, 20, "the simulator's kubeconfig")
        assert process.poll() is None, process.communicate()
        yield served
        assert process.poll() is None, "it ended by itself"
    finally:
        served.stop()
    assert process.returncode == 0 and "panicked" not in served.said, served.said
