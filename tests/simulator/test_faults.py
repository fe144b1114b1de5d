"""Each fault as it is seen: in the truth the simulator writes, and in a client's answers or in a run's results."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest
from support.bench import Bench, sets
from support.simulator import Served, serving
from support.stack import is_ready
from support.waiting import until

Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture
def faulty(bench: Bench) -> Serve:
    """Serves with faults for the length of a `with`; afterwards the truth is whole."""

    def serve(*faults: dict[str, Any], **settings: object) -> AbstractContextManager[Served]:
        return serving(bench, {"simulator.seed": 1, "simulator.faults": faults, **settings})

    return serve


def hits(served: Served, kind: str) -> int:
    return sum(line["hits"] for line in served.lines("fault") if line["fault"] == kind)


ALWAYS = {"at": "0s", "for": "1h"}


def test_too_many_requests(faulty: Serve) -> None:
    with faulty({"kind": "too_many_requests", "retry_after": "3s", **ALWAYS}) as simulator:
        connection = simulator.api.connect()
        connection.request("GET", "/api/v1/namespaces", headers=simulator.api.headers)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Retry-After")) == (429, "3")
        assert json.load(answer)["reason"] == "TooManyRequests"
        connection.close()
    assert hits(simulator, "too_many_requests") == 1


def test_server_error(faulty: Serve) -> None:
    with faulty({"kind": "server_error", "status": 504, "share": 0.5, **ALWAYS}) as simulator:
        codes = [simulator.api.request("GET", "/api/v1/namespaces").status for _ in range(60)]
    assert set(codes) == {200, 504} and hits(simulator, "server_error") == codes.count(504)


def test_latency(faulty: Serve) -> None:
    with faulty({"kind": "latency", "add": "300ms", **ALWAYS}) as simulator:
        start = time.monotonic()
        simulator.api.ok("GET", "/api/v1/namespaces")
        assert time.monotonic() - start >= 0.3
    assert hits(simulator, "latency") == 1


def test_connection_reset_before_and_after_the_effect(faulty: Serve) -> None:
    with faulty({"kind": "connection_reset", "share": 0.5, **ALWAYS}) as simulator:
        path, answered = "/api/v1/namespaces/default/configmaps", set()
        for index in range(60):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"map-{index}"}}
            try:
                if simulator.api.request("POST", path, body).status == 201:
                    answered.add(f"map-{index}")
            except OSError:
                pass
        made: set[str] = set()
        while not made:
            with suppress(OSError):
                made = {item["metadata"]["name"] for item in simulator.api.ok("GET", path)["items"]}
    made.discard("kube-root-ca.crt")
    assert answered < made < {f"map-{index}" for index in range(60)}, "some took effect unanswered, some did not"
    assert hits(simulator, "connection_reset") >= 60 - len(answered)


@pytest.mark.parametrize(("kind", "last"), [("watch_drop", None), ("watch_gone", "ERROR")])
def test_watches_that_end(faulty: Serve, kind: str, last: str | None) -> None:
    with faulty({"kind": kind, "at": "2s"}) as simulator:
        path = simulator.stack.path("sandboxclaims")
        version = simulator.api.ok("GET", path)["metadata"]["resourceVersion"]
        with simulator.api.watch(path, resourceVersion=version) as watch:
            assert watch.ended.wait(15)
        assert [event["type"] for event in watch.events] == ([last] if last else [])
        if last:
            assert watch.events[-1]["object"]["code"] == 410
            with simulator.api.watch(path, resourceVersion=str(int(version) - 1)) as again:
                again.until(lambda events: bool(events))
            assert again.events[0]["object"]["reason"] == "Expired"
    assert hits(simulator, kind) == 1


def test_watch_silence(faulty: Serve) -> None:
    with faulty({"kind": "watch_silence", "at": "2s", "for": "3s"}) as simulator:
        path = simulator.stack.path("sandboxclaims")
        with simulator.api.watch(path) as watch:
            # Its clock had started when it wrote the kubeconfig.
            silent_from = simulator.kubeconfig.stat().st_mtime + 2
            until(lambda: time.time() > silent_from, 10, "the silence")
            simulator.stack.claim("unheard", pool="agent-sandbox")
            simulator.api.until(simulator.stack.path("sandboxclaims", "unheard"), is_ready)
            silent = len(watch.events)
            watch.until(lambda events: any(is_ready(event["object"]) for event in events), 15)
    assert silent == 0 and hits(simulator, "watch_silence") == 1


def test_duplicate_events(faulty: Serve) -> None:
    with faulty({"kind": "duplicate_events", **ALWAYS}) as simulator:
        path = simulator.stack.path("sandboxclaims")
        with simulator.api.watch(path) as watch:
            simulator.stack.claim("twice", pool="agent-sandbox")
            events = watch.until(lambda events: sum(is_ready(event["object"]) for event in events) >= 4)
    versions = [event["object"]["metadata"]["resourceVersion"] for event in events]
    assert all(versions.count(version) == 2 for version in versions[:-1])
    assert hits(simulator, "duplicate_events") >= len(set(versions))


def test_late_events_are_late_by_the_truth_too(faulty: Serve) -> None:
    with (
        faulty({"kind": "late_events", "by": "400ms", **ALWAYS}) as simulator,
        simulator.api.watch(simulator.stack.path("sandboxclaims")) as watch,
    ):
        simulator.stack.claim("late", pool="agent-sandbox")
        watch.until(lambda events: any(is_ready(event["object"]) for event in events))
    (claim,) = simulator.lines("name")
    assert claim["ready_sent_ns"] - claim["create_received_ns"] >= 400_000_000
    assert hits(simulator, "late_events") >= 4


def versions(events: list[Any]) -> list[int]:
    return [int(event["object"]["metadata"]["resourceVersion"]) for event in events]


def test_reordered_events(faulty: Serve) -> None:
    with faulty({"kind": "reordered_events", "by": "300ms", "share": 0.3, **ALWAYS}) as simulator:
        path = simulator.stack.path("sandboxclaims")
        with simulator.api.watch(path) as watch:
            for index in range(20):
                simulator.stack.claim(f"mixed-{index}", pool="agent-sandbox")

            def all_told_out_of_order(events: list[Any]) -> bool:
                ready = {event["object"]["metadata"]["name"] for event in events if is_ready(event["object"])}
                return len(ready) == 20 and versions(events) != sorted(versions(events))

            told = versions(watch.until(all_told_out_of_order))
    assert len(set(told)) == len(told)
    assert hits(simulator, "reordered_events") > 5
    assert all(line["ready_sent_ns"] for line in simulator.lines("name"))


def test_server_restart(faulty: Serve) -> None:
    with faulty({"kind": "server_restart", "at": "2s", "for": "1s"}) as simulator:
        path = simulator.stack.path("sandboxclaims")
        before = simulator.api.ok("GET", path)["metadata"]["resourceVersion"]
        with simulator.api.watch(path) as watch:
            assert watch.ended.wait(10), "its connection is closed"
        with pytest.raises(ConnectionRefusedError):
            simulator.api.request("GET", path)

        def back() -> bool:
            with suppress(OSError):
                return bool(simulator.api.ok("GET", path)["metadata"]["resourceVersion"] >= before)
            return False

        until(back, 10, "the server, with all that it held")
    assert hits(simulator, "server_restart") == 1


def test_controller_pause(faulty: Serve) -> None:
    with (
        faulty({"kind": "controller_pause", "at": "0s", "for": "3s"}) as simulator,
        simulator.api.watch(simulator.stack.path("sandboxclaims")) as watch,
    ):
        simulator.stack.claim("waits", pool="agent-sandbox")
        watch.until(lambda events: any(is_ready(event["object"]) for event in events))
    (claim,) = simulator.lines("name")
    (fault,) = simulator.lines("fault")
    assert claim["create_received_ns"] < fault["until_ns"] <= claim["ready_sent_ns"] and fault["hits"] == 1


def test_clock_skew(faulty: Serve, bench: Bench) -> None:
    with faulty({"kind": "clock_skew", "by": "1h", **ALWAYS}) as simulator:
        made = simulator.stack.claim("skewed", pool="agent-sandbox")
        found = bench("preflight", *simulator.target)
    created = datetime.datetime.fromisoformat(made["metadata"]["creationTimestamp"])
    ahead = created - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=58) < ahead < datetime.timedelta(minutes=61)
    assert "the server's clock is 3" in found.stdout and "s ahead of this machine's" in found.stdout, found.stdout


def test_node_lost(faulty: Serve) -> None:
    settings = {"simulator.nodes.count": 2, "stack.sandbox_warmpool.replicas": 10}
    with faulty({"kind": "node_lost", "at": "1s", "for": "2s"}, **settings) as simulator:
        path = "/api/v1/nodes"

        def ready_nodes() -> int:
            return sum(is_ready(node) for node in simulator.api.ok("GET", path)["items"])

        until(lambda: ready_nodes() == 1, 10, "a lost node")
        pool = simulator.stack.path("sandboxwarmpools", "agent-sandbox")
        simulator.api.until(pool, lambda pool: pool["status"].get("readyReplicas", 0) == 5)
        until(lambda: ready_nodes() == 2, 10, "the node's return")
        simulator.api.until(pool, lambda pool: pool["status"].get("readyReplicas", 0) == 10)
    assert hits(simulator, "node_lost") == 1


def test_conflict(faulty: Serve) -> None:
    with (
        faulty({"kind": "conflict", "at": "0s", "for": "2s"}) as simulator,
        simulator.api.watch(simulator.stack.path("sandboxclaims")) as watch,
    ):
        path = simulator.stack.path("sandboxwarmpools", "agent-sandbox")
        answer = simulator.api.patch("merge", path, {"metadata": {"labels": {"a": "b"}}})
        assert (answer.status, answer.reason) == (409, "Conflict")
        simulator.stack.claim("refused", pool="agent-sandbox")
        watch.until(lambda events: any(is_ready(event["object"]) for event in events))
        assert simulator.api.patch("merge", path, {"metadata": {"labels": {"a": "b"}}}).status == 200
    (claim,) = simulator.lines("name")
    (fault,) = simulator.lines("fault")
    assert claim["ready_sent_ns"] >= fault["until_ns"], "the model could not write before"
    assert fault["hits"] > 5, "it tried again and again"


def name_of(event: dict[str, Any]) -> str:
    """The name of what a watch's event is about."""
    return str(event["object"]["metadata"]["name"])


