"""PKB processes: how they are started, and what they leave."""

import dataclasses
import json
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

SIMULATOR = ("--agent_sandbox_target=simulator", "--agent_sandbox_qps=50")
SECONDS = 600

FORKS = multiprocessing.get_context("forkserver")


@dataclasses.dataclass
class Outcome:
    """What a PKB process left."""

    returncode: int
    log: str
    samples: list[dict[str, Any]]

    def sample(self, metric: str) -> dict[str, Any]:
        return next(sample for sample in self.samples if sample["metric"] == metric)

    def value(self, metric: str) -> float:
        return float(self.sample(metric)["value"])

    def metadata(self, metric: str) -> dict[str, Any]:
        return dict(self.sample(metric)["metadata"])

    @property
    def succeeded(self) -> bool:
        return self.returncode == 0 and "SUCCEEDED" in self.log


def become_pkb(arguments: list[str], folder: Path, log: Path) -> None:
    """What `python -m agent_sandbox_bench.pkb` does, in a process that is a fork of one that has imported PKB."""
    multiprocessing.set_start_method("fork", force=True)  # as PKB finds it
    os.setpgid(0, 0)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(folder)
    sys.argv = ["pkb", *arguments]
    runpy.run_module("agent_sandbox_bench.pkb", run_name="__main__", alter_sys=True)


@dataclasses.dataclass
class Pkb:
    """Runs PKB; the runs of one object share a folder, and a run_uri where one is given.

    Each run is a process of its own. Importing PKB takes seconds: without `start`, a process is a fork of one that did.
    """

    path: Path
    folder: Path
    start: tuple[str, ...] = ()

    def __call__(self, *flags: str, benchmark: str = "agent_sandbox") -> Outcome:
        self.results.unlink(missing_ok=True)
        arguments = self._arguments(flags, benchmark)
        returncode = self._anew(arguments) if self.start else self._forked(arguments)
        lines = self.results.read_text().splitlines() if self.results.exists() else []
        return Outcome(returncode, self._log.read_text(), [json.loads(line) for line in lines])

    def running(self, *flags: str, benchmark: str = "agent_sandbox") -> AbstractContextManager[ForkServerProcess]:
        """PKB in a process group of its own, which ends with the context."""
        return self._fork(self._arguments(flags, benchmark))

    @property
    def results(self) -> Path:
        """Where PKB's JSON writer writes."""
        return self.folder / "samples.json"

    def stages(
        self,
        *flags: str,
        only: str = "provision,prepare,run,cleanup,teardown",
        benchmark: str = "agent_sandbox",
    ) -> dict[str, Outcome]:
        """Each stage in a process of its own; ends at one that fails."""
        outcomes = {}
        for stage in only.split(","):
            outcomes[stage] = self("--run_uri=stages", f"--run_stage={stage}", *flags, benchmark=benchmark)
            assert outcomes[stage].succeeded, outcomes[stage].log
        return outcomes

    @property
    def run_folder(self) -> Path:
        """The folder of the only PKB run so far."""
        (folder,) = (self.folder / "runs").iterdir()
        return folder

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _arguments(self, flags: tuple[str, ...], benchmark: str) -> list[str]:
        where = [f"--temp_dir={self.folder}", f"--json_path={self.results}"]
        how = ["--json_write_mode=w", "--collapse_labels=false", "--accept_licenses"]
        return [f"--benchmarks={benchmark}", *where, *how, *flags]

    def _forked(self, arguments: list[str]) -> int:
        with self._fork(arguments) as process:
            process.join(SECONDS)
            assert process.exitcode is not None, f"not within {SECONDS} s"
            return process.exitcode

    @contextmanager
    def _fork(self, arguments: list[str]) -> Iterator[ForkServerProcess]:
        self.folder.mkdir(parents=True, exist_ok=True)
        process = FORKS.Process(target=become_pkb, args=(arguments, self.path, self._log))
        process.start()
        try:
            yield process
        finally:
            if process.is_alive() and process.pid:
                os.killpg(process.pid, signal.SIGKILL)
            process.join()

    def _anew(self, arguments: list[str]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        search = [str(self.path), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(search)}
        with self._log.open("wb") as log:
            command = [*self.start, *arguments]
            done = subprocess.run(
                command, cwd=self.path, env=environment, stdout=log, stderr=subprocess.STDOUT, timeout=SECONDS
            )
        return done.returncode
