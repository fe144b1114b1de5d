"""The workspace's crates and their trees of modules, from the manifests and the folders."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rust import source
from rust.lexer import code_of, without, without_tests


@dataclass(eq=False)
class Module:
    """A module of a crate; one that is written out in another's file shares it."""

    name: str
    file: Path
    parent: Module | None
    tests_only: bool
    code: str
    children: dict[str, Module] = field(default_factory=dict)

    @cached_property
    def uses(self) -> list[source.Use]:
        """What it takes."""
        return source.uses(self.code)

    @cached_property
    def body(self) -> str:
        """Its code without what it takes and declares."""
        return source.body(self.code)

    @cached_property
    def items(self) -> frozenset[str]:
        """Names it defines."""
        return source.items(self.body)

    @property
    def ancestors(self) -> Iterator[Module]:
        """Itself, its parent, and so on to the crate's root."""
        yield self
        if self.parent is not None:
            yield from self.parent.ancestors

    @property
    def below(self) -> Iterator[Module]:
        """Itself and all modules below it."""
        yield self
        for child in self.children.values():
            yield from child.below


@dataclass(frozen=True)
class Workspace:
    """The roots of all crates, and of those that others can name, by that name."""

    roots: list[Module]
    libraries: dict[str, Module]

    @property
    def modules(self) -> Iterator[Module]:
        """Every module of every crate."""
        for root in self.roots:
            yield from root.below

    @property
    def files(self) -> set[Path]:
        """Every file of every crate."""
        return {module.file for module in self.modules}


def read_workspace(root: Path) -> Workspace:
    """Reads the crates of the workspace whose manifest stands in `root`."""
    manifest = tomllib.loads((root / "Cargo.toml").read_text())
    members = [path for pattern in manifest["workspace"].get("members", []) for path in sorted(root.glob(pattern))]
    roots, libraries = [], {}
    for folder in [root, *members]:
        package = tomllib.loads((folder / "Cargo.toml").read_text())
        if "package" not in package:
            continue
        library = package.get("lib", {})
        path = folder / library.get("path", "src/lib.rs")
        if path.exists():
            name = library.get("name", package["package"]["name"].replace("-", "_"))
            libraries[name] = module(name, path, path.parent, None, False)
            roots.append(libraries[name])
        roots += [module("main", path, path.parent, None, False) for path in targets(folder, package, "bin")]
        roots += [module("example", path, path.parent, None, True) for path in targets(folder, package, "example")]
    return Workspace(roots, libraries)


def targets(folder: Path, package: dict[str, Any], kind: str) -> list[Path]:
    """Root files of the package's programs or examples."""
    paths = {folder / target["path"] for target in package.get(kind, []) if "path" in target}
    usual = {folder / "src/main.rs"} if kind == "bin" else set()
    return sorted(path for path in paths | usual if path.exists())


def module(name: str, file: Path, folder: Path, parent: Module | None, tests_only: bool) -> Module:
    """Reads a module's file, and those of the modules below it, which stand in `folder`."""
    code = code_of(file.read_text())
    made = Module(name, file, parent, tests_only, without_tests(code))
    for child in source.modules_with_files(code):
        for path, inside in ((folder / f"{child}.rs", folder / child), (folder / child / "mod.rs", folder / child)):
            if path.exists():
                hidden = tests_only or child not in source.modules_with_files(made.code)
                made.children[child] = module(child, path, inside, made, hidden)
    split(made)
    return made


def split(made: Module) -> None:
    """Makes children of the modules that are written out in the file."""
    for name, begin, end in list(source.inline_modules(made.code)):
        code = without(without(made.code, 0, begin), end, len(made.code))
        made.children[name] = Module(name, made.file, made, made.tests_only, code)
        made.code = without(made.code, begin, end)
        split(made.children[name])
