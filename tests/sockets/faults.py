"""A fault schedule and a load for each seed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

KINDS = (
    "too_many_requests", "server_error", "latency", "connection_reset", "watch_drop", "watch_silence", "watch_gone",
    "duplicate_events", "late_events", "reordered_events", "controller_pause", "clock_skew", "node_lost",
    "image_pull_stuck", "token_expired", "server_restart", "exec_latency", "exec_failure", "conflict", "slow_node",
)  # fmt: skip

SCHEDULE_S = 2.0
READY_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Campaign:
    """One seed's run."""

    faults: list[dict[str, object]]
    load: list[str]
    freeze_at: float | None
    """When the generator is stopped for a second, s after its start."""

    @property
    def setting(self) -> str:
        """The faults, as the simulator is told."""
        return f"simulator.faults={json.dumps(self.faults)}"


def fault(draw: random.Random) -> dict[str, object]:
    """One, somewhere in the run; the run's beginning is mostly spared, so that there is something to hit."""
    kind = draw.choice(KINDS)
    drawn: dict[str, object] = {
        "kind": kind,
        "at": f"{draw.randint(600, 2500)}ms",
        "for": f"{draw.randint(50, 1500)}ms",
    }
    drawn["share"] = draw.choice([1.0, 1.0, 0.5, 0.1])
    if kind == "too_many_requests":
        drawn["retry_after"] = draw.choice(["0s", "1s"])
    if kind == "server_error":
        drawn["status"] = draw.choice([500, 503, 504])
    if kind == "latency":
        drawn["add"] = f"{draw.randint(1, 400)}ms"
    if kind == "slow_node":
        drawn["add"] = f"{draw.randint(1, 2000)}ms"
    if kind in ("late_events", "reordered_events"):
        drawn["by"] = f"{draw.randint(1, 400)}ms"
    if kind == "clock_skew":
        drawn["by"] = f"{draw.randint(1, 600)}s"
    return drawn


def campaign(seed: int) -> Campaign:
    """What `seed` stands for."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    arrivals = draw.choice(["constant", "poisson", "burst"])
    load = ["--arrivals", arrivals, "--rate", "40", "--duration", f"{SCHEDULE_S}s", "--seed", str(seed)]
    load += ["--ready-timeout", f"{READY_TIMEOUT_S}s", "--hold", f"{draw.choice([0, 0, 50, 300])}ms"]
    load += ["--set", f"load.on_pushback={draw.choice(['fail', 'retry'])}"]
    load += ["--set", f"workload.capacity_back={draw.choice(['true', 'false'])}"]
    faults = [fault(draw) for _ in range(draw.randint(1, 4))]
    freeze_at = draw.uniform(0.5, 2.0) if draw.random() < 0.15 else None
    return Campaign(faults, load, freeze_at)
