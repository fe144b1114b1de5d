"""Tests on a real Kubernetes: the one started here, or the user's own (--kubeconfig FILE --context NAME)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.client import Cluster, KubectlError
from cluster.control_plane import ControlPlane
from support.waiting import until

POOL = "bench"
COLD_POOL = "cold"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cluster", "a cluster of your own, with agent-sandbox installed")
    group.addoption("--kubeconfig", type=Path, help="its kubeconfig; default: $KUBECONFIG, if --context is given")
    group.addoption("--context", help="its context; default: the file's current one")
    replicas = "of the warm pool that the tests make (default 110: a slow refill makes none of 100 claims cold)"
    group.addoption("--pool-replicas", type=int, default=110, help=replicas)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster under test."""
    kubeconfig, context = (request.config.getoption(name) for name in ("--kubeconfig", "--context"))
    if kubeconfig or context:
        default = os.environ.get("KUBECONFIG") or "~/.kube/config"
        yield Cluster((kubeconfig or Path(default)).expanduser().absolute(), context)
        return
    before = signal.signal(signal.SIGTERM, interrupt)  # so that a terminated pytest stops what it started
    try:
        with ControlPlane() as started:
            yield started
    finally:
        signal.signal(signal.SIGTERM, before)


def interrupt(*_: object) -> None:
    """What SIGTERM does: the same as Ctrl-C."""
    raise KeyboardInterrupt


@pytest.fixture
def control_plane(cluster: Cluster) -> Iterator[ControlPlane]:
    """The cluster, where the test may also hurt it."""
    if not isinstance(cluster, ControlPlane):
        pytest.skip("this test stops parts of the cluster, or needs its accounts: only on the one started here")
    yield cluster
    cluster.check()


@pytest.fixture(scope="session")
def bench_pool(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A warm pool; one of that name that is already there is used as it is, and stays."""
    yield from made_pool(cluster, POOL, request.config.getoption("--pool-replicas"))


@pytest.fixture
def pool(cluster: Cluster, bench_pool: str) -> str:
    """The name of the warm pool, full."""
    until(lambda: cluster.pool_is_full(bench_pool), 120, f"pool {bench_pool} is full", lambda: cluster.pods("default"))
    return bench_pool


@pytest.fixture(scope="session")
def cold_pool(cluster: Cluster) -> Iterator[str]:
    """The name of a pool that holds nothing."""
    yield from made_pool(cluster, COLD_POOL, 0)


def made_pool(cluster: Cluster, name: str, replicas: int) -> Iterator[str]:
    """Makes a pool for as long as it is used."""
    try:
        cluster.kubectl("get", "sandboxwarmpools.extensions.agents.x-k8s.io", name)
    except KubectlError:
        cluster.apply_template_and_pool(name, replicas=replicas)
        yield name
        cluster.delete_template_and_pool(name)
    else:
        yield name
