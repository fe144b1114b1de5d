"""What a simulator knows of its claims."""

from __future__ import annotations

import agent_sandbox_bench as asb


def check_all_deleted(simulator: asb.Simulator, at_least: int = 5) -> None:
    """So many claims were made, and none stays."""
    truth = simulator.truth()
    assert len(truth) >= at_least
    assert all(claim["deleted_ns"] for claim in truth)
