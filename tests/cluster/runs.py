"""Runs on a cluster, and what they leave on it."""

from __future__ import annotations

from cluster.client import Cluster
from conftest import Bench, Finished

KIND = "sandboxclaims.extensions.agents.x-k8s.io"
# The control plane shares this machine with the generator: how late that makes it is another test's subject.
LENIENT = ("--set", "validity.max_schedule_lag_p99=5s", "--set", "validity.min_achieved_ratio=0")
BLIND = ("--set", "validity.max_upper_bound_share=1")


def run(bench: Bench, cluster: Cluster, pool: str, *options: object, timeout: float = 120) -> Finished:
    """A run on a pool of the cluster."""
    where = (*cluster.target, "--namespace", "default", "--warm-pool", pool)
    return bench("run", *where, *LENIENT, *BLIND, *options, timeout=timeout)


def left(cluster: Cluster, finished: Finished) -> list[str]:
    """What a run left on the cluster."""
    label = f"agent-sandbox-bench/run-id={finished.summary['run_id']}"
    return cluster.kubectl("get", KIND, "-A", "-l", label, "-o", "name").split()
