"""`asb.compare`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import agent_sandbox_bench as asb
import pytest


def run(folder: Path, rate: int) -> asb.Result:
    return asb.run(
        {
            "load": {"rate": rate, "total": 100, "seed": 1},
            "simulator": {"seed": 1},
            "output": {"dir": folder},
        }
    )


def test_a_run_is_like_itself_and_no_other_load(tmp_path: Path) -> None:
    base = run(tmp_path / "base", 50)
    same = asb.compare(base, base.out_dir)
    assert same["regressed"] is False and same["unlike"] == []
    assert asyncio.run(asb.compare_async(base, base)) == same

    other = run(tmp_path / "other", 100)
    with pytest.raises(asb.ConfigError, match="load"):
        asb.compare(base, other)
    forced = asb.compare(base, other, force=True)
    assert forced["unlike"] == ["load"]
    assert forced["regressed"] == any(difference["regression"] for difference in forced["differences"])
    assert "time_to_ready.p99" in {difference["metric"] for difference in forced["differences"]}


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(asb.ConfigError, match="BASE"):
        asb.compare(tmp_path, tmp_path)
