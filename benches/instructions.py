"""Counts the instructions of each hot path with callgrind, and fails where one has grown by more than 5 %.

Instructions, unlike times, are the same on a busy machine. Each path is walked N and 2 N times: the difference holds
no start and no end. `--update` writes what was counted to instructions.json, to be committed with its reason.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASELINE = Path(__file__).with_suffix(".json")
TIMES = 2000
ALLOWED = 0.05


def main() -> int:
    """Counts and compares; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="take what is counted as the new baseline")
    chosen = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("valgrind is not on PATH: apt-get install valgrind", file=sys.stderr)
        return 2
    program = built()
    counted = {path: count(program, path) for path in ask(program).split()}
    before: dict[str, int] = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if chosen.update:
        BASELINE.write_text(json.dumps(counted, indent=1) + "\n")
    return report(counted, before, chosen.update)


def report(counted: dict[str, int], before: dict[str, int], update: bool) -> int:
    """Prints a line for each path; 1 where one has grown too far."""
    grown = []
    for path, instructions in counted.items():
        change = instructions / before[path] - 1 if path in before else float("inf")
        print(f"{path}: {instructions} instructions each, {change:+.1%} of the baseline")
        if change > ALLOWED and not update:
            grown.append(path)
    for path in grown:
        print(f"{path} has grown by more than {ALLOWED:.0%}: make it cheaper, or --update and say why", file=sys.stderr)
    return int(bool(grown))


def built() -> Path:
    """The program of the example `count`, optimised as a release is."""
    command = ["cargo", "build", "--release", "--locked", "--workspace", "--example", "count", "--message-format=json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    [program] = {m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "count"}
    return Path(program)


def ask(program: Path, *arguments: str) -> str:
    """What the program prints."""
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def count(program: Path, path: str) -> int:
    """Instructions that one more walk of the path takes."""
    once, twice = (instructions(program, path, times) for times in (TIMES, 2 * TIMES))
    return round((twice - once) / TIMES)


def instructions(program: Path, path: str, times: int) -> int:
    """Instructions of one process."""
    with tempfile.TemporaryDirectory() as folder:
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        done = subprocess.run([*tool, program, path, str(times)], check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found:
        raise RuntimeError(done.stderr)
    return int(found.group(1))


if __name__ == "__main__":
    sys.exit(main())
