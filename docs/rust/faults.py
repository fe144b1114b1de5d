"""What breaks the rules of the structure: arrows that do not point down, circles, and what is too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rust.circles import Arrows, arrows_in, circles
from rust.names import Import
from rust.sizes import LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, MEDIAN_FUNCTION, P90_FUNCTION, Sizes

Layers = Sequence[Sequence[str]]


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at a line of a file, and what to do."""

    file: Path
    line: int
    text: str


def layer_faults(source: Path, arrows: Arrows, layers: Layers) -> Iterator[Fault]:
    """Modules that no layer names, names of no module, and imports of what does not stand in a lower layer."""
    level = {name: number for number, layer in enumerate(layers) for name in layer}
    # lib.rs declares modules, and stands in no layer unless it does more.
    there = {path.name.removesuffix(".rs"): path for path in sorted(source.iterdir()) if is_rust(path)}
    used = {*arrows, *(target for targets in arrows.values() for target in targets)}
    for name in sorted(({*there} - {"lib"} | used) - {*level}):
        yield Fault(there[name], 1, "has no layer: give it one in LAYERS of docs/structure.py")
    for name in sorted({*level} - {*there}):
        yield Fault(source / name, 1, "is not there: take it out of LAYERS in docs/structure.py")
    for name, targets in arrows.items():
        for target, imports in targets.items():
            if name in level and target in level and level[target] >= level[name]:
                yield from (upward(found, name, target, level[target] > level[name]) for found in imports)


def is_rust(path: Path) -> bool:
    """Whether it is a module's file or folder."""
    return path.suffix == ".rs" or (path.is_dir() and any(path.rglob("*.rs")))


def upward(found: Import, name: str, target: str, above: bool) -> Fault:
    """An import of what does not stand in a lower layer."""
    rule = f"{target} stands {'above' if above else 'beside'} {name}, which may know lower layers alone"
    remedy = f"move what {name} needs below both, or the code that needs it up"
    return Fault(found.source, found.line, f"imports {found.path}: {rule}: {remedy}")


def circle_faults(source: Path, imports: Sequence[Import]) -> Iterator[Fault]:
    """Circles of the files and folders within any folder."""
    for folder in [source, *sorted(path for path in source.rglob("*") if path.is_dir())]:
        arrows = arrows_in(folder, imports)
        for way in circles(arrows):
            steps = [arrows[name][target][0] for name, target in pairwise(way)]
            others = (
                f", and {step.source.relative_to(source.parent)}:{step.line} imports {step.path}" for step in steps[1:]
            )
            rule = f"{' -> '.join(way)} is a circle in {folder.relative_to(source.parent)}"
            remedy = "move what they share to a file below them, or hand it over as an argument"
            yield Fault(steps[0].source, steps[0].line, f"imports {steps[0].path}{''.join(others)}: {rule}: {remedy}")


def size_faults(source: Path, sizes: Sizes) -> Iterator[Fault]:
    """Files and functions that are too long, and medians that are off."""
    for file, lines in sizes.files.items():
        if lines > LONGEST_FILE:
            yield Fault(file, LONGEST_FILE + 1, f"has {lines} lines, at most {LONGEST_FILE} are allowed: split it")
    for function in sizes.functions:
        if function.lines > LONGEST_FUNCTION:
            text = f"fn {function.name} has {function.lines} lines, at most {LONGEST_FUNCTION} are allowed: split it"
            yield Fault(function.file, function.line, text)
    least, most = MEDIAN_FILE
    if not least <= sizes.median_file <= most:
        yield Fault(source, 1, f"the median file has {sizes.median_file:g} lines, {least} to {most} are allowed")
    if sizes.median_function > MEDIAN_FUNCTION:
        text = f"the median function has {sizes.median_function:g} lines, at most {MEDIAN_FUNCTION} are allowed"
        yield Fault(source, 1, text)
    if sizes.p90_function > P90_FUNCTION:
        text = f"the 90th percentile of functions is {sizes.p90_function} lines, at most {P90_FUNCTION} are allowed"
        yield Fault(source, 1, text)
