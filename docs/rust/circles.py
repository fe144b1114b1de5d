"""Arrows between the files and folders of a folder, and the circles they form."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from rust.names import Import

# What each file or folder imports of each other, by their names: of each pair of files the first import alone.
Arrows = dict[str, dict[str, list[Import]]]


def entry(path: Path, folder: Path) -> str:
    """Name of what holds the path in the folder; a file `x.rs` and the folder `x` are one."""
    return path.relative_to(folder).parts[0].removesuffix(".rs")


def arrows_in(folder: Path, imports: Sequence[Import]) -> Arrows:
    """The arrows between what stands in the folder."""
    arrows: Arrows = {}
    known = set()
    for found in imports:
        if not (found.source.is_relative_to(folder) and found.target.is_relative_to(folder)):
            continue
        source, target = entry(found.source, folder), entry(found.target, folder)
        if source != target and (found.source, found.target) not in known:
            known.add((found.source, found.target))
            arrows.setdefault(source, {}).setdefault(target, []).append(found)
    return arrows


def circles(arrows: Arrows) -> list[list[str]]:
    """Circles that hold no smaller one, shortest first; each ends with the name it begins with."""
    ways = [[source, *shortest(arrows, target, source)] for source in arrows for target in arrows[source]]
    found: list[list[str]] = []
    for way in sorted((way for way in ways if len(way) > 1), key=lambda way: (len(way), way)):
        if not any(set(way) >= set(known) for known in found):
            found.append(way)
    return found


def shortest(arrows: Arrows, start: str, end: str) -> list[str]:
    """The shortest way along the arrows, both ends included; empty where there is none."""
    waiting, before = deque([start]), {start: start}
    while waiting and end not in before:
        at = waiting.popleft()
        for following in sorted(arrows.get(at, {})):
            if following not in before:
                before[following] = at
                waiting.append(following)
    if end not in before:
        return []
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
