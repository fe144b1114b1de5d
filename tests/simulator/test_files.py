"""Steps that write and read files, and that send requests, against the simulator's runtime and its truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from agent_sandbox_bench.typed import Claim, ClaimTruth, Summary
from support.bench import Bench, Finished, sets
from support.simulator import Served, serving
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

CLAIMS = 10
LOAD = ("--rate", 20, "--total", CLAIMS, *ONE_PAUSE_HITS_ALL)
SIZES = {"1kb": 1000, "100kb": 100_000, "1mb": 1_000_000, "10mb": 10_000_000}
Step = dict[str, Any]


def write(path: str = "work/a", **more: object) -> Step:
    return {"kind": "write_file", "name": "up", "path": path, "size": "1KB", **more}


def read(path: str = "work/a", **more: object) -> Step:
    return {"kind": "read_file", "name": "down", "path": path, **more}


def workload(*steps: Step, **more: object) -> list[str]:
    settings = {f"workload.{name}": value for name, value in {"via": "api_server", "steps": steps, **more}.items()}
    return sets(settings)


def by_name(done: Finished) -> dict[str, Step]:
    return {step["name"]: step for step in done.summary["steps"]}


def reasons(done: Finished, name: str) -> dict[str, int]:
    found: dict[str, int] = by_name(done)[name]["reasons"]
    return found


@pytest.fixture
def served(bench: Bench) -> Iterator[Served]:
    with serving(bench) as simulator:
        yield simulator


def router(served: Served) -> dict[str, object]:
    return {"via": "router", "router": served.api.server}


@pytest.mark.parametrize("by_router", [False, True])
def test_files_of_each_size_go_both_ways(bench: Bench, by_router: bool) -> None:
    pairs = [
        step
        for name, size in SIZES.items()
        for step in (
            {"kind": "write_file", "name": f"write_{name}", "path": name, "size": size},
            {"kind": "read_file", "name": f"read_{name}", "path": f"/{name}"},
        )
    ]
    with serving(bench) as served:
        words = workload(*pairs, **(router(served) if by_router else {}))
        slo = ("--slo", "steps.read_10mb.mb_per_s.p50>=0.1", "--slo", "steps.write_1kb.mb_per_s.p99<100000")
        done = bench("run", *served.target, "--rate", 2, "--total", CLAIMS, *ONE_PAUSE_HITS_ALL, *words, *slo)
    assert done.code == 0, done.stderr
    assert misfits(done.summary, Summary) == [] == [fault for claim in done.claims for fault in misfits(claim, Claim)]
    truth = {line["name"]: line for line in served.lines("runtime")}
    assert [fault for line in truth.values() for fault in misfits(line, ClaimTruth)] == []
    base = done.summary["monotonic_base_ns"]
    for claim in done.claims:
        requests = truth[claim["name"]]["runtime"]
        sizes = [size for size in SIZES.values() for _ in range(2)]
        assert [(it["status"], it["file_bytes"]) for it in requests] == [(200, size) for size in sizes]
        assert [step["bytes"] for step in claim["steps"]] == sizes
        for step, request in zip(claim["steps"], requests, strict=True):
            assert base + step["from_ns"] <= request["received_ns"]
            assert request["answered_ns"] <= base + step["ended_ns"], "seen before it happened"
    for name, size in SIZES.items():
        for step in (by_name(done)[f"write_{name}"], by_name(done)[f"read_{name}"]):
            assert (step["ok"], step["failed"], step["bytes"]) == (CLAIMS, 0, size)
            assert math.isclose(step["mb_per_s"]["p99"], size / 1e6 / step["latency_s"]["p99"])
            print(step["name"], step["latency_s"]["p50"], step["mb_per_s"]["p50"])
    assert "10MB: p50 " in done.stderr
    assert "MB/s p50" in (done.out / "report.html").read_text()
    metrics = (done.out / "metrics.prom").read_text()
    assert 'step_bytes_per_second{step="read_10mb",latency_quantile="0.5"} ' in metrics


def test_files_differ_by_claim_and_by_write(bench: Bench, served: Served) -> None:
    """What one writes is read as another's expectation: each differs."""
    first = bench("run", *served.target, *LOAD, *workload(write(repeat=2), read(), repeat=3))
    assert first.code == 0, first.stderr
    assert by_name(first)["up"]["attempted"] == 6 * CLAIMS and by_name(first)["down"]["ok"] == 3 * CLAIMS


