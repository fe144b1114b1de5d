"""What the API server was asked for, and by whom: the summary agrees with the simulator's own log of requests."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import ConfigDict, RequestCount
from support.api import CLAIMS, Api, Object
from support.bench import Bench, sets
from support.request_log import by_series, check_against_log, of_server, read
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PROGRAM = "agent-sandbox-bench"


def row(rows: list[dict[str, Any]], verb: str, resource: str, program: str = PROGRAM) -> dict[str, Any]:
    """The one of that name."""
    [found] = [it for it in rows if (it["verb"], it["resource"], it["user_agent"]) == (verb, resource, program)]
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"simulator.tls": True, "simulator.fairness": {"seats": 5}, "workload.exec": "echo yes"},
        {"simulator.faults": [{"kind": "too_many_requests", "at": "0s", "for": "1h", "share": 0.3}]},
        {"simulator.faults": [{"kind": "connection_reset", "at": "0s", "for": "1h", "share": 0.1}]},
        {"load.runners": 2},
    ],
    ids=["plain", "tls, fairness and exec", "429", "resets", "runners"],
)
def test_a_run_counts_what_the_log_says(bench: Bench, settings: dict[str, object]) -> None:
    log = bench.folder / "requests.jsonl"
    settings = {"simulator.request_log": str(log), "simulator.seed": 3, **settings}
    done = bench("run", "--rate", 60, "--total", 90, "--hold", "20ms", *sets(settings), *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    check_against_log(done.summary, log)
    assert done.summary["server"]["from_ns"] <= 0, "counted from before the first claim"
    creates = row(done.summary["server"]["requests"], "create", "sandboxclaims")
    assert creates["count"] - creates["errors"] == done.summary["server"]["claims"]
    if "simulator.faults" not in settings:
        assert (creates["count"], creates["errors"], creates["per_claim"]) == (90, 0, 1)
        assert row(done.summary["server"]["requests"], "delete", "sandboxclaims")["count"] == 90
        # Bound or Ready, and deleted.
        assert done.summary["server"]["watch_events"] >= 2 * 90
    elif "429" in "".join(done.summary["reasons"]):
        assert creates["errors"] == done.summary["reasons"]["rejected.429"] > 0


def test_runs_of_a_set_have_each_their_own(bench: Bench) -> None:
    log = bench.folder / "requests.jsonl"
    out = bench.out()
    words = ("--repeat", 2, "--rate", 40, "--total", 17, "--out", out, *ONE_PAUSE_HITS_ALL)
    done = bench("run", *words, *sets({"simulator.request_log": str(log)}))
    assert done.code == 0, done.stderr
    runs = [asb.Result.load(out / f"run-{number}").summary for number in (1, 2)]
    for summary in runs:
        assert summary["server"] is not None and summary["server"]["claims"] == 17
        check_against_log(summary, log)
    created = [line for line in read(log) if line["method"] == "POST" and line["uri"] == CLAIMS]
    assert len(created) == 34, "the second run adds to the first one's log"


def test_two_runs_in_one_process_have_each_their_own(tmp_path: Path) -> None:
    for claims in (5, 11):
        result = asb.run({"load": {"rate": 50, "total": claims}}, out_dir=tmp_path / str(claims))
        server = result.summary["server"]
        assert server is not None and server["claims"] == claims
        assert row([dict(it) for it in server["requests"]], "create", "sandboxclaims")["count"] == claims


def test_a_named_cluster_tells_nothing(tmp_path: Path) -> None:
    with asb.Simulator() as simulator:
        result = asb.run({"load": {"total": 3}}, target=simulator.cluster, out_dir=tmp_path / "out")
        assert row([dict(it) for it in simulator.requests()], "create", "sandboxclaims")["count"] == 3
    assert result.summary["server"] is None


def test_people_read_them_on_the_page_and_where_they_ask_for_all(bench: Bench) -> None:
    done = bench("run", "--total", 3, "--verbose", *ONE_PAUSE_HITS_ALL)
    assert f"by {PROGRAM}\n" in done.stderr and "\n  create sandboxclaims " in done.stderr
    assert "server: 3 claims created" in done.stderr
    page = (done.out / "report.html").read_text()
    assert "Requests to the API server" in page and "<code>create sandboxclaims</code>" in page
    assert "requests to the server" not in bench("run", "--total", 3, *ONE_PAUSE_HITS_ALL).stderr


def test_a_log_that_cannot_be_written_is_named(bench: Bench) -> None:
    done = bench("run", "--total", 3, "--set", "simulator.request_log=/nowhere/requests.jsonl")
    assert done.code == 1 and "/nowhere/requests.jsonl" in done.stderr


@dataclass
class Counting:
    """A simulator, and who asks."""

    simulator: asb.Simulator
    log: Path

    def api(self, user_agent: str | None) -> Api:
        """A client of that user agent."""
        api = Api.from_kubeconfig(self.simulator.kubeconfig)
        return Api(api.server, {**api.headers, **({} if user_agent is None else {"User-Agent": user_agent})})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it has counted, which is what its log says."""
        rows = self.simulator.requests()
        assert [fault for it in rows for fault in misfits(it, RequestCount)] == []
        return [dict(it) for it in rows]


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    log = tmp_path / "requests.jsonl"
    config: ConfigDict = {"simulator": {"request_log": log}}
    with asb.Simulator(config) as simulator:
        yield Counting(simulator, log)


