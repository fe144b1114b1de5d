"""Clients of simulators and of a cluster."""

from __future__ import annotations

import agent_sandbox_bench as asb
import pytest
from kubernetes.config import new_client_from_config
from sandboxes import Sandboxes


@pytest.fixture
def sandboxes(agent_sandbox_simulator_session: asb.Simulator) -> Sandboxes:
    """Sandboxes of the simulator that all tests share: it starts once."""
    return Sandboxes(new_client_from_config(str(agent_sandbox_simulator_session.kubeconfig)))


@pytest.fixture
def own_sandboxes(agent_sandbox_simulator: asb.Simulator) -> Sandboxes:
    """Sandboxes of a simulator of the test's own, with the faults of its marks."""
    return Sandboxes(new_client_from_config(str(agent_sandbox_simulator.kubeconfig)))