@pytest.mark.parametrize("via", ["api_server", "router"])
def test_sandboxes_of_the_first_api_are_reached(bench: Bench, via: str) -> None:
    with serving(bench, {"simulator.release": "v0.4"}) as served:
        words = router(served) if via == "router" else {}
        done = bench("run", *served.target, *LOAD, *workload(write(), read(), **words))
        assert done.code == 0, done.stderr
    assert {name: step["ok"] for name, step in by_name(done).items()} == {"up": CLAIMS, "down": CLAIMS}


def test_a_changed_file_is_found(bench: Bench) -> None:
    changed = {"kind": "exec", "name": "change", "command": "echo other | tee /work/a"}
    done = bench("run", *LOAD, *workload(write(), changed, read()), "--slo", "steps.down.failed==0")
    assert done.code == 4, done.stderr
    assert reasons(done, "down") == {"read_file_wrong_content": CLAIMS}
    assert done.summary["reasons"] == {"ready.read_file_wrong_content": CLAIMS}


@pytest.mark.parametrize("content", ["texts", "tex", "Text"])
def test_each_byte_counts(bench: Bench, content: str) -> None:
    text = {"kind": "write_file", "name": "up", "path": "a", "content": "text"}
    done = bench("run", *LOAD, *workload(text, read("a"), {**read("a"), "name": "other", "content": content}))
    assert (by_name(done)["down"]["ok"], reasons(done, "other")) == (CLAIMS, {"read_file_wrong_content": CLAIMS})


@pytest.mark.parametrize(("path", "lost"), [("work/a", True), ("data/a", False)])
def test_a_lost_file_is_found(bench: Bench, path: str, lost: bool) -> None:
    """What is not on the volume is lost with the pod."""
    fast = sets({"simulator.cold_latency.median": "50ms", "simulator.end_latency.median": "10ms"})
    session = workload(write(path), {"kind": "suspend"}, {"kind": "resume"}, read(path))
    done = bench("run", *LOAD, *session, *fast)
    assert reasons(done, "down") == ({"read_file_http_404": CLAIMS} if lost else {}), done.stderr
    assert by_name(done)["down"]["ok"] == (0 if lost else CLAIMS)


def test_a_failed_write_is_censored_and_its_rate_is_an_upper_bound(bench: Bench) -> None:
    """The sandbox's files hold 64 MiB: a seventh file of 10 MB has no room."""
    files = [{**write(f"f{at}", size="10MB", timeout="30s"), "name": f"up_{at}"} for at in range(7)]
    slo = ("--slo", "steps.up_6.mb_per_s.p50>=0.01", "--slo", "steps.up_0.mb_per_s.p50>=0.01")
    done = bench("run", "--rate", 1, "--total", 2, *ONE_PAUSE_HITS_ALL, *workload(*files), *slo)
    assert done.code == 4, done.stderr
    last = by_name(done)["up_6"]
    assert last["reasons"] == {"write_file_http_507": 2} and last["latency_s"]["censored"] == 2
    assert last["latency_s"]["p50"] >= 29.9 and last["mb_per_s"]["p50"] <= 10 / 29.9
    bound, value = done.summary["slo"]
    assert (bound["bound"], bound["met"], bound["undecided"], value["bound"], value["met"]) == (
        *(True, False, True),
        *(False, True),
    )
    assert "10MB: p50 <0.33" in done.stderr and "is < 0.33" in done.stderr


def test_a_slow_write_ends_at_its_deadline(bench: Bench) -> None:
    late = {"kind": "latency", "add": "3s", "at": "0s", "for": "1h", "share": 1}
    options = sets({"simulator.faults": [{**late, "at": "1200ms"}]})
    pause = {"kind": "think", "for": "1500ms"}
    done = bench("run", *LOAD, *workload(pause, write(timeout="200ms"), read()), *options, "--ready-timeout", "20s")
    up = by_name(done)["up"]
    assert up["reasons"] == {"write_file_timeout": CLAIMS} and up["latency_s"]["censored"] == CLAIMS
    assert list(by_name(done)) == ["up"]


