"""Small workspaces to find faults in."""

from __future__ import annotations

from pathlib import Path

import pytest
from structure import BEGIN, END, PAGES, main

LAYERS = (("common",), ("config", "measure"), ("load",), ("run",))
MANIFESTS = {
    "Cargo.toml": '[workspace]\nmembers = ["src/common"]\n[package]\nname = "small-bench"\n',
    "src/common/Cargo.toml": '[package]\nname = "small-common"\n[lib]\nname = "common_parts"\npath = "lib.rs"\n',
}
# Load knows measure by a re-export; plan takes what its folder's mod.rs passes on, which is no circle.
CLEAN = {
    "src/lib.rs": "pub mod config;\npub mod load;\npub mod measure;\npub mod run;",
    "src/common/lib.rs": "mod clock;\npub use clock::now;",
    "src/common/clock.rs": "pub fn now() {}",
    "src/config.rs": "pub struct Config;",
    "src/measure/mod.rs": "mod record;\npub use record::Record;",
    "src/measure/record.rs": "pub struct Record;",
    "src/load/mod.rs": "mod plan;\nmod size;\npub use plan::Plan;\npub use size::Size;",
    "src/load/plan.rs": "use super::Size;\nuse crate::measure::Record;\npub struct Plan;",
    "src/load/size.rs": "pub struct Size;",
    "src/run.rs": "use crate::load::{self, Plan};\npub fn run() { common_parts::now(); }",
}


class Tree:
    """A workspace in a folder, and what the script says of it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys
        for page in PAGES:
            self.write(page, f"Before\n{BEGIN}\n{END}\nAfter")
        for name, text in MANIFESTS.items():
            self.write(name, text)
        for name, text in CLEAN.items():
            self.rust(name, text)

    def write(self, name: str, text: str) -> None:
        """Writes a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")

    def rust(self, name: str, text: str, lines: int = 60) -> None:
        """Writes Rust, with empty comments up to that length, and in lib.rs the place of the diagram."""
        text = f"//! {BEGIN}\n//! {END}\n{text}" if name == "src/lib.rs" else text
        self.write(name, text + "\n//" * (lines - text.count("\n") - 1))

    def run(self, *words: str) -> tuple[int, str, list[str]]:
        """The exit code, what stdout shows, and the faults."""
        code = main(["--root", str(self.root), *words], LAYERS)
        shown = self.capsys.readouterr()
        return code, shown.out, shown.err.splitlines()

    def faults(self) -> list[str]:
        """What `--check` finds, once the pages are written."""
        self.run()
        code, _, faults = self.run("--check")
        assert code == (1 if faults else 0)
        return faults


@pytest.fixture
def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tree:
    """A workspace without a fault."""
    return Tree(tmp_path, capsys)
