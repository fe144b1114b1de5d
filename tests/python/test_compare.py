"""`asb.compare`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import Comparison
from support.typed import misfits
from support.validity import PAUSED


def run(folder: Path, rate: int) -> asb.Result:
    return asb.run(
        {
            "load": {"rate": rate, "total": 100, "seed": 1},
            "simulator": {"seed": 1},
            "validity": PAUSED,
            "output": {"dir": folder},
        }
    )


def test_a_run_is_like_itself_and_no_other_load(tmp_path: Path) -> None:
    base = run(tmp_path / "base", 50)
    same = asb.compare(base, base.out_dir)
    assert (same["verdict"], same["regressed"], same["unlike"]) == ("cannot_tell", False, [])
    assert same["headline"].endswith("; spread of runs unknown, limit 10 %")
    assert (same["level"], same["margin"], same["run_spread"]) == (0.01, 0.05, 0.1)
    assert [one["run_id"] for one in same["runs"]["new"]] == [base.summary["run_id"]]
    assert asyncio.run(asb.compare_async(base, base, margin="5%", run_spread="10%")) == same

    other = run(tmp_path / "other", 100)
    with pytest.raises(asb.ConfigError, match="load"):
        asb.compare(base, other)
    forced = asb.compare(base, other, force=True)
    assert misfits(forced, Comparison) == misfits(same, Comparison) == []
    assert forced["unlike"] == ["load"]
    assert forced["config_differences"] == [{"field": "load.rate", "base": 50, "new": 100}]
    assert forced["regressed"] == any(difference["regression"] for difference in forced["differences"])
    assert "time_to_ready.p99" in {difference["metric"] for difference in forced["differences"]}


def test_an_invalid_run_is_refused(tmp_path: Path) -> None:
    base = run(tmp_path / "base", 50)
    summary = json.loads((base.out_dir / "summary.json").read_text())
    summary.update(valid=False, invalid_reasons=["watch_gap"])
    (base.out_dir / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(asb.ConfigError, match=r"BASE: .*watch_gap.*force"):
        asb.compare(base, base)
    assert asb.compare(base, base, force=True)["runs"]["base"][0]["invalid_reasons"] == ["watch_gap"]
    with pytest.raises(asb.ConfigError, match="margin"):
        asb.compare(base, base, force=True, margin=5)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(asb.ConfigError, match="BASE"):
        asb.compare(tmp_path, tmp_path)
