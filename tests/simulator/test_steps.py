"""Sessions: steps in each ready claim, against the simulator's truth."""

from __future__ import annotations

import json
import math
import signal
from typing import Any

import pytest
from agent_sandbox_bench.typed import Claim, Summary
from support.api import CLAIMS as CLAIMS_PATH
from support.bench import Bench, Finished, sets
from support.simulator import Served, serving
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL
from support.waiting import until

SECOND_NS = 1_000_000_000
CLAIMS = 30
LOAD = ("--rate", 20, "--total", CLAIMS, *ONE_PAUSE_HITS_ALL)
CYCLE: list[dict[str, Any]] = [
    {"kind": "exec", "name": "write", "command": "echo state | tee /data/marker", "expect": "state"},
    {"kind": "suspend", "name": "suspend"},
    {"kind": "think", "for": "50ms"},
    {"kind": "resume", "name": "resume"},
    {"kind": "exec", "name": "read", "command": "cat /data/marker", "expect": "state"},
]
NAMES = ["write", "suspend", "resume", "read"]


def steps(all_of_them: list[dict[str, Any]], **settings: object) -> list[str]:
    return sets({"workload.steps": all_of_them, **{name.replace("__", "."): it for name, it in settings.items()}})


def by_name(done: Finished) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in done.summary["steps"]}


def changed(steps: list[dict[str, Any]], name: str, **fields: object) -> list[dict[str, Any]]:
    return [{**step, **fields} if step.get("name") == name else step for step in steps]


