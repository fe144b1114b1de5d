"""Rust text without comments, strings and tests: what is left stands where it stood."""

from __future__ import annotations

import re

NO_CODE = re.compile(
    r"""
    //[^\n]*
    | /\*
    | (?<!\w)[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)            # a raw string
    | (?:(?<!\w)[bc])?"(?:\\.|[^"\\])*"
    | (?:(?<!\w)b)?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])'      # a character; a lifetime has no second quote
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")
TEST_ONLY = re.compile(r"#\[cfg\(\s*(?:test\b|all\(\s*test\b)")
ATTRIBUTE = re.compile(r"\s*#\[")
VISIBILITY = r"\s*(?:pub\s*(?:\([^)]*\))?\s*)?"
ENDS_WITH_SEMICOLON = re.compile(VISIBILITY + r"(?:use|static|type|let|const(?!\s+(?:fn|unsafe|async)))\b")
ITEM = re.compile(VISIBILITY + r"(?:(?:const|async|unsafe|extern)\s+)*(?:fn|struct|enum|union|trait|impl|mod)\b")


def code_of(text: str) -> str:
    """The text with spaces for its comments, strings and characters."""
    parts, at = [], 0
    while (found := NO_CODE.search(text, at)) is not None:
        end = comment_end(text, found.end()) if found[0] == "/*" else found.end()
        parts += [text[at : found.start()], blank(text[found.start() : end])]
        at = end
    return "".join([*parts, text[at:]])


def comment_end(text: str, at: int) -> int:
    """Where the block comment that is open at `at` ends; block comments nest."""
    depth = 1
    for edge in COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def blank(text: str) -> str:
    """As many lines and characters, all of them spaces."""
    return re.sub(r"[^\n]", " ", text)


def without(code: str, start: int, end: int) -> str:
    """The code with spaces from `start` to `end`."""
    return code[:start] + blank(code[start:end]) + code[end:]


def find(code: str, at: int, stops: str) -> int:
    """Where the first of `stops` stands outside of brackets that open behind `at`, or the bracket around it closes."""
    depth = 0
    for found in re.compile(f"[(){{}}\\[\\]{re.escape(stops)}]").finditer(code, at):
        if depth == 0 and found[0] in stops:
            return found.start()
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(found[0], 0)
        if depth < 0:
            return found.start()
    return len(code)


def block_end(code: str, opening: int) -> int:
    """Behind the bracket that closes the one at `opening`."""
    return find(code, opening + 1, "") + 1


def without_tests(code: str) -> str:
    """The code with spaces for each item that is compiled for tests alone."""
    at = 0
    while (found := TEST_ONLY.search(code, at)) is not None:
        at = item_end(code, found.start())
        code = without(code, found.start(), at)
    return code


def item_end(code: str, at: int) -> int:
    """Where the item, field, arm or statement whose attributes begin at `at` ends."""
    while (attribute := ATTRIBUTE.match(code, at)) is not None:
        at = block_end(code, attribute.end() - 1)
    if ENDS_WITH_SEMICOLON.match(code, at):
        return find(code, at, ";") + 1
    stop = find(code, at, "{;" if ITEM.match(code, at) else "{;,")
    if code[stop : stop + 1] == "{":
        return block_end(code, stop)
    return stop + 1 if code[stop : stop + 1] in (";", ",") else stop


def line_of(code: str, at: int) -> int:
    """Number of the line that holds the character."""
    return code.count("\n", 0, at) + 1
