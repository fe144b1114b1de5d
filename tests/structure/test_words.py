"""What people read: no sentence is longer than docs/style.md allows, and none has a word that it rules out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from .sentences import Sentence, docstrings, messages, rustdoc, sentences

ROOT = Path(__file__).parents[2]
STYLE = ROOT / "docs/style.md"
MOST_WORDS = 30
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


def wrong_words() -> dict[str, str]:
    """Each word of the table in docs/style.md that is not used, and what to say instead."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", STYLE.read_text(), re.MULTILINE)
    return {word: say for say, words in rows if say not in ("say", "---") for word in words.split(", ")}


def written(page: Path) -> str:
    """A page without what this test does not judge: releases of the past, and the tables of words not used."""
    text = page.read_text()
    if page.name == "CHANGELOG.md":
        return re.split(r"^## (?!Unreleased)", text, flags=re.MULTILINE)[0]
    return re.sub(r"^\| say \| not \|\n(\|.*\n)*", blank, text, flags=re.MULTILINE)


def blank(lines: re.Match[str]) -> str:
    """As many empty lines, so that the lines after them keep their numbers."""
    return "\n" * lines[0].count("\n")


def faults(found: Iterable[Sentence]) -> Iterator[str]:
    """What is wrong with the sentences, each with its place."""
    for sentence in found:
        place = f"{sentence.file.relative_to(ROOT)}:{sentence.line}"
        if sentence.words() > MOST_WORDS:
            yield f"{place}: {sentence.words()} words, at most {MOST_WORDS}: {sentence.text}"
        for word, say in wrong_words().items():
            if has(sentence, word):
                yield f"{place}: {word!r}, say {say!r}: {sentence.text}"


def has(sentence: Sentence, word: str) -> bool:
    """Whether the sentence has the word, code aside."""
    return bool(re.search(rf"\b{word}\b", re.sub(r"`[^`]*`", "", sentence.text), re.IGNORECASE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_sentences_are_short_and_plain(page: Path) -> None:
    found = list(faults(sentences(page, written(page))))
    assert not found, "\n".join(found)


def test_messages_are_short_and_plain() -> None:
    said = [sentence for file in sorted(ROOT.glob("src/**/*.rs")) for sentence in messages(file, file.read_text())]
    assert len(said) > 500
    found = list(faults(said))
    assert not found, "\n".join(found)


def test_rustdoc_is_short_and_plain() -> None:
    said = [sentence for file in sorted(ROOT.glob("src/**/*.rs")) for sentence in rustdoc(file, file.read_text())]
    assert len(said) > 5000
    found = list(faults(said))
    assert not found, "\n".join(found)


def test_docstrings_are_short_and_plain() -> None:
    said = [sentence for file in sorted(ROOT.glob("python/**/*.py")) for sentence in docstrings(file, file.read_text())]
    assert len(said) > 600
    found = list(faults(said))
    assert not found, "\n".join(found)


def test_the_pages_have_sentences() -> None:
    assert sum(1 for page in PAGES for _ in sentences(page, written(page))) > 3000
    assert len(wrong_words()) > 20


@pytest.mark.parametrize(
    ("page", "text", "line"),
    [
        ("docs/a.md", "Short.\n\n" + "word " * 31 + ".", 3),
        ("docs/a.md", "- short\n- " + "word " * 31, 2),
        ("docs/a.md", "| a | b |\n|---|---|\n| c | " + "word " * 31 + "|", 3),
        ("docs/a.md", "One.\n```console\n$ x\n```\n" + "word\n" * 31, 5),
        ("docs/command.md", "```text\n      --a <B>\n" + "          word\n" * 31 + "```", 3),
        ("docs/a.md", "How dear is it?", 1),
    ],
    ids=["paragraph", "item", "cell", "after code", "help", "word"],
)
def test_a_fault_is_found_at_its_line(page: str, text: str, line: int) -> None:
    [fault] = faults(sentences(ROOT / page, text))
    assert fault.startswith(f"{page}:{line}: ")


@pytest.mark.parametrize(
    "text",
    [
        "word " * 30,
        "Two sentences. " * 20,
        "`dear` and " + "`a b`, " * 40 + "`c` are code.",
        "```text\n" + "word " * 40 + "\n```",
        "[" + "word " * 29 + "](" + "a/" * 40 + ")",
        "<!-- " + "word " * 40 + " -->",
    ],
    ids=["thirty", "many", "code", "block", "link", "comment"],
)
def test_what_is_short_or_no_prose_is_no_fault(text: str) -> None:
    assert list(faults(sentences(ROOT / "docs/a.md", text))) == []


def test_a_message_is_found_at_its_line_and_a_test_has_none() -> None:
    code = (
        '// "How dear"\nfn f() {\n    say("It is dear \\\n        to us.");\n}\n#[cfg(test)]\nmod tests { "so dear" }'
    )
    [fault] = faults(messages(ROOT / "src/a.rs", code))
    assert fault.startswith("src/a.rs:3: 'dear', say 'expensive': It is dear to us.")


@pytest.mark.parametrize("mark", ["///", "//!"])
def test_a_sentence_of_rustdoc_is_found_at_its_line(mark: str) -> None:
    code = f"// So dear.\n    {mark} Short:\n    {mark}\n    {mark} It is dear\n    {mark} to us.\nfn f() {{}}"
    [fault] = faults(rustdoc(ROOT / "src/a.rs", code))
    assert fault.startswith("src/a.rs:4: 'dear', say 'expensive': It is dear to us.")


def test_a_sentence_of_a_docstring_is_found_at_its_line() -> None:
    docstring = '"""Short.\n\n    Args:\n        a: Short\n        b: It is dear\n            to us.\n    """'
    code = f'def f():\n    {docstring}\n    "so dear"'
    [fault] = faults(docstrings(ROOT / "python/a.py", code))
    assert fault.startswith("python/a.py:6: 'dear', say 'expensive': b: It is dear to us.")
