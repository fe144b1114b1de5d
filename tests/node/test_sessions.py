"""Sessions in sandboxes under gVisor, over the runtime's contract: files, commands and a request."""

from __future__ import annotations

import json
import subprocess

import pytest
from node.real_node import RealNode, pod
from support.bench import Bench, Finished, sets
from support.validity import SHARED_MACHINE

POOL = "sessions"
SIZES = {"1kb": 1000, "100kb": 100_000, "1mb": 1_000_000, "10mb": 10_000_000}
STEPS = [
    {"kind": "execute", "name": "run", "command": "echo hi", "expect": "hi"},
    {"kind": "http", "name": "health", "path": "/", "expect": "ok"},
    *(
        step
        for name, size in SIZES.items()
        for step in (
            {"kind": "write_file", "name": f"write_{name}", "path": f"work/{name}", "size": size},
            {"kind": "read_file", "name": f"read_{name}", "path": f"work/{name}"},
        )
    ),
    {"kind": "write_file", "name": "write_text", "path": "text", "content": "state"},
    {"kind": "execute", "name": "cat", "command": "cat /tmp/text", "expect": "state"},
]


@pytest.fixture(scope="module")
def pool(stack: RealNode) -> str:
    """A pool of gVisor sandboxes, ready."""
    stack.apply_template_and_pool(POOL, replicas=4, pod=pod())
    return POOL


def inside(bench: Bench, stack: RealNode, *arguments: object) -> Finished:
    """The command within the node's network, from where the addresses of pods can be reached."""
    out = bench.out()
    words = map(str, (*arguments, "--out", out))
    command = stack.machine.command(bench.command, *words)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return Finished(done.returncode, done.stdout, done.stderr, out)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("via", ["api_server", "pod"])
def test_files_go_both_ways_and_commands_run(bench: Bench, stack: RealNode, pool: str, via: str) -> None:
    load = ("--rate", 0.5, "--total", 4, "--warm-pool", pool, "--ready-timeout", "60s", *SHARED_MACHINE)
    session = sets({"workload.via": via, "workload.steps": STEPS, "workload.repeat": 3})
    words = ("run", "--kubeconfig", stack.kubeconfig, *load, *session)
    done = inside(bench, stack, *words) if via == "pod" else bench(*words, timeout=300)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == 4
    steps = done.summary["steps"]
    sizes = [size for size in SIZES.values() for _ in range(2)]
    assert [step["name"] for step in steps] == [step["name"] for step in STEPS]
    assert [(step["ok"], step["failed"]) for step in steps] == [(12, 0)] * len(STEPS)
    assert [step["bytes"] for step in steps] == [None, None, *sizes, len("state"), None]
    print(via, json.dumps({step["name"]: step["mb_per_s"] for step in steps if step["mb_per_s"]}))
