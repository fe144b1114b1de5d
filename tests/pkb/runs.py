"""PKB processes: how they are started, and what they leave."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SIMULATOR = ("--agent_sandbox_target=simulator", "--agent_sandbox_qps=50")


@dataclasses.dataclass
class Outcome:
    """What a PKB process left."""

    returncode: int
    log: str
    samples: list[dict[str, Any]]

    def value(self, metric: str) -> float:
        return next(sample["value"] for sample in self.samples if sample["metric"] == metric)

    @property
    def succeeded(self) -> bool:
        return self.returncode == 0 and "SUCCEEDED" in self.log


@dataclasses.dataclass
class Pkb:
    """Runs PKB; the runs of one object share a folder, and a run_uri where one is given."""

    path: Path
    folder: Path
    start: tuple[str, ...] = (sys.executable, "-m", "agent_sandbox_bench.pkb")

    def __call__(self, *flags: str, benchmark: str = "agent_sandbox") -> Outcome:
        results = self.folder / "samples.json"
        results.unlink(missing_ok=True)
        command = [*self.start, f"--benchmarks={benchmark}", f"--temp_dir={self.folder}", f"--json_path={results}"]
        command += ["--json_write_mode=w", "--collapse_labels=false", "--accept_licenses", *flags]
        search = [str(self.path), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(search)}
        done = subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True, timeout=280)
        lines = results.read_text().splitlines() if results.exists() else []
        return Outcome(done.returncode, done.stdout + done.stderr, [json.loads(line) for line in lines])

    def stages(self, *flags: str, only: str = "provision,prepare,run,cleanup,teardown") -> dict[str, Outcome]:
        """Each stage in a process of its own; ends at one that fails."""
        outcomes = {}
        for stage in only.split(","):
            outcomes[stage] = self("--run_uri=stages", f"--run_stage={stage}", *flags)
            assert outcomes[stage].succeeded, outcomes[stage].log
        return outcomes

    @property
    def run_folder(self) -> Path:
        """The folder of the only PKB run so far."""
        (folder,) = (self.folder / "runs").iterdir()
        return folder
