"""Metrics of the live run, pushed by OTLP and by remote write to a receiver that reads them as receivers do."""

from __future__ import annotations

import bisect
import itertools
import json
import math
import platform
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from support.bench import Bench, Finished
from support.certificates import certificates
from support.checks import check_refused
from support.pushed import Histogram, otlp, values, written
from support.receiver import Receiver
from support.validity import ONE_PAUSE_HITS_ALL

CANARY = "canary-5b21d0"
# Some claims are refused: they are no latency, and must not be hidden.
REFUSALS = ("--set", "simulator.faults=[{kind: too_many_requests, at: 0s, for: 1h, share: 0.3}]")
LOAD = ("--rate", 40, "--total", 60, "--hold", "20ms", *ONE_PAUSE_HITS_ALL)
FEW = ("--rate", 50, "--total", 5, *ONE_PAUSE_HITS_ALL)


def push(key: str, receiver: Receiver, **more: object) -> tuple[str, ...]:
    """Options that push there."""
    settings = {"endpoint": receiver.endpoint, "interval": "1s", **more}
    return ("--set", f"output.{key}={json.dumps(settings)}")


def check_histogram(histogram: Histogram, figures: dict[str, Any]) -> None:
    """Count and sum are the summary's."""
    assert histogram.count == figures["count"] == sum(histogram.counts)
    assert math.isclose(histogram.sum, figures["mean"] * figures["count"], rel_tol=1e-9)


def by_bucket(done: Finished, bounds: list[float]) -> list[int]:
    """Of claims.jsonl: time to ready by bucket; what never became ready is above every bound."""
    counts: Counter[int] = Counter()
    for claim in done.claims:
        took_ns = claim["ready_ns"] - claim["intended_ns"] if claim["outcome"] == "ready" else None
        counts[len(bounds) if took_ns is None else bisect.bisect_left(bounds, took_ns / 1e9)] += 1
    return [counts[bucket] for bucket in range(len(bounds) + 1)]


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Receiver, Receiver]:
    """A run that pushed by both protocols, and what came."""
    bench = Bench(tmp_path_factory.mktemp("pushed"))
    labels = ("--label", "version=v1.2", "job=nightly")
    with Receiver() as first, Receiver(status=204) as second:
        done = bench("run", *LOAD, *REFUSALS, *labels, *push("otlp", first), *push("remote_write", second))
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["rejected"] > 0
    return done, first, second


def test_what_otlp_brings_last_is_the_summary(pushed: tuple[Finished, Receiver, Receiver]) -> None:
    done, receiver, _ = pushed
    assert {it.path for it in receiver.pushes} == {"/v1/metrics"}
    last, summary = otlp(receiver.pushes[-1]), done.summary
    outcomes = {outcome: last.number("claims_ended", outcome) for outcome in summary["outcomes"]}
    assert outcomes == summary["outcomes"]
    assert last.number("claims_intended") == summary["load"]["planned"] == 60
    assert last.number("claims_sent") == 60 and last.number("claims_in_flight") == 0 == last.number("claims_held")
    assert last.number("pool_wanted") == 100 >= last.number("pool_ready")
    ready, lag = last.histograms["time_to_ready"], last.histograms["schedule_lag"]
    check_histogram(ready, summary["latency_s"]["time_to_ready"])
    check_histogram(lag, summary["latency_s"]["schedule_lag"])
    assert ready.counts == by_bucket(done, ready.bounds)
    assert ready.counts[-1] == 60 - summary["outcomes"]["ready"]


def test_otlp_says_of_which_run_it_is(pushed: tuple[Finished, Receiver, Receiver]) -> None:
    done, receiver, _ = pushed
    about = {"run_id": done.summary["run_id"], "version": "v1.2", "job": "nightly"}
    for metrics in map(otlp, receiver.pushes):
        own = {"service.name": "agent-sandbox-bench", "service.instance.id": platform.node()}
        version = {"service.version": done.summary["tool_version"].split()[0]}
        assert metrics.resource == {**about, **own, **version}
        assert metrics.info == about
    assert metrics.units == {
        "run_info": "",
        "claims_intended": "{claim}",
        "claims_sent": "{claim}",
        "claims_ended": "{claim}",
        "claims_in_flight": "{claim}",
        "claims_held": "{claim}",
        "pool_ready": "{sandbox}",
        "pool_wanted": "{sandbox}",
        "time_to_ready": "s",
        "schedule_lag": "s",
    }


