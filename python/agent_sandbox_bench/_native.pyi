import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, final

from agent_sandbox_bench._result import Result
from agent_sandbox_bench._types import ConfigLike, Progress
from agent_sandbox_bench.typed import (
    ClaimTruth,
    Comparison,
    ConfigDict,
    FaultTruth,
    Findings,
    Installed,
    Removed,
    RequestCount,
    SearchReport,
    SearchStep,
    Status,
)

__all__ = [
    "Cluster",
    "Config",
    "Simulator",
    "Stop",
    "baseline_check",
    "baseline_set",
    "cleanup",
    "compare",
    "config_schema",
    "export",
    "install",
    "main",
    "preflight",
    "preset",
    "report",
    "run",
    "search",
    "status",
    "uninstall",
]

def main(argv: list[str]) -> int: ...
def config_schema() -> dict[str, Any]: ...
def preset(name: str) -> ConfigDict: ...
def run(
    config: Config,
    target: Cluster | None,
    stop: Stop,
    progress: Progress | None,
    force: bool,
    yes: bool,
) -> Result: ...
def search(
    config: Config,
    target: Cluster | None,
    stop: Stop,
    on_step: Callable[[SearchStep], object] | None,
    force: bool,
    yes: bool,
) -> SearchReport: ...
def install(config: Config, target: Cluster | None, migrate: bool) -> Installed: ...
def uninstall(config: Config, target: Cluster | None) -> Removed: ...
def preflight(config: Config, target: Cluster | None) -> Findings: ...
def status(config: Config, target: Cluster | None) -> Status: ...
def compare(
    base: str | os.PathLike[str],
    new: str | os.PathLike[str],
    force: bool,
    html: str | os.PathLike[str] | None,
    margin: str,
    run_spread: str,
) -> Comparison: ...
def baseline_set(folders: list[str | os.PathLike[str]], file: str | os.PathLike[str], force: bool) -> None: ...
def baseline_check(
    folders: list[str | os.PathLike[str]],
    file: str | os.PathLike[str],
    force: bool,
    margin: str,
    run_spread: str,
) -> Comparison: ...
def export(folders: list[str | os.PathLike[str]], to: str, force: bool) -> tuple[str, list[str]]: ...
def report(folder: str | os.PathLike[str], out: str | os.PathLike[str] | None) -> Path: ...
def cleanup(cluster: Cluster, run_id: str | None, namespaces: list[str]) -> list[str]: ...

@final
class Config:
    def __new__(cls, source: ConfigLike | Mapping[str, Any] = None) -> Config: ...
    def to_dict(self) -> dict[str, Any]: ...
    def with_out_dir(self, out_dir: str | os.PathLike[str]) -> Config: ...
    def check_run(self) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Cluster:
    def __new__(cls, context: str | None = None, kubeconfig: str | os.PathLike[str] | None = None) -> Cluster: ...
    @property
    def context(self) -> str | None: ...
    @property
    def kubeconfig(self) -> Path | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Stop:
    def __new__(cls) -> Stop: ...
    def stop(self) -> None: ...

@final
class Simulator:
    def __new__(cls, config: Config) -> Simulator: ...
    def kubeconfig(self) -> str: ...
    def truth(self) -> list[ClaimTruth]: ...
    def faults(self) -> list[FaultTruth]: ...
    def requests(self) -> list[RequestCount]: ...
    def stop(self) -> None: ...
