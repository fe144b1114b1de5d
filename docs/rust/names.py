"""What a path names, through `use`s and re-exports, and what each module imports from which file.

A type that is received and never named is not seen: text alone does not tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rust import source
from rust.crates import Module, Workspace
from rust.lexer import line_of

Seen = frozenset[tuple[Module, str]]


@dataclass(frozen=True)
class Named:
    """A module, or an item of a module."""

    module: Module
    is_item: bool


@dataclass(frozen=True, order=True)
class Import:
    """A path at a line of one file that names what another file defines."""

    source: Path
    line: int
    path: str
    target: Path


class Names:
    """Follows paths through the modules of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.libraries = workspace.libraries

    def follow(self, module: Module, path: source.Path, seen: Seen = frozenset()) -> Named | None:
        """What the path names in that module; None: nothing of this workspace, or a name of a type."""
        named = self.first(module, path[0], seen)
        for segment in path[1:]:
            if named is None or named.is_item:
                break
            if segment == "super":
                named = parent_of(named.module)
            else:
                # What no text defines is made by a macro of the module.
                named = self.lookup(named.module, segment, seen) or Named(named.module, True)
        return named

    def first(self, module: Module, segment: str, seen: Seen) -> Named | None:
        """What the first segment of a path names."""
        if segment == "crate":
            return Named([*module.ancestors][-1], False)
        if segment == "self":
            return Named(module, False)
        if segment == "super":
            return parent_of(module)
        library = self.libraries.get(segment)
        return self.lookup(module, segment, seen) or (Named(library, False) if library else None)

    def lookup(self, module: Module, name: str, seen: Seen) -> Named | None:
        """What a name is inside a module."""
        if (module, name) in seen:
            return None
        seen |= {(module, name)}
        if name in module.children:
            return Named(module.children[name], False)
        if name in module.items:
            return Named(module, True)
        for use in module.uses:
            if use.name == name and (named := self.follow(module, use.path, seen)) is not None:
                return named
        for use in module.uses:
            all_of = self.follow(module, use.path[:-1], seen) if use.name == "*" else None
            if all_of is not None and not all_of.is_item and (named := self.lookup(all_of.module, name, seen)):
                return named
        return None

    def imports(self, module: Module) -> Iterator[Import]:
        """What the module takes from other files; its own re-exports of what stands below it are none."""
        words = frozenset(source.WORD.findall(module.body))
        for use in module.uses:
            if use.name == "*":
                yield from self.all_of(module, use, words)
                continue
            named = self.follow(module, use.path)
            if named is None or (not named.is_item and named.module in module.ancestors):
                continue
            passed_on = use.public and module in named.module.ancestors
            if not passed_on or use.name in words:
                yield from import_of(module, use.at, use.path, named)
        for mention in source.mentions(module.body):
            if (named := self.follow(module, mention.path)) is not None:
                yield from import_of(module, mention.at, mention.path, named)

    def all_of(self, module: Module, use: source.Use, words: frozenset[str]) -> Iterator[Import]:
        """What a `use` of everything brings and the module's code names."""
        named = self.follow(module, use.path[:-1])
        if named is None or named.module is module:
            return
        if named.is_item:
            yield from import_of(module, use.at, use.path, named)
            return
        for word in sorted(words):
            if (found := self.lookup(named.module, word, frozenset({(module, word)}))) is not None:
                yield from import_of(module, use.at, (*use.path[:-1], word), found)


def parent_of(module: Module) -> Named | None:
    """The module around a module."""
    return Named(module.parent, False) if module.parent else None


def import_of(module: Module, at: int, path: source.Path, named: Named) -> Iterator[Import]:
    """The import, unless it stays in the module's own file."""
    if named.module.file != module.file:
        yield Import(module.file, line_of(module.code, at), "::".join(path), named.module.file)


def imports_of(workspace: Workspace) -> list[Import]:
    """Every import of code that is not for tests alone, each path once a line."""
    names = Names(workspace)
    return sorted({found for module in workspace.modules if not module.tests_only for found in names.imports(module)})
