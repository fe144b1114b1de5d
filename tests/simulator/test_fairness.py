"""API Priority and Fairness as seats and queues: who waits, who is refused, and what the server says about it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from support.api import Answer, Api
from support.bench import Bench
from support.simulator import Served, serving

FLOW_CONTROL = "/apis/flowcontrol.apiserver.k8s.io/v1"
FAIRNESS = "simulator.fairness"


@pytest.fixture
def start(bench: Bench) -> Iterator[Callable[..., Served]]:
    """Starts simulators with these seats."""
    with contextlib.ExitStack() as started:
        yield lambda **settings: started.enter_context(serving(bench, {FAIRNESS: settings} if settings else {}))


def at_once(api: Api, number: int) -> list[tuple[Answer, float]]:
    """The answers to that many requests sent together, and how long each took."""
    answers: list[tuple[Answer, float]] = []

    def ask() -> None:
        begun = time.monotonic()
        answer = api.request("GET", "/api/v1/namespaces/default")
        answers.append((answer, time.monotonic() - begun))

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_seats_then_queues_then_429(start: Callable[..., Served]) -> None:
    api = start(seats=2, queues=1, queue_length=3, seat_time="300ms").api
    answers = at_once(api, 12)
    served = sorted(seconds for answer, seconds in answers if answer.status == 200)
    refused = [answer for answer, _ in answers if answer.status == 429]
    assert len(served) + len(refused) == 12
    # Two sit and three wait; whoever comes when a seat is free again may sit as well.
    assert len(served) >= 5 and refused
    assert served[-1] >= 0.5, "the last of the queue waited for another's seat"
    assert refused[0].body == {"text": "Too many requests, please try again later.\n"}
    # Afterwards every seat is free again.
    assert all(answer.status == 200 for answer, _ in at_once(api, 2))


def test_an_answer_names_its_level(start: Callable[..., Served]) -> None:
    api = start(seats=20).api
    with contextlib.closing(api.connect()) as connection:
        connection.request("GET", "/api/v1/namespaces/default", headers=api.headers)
        with connection.getresponse() as answer:
            answer.read()
    level = api.ok("GET", f"{FLOW_CONTROL}/prioritylevelconfigurations/all")
    schema = api.ok("GET", f"{FLOW_CONTROL}/flowschemas/all")
    assert answer.headers["X-Kubernetes-PF-PriorityLevel-UID"] == level["metadata"]["uid"]
    assert answer.headers["X-Kubernetes-PF-FlowSchema-UID"] == schema["metadata"]["uid"]
    assert level["spec"]["limited"]["nominalConcurrencyShares"] == 20
    assert level["spec"]["limited"]["limitResponse"]["queuing"] == {
        "queues": 128,
        "handSize": 8,
        "queueLengthLimit": 50,
    }


def test_without_it_nothing_waits(start: Callable[..., Served]) -> None:
    api = start().api
    assert all(answer.status == 200 for answer, _ in at_once(api, 30))
    names = {item["metadata"]["name"] for item in api.ok("GET", f"{FLOW_CONTROL}/flowschemas")["items"]}
    levels = {
        item["metadata"]["name"] for item in api.ok("GET", f"{FLOW_CONTROL}/prioritylevelconfigurations")["items"]
    }
    assert names == levels == {"exempt", "catch-all"}


def test_a_watch_holds_no_seat(start: Callable[..., Served]) -> None:
    api = start(seats=1, queue_length=5, seat_time="1ms").api
    with api.watch("/api/v1/namespaces") as watch, api.watch("/api/v1/pods"):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "seen"}}
        api.ok("POST", "/api/v1/namespaces", body)
        watch.until(lambda events: any(event["object"]["metadata"]["name"] == "seen" for event in events))


def test_a_run_beyond_the_seats_sees_the_queue_and_the_429s(bench: Bench) -> None:
    # Two seats of 20 ms serve 100 requests a second; each claim is two, a create and a delete.
    seats = ("--set", f"{FAIRNESS}={{seats: 2, queues: 8, queue_length: 2, seat_time: 20ms}}")
    calm = bench("run", "--rate", "10", "--total", "10", *seats)
    assert calm.summary["outcomes"]["ready"] == 10, calm.stderr
    assert calm.summary["latency_s"]["create_ack"]["min"] >= 0.02
    pressed = bench("run", "--rate", "400", "--total", "200", *seats)
    outcomes = pressed.summary["outcomes"]
    assert outcomes["rejected"] > 20 and outcomes["ready"] > 20, pressed.stderr
    assert pressed.summary["reasons"]["rejected.429"] == outcomes["rejected"]
    assert pressed.summary["latency_s"]["create_ack"]["p50"] > calm.summary["latency_s"]["create_ack"]["p50"]


def test_preflight_counts_the_seats(bench: Bench, start: Callable[..., Served]) -> None:
    done = bench("preflight", *start(seats=20).target, "--rate", "500", "--duration", "10s")
    assert "share 20 seats (priority level all), and may need 100" in done.stdout


@pytest.mark.parametrize("wrong", ["{seats: 0}", "{seats: 601}", "{queues: 0}", "{seat: 5}"])
def test_what_cannot_be_is_refused(bench: Bench, wrong: str) -> None:
    done = bench("run", "--total", "1", "--set", f"{FAIRNESS}={wrong}")
    assert done.code == 2 and FAIRNESS in done.stderr