def test_slow_node(faulty: Serve) -> None:
    settings = {
        "stack.sandbox_warmpool.replicas": 0, "simulator.nodes.count": 2, "simulator.cold_latency": {"median": "10ms"},
    }  # fmt: skip
    with (
        faulty({"kind": "slow_node", "add": "2s", **ALWAYS}, **settings) as simulator,
        simulator.api.watch(simulator.stack.path("sandboxclaims")) as watch,
    ):
        for name in ("a", "b", "c", "d"):
            simulator.stack.claim(name, pool="agent-sandbox")
        watch.until(lambda events: len({name_of(event) for event in events if is_ready(event["object"])}) == 4)
    took = sorted(claim["ready_sent_ns"] - claim["create_received_ns"] for claim in simulator.lines("name"))
    assert [nanos >= 2_000_000_000 for nanos in took] == [False, False, True, True]
    assert hits(simulator, "slow_node") == 2


def test_image_pull_stuck(faulty: Serve) -> None:
    settings = {"stack.sandbox_warmpool.replicas": 0, "simulator.cold_latency": {"median": "10ms"}}
    with faulty({"kind": "image_pull_stuck", "at": "0s", "for": "3s"}, **settings) as simulator:
        simulator.stack.claim("stuck", pool="agent-sandbox")
        pod = simulator.api.until(
            simulator.stack.path("pods", "stuck"), lambda pod: "containerStatuses" in pod["status"]
        )
        assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
        simulator.api.until(simulator.stack.path("sandboxclaims", "stuck"), is_ready)
    assert hits(simulator, "image_pull_stuck") == 1


def test_token_expired(faulty: Serve) -> None:
    with faulty({"kind": "token_expired", **ALWAYS}) as simulator:
        answer = simulator.api.request("GET", "/api/v1/namespaces")
        assert (answer.status, answer.reason) == (401, "Unauthorized")
    assert hits(simulator, "token_expired") == 1


def test_a_run_sees_what_the_server_refuses(bench: Bench) -> None:
    faults = [{"kind": "server_error", "share": 0.2, **ALWAYS}]
    done = bench("run", "--total", 200, "--rate", 200, *sets({"simulator.faults": faults, "simulator.seed": 3}))
    assert done.summary["outcomes"]["rejected"] > 10, done.stderr
