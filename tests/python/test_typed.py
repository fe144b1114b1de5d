"""The types of results say what results hold; a result as figures, frames and pickles."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any, get_args, get_type_hints

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Claim, ConfigDict, LatencyName, PodInstants, SourceReading, Stage, Summary
from support.typed import misfits


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> asb.Result:
    config: ConfigDict = {
        "load": {
            "phases": [{"name": "warm-up", "warm_up": True, "total": 5}, {"name": "steady", "rate": 50, "total": 20}]
        },
        "slo": ["outcomes.failed==0"],
    }
    return asb.run(config, out_dir=tmp_path_factory.mktemp("run") / "out")


def test_a_summary_holds_what_its_type_says(result: asb.Result) -> None:
    assert misfits(result.summary, Summary) == []


def test_a_claim_holds_what_its_type_says(result: asb.Result) -> None:
    claims = list(result.claims())
    assert len(claims) == 25
    assert [fault for claim in claims for fault in misfits(claim, Claim)] == []


def test_a_reading_holds_what_its_type_says(result: asb.Result) -> None:
    readings = list(result.metrics())
    assert [fault for reading in readings for fault in misfits(reading, SourceReading)] == []
    reads = {it["source"]: it["reads"] for it in result.summary["sources"] if it["reads"]}
    assert {name: sum(it["source"] == name for it in readings) for name in reads} == reads
    assert reads["api_server"] == 2 and readings[0]["t_s"] < 0 < readings[-1]["t_s"]
    assert list(asb.Result(result.summary, result.out_dir / "elsewhere").metrics()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"index": "0"}, "Claim.index: '0' is no int"),
        ({"ready_ns": 0.5}, "Claim.ready_ns: 0.5 is no int"),
        ({"outcome": "redy"}, "Claim.outcome: 'redy' is none of "),
        ({"late_ns": {}}, "Claim.late_ns.acknowledged is absent"),
        ({"new": 1}, "Claim.new is not in its type"),
    ],
)
def test_what_its_type_does_not_allow_is_found(result: asb.Result, change: dict[str, Any], fault: str) -> None:
    assert misfits({**next(result.claims()), **change}, Claim)[0].startswith(fault)


def test_figures_are_those_of_the_summary(result: asb.Result) -> None:
    assert result.figures("time_to_ready") == result.summary["latency_s"]["time_to_ready"]
    assert result.figures("time_to_ready")["count"] == 20


@pytest.mark.parametrize("latency", ["time_to_ready_cold", "time_to_redy"])
def test_no_figures_name_those_that_are_there(result: asb.Result, latency: LatencyName) -> None:
    with pytest.raises(asb.NoFiguresError, match=rf"got {latency}, .*allowed: .*time_to_ready\b"):
        result.figures(latency)
    assert issubclass(asb.NoFiguresError, LookupError) and issubclass(asb.NoFiguresError, asb.AgentSandboxBenchError)


def test_an_unpickled_result_equals_the_original(result: asb.Result) -> None:
    again = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own
    assert again == result == asb.Result.load(result.out_dir) and len({again, result}) == 1
    assert list(again.claims()) == list(result.claims())
    other = asb.Result({**result.summary, "valid": not result.valid}, result.out_dir)
    assert other != result and result != result.summary


def test_pandas_gets_each_claim(result: asb.Result) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = result.to_pandas()
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    check_rows(result, [{str(name): value for name, value in row.items()} for row in rows])
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert (kinds["ready_ns"], kinds["late_ready_ns"], kinds["upper_bound"]) == ("Int64", "Int64", "boolean")
    assert kinds["outcome"] == kinds["node"] == "string" and "late_ns" not in kinds
    steady = frame[frame.phase == "steady"]
    assert isinstance(steady, pandas.DataFrame) and len(steady) == 20


def test_polars_gets_each_claim(result: asb.Result) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = result.to_polars()
    check_rows(result, frame.to_dicts())
    assert frame.schema["capacity_back_ns"] == polars.Int64, "also where no claim has one"
    assert frame.schema["upper_bound"] == polars.Boolean and frame.schema["class"] == polars.String


def check_rows(result: asb.Result, rows: list[dict[str, Any]]) -> None:
    """As the claims, but for `late_ns`, `stages_ns` and `pod`, whose parts have columns of their own."""
    claims: list[dict[str, Any]] = [dict(claim) for claim in result.claims()]
    late = [{f"late_{instant}_ns": lateness for instant, lateness in claim.pop("late_ns").items()} for claim in claims]
    none = dict.fromkeys(f"stage_{stage}_ns" for stage in get_args(Stage))
    none |= dict.fromkeys(f"pod_{name}" for name in get_type_hints(PodInstants))
    stages = [none | {f"stage_{stage}_ns": time for stage, time in claim.pop("stages_ns").items()} for claim in claims]
    assert all(any(times.values()) for times in stages)
    assert rows == [claim | lateness | times for claim, lateness, times in zip(claims, late, stages, strict=True)]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_without_the_library_it_is_named(result: asb.Result, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModuleNotFoundError, match=rf"pip install {library}, or agent-sandbox-bench\[{library}\]"):
        getattr(result, f"to_{library}")()


def test_no_call_loads_types_or_frames(result: asb.Result) -> None:
    code = f"""if True:
        import sys, agent_sandbox_bench as asb
        asb.Config({{"load": {{"rate": 5}}}}), asb.Result.load({str(result.out_dir)!r}).figures("time_to_ready")
        print(*sys.modules)
    """
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "agent_sandbox_bench._plain" in loaded
    assert not {"agent_sandbox_bench.typed", "agent_sandbox_bench._frames", "pandas", "decimal"} & set(loaded)
