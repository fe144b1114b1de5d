"""`asb.Simulator`, and `asb.cleanup` on it."""

from __future__ import annotations

from pathlib import Path

import agent_sandbox_bench as asb
import pytest
import yaml
from agent_sandbox_bench.typed import ClaimTruth, ConfigDict, FaultTruth
from support.typed import misfits


def test_its_truth_agrees_with_a_run(tmp_path: Path) -> None:
    with asb.Simulator({"simulator": {"seed": 1}}) as simulator:
        load: ConfigDict = {"load": {"rate": 100, "duration": "1s"}}
        result = asb.run(load, target=simulator.cluster, out_dir=tmp_path / "out")
        truth = {claim["name"]: claim for claim in simulator.truth()}
    assert result.summary["target"]["kind"] == "cluster"
    assert [fault for true in truth.values() for fault in misfits(true, ClaimTruth)] == []
    base = result.summary["monotonic_base_ns"]
    for claim in result.claims():
        true = truth[claim["name"]]
        handed_over, acknowledged, ready = claim["handed_over_ns"], claim["acknowledged_ns"], claim["ready_ns"]
        assert handed_over is not None and acknowledged is not None and ready is not None
        assert handed_over + base <= true["create_received_ns"] <= acknowledged + base, claim
        assert true["ready_sent_ns"] is not None and true["ready_sent_ns"] <= ready + base, claim


def test_its_kubeconfig_is_private_and_goes_with_it() -> None:
    with asb.Simulator() as simulator:
        path = simulator.kubeconfig
        assert path.stat().st_mode & 0o077 == 0
        assert yaml.safe_load(path.read_text())["current-context"] == "simulator"
    assert not path.exists()
    assert not path.parent.exists()


def test_its_faults_are_counted() -> None:
    with asb.Simulator({"simulator": {"faults": [{"kind": "latency", "at": "0s", "for": "1h"}]}}) as simulator:
        assert [fault["hits"] for fault in simulator.faults()] == [0]
        assert asb.cleanup(simulator.cluster, all_runs=True) == []
        [fault] = simulator.faults()
    assert fault["fault"] == "latency" and fault["hits"] > 0 and misfits(fault, FaultTruth) == []


def test_it_says_what_it_needs() -> None:
    simulator = asb.Simulator()
    with pytest.raises(RuntimeError, match="with Simulator"):
        _ = simulator.kubeconfig
    with pytest.raises(asb.ConfigError, match="simulator"):
        asb.Simulator({"simulator": {"claim_workers": -1}})


def test_cleanup_wants_to_be_told_whose(tmp_path: Path) -> None:
    target = asb.Cluster(kubeconfig=tmp_path / "absent")
    with pytest.raises(asb.ConfigError, match="run_id"):
        asb.cleanup(target)
    with pytest.raises(asb.ConfigError, match="run_id"):
        asb.cleanup(target, run_id="abcdefgh", all_runs=True)
    with pytest.raises(asb.ConfigError, match="run_id: got No!"):
        asb.cleanup(target, run_id="No!")


def test_cleanup_finds_nothing_after_a_clean_run(tmp_path: Path) -> None:
    with asb.Simulator() as simulator:
        asb.run({"load": {"total": 3}, "output": {"dir": tmp_path / "out"}}, target=simulator.cluster)
        assert asb.cleanup(simulator.cluster, all_runs=True) == []
