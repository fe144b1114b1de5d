"""`asb.search` on the embedded simulator."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import ConfigDict, SearchReport, SearchStep
from support.typed import misfits
from support.validity import PAUSED


def config(tmp_path: Path, *slo: str, rate: float = 20) -> ConfigDict:
    return {"load": {"rate": rate}, "slo": list(slo), "validity": PAUSED, "output": {"dir": tmp_path / "found"}}


def test_the_highest_rate_allowed_is_met_twice(tmp_path: Path) -> None:
    told: list[float] = []
    where: ConfigDict = {**config(tmp_path, "outcomes.failed==0", rate=2), "search": {"max_rate": 2}}
    found = asb.search(where, on_step=lambda step: told.append(step["rate"]))
    answer = {"rate": 2, "low": 2, "high": None, "settled": True, "limited_by": "max_rate", "next_higher": None}
    assert found["answer"] == answer and found["schema_version"] == 2
    assert misfits(found, SearchReport) == []
    assert told == [2, 2] == [step["rate"] for step in found["steps"]]
    assert json.loads((tmp_path / "found" / "search.json").read_text())["answer"]["rate"] == 2
    step = asb.Result.load(tmp_path / "found" / "step-01")
    assert step.summary["load"]["planned"] == 20 and step.valid
    assert [phase["name"] for phase in step.summary["phases"] if phase["warm_up"]] == ["warm-up"]
    assert found["expected"] is not None
    assert found["expected"]["most_s"] > sum(one["took_s"] for one in found["steps"]) > 20
    assert found["steps"][0]["seed"] == step.summary["load"]["seed"] != found["steps"][1]["seed"]
    assert found["steps"][0]["evidence"] == [{"kind": "figure", "met": True}]
    assert "the answer is its model's" in found["warnings"][0]


def test_an_error_in_on_step_ends_it_cleanly(tmp_path: Path) -> None:
    def fail(_: SearchStep) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        asb.search(config(tmp_path, "outcomes.failed==0", rate=1), on_step=fail)
    assert json.loads((tmp_path / "found" / "search.json").read_text())["answer"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slo": []}, "slo"),
        ({"load": {"arrivals": "burst"}}, r"load\.arrivals"),
        ({"load": {"phases": [{"rate": 1}]}}, r"load\.phases"),
        ({"slo": ["nonsense.p99<1s"]}, r"slo\[0\]"),
        ({"search": {"tolerance": 2.0}}, r"search\.tolerance"),
        ({"search": {"max_rate": 0}}, r"search\.max_rate"),
    ],
)
def test_bad_input_runs_nothing(tmp_path: Path, change: ConfigDict, field: str) -> None:
    with pytest.raises(asb.ConfigError, match=field):
        asyncio.run(asb.search_async({**config(tmp_path, "outcomes.failed==0"), **change}))
    assert list(tmp_path.iterdir()) == []
