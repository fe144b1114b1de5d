"""How long files and functions are, and may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

from rust.lexer import block_end, code_of, find, line_of

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
MEDIAN_FILE = (60, 200)
MEDIAN_FUNCTION = 10
P90_FUNCTION = 25
FUNCTION = re.compile(r"\bfn\s+(\w+)")


@dataclass(frozen=True)
class Function:
    """A function with a body: where it stands, and its lines from `fn` to the closing brace."""

    name: str
    file: Path
    line: int
    lines: int


@dataclass(frozen=True)
class Sizes:
    """Lines of each file, and all functions."""

    files: dict[Path, int]
    functions: Sequence[Function]

    @property
    def median_file(self) -> float:
        """Lines of the median file."""
        return median(self.files.values() or [0])

    @property
    def median_function(self) -> float:
        """Lines of the median function."""
        return median([function.lines for function in self.functions] or [0])

    @property
    def p90_function(self) -> int:
        """Lines that nine of ten functions do not exceed (nearest rank)."""
        lines = sorted(function.lines for function in self.functions) or [0]
        return lines[ceil(0.9 * len(lines)) - 1]

    def figures(self) -> str:
        """All of them on one line."""
        longest_file = max(self.files.values(), default=0)
        longest_function = max((function.lines for function in self.functions), default=0)
        return (
            f"{len(self.files)} files: median {self.median_file:g} lines, longest {longest_file}; "
            f"{len(self.functions)} functions: median {self.median_function:g} lines, p90 {self.p90_function}, "
            f"longest {longest_function}"
        )


def measure(source: Path) -> Sizes:
    """Measures all Rust below a folder, tests too."""
    files = {file: file.read_text() for file in sorted(source.rglob("*.rs"))}
    lengths = {file: len(text.splitlines()) for file, text in files.items()}
    return Sizes(lengths, [function for file, text in files.items() for function in functions(file, text)])


def functions(file: Path, text: str) -> list[Function]:
    """All functions of a file."""
    code = code_of(text)
    found = []
    for head in FUNCTION.finditer(code):
        opening = find(code, head.end(), "{;")
        if code[opening : opening + 1] == "{":
            first, last = line_of(code, head.start()), line_of(code, block_end(code, opening) - 1)
            found.append(Function(head[1], file, first, last - first + 1))
    return found
