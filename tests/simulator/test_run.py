"""`run` on the embedded simulator, as its user meets it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from support.bench import Bench, sets
from support.checks import check_outcomes, check_refused
from support.validity import ONE_PAUSE_HITS_ALL, PAUSED, SHARED_MACHINE


def test_a_run_leaves_what_it_says(bench: Bench) -> None:
    done = bench("run", "--rate", 100, "--duration", "1s", "--seed", 7, *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    assert done.stdout == ""
    assert done.verdict == "VALID" and f"results in {done.out}" in done.stderr
    summary = done.summary
    assert summary["schema_version"] == 2 and summary["target"]["kind"] == "simulator"
    assert summary["outcomes"] == {"ready": 100, "failed": 0, "timed_out": 0, "rejected": 0, "not_sent": 0}
    assert summary["classes"]["warm"] == 100
    assert len(done.claims) == 100
    assert summary["latency_s"]["time_to_ready"]["count"] == 100
    assert summary["latency_s"]["time_to_first_exec"] is None
    assert {"config.yaml", "claims.jsonl", "summary.json", "latency.hlog", "time_to_ready.hgrm"} <= {
        path.name for path in done.out.iterdir()
    }


def test_a_run_that_is_late_says_so_first(bench: Bench) -> None:
    done = bench("run", "--total", 3, *sets({"validity": {**PAUSED, "max_schedule_lag_p99": "1ns"}}))
    assert (done.code, done.verdict) == (3, "INVALID: generator_late")
    assert done.summary["valid"] is False and done.summary["invalid_reasons"] == ["generator_late"]


def test_every_instant_follows_its_cause(bench: Bench) -> None:
    done = bench("run", "--rate", 100, "--duration", "1s", "--arrivals", "poisson", "--hold", "50ms", *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    for claim in done.claims:
        chain = [claim[f"{name}_ns"] for name in ("intended", "handed_over", "sent", "acknowledged")]
        assert chain == sorted(chain), claim
        assert claim["sent_ns"] <= claim["bound_ns"] <= claim["ready_ns"], claim
        assert claim["ready_ns"] + 50_000_000 <= claim["released_ns"] <= claim["deleted_ns"], claim


def test_the_same_config_repeats_the_same_schedule(bench: Bench) -> None:
    first = bench("run", "--arrivals", "poisson", "--rate", 40, "--duration", "1s")
    again = bench("run", "-f", first.out / "config.yaml", "--set", "output.dir=null", *SHARED_MACHINE)
    assert again.code == 0, again.stderr
    assert [claim["intended_ns"] for claim in first.claims] == [claim["intended_ns"] for claim in again.claims]
    assert first.summary["run_id"] != again.summary["run_id"]


def test_json_output_is_the_summary_and_nothing_else(bench: Bench) -> None:
    done = bench("run", "--rate", 20, "--total", 10, "--output", "json")
    assert json.loads(done.stdout) == done.summary


def test_a_missed_objective_is_exit_4(bench: Bench) -> None:
    done = bench(
        "run", "--total", 5, "--set", 'slo=["time_to_ready.p99<1ns", "outcomes.failed==0"]', *ONE_PAUSE_HITS_ALL
    )
    assert done.code == 4
    assert [objective["met"] for objective in done.summary["slo"]] == [False, True]


def test_objectives_of_options_stand_beside_those_of_the_configuration(bench: Bench) -> None:
    written = ("--set", "slo=[outcomes.failed==0]", *ONE_PAUSE_HITS_ALL)
    done = bench(
        "run", "--total", 5, "--slo", "time_to_ready.p99<1ns", "warm_fraction>=0", "--slo", "peak_alive>0", *written
    )
    assert done.code == 4
    said = [(objective["expression"], objective["met"]) for objective in done.summary["slo"]]
    assert said == [
        ("outcomes.failed==0", True),
        ("time_to_ready.p99<1ns", False),
        ("warm_fraction>=0", True),
        ("peak_alive>0", True),
    ]


def test_nothing_ready_gives_no_percentile_of_nothing(bench: Bench) -> None:
    done = bench(
        "run", "--rate", 10, "--total", 5, "--ready-timeout", "300ms",
        "--set", "simulator.faults=[{kind: controller_pause, at: 0s, for: 20s}]",
    )  # fmt: skip
    summary = done.summary
    assert summary["outcomes"]["timed_out"] == 5
    assert summary["latency_s"]["time_to_ready_warm"] is None
    figures = summary["latency_s"]["time_to_ready"]
    assert (figures["count"], figures["censored"]) == (5, 5)
    assert figures["p50"] >= 0.3, "a claim that never became ready counts at the timeout at least"


def test_the_in_flight_limit_is_counted_not_waited_for(bench: Bench) -> None:
    done = bench(
        "run", "--arrivals", "burst", "--set", "load.burst={size: 50, every: 1s}", "--duration", "1s",
        "--max-in-flight", 10, *ONE_PAUSE_HITS_ALL,
    )  # fmt: skip
    summary = done.summary
    check_outcomes(done)
    assert summary["load"]["planned"] == 50
    assert summary["reasons"]["not_sent.max_in_flight"] == summary["outcomes"]["not_sent"] > 0
    assert summary["peak_in_flight"] == 10
    assert done.code == 0, "meeting a stated limit is counted; it makes no run invalid"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--rate", "0"], ["load.rate", "above 0"]),
        (["--rate", "-3"], ["load.rate", "-3"]),
        (["--rate", "fast"], ["load.rate", "fast"]),
        (["--duration", "30"], ["load.duration", "ns, us, ms, s, m or h"]),
        (["--set", "load.colour=red"], ["load.colour", "an unknown field"]),
        (["--set", "slo=['p99<1s']"], ["slo[0]", "docs/interface.md", "did you mean time_to_ready.p99?"]),
        (["--slo", "time_to_redy.p99<1s"], ["slo[0]", "did you mean time_to_ready.p99?"]),
        (["--slo", "time_to_ready.p99<500"], ["a limit with a unit; did you mean time_to_ready.p99<500ms?"]),
        (["--slo", "outcomes.failed=0"], ["--slo: got", "FIGURE OPERATOR LIMIT", "did you mean outcomes.failed==0?"]),
        (["-f", "absent.yaml"], ["--file", "absent.yaml"]),
        (["--arrivals", "trace", "--set", "load.trace=absent.txt"], ["load.trace", "absent.txt"]),
        (["--namespace", "No_Such"], ["load.namespace", "No_Such"]),
    ],
)
def test_bad_input_names_the_field_and_touches_nothing(bench: Bench, arguments: list[str], parts: list[str]) -> None:
    check_refused(bench("run", *arguments), 2, *parts)


def test_a_kubeconfig_that_is_not_there_is_named(bench: Bench) -> None:
    check_refused(bench("run", "--kubeconfig", "absent"), 2, "absent")


def test_a_folder_that_holds_something_is_refused(bench: Bench) -> None:
    bench.folder.joinpath("full").mkdir()
    bench.folder.joinpath("full", "precious").write_text("x")
    done = bench("run", "--total", "1", "--out", bench.folder / "full")
    assert done.code == 2 and "output.dir" in done.stderr
    assert [path.name for path in bench.folder.joinpath("full").iterdir()] == ["precious"]


def test_no_target_never_touches_the_current_context(bench: Bench, tmp_path: Path) -> None:
    """A listener stands where the current context points: nothing may connect, and the file may not even be read."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        # A kubeconfig that cannot be opened for reading without blocking would hang a reader.
        kube = tmp_path / ".kube"
        kube.mkdir()
        os.mkfifo(kube / "config")
        port = server.getsockname()[1]
        named = tmp_path / "kubeconfig"
        named.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n"
            f"clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n"
        )
        for env in ({"HOME": str(tmp_path), "KUBECONFIG": ""}, {"HOME": str(tmp_path), "KUBECONFIG": str(named)}):
            assert bench("run", "--total", 3, *ONE_PAUSE_HITS_ALL, env=env, timeout=30).code == 0
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_closed_phase_ends_by_its_total(bench: Bench) -> None:
    closed = "{arrivals: closed, closed: {users: 2}, total: 6}"
    phases = f"load.phases=[{closed}, {{rate: 10, duration: 1s}}, {closed}]"
    done = bench("run", "--set", phases, *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    by_phase = [[claim for claim in done.claims if claim["phase"] == f"phase-{at}"] for at in range(3)]
    assert [len(claims) for claims in by_phase] == [6, 10, 6]
    first, second, third = ([claim["intended_ns"] for claim in claims] for claims in by_phase)
    assert max(claim["released_ns"] for claim in by_phase[0]) <= min(second)
    assert max(second) < min(third)
    lengths = [phase["load"]["duration_s"] for phase in done.summary["phases"]]
    assert lengths[1] == 1.0
    assert max(first) / 1e9 < lengths[0] < 60
    assert 0 < lengths[2] < 60
    assert done.summary["load"]["duration_s"] == pytest.approx(sum(lengths))


def test_the_duration_of_a_total_alone_is_what_it_took(bench: Bench) -> None:
    done = bench("run", "--arrivals", "closed", "--rate", 2, "--total", 6, *SHARED_MACHINE)
    assert done.code == 0, done.stderr
    assert max(claim["intended_ns"] for claim in done.claims) / 1e9 < done.summary["load"]["duration_s"] < 60
