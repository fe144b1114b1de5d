"""`asb.compare`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import agent_sandbox_bench as asb
import pytest


def run(folder: Path, rate: int, **simulator: object) -> asb.Result:
    return asb.run(
        {
            "load": {"rate": rate, "total": 100, "seed": 1},
            "simulator": {"seed": 1, **simulator},
            "output": {"dir": folder},
        }
    )


def test_a_run_is_like_itself_and_no_other_load(tmp_path: Path) -> None:
    base = run(tmp_path / "base", 50)
    same = asb.compare(base, base.out_dir)
    assert same["regressed"] is False and same["unlike"] == []
    assert asyncio.run(asb.compare_async(base, base)) == same

    slow = run(tmp_path / "slow", 100, faults=[{"kind": "latency", "at": "0s", "for": "1h", "add": "200ms"}])
    with pytest.raises(asb.ConfigError, match="load"):
        asb.compare(base, slow)
    forced = asb.compare(base, slow, force=True)
    assert forced["unlike"] == ["load"]
    assert forced["regressed"] is True
    assert any(
        "time_to_ready" in difference["metric"] for difference in forced["differences"] if difference["regression"]
    )


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(asb.ConfigError, match="BASE"):
        asb.compare(tmp_path, tmp_path)