@pytest.mark.parametrize("by_router", [False, True])
def test_requests_are_judged_by_status_and_body(bench: Bench, served: Served, by_router: bool) -> None:
    words = router(served) if by_router else {}
    good: list[Step] = [
        {"kind": "http", "name": "health", "expect": '"ok"'},
        {"kind": "http", "name": "missing", "path": "/no-such?a=b", "status": 404, "headers": {"Accept": "text/plain"}},
        {"kind": "http", "name": "run", "method": "POST", "path": "/execute", "body": '{"command": "echo hi"}'},
        write(),
        {"kind": "http", "name": "there", "path": "/exists/work%2Fa", "expect": "true"},
        {"kind": "http", "name": "listed", "path": "/list/work", "expect": '"size":1000'},
        {"kind": "execute", "name": "execute", "command": "echo hi", "expect": "hi"},
    ]
    done = bench("run", *served.target, *LOAD, *workload(*good, **words))
    assert done.code == 0, done.stderr
    assert {name: step["ok"] for name, step in by_name(done).items()} == dict.fromkeys(
        (it["name"] for it in good), CLAIMS
    )
    assert done.summary["exec"]["ok"] == CLAIMS == done.summary["latency_s"]["time_to_first_exec"]["count"]
    faults: list[tuple[Step, str]] = [
        ({"path": "/no-such"}, "http_404"),
        ({"path": "/", "status": 204}, "http_200"),
        ({"path": "/", "expect": "absent"}, "http_wrong_output"),
        ({"path": "/", "port": 9999}, "http_502" if by_router else "http_503"),
    ]
    for fault, reason in faults:
        done = bench("run", *served.target, *LOAD, *workload({"kind": "http", "name": "ask", **fault}, **words))
        assert reasons(done, "ask") == {reason: CLAIMS}, done.stderr
        assert by_name(done)["ask"]["latency_s"]["censored"] == CLAIMS


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": [write(size=0)]}, "workload.steps[0].size: got 0, allowed: 1 byte to 100MB"),
        ({"steps": [write(size="1GB")]}, 'workload.steps[0].size: got "1GB", allowed: 1 byte to 100MB'),
        ({"steps": [write(path="../a")]}, 'workload.steps[0].path: got "../a", allowed: a path of letters'),
        ({"steps": [write(content="a")]}, "workload.steps[0].content: got it beside size, allowed: one of the two"),
        (
            {"steps": [write(), read("other")]},
            "workload.steps[1].content: got nothing, allowed: what the file",
        ),
        ({"steps": [{"kind": "write_file", "path": "a"}]}, "workload.steps[0].size: got nothing, allowed: a size"),
        ({"steps": [{"kind": "read_file"}]}, "workload.steps[0].path: got nothing, allowed: a path"),
        ({"steps": [{"kind": "http", "path": "a"}]}, 'workload.steps[0].path: got "a", allowed: a path that begins'),
        ({"steps": [{"kind": "http", "status": 99}]}, "workload.steps[0].status: got 99, allowed: 200 to 599"),
        ({"steps": [{"kind": "http", "method": "get"}]}, 'workload.steps[0].method: got "get", allowed: GET, HEAD'),
        ({"steps": [{"kind": "exec", "command": "a", "size": 1}]}, "workload.steps[0].size: got it, allowed: nothing"),
        ({"via": "router"}, "workload.router: got nothing, allowed: an address, as workload.via is router"),
        ({"router": "http://a"}, "workload.router: got it, allowed: nothing, unless workload.via is router"),
        ({"via": "router", "router": "https://a"}, 'workload.router: got "https://a", allowed: http://HOST'),
        ({"steps": [{"kind": "suspend"}, write()]}, "workload.steps[1].kind: got write_file of a suspended Sandbox"),
    ],
)
def test_what_makes_no_sense_is_refused(bench: Bench, settings: dict[str, Any], words: str) -> None:
    done = bench("run", *sets({f"workload.{name}": value for name, value in settings.items()}))
    assert done.code == 2 and words in done.stderr, done.stderr


def test_only_a_file_has_a_rate(bench: Bench) -> None:
    done = bench("run", *workload(write(), {"kind": "http", "name": "ask"}), "--slo", "steps.ask.mb_per_s.p50>=1")
    assert done.code == 2 and "allowed: up" in done.stderr, done.stderr
