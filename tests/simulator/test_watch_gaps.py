"""Watches that end again and again: what came and went meanwhile is known by the next list, not a minute later."""

from __future__ import annotations

from pathlib import Path

import agent_sandbox_bench as asb
from conftest import LENIENT, Bench
from simulator.proxy import Proxy

GAPS = [{"kind": "watch_gone", "at": f"{at}ms", "for": "1ms"} for at in range(1500, 4500, 500)]
SOON_NS = 300_000_000


def late_lists(data: bytes) -> float:
    """A list of Sandboxes comes late: what was bound since it was asked for is gone by then, and not in it."""
    return 0.06 if data.startswith(b"GET") and b"/sandboxes?limit" in data else 0


def test_capacity_that_came_back_in_a_gap_is_seen(bench: Bench, tmp_path: Path) -> None:
    config = {"simulator": {"seed": 1, "faults": GAPS}, "stack": {"sandbox_warmpool": {"replicas": 900}}}
    with asb.Simulator(config) as simulator, Proxy(Path(simulator.kubeconfig), late_lists) as proxy:
        kubeconfig = proxy.kubeconfig(tmp_path / "proxy.kubeconfig")
        load = ("--rate", "200", "--duration", "4s", "--set", "workload.capacity_back=true", *LENIENT)
        finished = bench("run", "--kubeconfig", kubeconfig, *load)
    assert finished.summary["generator"]["watch_relists"] >= len(GAPS)
    assert finished.summary["outcomes"]["ready"] == len(finished.claims) == 800
    waited = [claim["capacity_back_ns"] - claim["deleted_ns"] for claim in finished.claims]
    assert max(waited) < SOON_NS
