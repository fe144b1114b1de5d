"""The types of results say what results hold."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Claim, ConfigDict, LatencyName, Summary
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


def test_no_call_loads_types(result: asb.Result) -> None:
    code = f"""if True:
        import sys, agent_sandbox_bench as asb
        asb.Config({{"load": {{"rate": 5}}}}), asb.Result.load({str(result.out_dir)!r}).figures("time_to_ready")
        print(*sys.modules)
    """
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "agent_sandbox_bench._plain" in loaded
    assert not {"agent_sandbox_bench.typed", "decimal"} & set(loaded)