def test_it_is_pushed_while_the_run_goes_on_and_only_grows(pushed: tuple[Finished, Receiver, Receiver]) -> None:
    _, receiver, _ = pushed
    all_of_it = [otlp(it) for it in receiver.pushes]
    assert len(all_of_it) >= 3, "at the start, after a second, at the end"
    intended = [it.number("claims_intended") for it in all_of_it]
    assert intended[0] < intended[1] <= intended[-1] == 60
    for before, after in itertools.pairwise(all_of_it):
        assert before.at_ns < after.at_ns and abs(before.start_ns - after.start_ns) < 50e6
        assert before.start_ns <= before.at_ns
        for name in ("claims_intended", "claims_sent", "claims_ended"):
            assert all(after.numbers[name][key] >= value for key, value in before.numbers[name].items())
        for name, histogram in before.histograms.items():
            pairs = zip(histogram.counts, after.histograms[name].counts, strict=True)
            assert all(then <= now for then, now in pairs)


def test_what_remote_write_brings_last_is_the_summary(pushed: tuple[Finished, Receiver, Receiver]) -> None:
    done, _, receiver = pushed
    assert {it.path for it in receiver.pushes} == {"/api/v1/write"}
    last, summary = written(receiver.pushes[-1]), done.summary
    assert values(last, "claims_ended_total", "outcome") == summary["outcomes"]
    assert values(last, "claims_intended_total") == {"": 60} == values(last, "claims_sent_total")
    assert values(last, "claims_in_flight") == {"": 0} and values(last, "pool_wanted") == {"": 100}
    for name in ("time_to_ready", "schedule_lag"):
        buckets = values(last, f"{name}_seconds_bucket", "le")
        bounds, counts = [float(bound) for bound in buckets][:-1], list(buckets.values())
        assert list(buckets)[-1] == "+Inf" and bounds == sorted(bounds) and counts == sorted(counts)
        parts = [int(now - before) for before, now in zip([0.0, *counts], counts, strict=False)]
        [total], [count] = values(last, f"{name}_seconds_sum").values(), values(last, f"{name}_seconds_count").values()
        check_histogram(Histogram(int(count), total, parts, bounds), summary["latency_s"][name])
        if name == "time_to_ready":
            assert parts == by_bucket(done, bounds)


def test_no_series_is_a_runs_own_and_each_ends_with_it(pushed: tuple[Finished, Receiver, Receiver]) -> None:
    done, _, receiver = pushed
    own = {"job": "agent-sandbox-bench", "instance": platform.node()}
    for push_, is_last in [*((it, False) for it in receiver.pushes[:-1]), (receiver.pushes[-1], True)]:
        for series in written(push_):
            assert series.is_ended == is_last and len(series.samples) == 1 + is_last
            rest = {name: value for name, value in series.labels.items() if name not in ("__name__", "le", "outcome")}
            if series.name != "agent_sandbox_bench_run_info":
                assert rest == own
                continue
            about = {"run_id": done.summary["run_id"], "version": "v1.2", "exported_job": "nightly"}
            assert (series.value, rest) == (1, {**own, **about})


def warnings(done: Finished, key: str) -> list[str]:
    """Those of a push."""
    found = [warning for warning in done.summary["warnings"] if warning.startswith(f"output.{key}: ")]
    assert all(warning in done.stderr for warning in found)
    return found


def test_a_receiver_that_is_not_there_is_a_warning(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}/push?token={CANARY}"
    settings = [f"output.{key}.endpoint={endpoint}" for key in ("otlp", "remote_write")]
    done = bench("run", *FEW, "--set", settings[0], "--set", settings[1])
    assert done.code == 0 and done.summary["valid"], done.stderr
    for key in ("otlp", "remote_write"):
        [warning] = warnings(done, key)
        assert f"2 of 2 pushes to http://127.0.0.1:{port}/push failed, the last one among them" in warning
        assert "refused" in warning and CANARY not in done.stderr


