"""The Grafana dashboard: every query parses, and asks for nothing that no run writes."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from support.bench import Bench
from support.pushed import Series, written
from support.receiver import Receiver
from support.validity import ONE_PAUSE_HITS_ALL

FILE = Path(__file__).parents[2] / "data/grafana/agent-sandbox-bench.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
# What Grafana puts in before Prometheus reads a query.
PUT_IN = {"$__rate_interval": "20s", "$__range": "15m", "$instance": ".*"}


def queries() -> list[str]:
    """The queries of the panels, as Prometheus gets them."""
    found = [target["expr"] for panel in PANELS for target in panel["targets"]]
    for name, text in PUT_IN.items():
        found = [query.replace(name, text) for query in found]
    return found


def selectors(query: str) -> Iterator[Any]:
    """The selectors of series in a query."""
    waiting = [promql_parser.parse(query)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        parts = (getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector", "args"))
        for part in parts:
            waiting += part if isinstance(part, list) else [part] if part is not None else []


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> list[Series]:
    """What a run writes."""
    bench = Bench(tmp_path_factory.mktemp("dashboard"))
    with Receiver() as receiver:
        to = ("--set", f"output.remote_write.endpoint={receiver.endpoint}")
        assert bench("run", "--total", 3, *to, *ONE_PAUSE_HITS_ALL).code == 0
    return written(receiver.pushes[-1])


@pytest.mark.parametrize("query", queries())
def test_a_query_finds_what_a_run_writes(query: str, series: list[Series]) -> None:
    found = list(selectors(query))
    assert found and "$" not in query
    for selector in found:
        of_name = [it.labels for it in series if it.name == selector.name]
        assert of_name, f"no run writes {selector.name}"
        for matcher in selector.matchers.matchers:
            assert all(matcher.name in labels for labels in of_name), f"{selector.name} has no {matcher.name}"
            if "Equal" in str(matcher.op) and "Not" not in str(matcher.op):
                assert any(labels[matcher.name] == matcher.value for labels in of_name)
    for names in re.findall(r"by \(([^)]*)\)", query):
        labels = [it.labels for it in series if it.name in {selector.name for selector in found}]
        assert all(name in it for it in labels for name in re.split(r",\s*", names))


def test_all_that_is_pushed_is_shown(series: list[Series]) -> None:
    shown = {selector.name for query in queries() for selector in selectors(query)}
    rest = {it.name for it in series} - shown
    assert rest == {f"agent_sandbox_bench_schedule_lag_seconds_{part}" for part in ("sum", "count")}


def test_grafana_can_lay_it_out() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert DASHBOARD["uid"] and DASHBOARD["schemaVersion"] >= 36
    variables = {f"${{{it['name']}}}" for it in DASHBOARD["templating"]["list"]}
    places = [panel["gridPos"] for panel in PANELS]
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    for panel in PANELS:
        assert panel["title"] and panel["description"]
        assert all(it["datasource"]["uid"] in variables for it in (panel, *panel["targets"]))
