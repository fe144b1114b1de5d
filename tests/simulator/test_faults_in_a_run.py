"""Each fault kind against a run: what its results say, and what the simulator's truth says of the same claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pytest
from support.bench import Bench, Finished, sets
from support.checks import check_outcomes
from support.simulator import Served, serving

CLAIMS = 120
RATE = 40
SECOND_NS = 1_000_000_000
ALWAYS = {"at": "0s", "for": "1h"}
# Preflight and examination are over by then, the claims are not.
IN_THE_RUN = {"at": "2s", "for": "500ms"}


@dataclass
class Faulted:
    """A run on a simulator with one fault, and the simulator's truth."""

    done: Finished
    served: Served

    @property
    def summary(self) -> dict[str, Any]:
        return self.done.summary

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        return self.done.claims

    @property
    def fault(self) -> dict[str, Any]:
        [fault] = self.served.lines("fault")
        return fault

    @property
    def hits(self) -> int:
        return int(self.fault["hits"])

    @cached_property
    def true_claims(self) -> dict[str, dict[str, Any]]:
        """What the simulator says of each claim, by name."""
        return {line["name"]: line for line in self.served.lines("name")}

    def figures(self, latency: str) -> dict[str, float]:
        figures: dict[str, float] = self.summary["latency_s"][latency]
        return figures

    def at(self, claim: dict[str, Any], instant: str) -> int:
        """An instant of a claim on the truth's clock."""
        return int(self.summary["monotonic_base_ns"]) + int(claim[f"{instant}_ns"])

    def in_the_fault(self) -> list[dict[str, Any]]:
        """Claims that were meant for a time when the fault was on."""
        from_ns, until_ns = self.fault["from_ns"], self.fault["until_ns"]
        return [claim for claim in self.claims if from_ns <= self.at(claim, "intended") < until_ns]


def all_ready(run: Faulted) -> None:
    assert run.summary["outcomes"]["ready"] == CLAIMS, run.done.stderr


def pushed_back(run: Faulted) -> None:
    assert run.summary["reasons"] == {"rejected.429": run.summary["outcomes"]["rejected"]}
    assert 0 < run.summary["outcomes"]["rejected"] <= run.hits


def retried(run: Faulted) -> None:
    all_ready(run)
    assert 0 < sum(claim["retries"] for claim in run.claims) <= run.hits


def server_failed(run: Faulted) -> None:
    assert run.summary["reasons"] == {"rejected.504": run.summary["outcomes"]["rejected"]}
    assert 0 < run.summary["outcomes"]["rejected"] <= run.hits


def answers_were_slow(run: Faulted) -> None:
    all_ready(run)
    assert run.figures("create_ack")["min"] >= 0.1 and run.hits >= 2 * CLAIMS, "creates and deletes"
    assert run.figures("schedule_lag")["p50"] < 0.05, "a slow server is no late generator"


def connections_broke(run: Faulted) -> None:
    reasons = run.summary["reasons"]
    assert run.hits > 0 and set(reasons) <= {"failed.connect"}
    assert run.summary["outcomes"]["ready"] == CLAIMS - reasons.get("failed.connect", 0)
    broken = [claim for claim in run.claims if claim["acknowledged_ns"] is None]
    assert broken, "creates that were never answered"
    for claim in broken:
        assert (claim["outcome"] == "ready") == (claim["name"] in run.true_claims), "the cluster knows what took effect"


def watch_was_replaced(run: Faulted) -> None:
    all_ready(run)
    assert run.hits == run.summary["generator"]["watch_relists"] == 1
    check_instants(run, run.claims)


def watch_fell_silent(run: Faulted) -> None:
    watch_was_replaced(run)
    late = [claim for claim in run.claims if claim["upper_bound"]]
    assert late and "watch_gap" in run.summary["invalid_reasons"], "what was only listed is a bound, and too many are"
    assert all(run.at(claim, "ready") >= run.fault["from_ns"] for claim in late)


def told_twice(run: Faulted) -> None:
    all_ready(run)
    assert run.hits >= CLAIMS, "events that came twice"
    assert all(len(claim["ready_sent"]) >= 2 for claim in run.true_claims.values())
    assert [claim["index"] for claim in run.claims] == list(range(CLAIMS)), "each claim is counted once"
    assert all(agrees(run, claim) for claim in run.claims), "and by its first event"


def told_late(run: Faulted) -> None:
    all_ready(run)
    assert run.figures("time_to_ready")["min"] >= 0.2 and run.hits >= CLAIMS
    assert all(agrees(run, claim) for claim in run.claims)
    assert run.figures("controller_time_to_ready")["p50"] < 0.2, "the controller itself was in time"


def told_out_of_order(run: Faulted) -> None:
    all_ready(run)
    assert run.hits > 20, "events that were overtaken"
    assert [claim["index"] for claim in run.claims] == list(range(CLAIMS)), "each claim is counted once"
    assert all(agrees(run, claim) for claim in run.claims), "and by the first event that shows it Ready"
    assert run.summary["generator"]["watch_relists"] == 0


