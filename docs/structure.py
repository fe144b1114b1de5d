"""Draws the modules and what each uses, from the code, into the pages; fails where the code breaks its own structure.

`--check` writes nothing, and fails if a page differs too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rust.circles import arrows_in
from rust.crates import read_workspace
from rust.diagram import diagram
from rust.faults import Fault, Layers, circle_faults, layer_faults, size_faults
from rust.names import imports_of
from rust.sizes import measure

# Files and folders of src/, lowest first. A module may use what stands in lower layers: nothing beside it or above.
LAYERS = (
    ("common", "files", "made_up"),
    ("simulator",),
    ("config",),
    ("cluster", "measure"),
    ("stack", "load", "report"),
    ("preflight",),
    ("run",),
    ("cli",),
    ("main", "python", "campaign"),
)
PAGES = ("CONTRIBUTING.md", "docs/design.md", "src/lib.rs")
BEGIN = "<!-- Modules by layer: written by docs/structure.py -->"
END = "<!-- End of the modules -->"


def main(words: Sequence[str] | None = None, layers: Layers = LAYERS) -> int:
    """Writes, or with `--check` compares; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a page is not current")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="folder of the workspace")
    arguments = parser.parse_args(words)
    root = arguments.root.resolve()
    source = root / "src"
    workspace = read_workspace(root)
    imports = imports_of(workspace)
    sizes = measure(source)
    drawn = diagram(source, imports, layers)
    strays = sizes.files.keys() - workspace.files
    faults = [
        *layer_faults(source, arrows_in(source, imports), layers),
        *circle_faults(source, imports),
        *size_faults(source, sizes),
        *(Fault(file, 1, "is part of no crate: declare it as a module, or remove it") for file in strays),
        *page_faults(root, drawn, arguments.check),
    ]
    if not arguments.check:
        print(drawn)
    for fault in sorted(faults):
        print(f"{fault.file.relative_to(root)}:{fault.line}: {fault.text}", file=sys.stderr)
    print(sizes.figures())
    return 1 if faults else 0


def page_faults(root: Path, drawn: str, check: bool) -> Iterator[Fault]:
    """Pages without the marks, and with `check` those that hold another diagram; else it is written into them."""
    for page in (root / name for name in PAGES):
        lines = page.read_text().splitlines()
        begin = next((number for number, line in enumerate(lines) if line.endswith(BEGIN)), None)
        end = next((number for number, line in enumerate(lines) if line.endswith(END)), None)
        if begin is None or end is None:
            yield Fault(page, 1, f"has no place for the diagram: write `{BEGIN}` and `{END}` where it belongs")
            continue
        prefix = lines[begin].removesuffix(BEGIN)
        block = [f"{prefix}{line}".rstrip() for line in ["", "```text", *drawn.splitlines(), "```", ""]]
        if lines[begin + 1 : end] == block:
            continue
        if check:
            yield Fault(page, begin + 1, "shows other modules than the code has: run docs/structure.py")
        else:
            page.write_text("\n".join([*lines[: begin + 1], *block, *lines[end:]]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
