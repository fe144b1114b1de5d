"""The types of results say what results hold."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints, is_typeddict

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench import _summary


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> asb.Result:
    phases = [{"name": "warm-up", "warm_up": True, "total": 5}, {"name": "steady", "rate": 50, "total": 20}]
    config = {
        "load": {"phases": phases},
        "slo": ["outcomes.failed==0"],
        "output": {"dir": tmp_path_factory.mktemp("run") / "out"},
    }
    return asb.run(config)


def test_a_summary_holds_what_its_type_says(result: asb.Result) -> None:
    check(result.summary, _summary.Summary, "summary")


def test_a_claim_holds_what_its_type_says(result: asb.Result) -> None:
    claims = list(result.claims())
    assert len(claims) == 25
    for claim in claims:
        check(claim, _summary.Claim, "claim")


def check(value: Any, kind: Any, path: str) -> None:
    """Compares the fields of dicts with their TypedDict, all the way down."""
    if is_typeddict(kind):
        assert kind.__required_keys__ <= set(value) <= kind.__required_keys__ | kind.__optional_keys__, path
        hints = get_type_hints(kind)
        for key, item in value.items():
            check(item, hints[key], f"{path}.{key}")
        return
    for inner in get_args(kind):
        if isinstance(value, list):
            for item in value:
                check(item, inner, f"{path}[]")
        elif isinstance(value, dict) and is_typeddict(inner):
            check(value, inner, path)
        elif isinstance(value, dict) and inner is not str:
            for key, item in value.items():
                check(item, inner, f"{path}.{key}")
