"""The modules by layer and what each uses, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from rust.circles import arrows_in, entry
from rust.faults import Layers
from rust.names import Import

WIDTH = 96  # of 100: four are the comment's in lib.rs


def diagram(source: Path, imports: Sequence[Import], layers: Layers) -> str:
    """A line for each module, highest layer first, and below it one for each of its folders, if they are several."""
    arrows = arrows_in(source, imports)
    order = [name for layer in reversed(layers) for name in layer]
    lines = [("layer", "module", ["modules it uses"])]
    for number, layer in reversed(list(enumerate(layers, 1))):
        for name in layer:
            targets = sorted(arrows.get(name, {}), key=lambda target: order.index(target) if target in order else -1)
            lines.append((str(number) if name == layer[0] else "", name, targets))
            lines += [("", f"  {folder}", used) for folder, used in folders(source / name, imports)]
    width = max(len(name) for _, name, _ in lines)
    return "".join(wrapped(f"{number:<5}  {name:<{width}}", targets) for number, name, targets in lines)


def folders(module: Path, imports: Sequence[Import]) -> list[tuple[str, list[str]]]:
    """Each folder of a module and the other folders that it uses; what uses another stands above it."""
    inside = [path for found in imports for path in (found.source, found.target) if path.is_relative_to(module)]
    there = sorted({name for name in (entry(path, module) for path in inside) if (module / name).is_dir()})
    arrows = arrows_in(module, imports)
    uses = {name: [target for target in there if target in arrows.get(name, {})] for name in there}
    ordered: list[tuple[str, list[str]]] = []
    while uses:
        # In a circle none is unused: the first then.
        name = next((name for name in uses if not any(name in used for used in uses.values())), next(iter(uses)))
        ordered.append((name, uses.pop(name)))
    return ordered if len(ordered) > 1 else []


def wrapped(label: str, targets: Sequence[str]) -> str:
    """A line, and as many more as its targets take."""
    text = f"{label}  {', '.join(targets)}".rstrip()
    return textwrap.fill(text, WIDTH, subsequent_indent=" " * (len(label) + 2), break_on_hyphens=False) + "\n"
