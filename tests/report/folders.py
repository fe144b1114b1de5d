"""Folders of runs that no simulator makes: killed, huge, or named by somebody hostile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>\u2028\u202e{{ 7*7 }}"
)


def claims(folder: Path) -> list[dict[str, Any]]:
    """The claims of a run."""
    return [json.loads(line) for line in (folder / "claims.jsonl").read_text().splitlines()]


def write_claims(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Puts others in their place."""
    (folder / "claims.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def killed(run: Path, folder: Path) -> Path:
    """The run as if it had been killed after a third: no summary, and half of a last line."""
    folder.mkdir()
    shutil.copy(run / "config.yaml", folder)
    lines = (run / "claims.jsonl").read_text().splitlines(keepends=True)
    third = lines[: len(lines) // 3]
    (folder / "claims.jsonl").write_text("".join(third) + lines[-1][:100])
    return folder


def hostile(run: Path, folder: Path) -> Path:
    """The run on a cluster whose every name is an attack."""
    shutil.copytree(run, folder)
    lines = claims(folder)
    for number, claim in enumerate(lines):
        claim.update(name=HOSTILE, namespace=HOSTILE, sandbox=HOSTILE, node=HOSTILE)
        if number % 10 == 0:
            claim.update({"outcome": "failed", "reason": HOSTILE, "class": None, "ready_ns": None})
    write_claims(folder, lines)
    summary = json.loads((folder / "summary.json").read_text())
    summary["target"].update(kind="cluster", server_version=HOSTILE, agent_sandbox_version=HOSTILE)
    summary["warnings"].append(HOSTILE)
    summary["run_id"] = HOSTILE
    summary["labels"] = {HOSTILE: HOSTILE}
    summary["environment"].update(host=HOSTILE, os=HOSTILE, kernel=HOSTILE, cpu=HOSTILE, python=HOSTILE)
    summary["slo"] = [{"expression": HOSTILE, "value": None, "met": False}]
    summary["controller_metrics"] = {"source": HOSTILE, "creations": {HOSTILE: 1}, "histograms": {HOSTILE: None}}
    (folder / "summary.json").write_text(json.dumps(summary))
    depth = {"name": "workqueue_depth", "labels": {"name": HOSTILE}, "kind": "gauge", "unit": "1", "value": 5}
    said = [{"source": "controller", "t_s": instant, "values": [depth]} for instant in (0, 5)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in said))
    return folder


def huge(run: Path, folder: Path, count: int) -> Path:
    """The run's claims again and again, one round after the other, until there are `count`."""
    shutil.copytree(run, folder)
    once = claims(folder)
    length = max(claim["intended_ns"] for claim in once) + 1
    lines: list[dict[str, Any]] = []
    for number in range(count):
        claim = dict(once[number % len(once)])
        later = number // len(once) * length
        moved = {key: value + later for key, value in claim.items() if key.endswith("_ns") and isinstance(value, int)}
        lines.append({**claim, **moved, "index": number})
    write_claims(folder, lines)
    stretch(folder, count / len(once))
    return folder


def stretch(folder: Path, factor: float) -> None:
    """Places the readings of the sources over a run that is `factor` times as long."""
    path = folder / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**line, "t_s": line["t_s"] * factor}) + "\n" for line in lines))
