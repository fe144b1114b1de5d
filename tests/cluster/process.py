"""A program that a test started, and that ends with the test."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


class DiedError(Exception):
    """A program ended that should be running; carries the end of its log."""


class Process:
    """A program in a process group of its own, its output in `log`; can be started again after a stop."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.environment = os.environ | dict(environment or {})
        self.pids: list[int] = []
        """Of every start, also of those that have ended."""
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it. From the main thread only: what a thread starts, the kernel ends with that thread."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self.name}: start it from the main thread")
        assert not self.running, f"{self.name} is running"
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        self.pids.append(self._running.pid)

    def stop(self, how: signal.Signals = signal.SIGKILL, seconds: float = 10) -> None:
        """Ends it and waits; what `how` has not ended after `seconds` is killed. Nothing happens if it has ended."""
        process, self._running = self._running, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, how)
        os.killpg(process.pid, signal.SIGCONT)  # a paused one would never see the signal
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def pause(self) -> None:
        """Stops its clock: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        self._signal(signal.SIGCONT)

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and self._running.poll() is None

    def check(self) -> None:
        """Raises DiedError if it was started and ended by itself."""
        if self._running is not None and self._running.poll() is not None:
            raise DiedError(f"{self.name} ended with {self._running.returncode}\n{self.tail()}")

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        if not self.log.exists():
            return f"--- {self.name}: no log"
        last = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join([f"--- {self.name}, the end of {self.log}:", *(line[:400] for line in last)])

    def _signal(self, which: signal.Signals) -> None:
        assert self._running is not None, f"{self.name} is not running"
        os.killpg(self._running.pid, which)


def die_with_parent() -> None:
    """Has the kernel kill this new process when the test process ends, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
