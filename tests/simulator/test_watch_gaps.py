"""Watches that end again and again: what came and went meanwhile is known by the next list, not a minute later."""

from __future__ import annotations

from pathlib import Path

import agent_sandbox_bench as asb
from support.bench import Bench
from support.proxy import Proxy

# From before a quick machine sends its first claim until after a slow one sends its last.
GAPS = [{"kind": "watch_gone", "at": f"{at}ms", "for": "1ms"} for at in range(1000, 20_000, 2000)]
# What is missed in one gap is known in the next, two seconds later on an idle machine.
SOON_NS = 10_000_000_000


def late_lists(data: bytes) -> float:
    """A list of Sandboxes comes late: what was bound since it was asked for is gone by then, and not in it."""
    return 0.06 if data.startswith(b"GET") and b"/sandboxes?limit" in data else 0


def test_capacity_that_came_back_in_a_gap_is_seen(bench: Bench, tmp_path: Path) -> None:
    config = {"simulator": {"seed": 1, "faults": GAPS}, "stack": {"sandbox_warmpool": {"replicas": 1100}}}
    with asb.Simulator(asb.Config(config)) as simulator, Proxy(Path(simulator.kubeconfig), late_lists) as proxy:
        kubeconfig = proxy.kubeconfig(tmp_path / "proxy.kubeconfig")
        load = ("--rate", "200", "--duration", "5s", "--set", "workload.capacity_back=true")
        finished = bench("run", "--kubeconfig", kubeconfig, *load)
    assert finished.summary["generator"]["watch_relists"] >= 4
    assert finished.summary["outcomes"]["ready"] == len(finished.claims) == 1000
    waited = [claim["capacity_back_ns"] - claim["deleted_ns"] for claim in finished.claims]
    assert max(waited) < SOON_NS
