"""Runs on a cluster, and what they leave on it."""

from __future__ import annotations

from cluster.client import Cluster
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL

KIND = "sandboxclaims.extensions.agents.x-k8s.io"


def run(bench: Bench, cluster: Cluster, pool: str, *options: object, timeout: float = 120) -> Finished:
    """A run of a few claims on a pool of the cluster, whose control plane may share this machine."""
    where = (*cluster.target, "--namespace", "default", "--warm-pool", pool)
    return bench("run", *where, *ONE_PAUSE_HITS_ALL, *options, timeout=timeout)


def left(cluster: Cluster, finished: Finished) -> list[str]:
    """What a run left on the cluster."""
    label = f"agent-sandbox-bench/run-id={finished.summary['run_id']}"
    return cluster.kubectl("get", KIND, "-A", "-l", label, "-o", "name").split()