def server_was_away(run: Faulted) -> None:
    assert run.hits == 1 and run.summary["generator"]["watch_relists"] == 1
    assert set(run.summary["reasons"]) <= {"failed.connect"}
    assert 0 < run.summary["reasons"]["failed.connect"] <= len(run.in_the_fault()) + 5
    check_instants(run, (claim for claim in run.claims if claim["outcome"] == "ready"))


def nobody_went_on(run: Faulted) -> None:
    all_ready(run)
    waiting = run.in_the_fault()
    assert len(waiting) > 10
    assert all(run.at(claim, "ready") >= run.fault["until_ns"] for claim in waiting)


def controller_stood_still(run: Faulted) -> None:
    nobody_went_on(run)
    assert run.hits == 1
    assert run.figures("time_to_ready")["p99"] > 0.4, "the load did not wait with it"


def clocks_disagree(run: Faulted) -> None:
    all_ready(run)
    started = datetime.fromisoformat(run.summary["started_at"])
    for claim in run.claims:
        observed = datetime.fromisoformat(claim["controller_first_observed_at"])
        assert 3590 < (observed - started).total_seconds() < 3660
    assert run.figures("time_to_ready")["max"] < 60, "no latency is a difference of two clocks"
    assert run.hits > CLAIMS, "answers with a wrong date"


def nodes_were_gone(run: Faulted) -> None:
    all_ready(run)
    waiting = run.in_the_fault()
    assert run.hits == 1 and len(waiting) > 10
    assert all(run.at(claim, "ready") >= run.fault["until_ns"] for claim in waiting)
    assert run.summary["classes"]["warm_unready"] >= len(waiting), run.summary["classes"]


def writes_were_refused(run: Faulted) -> None:
    nobody_went_on(run)
    assert run.hits > len(run.in_the_fault()), "and it tried again"


def a_node_was_slow(run: Faulted) -> None:
    all_ready(run)
    assert run.hits == CLAIMS / 3, "one node of three"
    took = [run.at(claim, "ready") - run.at(claim, "intended") for claim in run.claims]
    assert run.hits <= sum(nanos >= SECOND_NS / 2 for nanos in took)


def images_did_not_come(run: Faulted) -> None:
    all_ready(run)
    assert run.summary["classes"]["cold"] == run.hits == CLAIMS
    assert all(run.at(claim, "ready") >= run.fault["until_ns"] for claim in run.in_the_fault())


def nobody_was_let_in(run: Faulted) -> None:
    refused = run.summary["reasons"]["failed.http_401"]
    assert run.summary["reasons"] == {"failed.http_401": refused} and 0 < refused <= run.hits
    assert run.summary["outcomes"] == {
        "ready": CLAIMS - refused, "failed": refused, "timed_out": 0, "rejected": 0, "not_sent": 0,
    }  # fmt: skip


def commands_were_slow(run: Faulted) -> None:
    all_ready(run)
    assert run.hits > 2 and run.summary["exec"] == {
        "attempted": CLAIMS, "ok": CLAIMS, "failed": 0, "ok_fraction": 1, "reasons": {},
    }  # fmt: skip
    check_first_exec(run)
    assert run.figures("time_to_first_exec")["max"] > 0.5


def commands_failed(run: Faulted) -> None:
    all_ready(run)
    assert 2 < run.hits < CLAIMS // 10
    assert run.summary["exec"] == {
        "attempted": CLAIMS, "ok": CLAIMS - run.hits, "failed": run.hits,
        "ok_fraction": pytest.approx(1 - run.hits / CLAIMS), "reasons": {"exec_exit_3": run.hits},
    }  # fmt: skip
    check_first_exec(run)


def output_was_wrong(run: Faulted) -> None:
    all_ready(run)
    assert run.summary["exec"]["reasons"] == {"exec_wrong_output": CLAIMS}
    figures = run.summary["latency_s"]["time_to_first_exec"]
    assert figures["censored"] == figures["count"] == CLAIMS and figures["min"] >= 20
    assert {"min", "p50", "max"} <= set(figures["bounds"])


def check_first_exec(run: Faulted) -> None:
    """A command that failed counts as one that took as long as it may; of the others the truth says the same."""
    waits = []
    for claim in run.claims:
        [command] = run.true_claims[claim["name"]]["execs"]
        wait = (command["output_ns"] - run.at(claim, "intended")) / SECOND_NS
        waits.append(20 if command["exit_code"] else wait)
        assert command["output_ns"] <= run.at(claim, "first_exec") <= run.at(claim, "exec_ended")
    figures = run.summary["latency_s"]["time_to_first_exec"]
    failed = sum(wait == 20 for wait in waits)
    assert (figures["count"], figures["censored"]) == (CLAIMS, failed)
    assert ("p99" in figures["bounds"]) == (failed > 1) and "p90" not in figures["bounds"]
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        true = sorted(waits)[math.ceil(share * CLAIMS) - 1]
        assert true <= figures[name] < 1.1 * true + 0.3, (name, true, figures)


