"""The client, without a cluster."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.testing import Benchmark
from sandboxes import NotReadyError, Sandboxes


def deleted(simulator: asb.Simulator) -> list[bool]:
    """For each claim that the simulator has seen, whether it is deleted."""
    return [claim["deleted_ns"] is not None for claim in simulator.truth()]


def take(sandboxes: Sandboxes) -> str:
    with sandboxes.taken() as name:
        return name


def test_a_sandbox_is_taken_and_given_back(
    sandboxes: Sandboxes, agent_sandbox_simulator_session: asb.Simulator
) -> None:
    with sandboxes.taken() as name:
        assert name
        assert deleted(agent_sandbox_simulator_session)[-1] is False
    assert deleted(agent_sandbox_simulator_session)[-1] is True


def test_a_failing_user_gives_its_sandbox_back(
    sandboxes: Sandboxes, agent_sandbox_simulator_session: asb.Simulator
) -> None:
    with pytest.raises(ZeroDivisionError), sandboxes.taken():
        raise ZeroDivisionError
    assert all(deleted(agent_sandbox_simulator_session))


def test_many_at_once_get_different_sandboxes(own_sandboxes: Sandboxes) -> None:
    with ThreadPoolExecutor(10) as threads:
        names = list(threads.map(lambda _: take(own_sandboxes), range(50)))
    assert len(set(names)) == 50


@pytest.mark.agent_sandbox_faults({"kind": "controller_pause", "at": "0s", "for": "1h"})
def test_a_claim_that_is_not_ready_in_time_is_deleted(
    own_sandboxes: Sandboxes, agent_sandbox_simulator: asb.Simulator
) -> None:
    with pytest.raises(NotReadyError, match="agent-sandbox"), own_sandboxes.taken(timeout_s=1):
        pytest.fail("the controller stands still")
    assert deleted(agent_sandbox_simulator) == [True]


@pytest.mark.agent_sandbox_faults({"kind": "too_many_requests", "at": "0s", "for": "3s"})
def test_a_busy_server_is_asked_again(own_sandboxes: Sandboxes, agent_sandbox_simulator: asb.Simulator) -> None:
    assert take(own_sandboxes)
    [fault] = agent_sandbox_simulator.faults()
    assert fault["hits"] > 0


@pytest.mark.agent_sandbox_config({"simulator": {"warm_latency": {"distribution": "constant", "median": "2s"}}})
@pytest.mark.agent_sandbox_faults(*({"kind": "watch_drop", "at": f"{second}s"} for second in range(1, 20)))
def test_a_lost_watch_is_opened_again(own_sandboxes: Sandboxes, agent_sandbox_simulator: asb.Simulator) -> None:
    assert take(own_sandboxes)
    assert sum(fault["hits"] for fault in agent_sandbox_simulator.faults()) > 0


def test_the_cluster_is_quick_enough(agent_sandbox_cluster: asb.Cluster, agent_sandbox_benchmark: Benchmark) -> None:
    result = agent_sandbox_benchmark(target=agent_sandbox_cluster, rate=2, duration="60s")
    result.assert_below("time_to_ready.p90", "2s")
