"""The same seed gives the same sequence of events."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from conformance.api import Api
from conformance.stack import Stack, facts, is_ready
from conftest import Bench, wait_for

CLAIMS = 30


def events(bench: Bench, folder: Path, seed: int) -> list[tuple[Any, ...]]:
    """What a watch tells of claims made one after the other: their states and the sandboxes they were given."""
    kubeconfig = folder / f"kubeconfig-{len(list(folder.iterdir()))}"
    process = bench.start("simulate", "--kubeconfig-out", kubeconfig, "--set", f"simulator.seed={seed}")
    try:
        wait_for(lambda: kubeconfig.exists() or process.poll() is not None, 20, "the simulator's kubeconfig")
        stack = Stack(Api.from_kubeconfig(kubeconfig), "default")
        with stack.api.watch(stack.path("sandboxclaims")) as watch:
            for index in range(CLAIMS):
                stack.claim(f"claim-{index}", pool="agent-sandbox")
                stack.api.until(stack.path("sandboxclaims", f"claim-{index}"), is_ready)
            last = f"claim-{CLAIMS - 1}"
            told = watch.until(lambda events: any(
                event["object"]["metadata"]["name"] == last and "claim-first-ready-at" in facts(event["object"])
                for event in events
            ))  # fmt: skip
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    return [
        (event["type"], event["object"]["metadata"]["name"], sorted(facts(event["object"])),
         event["object"].get("status", {}).get("sandbox", {}).get("name"))
        for event in told
    ]  # fmt: skip


def test_same_seed_same_events(bench: Bench, tmp_path: Path) -> None:
    first = events(bench, tmp_path, 11)
    assert len(first) == 5 * CLAIMS
    assert first == events(bench, tmp_path, 11)
    assert first != events(bench, tmp_path, 12)
