"""Runs on a cluster, and what they leave on it; and runs of a real controller on the simulator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cluster.client import Cluster
from cluster.manifests import sandbox_folder
from support.bench import Bench, Finished, sets
from support.validity import ONE_PAUSE_HITS_ALL

KIND = "sandboxclaims.extensions.agents.x-k8s.io"
MANIFESTS = {"simulator.controller.manifests": str(sandbox_folder("agent-sandbox"))}


def run(bench: Bench, cluster: Cluster, pool: str, *options: object, timeout: float = 120) -> Finished:
    """A run of a few claims on a pool of the cluster, whose control plane may share this machine."""
    where = (*cluster.target, "--namespace", "default", "--warm-pool", pool)
    return bench("run", *where, *ONE_PAUSE_HITS_ALL, *options, timeout=timeout)


def run_controller(bench: Bench, program: Path, *options: object, timeout: float = 120) -> Finished:
    """A run on the simulator with that program as the controller."""
    words = (*sets(MANIFESTS), *ONE_PAUSE_HITS_ALL, *options)
    return bench("run", "--controller", program, *words, timeout=timeout)


def left(cluster: Cluster, finished: Finished) -> list[str]:
    """What a run left on the cluster."""
    label = f"agent-sandbox-bench/run-id={finished.summary['run_id']}"
    return cluster.kubectl("get", KIND, "-A", "-l", label, "-o", "name").split()


def nanoseconds(time: str) -> int:
    """An RFC 3339 time of up to nanoseconds, since 1970."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
    return whole * 10**9 + int(fraction.ljust(9, "0") or 0)
