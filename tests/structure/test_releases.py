"""agent-sandbox's releases stand in one table of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "src/common/release.rs"
# Written from the schema, and so from the table.
TYPES = ROOT / "python/agent_sandbox_bench/typed/config.py"
NUMBER = re.compile(r"\bv(0\.\d+|1\.0)(\.\d+)?\b")
# Of Kubernetes, of the API server that the simulator is, and of OpenAPI's messages.
OTHERS = re.compile(r"v1\.\d\d\b|v1\.0\+protobuf")


def numbers(file: Path) -> Iterator[str]:
    """Release numbers outside of a file's unit tests."""
    code = file.read_text().split("#[cfg(test)]")[0]
    for number, line in enumerate(code.splitlines(), 1):
        if NUMBER.search(OTHERS.sub("", line)):
            yield f"{file.relative_to(ROOT)}:{number}: {line.strip()}"


def test_no_release_is_named_outside_the_table() -> None:
    files = [*ROOT.glob("src/**/*.rs"), *ROOT.glob("python/**/*.py"), *ROOT.glob("python/**/*.pyi")]
    code = [file for file in files if "tests" not in file.parts and file not in (TABLE, TYPES)]
    assert len(code) > 300
    assert [found for file in code for found in numbers(file)] == []
    assert list(numbers(TABLE))