def true_latencies(done: Finished, served: Served, cycles: int) -> dict[str, list[int]]:
    """By step, what each took from where the generator saw the step before end to its true end."""
    found: dict[str, list[int]] = {name: [] for name in NAMES}
    truth = {line["name"]: line for line in served.lines("execs")}
    base = done.summary["monotonic_base_ns"]
    for claim in done.claims:
        line = truth[claim["name"]]
        ends = {
            "write": [command["ended_ns"] for command in line["execs"][0::2]],
            "suspend": [change["sent_ns"] for change in line["suspends"]],
            "resume": [change["sent_ns"] for change in line["resumes"]],
            "read": [command["ended_ns"] for command in line["execs"][1::2]],
        }
        assert [len(times) for times in ends.values()] == [cycles] * 4
        assert [step["step"] for step in claim["steps"]] == NAMES * cycles
        before = claim["ready_ns"]
        for at, step in enumerate(claim["steps"]):
            pause = 50_000_000 if step["step"] == "resume" else 0
            assert step["from_ns"] == before if pause == 0 else step["from_ns"] >= before + pause
            end = ends[step["step"]][at // len(NAMES)]
            assert end <= base + step["ended_ns"], "seen after it happened"
            found[step["step"]].append(end - base - step["from_ns"])
            before = step["ended_ns"]
    return found


@pytest.mark.parametrize(
    ("release", "object_name"), [("v0.4", "claim"), ("v0.5", "claim"), ("v1.0", "claim"), ("v1.0", "sandbox")]
)
def test_each_step_takes_what_the_truth_says(bench: Bench, release: str, object_name: str) -> None:
    simulator = {"simulator.release": release, "simulator.cold_latency": {"median": "200ms"}}
    simulator["simulator.end_latency"] = {"median": "60ms", "distribution": "lognormal"}
    with serving(bench, simulator) as served:
        session = steps(CYCLE, workload__repeat=2, load__object=object_name)
        done = bench("run", *served.target, *LOAD, *session, "--slo", "steps.read.failed==0")
    assert done.code == 0, done.stderr
    summary = done.summary
    assert misfits(summary, Summary) == [] == [fault for claim in done.claims for fault in misfits(claim, Claim)]
    assert summary["exec"]["ok"] == CLAIMS == summary["latency_s"]["time_to_first_exec"]["count"]
    for name, true in true_latencies(done, served, 2).items():
        step = by_name(done)[name]
        assert (step["attempted"], step["failed"], step["latency_s"]["censored"]) == (2 * CLAIMS, 0, 0)
        for figure, share in (("p50", 0.5), ("p99", 0.99)):
            wanted = sorted(true)[math.ceil(share * len(true)) - 1] / SECOND_NS
            assert 0.999 * wanted <= step["latency_s"][figure] < 1.1 * wanted + 0.3, (name, figure, wanted)
    assert all(name in done.stderr for name in NAMES)
    assert '<h2 id="steps">' in (done.out / "report.html").read_text()


@pytest.mark.parametrize("release", ["v0.4", "v1.0"])
def test_ready_that_lingers_is_no_resume(bench: Bench, release: str) -> None:
    """A pod takes 400 ms to start: a resume that takes less was seen in what lingered. On v0.4 Ready stays True."""
    simulator = sets({"simulator.release": release, "simulator.end_latency.median": "5ms"})
    simulator += sets({"simulator.cold_latency": {"median": "400ms", "distribution": "constant"}})
    done = bench("run", *LOAD, *steps(CYCLE), *simulator)
    assert done.code == 0, done.stderr
    assert by_name(done)["resume"]["latency_s"]["min"] >= 0.4
    assert by_name(done)["suspend"]["latency_s"]["p50"] < 0.4


def test_a_step_that_fails_is_censored_and_ends_its_session(bench: Bench) -> None:
    session = [{"kind": "exec", "name": name, "command": "echo hi", "timeout": "20s"} for name in ("one", "two")]
    fault = {"kind": "exec_failure", "share": 0.2, "exit_code": 3, "at": "0s", "for": "1h"}
    done = bench("run", "--rate", 50, "--total", 100, *steps(session, simulator__faults=[fault]), *ONE_PAUSE_HITS_ALL)
    assert done.summary["outcomes"]["ready"] == 100, done.stderr
    ends = [[step.get("reason") for step in claim["steps"]] for claim in done.claims]
    failed = [ends.count(["exec_exit_3"]), ends.count([None, "exec_exit_3"])]
    assert min(failed) > 2 and sum(failed) + ends.count([None, None]) == 100
    one, two = by_name(done)["one"], by_name(done)["two"]
    assert [one["attempted"], two["attempted"]] == [100, 100 - failed[0]]
    for step, count in zip((one, two), failed, strict=True):
        figures = step["latency_s"]
        assert step["failed"] == figures["censored"] == count and step["reasons"] == {"exec_exit_3": count}
        assert "p99" in figures["bounds"] and "p50" not in figures["bounds"] and figures["p99"] >= 19.9 > figures["p50"]
    assert done.summary["exec"]["failed"] == done.summary["latency_s"]["time_to_first_exec"]["censored"] == failed[0]
    assert done.summary["reasons"] == {"ready.exec_exit_3": sum(failed)}
    assert f"{failed[0]} of 100 failed: {failed[0]} exec_exit_3" in done.stderr


def test_a_lost_marker_is_found(bench: Bench) -> None:
    """What is not on the volume is lost with the pod."""
    lost = changed(CYCLE, "write", command="echo state | tee /tmp/marker")
    lost = changed(lost, "read", command="cat /tmp/marker")
    fast = sets({"simulator.cold_latency.median": "50ms"})
    done = bench("run", *LOAD, *steps(lost), *fast, "--slo", "steps.read.ok_fraction>=1")
    assert done.code == 4, done.stderr
    assert by_name(done)["read"]["reasons"] == {"exec_exit_1": CLAIMS}
    assert by_name(done)["resume"]["ok"] == CLAIMS


def test_another_marker_is_found(bench: Bench) -> None:
    other = [*CYCLE[:1], {"kind": "exec", "command": "cat /data/marker", "expect": "other"}]
    done = bench("run", *LOAD, *steps(other))
    assert by_name(done)["exec_2"]["reasons"] == {"exec_wrong_output": CLAIMS}


def test_a_suspension_that_does_not_end_in_time_is_given_up(bench: Bench) -> None:
    session = changed(CYCLE, "suspend", timeout="300ms")
    done = bench("run", *LOAD, *steps(session), *sets({"simulator.end_latency.median": "5s"}))
    assert list(by_name(done)) == ["write", "suspend"]
    suspend = by_name(done)["suspend"]
    assert suspend["reasons"] == {"suspend_timeout": CLAIMS}
    assert suspend["latency_s"]["censored"] == CLAIMS and suspend["latency_s"]["min"] >= 0.3
    assert "p50" in suspend["latency_s"]["bounds"]


def test_a_step_is_repeated_alone_and_a_pause_has_no_figures(bench: Bench) -> None:
    session = [{"kind": "exec", "command": "echo hi", "repeat": 3}, {"kind": "think", "for": "10ms", "repeat": 2}]
    done = bench("run", *LOAD, *steps(session, workload__repeat=2))
    assert done.code == 0, done.stderr
    [step] = done.summary["steps"]
    assert (step["name"], step["attempted"], step["latency_s"]["count"]) == ("exec_1", 6 * CLAIMS, 6 * CLAIMS)
    claim = done.claims[0]
    pauses = claim["steps"][3]["from_ns"] - claim["steps"][2]["ended_ns"]
    assert pauses >= 20_000_000
    assert all(claim["exec_ended_ns"] <= claim["released_ns"] for claim in done.claims)


def test_one_command_is_a_session_of_one_step(bench: Bench) -> None:
    done = bench("run", *LOAD, "--exec", "echo hi")
    [step] = done.summary["steps"]
    assert (step["name"], step["kind"], step["ok"]) == ("exec", "exec", CLAIMS)
    assert step["latency_s"]["max"] <= done.summary["latency_s"]["time_to_first_exec"]["max"] + 1


def test_a_run_that_is_stopped_counts_no_step_under_way(bench: Bench) -> None:
    session = [{"kind": "exec", "name": "slow", "command": "echo hi"}]
    with serving(bench, {"simulator.exec.duration": "1h"}) as served:
        out = bench.out()
        process = bench.start("run", *served.target, *LOAD, *steps(session), "--out", out)
        until(lambda: len(served.api.ok("GET", CLAIMS_PATH)["items"]) == CLAIMS, 20, "the claims")
        process.send_signal(signal.SIGINT)
        done = bench.finish(process, out)
    assert done.code == 130, done.stderr
    assert done.summary["steps"] == [] and done.summary["exec"]["attempted"] == 0


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        ({"steps": CYCLE, "exec": "id"}, "workload.steps: got it beside workload.exec, allowed: one of the two"),
        ({"steps": CYCLE, "execute": "id"}, "workload.steps: got it beside workload.execute, allowed: one of the two"),
        ({"steps": [{"kind": "exec"}]}, "workload.steps[0].command: got nothing, allowed: a command, as kind is exec"),
        ({"steps": [{"kind": "resume"}]}, "workload.steps[0].kind: got resume, allowed: it after a suspend"),
        (
            {"steps": [{"kind": "snapshot"}]},
            'workload.steps[0].kind: got "snapshot", allowed: exec, execute',
        ),
        ({"steps": [*CYCLE, *CYCLE]}, 'workload.steps[5].name: got "write" a second time, allowed: a name of its own'),
    ],
)
def test_what_contradicts_itself_is_refused(bench: Bench, workload: dict[str, Any], words: str) -> None:
    done = bench("run", "--set", f"workload={json.dumps(workload)}")
    assert done.code == 2 and words in done.stderr, done.stderr


def test_a_pod_has_no_mode_and_an_objective_names_a_step_of_the_workload(bench: Bench) -> None:
    done = bench("run", *steps(CYCLE, load__object="pod"))
    assert done.code == 2 and "workload.steps: got a suspend beside load.object: pod" in done.stderr
    done = bench("run", *steps(CYCLE), "--slo", "steps.reed.p99<1s")
    assert done.code == 2 and "allowed: write, suspend, resume, read" in done.stderr
