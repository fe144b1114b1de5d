"""Pushes of a run, taken by Prometheus itself; it needs Go to be built, and no cluster."""

from __future__ import annotations

import json
import math
import platform
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster.build import build
from cluster.ports import free_port
from cluster.process import Process
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL
from support.waiting import until

DASHBOARD = Path(__file__).parents[2] / "data/grafana/agent-sandbox-bench.json"
PATHS = {"remote_write": "/api/v1/write", "otlp": "/api/v1/otlp/v1/metrics"}
REFUSALS = ("--set", "simulator.faults=[{kind: too_many_requests, at: 0s, for: 1h, share: 0.3}]")
LOAD = ("--rate", 50, "--total", 150, *REFUSALS, *ONE_PAUSE_HITS_ALL)
OWN = {"instance": platform.node(), "job": "agent-sandbox-bench"}
P = "agent_sandbox_bench"


class Prometheus:
    """A server with nothing to scrape."""

    def __init__(self, folder: Path) -> None:
        program = build(["prometheus"])["prometheus"]
        (folder / "prometheus.yml").write_text("{}\n")
        self.address = f"127.0.0.1:{free_port()}"
        options = (
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={self.address}",
            "--web.enable-remote-write-receiver",
            "--web.enable-otlp-receiver",
        )
        self.process = Process("prometheus", [str(program), *options], folder / "prometheus.log")

    def is_ready(self) -> bool:
        """Whether it takes samples."""
        self.process.check()
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ask(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        """The series that a query finds."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}", timeout=10) as answer:
            told = json.load(answer)
        assert told["status"] == "success"
        found: list[dict[str, Any]] = told["data"]["result"]
        return found

    def most(self, name: str, label: str = "") -> dict[str, float]:
        """The largest value of each series of the last minutes, by a label."""
        found = self.ask("query", query=f"max_over_time({P}_{name}[10m])")
        assert all(it["metric"]["job"] == OWN["job"] for it in found)
        return {it["metric"].get(label, ""): float(it["value"][1]) for it in found}


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    started = Prometheus(tmp_path)
    started.process.start()
    try:
        until(started.is_ready, 30, "Prometheus is ready", started.process.tail)
        yield started
    finally:
        started.process.stop()


def check_totals(prometheus: Prometheus, done: Finished) -> None:
    """Prometheus has the summary's counts, and the histograms' counts and sums."""
    summary = done.summary
    assert prometheus.most("claims_ended_total", "outcome") == summary["outcomes"]
    assert prometheus.most("claims_intended_total") == {"": 150} == prometheus.most("claims_sent_total")
    for name in ("time_to_ready", "schedule_lag"):
        figures = summary["latency_s"][name]
        assert prometheus.most(f"{name}_seconds_count") == {"": figures["count"]}
        [total] = prometheus.most(f"{name}_seconds_sum").values()
        assert math.isclose(total, figures["mean"] * figures["count"], rel_tol=1e-9)
        assert max(prometheus.most(f"{name}_seconds_bucket", "le").values()) == figures["count"]
    info = {**OWN, "run_id": summary["run_id"], "version": "v1.2"}
    [it] = prometheus.ask("query", query=f"max_over_time({P}_run_info[10m])")
    assert it["metric"] == info


@pytest.mark.parametrize("key", PATHS)
def test_prometheus_has_what_the_summary_has(bench: Bench, prometheus: Prometheus, key: str) -> None:
    settings = {"endpoint": f"http://{prometheus.address}{PATHS[key]}", "interval": "1s"}
    began = time.time()
    done = bench("run", *LOAD, "--label", "version=v1.2", "--set", f"output.{key}={json.dumps(settings)}")
    assert done.code == 0, done.stderr
    assert not [warning for warning in done.summary["warnings"] if warning.startswith("output.")]
    check_totals(prometheus, done)
    if key == "otlp":
        return
    assert prometheus.ask("query", query=f"{P}_claims_in_flight") == [], "each series has ended with the run"
    window = {"start": began, "end": time.time(), "step": "1s"}
    joined = f"{P}_claims_in_flight * on (job, instance) group_left (run_id, version) {P}_run_info"
    [it] = prometheus.ask("query_range", query=joined, **window)
    assert it["metric"] == {**OWN, "run_id": done.summary["run_id"], "version": "v1.2"}
    for query in dashboard_queries():
        assert prometheus.ask("query_range", query=query, **window), query


def dashboard_queries() -> list[str]:
    """As Grafana asks."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel["targets"]]
    for name, text in {"$__rate_interval": "20s", "$__range": "15m", "$instance": ".*"}.items():
        found = [query.replace(name, text) for query in found]
    return found
