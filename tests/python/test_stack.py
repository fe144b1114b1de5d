"""`asb.status`, `asb.install` and `asb.uninstall` on the simulator, whose stack is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import ConfigDict, Findings, Installed, Removed, Status
from support.typed import misfits
from support.waiting import until

MANIFESTS = Path(__file__).parents[2] / "fuzz/corpus/manifests/whole.yaml"
USE_WHAT_STANDS: ConfigDict = {"stack": {"controller": {"install": False}, "gvisor": "none"}}


@pytest.fixture
def simulator() -> Iterator[asb.Simulator]:
    """One whose pool is full."""
    with asb.Simulator() as running:
        until(lambda: bool(asb.status(target=running.cluster)["ready"]), 20, "a full pool")
        yield running


def test_status_names_the_parts_and_their_owner(simulator: asb.Simulator) -> None:
    status = asb.status(target=simulator.cluster)
    assert status["ready"] is True, status
    assert status["problems"] == [] == misfits(status, Status)
    assert {part["part"] for part in status["parts"]} >= {"API", "controller", "template", "pool"}
    assert {part["owner"] for part in status["parts"]} == {"somebody else"}
    assert asyncio.run(asb.status_async(target=simulator.cluster)) == status


def test_what_is_missing_is_a_finding_and_no_error() -> None:
    with asb.Simulator({"simulator": {"empty": True}}) as simulator:
        status = asb.status(target=simulator.cluster)
    assert status["ready"] is False
    assert status["problems"]


def test_somebody_elses_stack_is_neither_replaced_nor_removed(simulator: asb.Simulator) -> None:
    before = asb.status(target=simulator.cluster)
    with pytest.raises(asb.StackError, match="belongs to somebody else"):
        asb.install(USE_WHAT_STANDS, target=simulator.cluster)
    removed = asb.uninstall(target=simulator.cluster)
    assert removed["objects"] == [] == misfits(removed, Removed)
    assert asb.status(target=simulator.cluster) == before


def test_what_was_installed_is_removed(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS.read_text())
    config: ConfigDict = {"stack": {"manifest_ref": str(tmp_path), "gvisor": "none"}}
    with asb.Simulator({"simulator": {"empty": True}}) as simulator:
        installed = asb.install(config, target=simulator.cluster)
        removed = asb.uninstall(target=simulator.cluster)
    assert installed["manifest_ref"] == str(tmp_path) and removed["objects"]
    assert misfits(installed, Installed) == misfits(removed, Removed) == []


def test_preflight_finds_what_blocks_a_run(simulator: asb.Simulator) -> None:
    can = asb.preflight({"load": {"rate": 1, "total": 10}}, target=simulator.cluster)
    assert can["blocked"] is False
    cannot = asb.preflight({"load": {"warm_pool": "absent"}}, target=simulator.cluster)
    assert cannot["blocked"] is True
    [blocker] = [finding for finding in cannot["findings"] if finding["severity"] == "blocker"]
    assert "absent" in blocker["what"] and misfits(cannot, Findings) == []


def test_manifests_that_cannot_be_read(simulator: asb.Simulator, tmp_path: Path) -> None:
    config: ConfigDict = {"stack": {"manifest_ref": str(tmp_path / "absent"), "gvisor": "none"}}
    with pytest.raises(asb.StackError, match="absent"):
        asb.install(config, target=simulator.cluster)


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(asb.ClusterError, match="absent"):
        asb.status(target=asb.Cluster(kubeconfig=tmp_path / "absent"))
