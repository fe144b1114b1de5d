"""What the text of one module declares, takes and defines. All of it wants code without comments and strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rust.lexer import blank, block_end, without

MODULE = re.compile(r"\bmod\s+(\w+)\s*([;{])")
USE = re.compile(r"(?<![\w#])(?P<public>pub\s*(?:\([^)]*\))?\s*)?\buse\s+(?P<tree>[^;]*;)")
USE_TOKEN = re.compile(r"\w+|[{},;*]")
ITEM = re.compile(
    r"\b(?:fn|struct|enum|union|trait|type|macro_rules!|static(?:\s+mut)?|const(?!\s+(?:fn|unsafe|async|extern)\b))"
    r"\s+(\w+)"
)
MENTION = re.compile(r"(?<![\w:$])\$?\w+(?:\s*::\s*\w+)+")
WORD = re.compile(r"\w+")

Path = tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """One leaf of a `use`: its path, the name it has here (`*`: all), whether others may take it, where it stands."""

    path: Path
    name: str
    public: bool
    at: int


@dataclass(frozen=True)
class Mention:
    """A path in the code, outside of any `use`."""

    path: Path
    at: int


def modules_with_files(code: str) -> list[str]:
    """The modules that are declared and stand elsewhere."""
    return [found[1] for found in MODULE.finditer(code) if found[2] == ";"]


def inline_modules(code: str) -> Iterator[tuple[str, int, int]]:
    """Name, begin and end of what stands in the braces of each module that is written out here."""
    at = 0
    while (found := MODULE.search(code, at)) is not None:
        at = found.end()
        if found[2] == "{":
            at = block_end(code, found.end() - 1)
            yield found[1], found.end(), at - 1


def uses(code: str) -> list[Use]:
    """The leaves of every `use`."""
    return [leaf for found in USE.finditer(code) for leaf in leaves(code, found)]


def leaves(code: str, use: re.Match[str]) -> Iterator[Use]:
    """The leaves of one `use`."""
    outer: list[Path] = [()]
    path: Path = ()
    alias, at = "", 0
    for token in USE_TOKEN.finditer(code, use.start("tree"), use.end()):
        word = token[0]
        if word == "{":
            outer.append(path)
        elif word in "},;":
            if path != outer[-1]:
                # A `self` at the end is the module before it.
                path = path[:-1] if path[-1] == "self" and len(path) > 1 else path
                yield Use(path, alias or path[-1], use["public"] is not None, at)
            if word == "}":
                outer.pop()
            path, alias = outer[-1], ""
        elif word == "as" or alias:
            alias = word
        else:
            path, at = (*path, word), token.start()


def body(code: str) -> str:
    """The code without every `use` and without the declarations of modules that stand elsewhere."""
    code = USE.sub(lambda use: blank(use[0]), code)
    return MODULE.sub(lambda module: blank(module[0]) if module[2] == ";" else module[0], code)


def items(code: str) -> frozenset[str]:
    """Names that the module itself defines: not those within its functions and blocks."""
    at = 0
    while (opening := code.find("{", at)) >= 0:
        at = block_end(code, opening)
        code = without(code, opening, at)
    return frozenset(ITEM.findall(code))


def mentions(code: str) -> list[Mention]:
    """The paths in a body."""
    return [Mention(tuple(WORD.findall(found[0])), found.start()) for found in MENTION.finditer(code)]
