"""The sentences of a page, of the messages in code or of its documentation, as a reader meets them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rust.lexer import NO_CODE

FENCE = re.compile(r"^\s*```")
OWN_LINE = re.compile(r"^\s*([-*] |\d+\. |#|\|)")
ITEM = re.compile(r"^\s*([-*] |\d+\. |#+ )")
RULE = re.compile(r"^[\s|:-]+$")
# An option, a subcommand or an example of the command's help; what explains it is indented further or stands beside it.
OF_HELP = re.compile(r"^\s+(-\w\b|--[a-z]|agent-sandbox-bench )|^Usage:|\[possible values:")
RUSTDOC = re.compile(r"^\s*//[/!](?!/) ?(.*)$")
# What begins something new in a docstring: a section, or a parameter of `Args`.
OF_DOCSTRING = re.compile(r"^( *)((Args|Returns|Yields|Raises|Attributes):$|\w+: )")
SPACE = "\N{NO-BREAK SPACE}"
END = re.compile(r"(?<=[^.][.!?])[)\"']* +|<br>")


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the line of its file on which the paragraph or the string with it begins."""

    file: Path
    line: int
    text: str

    def words(self) -> int:
        """How many words it has. A piece of code is one, and so is a list of such pieces."""
        return sum(any(letter.isalnum() for letter in word) for word in self.text.split(" "))


def sentences(page: Path, text: str) -> Iterator[Sentence]:
    """All sentences of the prose, the list items, the headings and the cells; in `command.md` of the help as well."""
    for line, paragraph in paragraphs(text, with_help=page.name == "command.md"):
        for sentence in END.split(plain(paragraph)):
            if sentence.strip():
                yield Sentence(page, line, sentence.strip())


def messages(file: Path, text: str) -> Iterator[Sentence]:
    """All sentences of the strings of a Rust file, its unit tests aside: errors, and what else people are shown."""
    code = text.split("#[cfg(test)]")[0]
    for found in NO_CODE.finditer(code):
        if found[0].startswith('"'):
            shown = re.sub(r"\\\n\s*", "", found[0][1:-1])
            line = code.count("\n", 0, found.start()) + 1
            parts = END.split(re.sub(r"\\n|\n", "<br>", shown))
            yield from (Sentence(file, line, part) for part in parts if " " in part)


def rustdoc(file: Path, text: str) -> Iterator[Sentence]:
    """All sentences of the doc comments of a Rust file."""
    lines = [RUSTDOC.match(line) for line in text.splitlines()]
    yield from sentences(file, "\n".join(line[1] if line else "" for line in lines))


def docstrings(file: Path, text: str) -> Iterator[Sentence]:
    """All sentences of the docstrings of a Python file."""
    lines = [""] * len(text.splitlines())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            node
        ):
            first = node.body[0]
            assert isinstance(first, ast.Expr) and first.end_lineno is not None
            for number in range(first.lineno - 1, first.end_lineno):
                line = text.splitlines()[number].strip().strip('"')
                lines[number] = OF_DOCSTRING.sub(r"- \2", line)
    yield from sentences(file, "\n".join(lines))


def plain(paragraph: str) -> str:
    """The paragraph as it is shown: links by their text. A piece of code, or a list of such, becomes one word."""
    shown = re.sub(r"!?\[([^\]]+)\]\([^)]*\)", r"\1", paragraph).replace("**", "")
    return re.sub(r"`[^`]+`((, and |, or |, | and | or )`[^`]+`)*", lambda code: SPACE.join(code[0].split()), shown)


def paragraphs(text: str, *, with_help: bool) -> Iterator[tuple[int, str]]:
    """Each paragraph on one line, with the number of its first line."""
    fenced, start, waiting = False, 0, list[str]()
    for number, line in enumerate([*re.sub(r"<!--.*?-->", "", text).splitlines(), ""], 1):
        if FENCE.match(line):
            fenced = not fenced
        mute = FENCE.match(line) or not line.strip() or (fenced and not (with_help and not OF_HELP.search(line)))
        if waiting and (mute or OWN_LINE.match(line) or changes_indent(line, fenced)):
            yield start, " ".join(waiting)
            waiting = []
        if mute or RULE.match(line):
            continue
        if line.startswith("|"):
            yield from ((number, cell) for cell in re.split(r"(?<!\\)\|", line) if cell.strip())
            continue
        start = start if waiting else number
        waiting.append(ITEM.sub("", line).strip())


def changes_indent(line: str, fenced: bool) -> bool:
    """Whether a line of the help begins something new: a command beside its meaning, or a heading."""
    return fenced and bool(re.match(r"^(\S|  \S)", line))
