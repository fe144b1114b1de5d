"""Tests on one real node, made here: pods run, under runc and under gVisor."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from cluster.conftest import interrupt
from node import cgroups
from node.real_node import CannotError, RealNode
from node.traces import Traces, processes


@pytest.fixture(scope="session")
def real_node() -> Iterator[RealNode]:
    """The node, without agent-sandbox. Nothing of it may stay, with whatever the tests left running on it."""
    handler, traces = signal.signal(signal.SIGTERM, interrupt), Traces.now()
    try:
        with RealNode() as started:
            yield started
    except CannotError as error:
        pytest.skip(str(error))
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert not processes(started.folder)
    assert not started.folder.exists()
    assert Traces.now() == traces
    assert not cgroups.left()


@pytest.fixture(scope="session")
def stack(real_node: RealNode) -> RealNode:
    """The node, with agent-sandbox as its release ships it."""
    real_node.install_stack()
    return real_node
