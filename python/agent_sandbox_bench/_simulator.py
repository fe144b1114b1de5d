"""The embedded simulator, for programs that talk to it themselves."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agent_sandbox_bench import _native
from agent_sandbox_bench._native import Cluster, Config
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    import tempfile

    from agent_sandbox_bench.typed import ClaimTruth, FaultTruth, RequestCount


class Simulator:
    """A Kubernetes API with a model of the agent-sandbox controller, on a free loopback port; a context manager.

    Real clients use it unchanged: ``asb.run(config, target=simulator.cluster)``, or kubectl with its kubeconfig. It has
    threads from entry to exit: fork before, or after.

    Args:
        config: Its ``simulator`` and ``stack`` say what it models and what stands on it.
    """

    def __init__(self, config: ConfigLike = None) -> None:
        self._config = Config(config)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._native: _native.Simulator | None = None

    def __enter__(self) -> Self:
        """Starts it; it serves when this returns."""
        if self._native is not None:
            raise RuntimeError("this simulator runs already, or has ended")
        import tempfile  # a fifth of what this package takes to import

        self._native = _native.Simulator(self._config)
        self._folder = tempfile.TemporaryDirectory(prefix="agent-sandbox-bench-")
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(self._native.kubeconfig())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stops it; its kubeconfig goes, its truth stays."""
        self._started().stop()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file with the one context ``simulator``, as long as it runs."""
        self._started()
        assert self._folder is not None  # noqa: S101 - __enter__ sets both
        return Path(self._folder.name, "kubeconfig")

    @property
    def cluster(self) -> Cluster:
        """It, as a target."""
        return Cluster(kubeconfig=self.kubeconfig)

    def truth(self) -> list[ClaimTruth]:
        """What truly happened to each claim so far, in nanoseconds of ``CLOCK_MONOTONIC``.

        Comparable, on one machine, with ``summary["monotonic_base_ns"]`` plus a claim's ``*_ns``.
        """
        return self._started().truth()

    def faults(self) -> list[FaultTruth]:
        """The faults of the schedule, and how often each hit so far."""
        return self._started().faults()

    def requests(self) -> list[RequestCount]:
        """How many requests each program has sent so far, by verb and resource."""
        return self._started().requests()

    def _started(self) -> _native.Simulator:
        if self._native is None:
            raise RuntimeError("enter the simulator first: with Simulator() as simulator: ...")
        return self._native