def test_a_receiver_that_never_answers_holds_up_nothing(bench: Bench) -> None:
    with Receiver(silent=True) as receiver:
        done = bench("run", *FEW, *push("otlp", receiver), *push("remote_write", receiver))
        ends = [claim["released_ns"] for claim in done.claims]
    assert done.code == 0 and done.summary["outcomes"]["ready"] == 5, done.stderr
    # Both wait at the same time, and for the end alone.
    assert len(receiver.pushes) == 4 and max(ends) < 2e9
    [warning] = warnings(done, "otlp")
    assert "2 of 2 pushes" in warning and "no answer within 2 s" in warning


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (503, CANARY.encode(), "503 Service Unavailable"),
        (401, CANARY.encode(), "401 Unauthorized"),
        (
            200,
            ExportMetricsServiceResponse(
                partial_success=ExportMetricsPartialSuccess(rejected_data_points=4, error_message=CANARY)
            ).SerializeToString(),
            "it rejected 4 data points",
        ),
    ],
)
def test_a_receiver_that_refuses_is_a_warning(bench: Bench, status: int, answer: bytes, why: str) -> None:
    with Receiver(status, answer) as receiver:
        done = bench("run", *FEW, *push("otlp", receiver))
    assert done.code == 0 and len(receiver.pushes) == 2, done.stderr
    [warning] = warnings(done, "otlp")
    assert warning.endswith(f"the last one among them: {why}")
    assert CANARY not in done.stderr, "what it echoes may be a secret"


def test_a_receiver_is_trusted_by_its_certificate_alone(bench: Bench, tmp_path: Path) -> None:
    certificates(tmp_path, "receiver")
    with Receiver(tls=tmp_path) as receiver:
        refused = bench("run", *FEW, *push("otlp", receiver))
        assert refused.code == 0 and receiver.pushes == []
        [warning] = warnings(refused, "otlp")
        assert "2 of 2 pushes to https://" in warning and "certificate" in warning.lower()
        done = bench("run", *FEW, *push("otlp", receiver), env={"SSL_CERT_FILE": str(tmp_path / "authority.pem")})
    assert warnings(done, "otlp") == [] and otlp(receiver.pushes[-1]).number("claims_ended", "ready") == 5


def written_to(folder: Path) -> str:
    """All that stands in a folder's files."""
    return "\n".join(path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("status", [200, 401])
def test_secrets_reach_the_receiver_alone(bench: Bench, tmp_path: Path, status: int) -> None:
    file = tmp_path / "key"
    file.write_text(f"{CANARY}-in-a-file\n")
    headers = {"authorization": "env:PUSH_TOKEN", "x-api-key": f"file:{file}", "X-Scope-OrgID": "team-a"}
    env = {"PUSH_TOKEN": f"Bearer {CANARY}", "RUST_LOG": "trace", "RUST_BACKTRACE": "full"}
    with Receiver(status) as receiver:
        done = bench("run", *FEW, *push("remote_write", receiver, headers=headers), "--verbose", env=env)
    assert done.code == 0, done.stderr
    for it in receiver.pushes:
        assert it.headers["authorization"] == f"Bearer {CANARY}"
        assert (it.headers["x-api-key"], it.headers["x-scope-orgid"]) == (f"{CANARY}-in-a-file", "team-a")
        assert it.headers["user-agent"].startswith("agent-sandbox-bench/")
    assert CANARY not in done.stdout + done.stderr + written_to(done.out)
    assert "env:PUSH_TOKEN" in (done.out / "config.yaml").read_text(), "run -f repeats it"


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"headers": {"authorization": f"Bearer {CANARY}"}}, ("headers.authorization", "env:NAME or file:PATH")),
        ({"headers": {"x": "env:NO_SUCH_VARIABLE"}}, ("headers.x", "env:NO_SUCH_VARIABLE", "a variable that is set")),
        ({"headers": {"x": "file:no/such/file"}}, ("headers.x", "no/such/file", "a file that can be read")),
        ({"headers": {"content-type": "text/plain"}}, ("headers.content-type", "does not set itself")),
        ({"endpoint": f"http://me:{CANARY}@a.example"}, ("endpoint", "without a user")),
        ({"endpoint": "a.example:4318"}, ("endpoint", "http://HOST:PORT")),
        ({"interval": "100ms"}, ("interval", "1s or more")),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_anything(
    bench: Bench, settings: dict[str, object], parts: tuple[str, ...]
) -> None:
    whole = {"endpoint": "http://a.example", **settings}
    done = bench("run", "--set", f"output.otlp={json.dumps(whole)}")
    check_refused(done, 2, f"output.otlp.{parts[0]}", *parts[1:])
    assert CANARY not in done.stderr and not done.out.exists()