def config_map(name: str, **metadata: object) -> Object:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, **metadata}}


def test_a_conflict_is_counted_to_who_met_it(counting: Counting) -> None:
    api = counting.api("distinct-tool/2.1 (linux) build/7")
    made = api.ok("POST", CONFIG_MAPS, config_map("one"))
    api.ok("PUT", f"{CONFIG_MAPS}/one", {**made, "data": {"a": "b"}})
    stale = {**made, "data": {"a": "c"}}
    other = counting.api("other-tool/1")
    for client, times in ((api, 1), (other, 2)):
        for _ in range(times):
            assert client.request("PUT", f"{CONFIG_MAPS}/one", stale).status == 409
    assert api.request("POST", CONFIG_MAPS, config_map("one")).status == 409
    assert api.request("DELETE", f"{CONFIG_MAPS}/two").status == 404
    api.ok("GET", CONFIG_MAPS)
    api.ok("DELETE", CONFIG_MAPS)
    rows = counting.rows

    def counted(verb: str, program: str = "distinct-tool") -> list[int]:
        found = row(rows, verb, "configmaps", program)
        return [found["count"], found["errors"], found["conflicts"]]

    assert counted("create") == counted("update") == [2, 1, 1]
    assert counted("update", "other-tool") == [2, 2, 2]
    assert counted("delete") == [1, 1, 0]
    assert counted("list") == counted("deletecollection") == [1, 0, 0]
    assert of_server(rows) == by_series(read(counting.log))


@pytest.mark.parametrize(
    ("user_agent", "program"),
    [
        (None, "unknown"),
        ("", "unknown"),
        ("/3", "unknown"),
        ("Mozilla/5.0 (X11)", "Mozilla"),
        ("two words", "two"),
        ("tab\there", "tab"),
        ("gr\u00fcn/1", "unknown"),
        ("<b>&\"'/1", "<b>&\"'"),
        ("x" * 5000, "x" * 64),
    ],
)
def test_any_user_agent_has_a_short_plain_name(counting: Counting, user_agent: str | None, program: str) -> None:
    counting.api(user_agent).ok("GET", f"{CONFIG_MAPS}?limit=1")
    assert row(counting.rows, "list", "configmaps", program)["count"] == 1
    [line] = [line for line in read(counting.log) if "configmaps" in line["uri"]]
    assert line["user_agent"] == (user_agent or "").encode("latin-1").decode(errors="replace"), "the log has all of it"


def test_a_header_with_control_characters_reaches_no_count(counting: Counting) -> None:
    api = counting.api("a\x1b[31m\x01")
    connection = http.client.HTTPConnection(api.server.removeprefix("http://"), timeout=10)
    connection.request("GET", CONFIG_MAPS, headers=api.headers)
    # Not even HTTP: the connection ends.
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert not [it for it in counting.rows if it["resource"] == "configmaps"]


def test_programs_and_resources_are_bounded_and_no_request_is_lost(counting: Counting) -> None:
    for number in range(40):
        counting.api(f"tool-{number}/1").ok("GET", CONFIG_MAPS)
    api = counting.api("tool-0/2")
    for number in range(200):
        assert api.request("GET", f"/apis/example.com/v1/kind-{number}").status == 404
    rows = counting.rows
    lists = [it for it in rows if it["resource"] == "configmaps"]
    assert sum(it["count"] for it in lists) == 40
    assert len({it["user_agent"] for it in rows}) <= 33
    assert row(rows, "list", "configmaps", "other")["count"] >= 40 - 32
    assert sum(it["count"] for it in rows if it["user_agent"] == "tool-0") == 201
    assert len({it["resource"] for it in rows}) <= 129


def test_events_and_bytes_are_those_that_a_watch_read(counting: Counting) -> None:
    api = counting.api("watcher/1")
    for name in ("one", "two", "three"):
        api.ok("POST", CONFIG_MAPS, config_map(name))
    connection = api.connect()
    connection.request("GET", f"{CONFIG_MAPS}?watch=true&timeoutSeconds=1", headers=api.headers)
    read_all = connection.getresponse().read()
    connection.close()
    watch = row(counting.rows, "watch", "configmaps", "watcher")
    assert (watch["count"], watch["watch_events"], watch["bytes"]) == (1, read_all.count(b"\n"), len(read_all))
    assert watch["watch_events"] >= 3
