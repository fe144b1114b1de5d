"""The real controller's own program, as a child of the command, on the embedded simulator: no cluster is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.build import build
from cluster.runs import MANIFESTS, run_controller
from support.bench import Bench, sets
from support.checks import check_refused
from support.request_log import check_against_log
from support.simulator import serving
from support.waiting import until


@pytest.fixture(scope="module")
def controller() -> Path:
    """The pinned release's program, unmodified."""
    return build(["agent-sandbox-controller"])["agent-sandbox-controller"]


def script(bench: Bench, text: str) -> Path:
    """A program that is no controller."""
    path = bench.folder / "controller"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def children(program: Path) -> list[int]:
    """The processes of the program at that path, by the first word of their command lines."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if first_word(folder) == str(program)]


def first_word(process: Path) -> str:
    """The first word of a process's command line; empty once it has ended."""
    try:
        return (process / "cmdline").read_text(errors="replace").split("\0")[0]
    except OSError:
        return ""


@pytest.fixture
def copied(bench: Bench, controller: Path) -> Iterator[Path]:
    """The program under a path that no other test's process has. None of it may be left."""
    path = bench.folder / "agent-sandbox-controller"
    path.symlink_to(controller)
    yield path
    bench.end()
    until(lambda: not children(path), 5, "no controller is left")


def test_the_real_controller_serves_a_load(bench: Bench, copied: Path) -> None:
    arguments = ("--controller-arg", "--sandbox-claim-concurrent-workers=20", "--controller-arg", "--leader-elect=true")
    requests = bench.folder / "requests.jsonl"
    load = ("--rate", 20, "--duration", "5s", "--hold", "1s", "--set", f"simulator.request_log={requests}")
    finished = run_controller(bench, copied, *arguments, *load, "--verbose")
    assert finished.code in (0, 3), finished.stderr  # 3: a busy machine sends late
    summary = finished.summary
    assert summary["outcomes"]["ready"] == summary["load"]["planned"] == 100
    assert summary["classes"]["cold"] == 0
    assert summary["target"]["kind"] == "simulator"
    cost = summary["controller"]
    assert cost["cpu_s"] > 0 and cost["cpu_s_per_claim"] == pytest.approx(cost["cpu_s"] / 100)
    assert cost["max_rss_bytes"] > 10e6
    assert "controller: " in finished.stderr
    check_against_log(summary, requests)
    asked = [row for row in summary["server"]["requests"] if row["user_agent"] == copied.name]
    writes = [row for row in asked if row["verb"] in ("create", "update", "patch", "delete")]
    # Each claim's status and its sandbox's, and a sandbox, a pod and a service to refill the pool.
    assert sum(row["per_claim"] for row in writes) > 5
    assert {"sandboxclaims/status", "sandboxes", "pods"} <= {row["resource"] for row in writes}
    log = (finished.out / "controller.log").read_text()
    assert '"Successfully acquired lease" lock="agent-sandbox-system/' in log
    assert "Starting workers" in log and '"worker count":20' in log
    # What only the real one writes: a time for each claim.
    assert all(claim["controller_first_observed_at"] for claim in finished.claims)


def test_a_program_that_ends_at_once_ends_the_run(bench: Bench) -> None:
    finished = run_controller(bench, script(bench, "echo no such flag: --extensions; exit 7"))
    assert finished.code == 1, finished.stderr
    assert "exit status: 7" in finished.stderr and "no such flag: --extensions" in finished.stderr
    assert [file.name for file in finished.out.iterdir()] == ["controller.log"]


def test_a_program_that_never_acts_ends_the_run(bench: Bench) -> None:
    program = script(bench, "echo thinking; exec sleep 1000")
    finished = run_controller(bench, program, "--set", "stack.wait_timeout=2s")
    assert finished.code == 1, finished.stderr
    assert "does not act" in finished.stderr and "thinking" in finished.stderr


def test_a_controller_that_dies_ends_the_load_and_keeps_what_was_measured(bench: Bench, copied: Path) -> None:
    out = bench.out()
    words = ("--controller", copied, *sets(MANIFESTS), "--rate", 10, "--duration", "60s", "--out", out)
    process = bench.start("run", *words)
    claims = out / "claims.jsonl"
    until(lambda: claims.exists() and claims.stat().st_size > 0, 60, "the first claims", lambda: str(process.poll()))
    [child] = children(copied)
    os.kill(child, 9)
    finished = bench.finish(process, out)
    assert finished.code == 1, finished.stderr
    assert "signal: 9" in finished.stderr
    assert not finished.summary["valid"] and finished.summary["outcomes"]["ready"] > 0
    assert any("ended by itself" in warning for warning in finished.summary["warnings"])


def test_after_a_kill_no_controller_is_left(bench: Bench, copied: Path) -> None:
    out = bench.out()
    process = bench.start("run", "--controller", copied, *sets(MANIFESTS), "--duration", "60s", "--out", out)
    until(lambda: bool(children(copied)), 30, "the controller", lambda: str(process.poll()))
    until(lambda: (out / "config.yaml").exists(), 60, "the load", lambda: str(process.poll()))
    assert children(copied)
    bench.kill(process)
    until(lambda: not children(copied), 5, "the controller's end")


@pytest.mark.parametrize("target", [("--context", "none"), ("--in-cluster",)])
def test_a_cluster_has_a_controller_of_its_own(bench: Bench, controller: Path, target: tuple[str, ...]) -> None:
    finished = bench("run", "--controller", controller, *target)
    check_refused(finished, 2, "--controller", "the embedded simulator as target")


def test_a_file_that_is_no_program_is_refused(bench: Bench) -> None:
    plain = bench.folder / "plain"
    plain.touch(mode=0o644)
    for path in (plain, bench.folder, Path("/nowhere")):
        check_refused(bench("run", "--controller", path), 2, "simulator.controller.command", "a file that can be run")


def test_it_serves_other_clients_too(bench: Bench, copied: Path) -> None:
    settings = {**MANIFESTS, "simulator.controller.command": str(copied), "stack.sandbox_warmpool.replicas": 3}
    with serving(bench, settings) as simulator:
        assert len(simulator.api.ok("GET", simulator.stack.path("sandboxes"))["items"]) == 3
        assert (simulator.kubeconfig.parent / "controller.log").exists()
        stack = simulator.stack
        stack.create("sandboxclaims", "SandboxClaim", "one", {"warmPoolRef": {"name": "agent-sandbox"}})
        simulator.api.until(stack.path("sandboxclaims", "one"), is_ready)


def is_ready(claim: dict[str, object]) -> bool:
    """Whether a claim's sandbox can be used."""
    status = claim.get("status") or {}
    assert isinstance(status, dict)
    return any(it["type"] == "Ready" and it["status"] == "True" for it in status.get("conditions", []))
