import os
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any, Generic, Never, TypedDict, TypeVar, final, type_check_only

from agent_sandbox_bench._types import ConfigLike
from agent_sandbox_bench.typed import (
    AbReport,
    AbRun,
    ClaimTruth,
    Comparison,
    ConfigDict,
    FaultTruth,
    Findings,
    HistoryReport,
    Installed,
    Removed,
    RequestCount,
    RunProgress,
    SearchReport,
    SearchStep,
    Status,
    Summary,
    SweepPoint,
    SweepReport,
)

_T = TypeVar("_T")
_Told = TypeVar("_Told")

__all__ = [
    "Call",
    "Cluster",
    "Config",
    "Simulator",
    "ab",
    "baseline_check",
    "baseline_set",
    "cleanup",
    "compare",
    "config_schema",
    "export",
    "history",
    "install",
    "main",
    "preflight",
    "preset",
    "report",
    "run",
    "search",
    "status",
    "sweep",
    "uninstall",
]

def main(argv: list[str]) -> int: ...
def config_schema() -> dict[str, Any]: ...
def preset(name: str) -> ConfigDict: ...
def run(config: Config, target: Cluster | None, follow: bool, force: bool, yes: bool) -> Call[Done, RunProgress]: ...
def search(config: Config, target: Cluster | None, force: bool, yes: bool) -> Call[SearchReport, SearchStep]: ...
def ab(
    base: Config,
    new: Config,
    target: Cluster | None,
    at_most: str,
    calibrate: bool,
    force: bool,
    yes: bool,
    margin: str,
    run_spread: str,
) -> Call[AbReport, AbRun]: ...
def sweep(
    config: Config, grid: Mapping[str, Any], figures: list[str], target: Cluster | None, force: bool, yes: bool
) -> Call[SweepReport, SweepPoint]: ...
def install(config: Config, target: Cluster | None, migrate: bool) -> Call[Installed, Never]: ...
def uninstall(config: Config, target: Cluster | None) -> Call[Removed, Never]: ...
def preflight(config: Config, target: Cluster | None) -> Call[Findings, Never]: ...
def status(config: Config, target: Cluster | None) -> Call[Status, Never]: ...
def compare(
    base: str | os.PathLike[str],
    new: str | os.PathLike[str],
    force: bool,
    html: str | os.PathLike[str] | None,
    margin: str,
    run_spread: str,
) -> Call[Comparison, Never]: ...
def baseline_set(
    folders: list[str | os.PathLike[str]], file: str | os.PathLike[str], force: bool
) -> Call[None, Never]: ...
def baseline_check(
    folders: list[str | os.PathLike[str]],
    file: str | os.PathLike[str],
    force: bool,
    margin: str,
    run_spread: str,
) -> Call[Comparison, Never]: ...
def export(folders: list[str | os.PathLike[str]], to: str, force: bool) -> Call[tuple[str, list[str]], Never]: ...
def history(
    folders: list[str | os.PathLike[str]], figure: str, by: str | None, out: str | os.PathLike[str] | None
) -> Call[HistoryReport, Never]: ...
def report(folder: str | os.PathLike[str], out: str | os.PathLike[str] | None) -> Call[None, Never]: ...
def cleanup(cluster: Cluster, run_id: str | None, namespaces: list[str]) -> Call[list[str], Never]: ...

@type_check_only
class Done(TypedDict):
    summary: Summary
    out_dir: str

@final
class Call(Generic[_T, _Told]):
    def stop(self) -> None: ...
    def is_over(self) -> bool: ...
    def wait(self, seen: int | None = None) -> None: ...
    def future(self, seen: int | None = None) -> Awaitable[object]: ...
    def told(self, seen: int) -> tuple[int, list[_Told]]: ...
    def result(self) -> _T: ...
    def out_dir(self) -> Path | None: ...

@final
class Config:
    def __new__(cls, source: ConfigLike | Mapping[str, Any] = None) -> Config: ...
    def to_dict(self) -> dict[str, Any]: ...
    def with_out_dir(self, out_dir: str | os.PathLike[str]) -> Config: ...
    def check_run(self) -> None: ...
    def __reduce__(self) -> tuple[type[Config], tuple[dict[str, Any]]]: ...
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
class Simulator:
    def __new__(cls, config: Config) -> Simulator: ...
    def kubeconfig(self) -> str: ...
    def truth(self) -> list[ClaimTruth]: ...
    def faults(self) -> list[FaultTruth]: ...
    def requests(self) -> list[RequestCount]: ...
    def stop(self) -> None: ...
