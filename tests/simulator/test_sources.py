"""Metrics of controller, API server, generator and machine beside a run, and the simulator's own /metrics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from agent_sandbox_bench.typed import SourceReading, SourceSummary
from support.api import CLAIMS, Api
from support.bench import Bench, Finished
from support.checks import check_refused
from support.simulator import serving
from support.sources import grown, readings, value
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

HAS_PRESSURE = Path("/proc/pressure/cpu").exists()
COUNT = "apiserver_request_duration_seconds_count"


def sources(finished: Finished) -> dict[str, dict[str, Any]]:
    """What became of each source."""
    found = finished.summary["sources"]
    assert [fault for it in found for fault in misfits(it, SourceSummary)] == []
    return {it["source"]: it for it in found}


def test_sources_are_read_before_during_and_after_the_load(bench: Bench) -> None:
    load = ("--rate", 20, "--duration", "3s", "--hold", "100ms", "--set", "output.sources=1s")
    done = bench("run", *load, *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    server = readings(done, "api_server")
    instants = [reading["t_s"] for reading in server]
    assert instants[0] < 0 and instants == sorted(instants)
    # A busy machine reads late, and then leaves out the instants that it missed.
    during = [instant for instant in instants[1:-1] if instant < 3.5]
    assert during and all(0 <= instant % 1 < 0.5 for instant in during), instants
    assert instants[-1] > max(claim["released_ns"] for claim in done.claims) / 1e9
    assert [fault for reading in server for fault in misfits(reading, SourceReading)] == []
    assert grown(server, COUNT, verb="POST", resource="sandboxclaims") == 60
    assert grown(readings(done, "generator"), "process_cpu_seconds_total") > 0
    assert all(value(it, "process_resident_memory_bytes") > 1e6 for it in readings(done, "generator"))
    told = sources(done)
    assert list(told) == ["controller", "api_server", "generator", "machine"]
    assert told["api_server"] == {"source": "api_server", "reads": len(server), "missed": 0, "reason": None}
    assert told["controller"]["reads"] == 0 and "model" in told["controller"]["reason"]
    assert (told["machine"]["reads"] > 0) == HAS_PRESSURE or told["machine"]["reason"]
    # A request of ours that is no claim's is counted as what it is.
    rows = [row for row in done.summary["server"]["requests"] if row["resource"] == "/metrics"]
    assert [row["user_agent"] for row in rows] == ["agent-sandbox-bench"]


def test_a_source_that_cannot_be_had_is_one_line(bench: Bench) -> None:
    with serving(bench) as simulator:
        done = bench("run", *simulator.target, "--total", 5, "--verbose", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    told = sources(done)["controller"]
    assert (told["reads"], told["missed"]) == (0, 1) and "404" in told["reason"]
    assert [warning for warning in done.summary["warnings"] if "metrics" in warning or "source" in warning] == []
    assert "source controller: 0 readings, 1 missed: 404" in done.stderr
    assert not readings(done, "controller") and len(readings(done, "api_server")) == 2


def test_nothing_is_read_where_nobody_wants_it(bench: Bench) -> None:
    done = bench("run", "--total", 5, "--set", "output.sources=none", *ONE_PAUSE_HITS_ALL)
    assert done.code == 0 and done.summary["sources"] == []
    assert not (done.out / "metrics.jsonl").exists()
    assert [row for row in done.summary["server"]["requests"] if row["resource"] == "/metrics"] == []


@pytest.mark.parametrize("wrong", ["500ms", "often", "5"])
def test_an_interval_that_is_none_is_refused(bench: Bench, wrong: str) -> None:
    done = bench("run", "--set", f"output.sources={wrong}")
    check_refused(done, 2, "output.sources", wrong, "none, or a duration of 1s or more")


def text_of(api: Api) -> str:
    """The simulator's metrics."""
    connection = api.connect()
    connection.request("GET", "/metrics", headers=api.headers)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.read().decode()
    connection.close()
    return text


def test_the_simulators_metrics_are_what_its_server_counted(bench: Bench) -> None:
    settings = {"simulator.fairness": {"seats": 1, "queues": 1, "queue_length": 5}}
    with serving(bench, settings) as simulator:
        api = simulator.api
        for _ in range(3):
            api.ok("GET", CLAIMS)
        text = text_of(api)
        assert text_of(api) == text, "a read of the metrics is no request for objects, and takes no seat"
        assert api.request("POST", "/metrics", {}).status == 405
        wrong = Api(api.server, {"Authorization": "Bearer none"})
        assert wrong.request("GET", "/metrics").status == 401
    of = 'verb="LIST",resource="sandboxclaims",subresource=""'
    assert f"{COUNT}{{{of}}} 3" in text.splitlines()
    found = re.search(rf"^apiserver_request_duration_seconds_sum{{{of}}} (\S+)$", text, re.MULTILINE)
    # Each holds its seat for 10 ms.
    assert found and 0.03 <= float(found[1]) < 3
    assert 'apiserver_flowcontrol_nominal_limit_seats{priority_level="all"} 1' in text.splitlines()


def test_no_fault_hits_the_metrics(bench: Bench) -> None:
    fault = {"kind": "too_many_requests", "at": "0s", "for": "1h"}
    with serving(bench, {"simulator.faults": [fault]}) as simulator:
        assert simulator.api.request("GET", CLAIMS).status == 429
        assert "apiserver_watch_events_total" in text_of(simulator.api)
