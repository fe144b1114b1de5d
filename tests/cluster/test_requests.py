"""What the controller asks for each claim, on the simulator's server and on a real one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cluster.build import build
from cluster.components import AUDIT_LOG
from cluster.control_plane import ControlPlane
from cluster.runs import nanoseconds, run, run_controller
from support.bench import Bench, Finished

CLAIMS = 60
# Both runs wait until the pool is full again, so that each has all that the controller does for its claims.
LOAD = ("--rate", 5, "--total", CLAIMS, "--hold", "1s", "--set", "workload.pool_full=true")
REPLICAS = 110
# Fewer than so many for each claim are the answer to a conflict or to a stale cache.
RARE = 0.1
# What the controller writes in a reconcile that finds something new. A slower server gives it more news at once: etcd
# takes milliseconds for a write, the simulator none. A kubelet, which the simulator plays, also tells of a pod's
# address before it is ready; the fake nodes of the control plane do not.
BY_RECONCILES = {
    ("patch", "sandboxwarmpools/status"),
    ("patch", "sandboxes/status"),
    ("patch", "sandboxclaims/status"),
    ("patch", "sandboxclaims"),
}
RECONCILES_FACTOR = 4.0
# Of the program and of the cluster, not of claims; and a watch is one request, however long.
LEFT_OUT = {"leases", "events"}

Asked = Mapping[tuple[str, str], float]


def on_the_simulator(bench: Bench) -> Asked:
    """Requests of the controller for each claim, by verb and resource, as the simulator counts them."""
    program = build(["agent-sandbox-controller"])["agent-sandbox-controller"]
    finished = run_controller(bench, program, *LOAD, "--set", f"stack.sandbox_warmpool.replicas={REPLICAS}")
    check(finished)
    rows = [row for row in finished.summary["server"]["requests"] if row["user_agent"] == program.name]
    return for_each_claim(((row["verb"], row["resource"]), row["count"]) for row in rows)


def on_the_control_plane(bench: Bench, cluster: ControlPlane, pool: str) -> Asked:
    """The same by the API server's audit log."""
    finished = run(bench, cluster, pool, *LOAD)
    check(finished)
    started = nanoseconds(finished.summary["started_at"])
    return for_each_claim((asked(entry), 1) for entry in entries(cluster.folder / AUDIT_LOG, started))


def check(finished: Finished) -> None:
    """All claims came from the pool."""
    assert finished.code in (0, 3), finished.stderr  # 3: a busy machine sends late
    assert finished.summary["classes"] == {"warm": CLAIMS, "warm_unready": 0, "cold": 0}


def for_each_claim(counts: Iterable[tuple[tuple[str, str], int]]) -> Asked:
    """Sums, divided by the number of claims."""
    sums: Counter[tuple[str, str]] = Counter()
    for (verb, resource), count in counts:
        if verb != "watch" and resource.partition("/")[0] not in LEFT_OUT:
            sums[verb, resource] += count
    return {key: count / CLAIMS for key, count in sums.items()}


def entries(log: Path, since: int) -> list[dict[str, Any]]:
    """The requests that were answered since then."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [
        line for line in lines if line["stage"] == "ResponseComplete" and nanoseconds(line["stageTimestamp"]) >= since
    ]


def asked(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Verb and resource of an entry, as rules of RBAC name them."""
    of = entry.get("objectRef", {})
    return entry["verb"], "/".join(part for part in (of.get("resource"), of.get("subresource")) if part)


def unlike(simulated: Asked, real: Asked) -> list[tuple[tuple[str, str], float, float]]:
    """The rows that are further apart than they may be."""
    pairs = [(key, simulated.get(key, 0), real.get(key, 0)) for key in sorted({*BY_RECONCILES, *simulated, *real})]
    frequent = [pair for pair in pairs if pair[0] in BY_RECONCILES or max(pair[1:]) >= RARE]
    return [pair for pair in frequent if not are_close(*pair)]


def are_close(key: tuple[str, str], simulated: float, real: float) -> bool:
    """Within 20 %; what each reconcile writes stands on both sides, within that factor."""
    if key in BY_RECONCILES:
        return min(simulated, real) > 0 and 1 / RECONCILES_FACTOR < simulated / real < RECONCILES_FACTOR
    return simulated == pytest.approx(real, rel=0.2)


def test_the_controller_asks_the_same_of_both_servers(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    # A machine that is busy with something else makes conflicts, and so other requests; a server that answers otherwise
    # would make them in all runs.
    seen: list[object] = []
    while len(seen) < 3 and [] not in seen:
        seen.append(unlike(on_the_simulator(bench), on_the_control_plane(bench, control_plane, pool)))
    assert [] in seen, seen