def check_instants(run: Faulted, claims: Iterable[dict[str, Any]]) -> None:
    """What was listed is known as a bound; of the others, of which there are some, the truth says the same."""
    listed: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for claim in claims:
        listed[claim["upper_bound"]].append(claim)
    assert listed[False] and all(agrees(run, claim) for claim in listed[False])
    for claim in listed[True]:
        told = run.true_claims[claim["name"]]["ready_sent_ns"]
        assert told is None or told <= run.at(claim, "ready"), claim


def agrees(run: Faulted, claim: dict[str, Any]) -> bool:
    """Whether a claim was seen ready after it was told, and, on a machine as busy as may be, within a second."""
    told = int(run.true_claims[claim["name"]]["ready_sent_ns"])
    return told <= run.at(claim, "ready") < told + SECOND_NS


@dataclass(frozen=True)
class Case:
    """A fault, and what a run must show of it."""

    fault: dict[str, Any]
    shows: Callable[[Faulted], None]
    simulator: dict[str, object] = field(default_factory=dict)
    run: dict[str, object] = field(default_factory=dict)


EXEC: dict[str, object] = {"workload.exec": "echo hi", "workload.exec_timeout": "20s"}
UNEXPECTED = {"workload.expect": "ho"}
NO_POOL = {"stack.sandbox_warmpool.replicas": 0, "simulator.cold_latency": {"median": "10ms"}}
CASES = {
    "too_many_requests": Case({"share": 0.5, **IN_THE_RUN}, pushed_back),
    "too_many_requests, retried": Case({"share": 0.5, **IN_THE_RUN}, retried, run={"load.on_pushback": "retry"}),
    "server_error": Case({"status": 504, "share": 0.5, **IN_THE_RUN}, server_failed),
    "latency": Case({"add": "100ms", **ALWAYS}, answers_were_slow),
    "connection_reset": Case({"share": 0.6, **IN_THE_RUN}, connections_broke),
    "watch_drop": Case(IN_THE_RUN, watch_was_replaced),
    "watch_gone": Case(IN_THE_RUN, watch_was_replaced),
    "watch_silence": Case({"at": "2s", "for": "1m"}, watch_fell_silent),
    "duplicate_events": Case(ALWAYS, told_twice),
    "late_events": Case({"by": "200ms", **ALWAYS}, told_late),
    "reordered_events": Case({"by": "50ms", "share": 0.3, **ALWAYS}, told_out_of_order),
    "server_restart": Case(IN_THE_RUN, server_was_away),
    "controller_pause": Case(IN_THE_RUN, controller_stood_still),
    "clock_skew": Case({"by": "1h", **ALWAYS}, clocks_disagree),
    "conflict": Case(IN_THE_RUN, writes_were_refused),
    "slow_node": Case({"add": "500ms", **ALWAYS}, a_node_was_slow, NO_POOL | {"simulator.nodes.count": 3}),
    "node_lost": Case(IN_THE_RUN, nodes_were_gone, {"simulator.nodes.count": 1}),
    "image_pull_stuck": Case({"at": "0s", "for": "5s"}, images_did_not_come, NO_POOL),
    "exec_latency": Case({"add": "500ms", "share": 0.05, **ALWAYS}, commands_were_slow, run=EXEC),
    "exec_failure": Case({"exit_code": 3, "share": 0.05, **ALWAYS}, commands_failed, run=EXEC),
    "exec_failure, of what is expected": Case({**ALWAYS, "share": 0}, output_was_wrong, run=EXEC | UNEXPECTED),
    "token_expired": Case(IN_THE_RUN, nobody_was_let_in),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_shows_what_went_wrong(bench: Bench, name: str) -> None:
    case = CASES[name]
    fault = {"kind": name.split(",")[0], **case.fault}
    run = play(bench, {"simulator.faults": [fault], **case.simulator}, case.run)
    check_outcomes(run.done)
    assert run.summary["load"]["planned"] == CLAIMS
    assert run.fault["from_ns"] < run.at(run.claims[-1], "intended"), "the run was over before the fault began"
    case.shows(run)


def play(bench: Bench, simulator: dict[str, object], load: dict[str, object]) -> Faulted:
    """Runs 3 s of claims on a simulator of their own; it ends afterwards, so that its truth is whole."""
    with serving(bench, {"simulator.seed": 1, **simulator}) as served:
        options = ("--rate", RATE, "--total", CLAIMS, "--seed", 1, "--ready-timeout", "30s")
        done = bench("run", *served.target, *options, *sets(load))
    assert done.out.joinpath("summary.json").exists(), done.stderr
    return Faulted(done, served)
