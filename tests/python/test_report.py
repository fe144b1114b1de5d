"""The page and the log of a run."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from agent_sandbox_bench.typed import ConfigDict
from support.validity import PAUSED


@pytest.fixture
def result(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> asb.Result:
    caplog.set_level(logging.INFO, logger="agent_sandbox_bench")
    config: ConfigDict = {"load": {"rate": 50, "total": 20}, "output": {"report": False}, "validity": PAUSED}
    return asb.run(config, out_dir=tmp_path / "run")


def test_a_report_of_a_result_and_of_its_folder(result: asb.Result, tmp_path: Path) -> None:
    assert not (result.out_dir / "report.html").exists()
    page = asb.report(result)
    assert page == result.out_dir / "report.html" and result.summary["run_id"] in page.read_text()
    assert asyncio.run(asb.report_async(result.out_dir, out=tmp_path / "other.html")) == tmp_path / "other.html"
    assert (tmp_path / "other.html").read_text() == page.read_text()
    assert page.stat().st_mode & 0o077 == 0, "its owner's alone, as the rest of the folder"


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(asb.ConfigError, match="FOLDER"):
        asb.report(tmp_path)


def test_a_comparison_leaves_a_page(result: asb.Result, tmp_path: Path) -> None:
    asb.compare(result, result, html=tmp_path / "compare.html")
    assert "Cannot tell: " in (tmp_path / "compare.html").read_text()


def test_a_run_logs_its_verdict(result: asb.Result, caplog: pytest.LogCaptureFixture) -> None:
    records = caplog.get_records("setup")  # the fixture ran it
    assert repr(result) in [record.getMessage() for record in records]
    warnings = [record.getMessage() for record in records if record.levelno == logging.WARNING]
    assert warnings == result.summary["warnings"]
