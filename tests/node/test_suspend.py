"""Suspend and resume of gVisor sandboxes on a real node: a marker on a volume outlives ten cycles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from node.real_node import RealNode, pod
from support.bench import Bench, sets
from support.validity import ONE_PAUSE_HITS_ALL

CYCLES = 10
MARKER = "the marker of this session"
WRITE = {"kind": "write_file", "name": "write", "path": "marker", "content": MARKER}
SUSPEND = {"kind": "suspend", "name": "suspend", "timeout": "90s"}
RESUME = {"kind": "resume", "name": "resume", "timeout": "90s"}
READ = {"kind": "execute", "name": "read", "command": "cat /tmp/marker", "expect": MARKER}


def with_volume(folder: Path) -> dict[str, Any]:
    """A sandbox whose /tmp is a folder of the node, its own by the Pod's name, which a resume keeps."""
    spec: dict[str, Any] = pod()
    container = spec["containers"][0]
    name = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    container["env"] = [name]
    container["volumeMounts"] = [{"name": "state", "mountPath": "/tmp", "subPathExpr": "$(POD_NAME)"}]  # noqa: S108
    spec["volumes"] = [{"name": "state", "hostPath": {"path": str(folder), "type": "Directory"}}]
    return spec


def steps(
    bench: Bench, stack: RealNode, pool: str, claims: int, session: list[dict[str, str]], cycles: int = 1
) -> dict[str, Any]:
    """The steps of a run in which each session does the same."""
    settings: dict[str, object] = {"workload.via": "api_server", "workload.steps": session, "workload.repeat": cycles}
    load = ("--rate", 0.5, "--total", claims, "--warm-pool", pool, "--ready-timeout", "2m", "--max-in-flight", 10)
    words = ("--kubeconfig", stack.kubeconfig, *load, *sets(settings), *ONE_PAUSE_HITS_ALL)
    done = bench("run", *words, timeout=500)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == claims
    return {step["name"]: step for step in done.summary["steps"]}


@pytest.mark.timeout(700)
def test_a_marker_on_a_volume_outlives_ten_cycles(bench: Bench, stack: RealNode) -> None:
    state = stack.folder / "state"
    state.mkdir()
    state.chmod(0o777)  # a Pod's own folder in it gets its mode, and the sandbox is no root
    stack.apply_template_and_pool("kept", replicas=2, pod=with_volume(state))
    told = steps(bench, stack, "kept", 2, [WRITE, SUSPEND, RESUME, READ], CYCLES)
    for name in ("write", "suspend", "resume", "read"):
        assert (told[name]["ok"], told[name]["failed"]) == (2 * CYCLES, 0), told[name]
        print(name, json.dumps({key: told[name]["latency_s"][key] for key in ("count", "p50", "p90", "max")}))
    stack.delete_template_and_pool("kept")


@pytest.mark.timeout(400)
def test_a_marker_without_a_volume_is_found_lost(bench: Bench, stack: RealNode) -> None:
    stack.apply_template_and_pool("lost", replicas=1, pod=pod())
    told = steps(bench, stack, "lost", 1, [WRITE, {**READ, "name": "before"}, SUSPEND, RESUME, READ])
    assert (told["before"]["ok"], told["resume"]["ok"], told["read"]["failed"]) == (1, 1, 1)
    stack.delete_template_and_pool("lost")
