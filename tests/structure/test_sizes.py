"""Files and functions that are too long."""

from __future__ import annotations

import pytest

from .conftest import CLEAN, Tree


def function(lines: int, name: str = "long") -> str:
    """A function of that many lines, with braces that are none."""
    return "\n".join([f"fn {name}() {{", *["    g('}', \"}\"); // }"] * (lines - 2), "}"])


def test_the_figures_are_shown(tree: Tree) -> None:
    tree.rust("src/config.rs", "\n".join([function(60), *(f"fn f{number}() {{}}" for number in range(17))]), lines=500)
    assert tree.faults() == []
    _, shown, _ = tree.run("--check")
    assert shown == ("10 files: median 60 lines, longest 500; 20 functions: median 1 lines, p90 1, longest 60\n")


def test_a_file_over_500_lines_is_named(tree: Tree) -> None:
    tree.rust("src/config.rs", "", lines=501)
    assert tree.faults() == ["src/config.rs:501: has 501 lines, at most 500 are allowed: split it"]


@pytest.mark.parametrize("around", ["{}", "#[cfg(test)]\nmod tests {{\n{}\n}}", "impl A {{\n    pub const {}\n}}"])
def test_a_function_over_60_lines_is_named(tree: Tree, around: str) -> None:
    code = around.format(function(61))
    tree.rust("src/config.rs", "\n".join([code, *(f"fn f{number}() {{}}" for number in range(20))]), lines=100)
    line = next(number for number, text in enumerate(code.splitlines(), 1) if "fn long" in text)
    assert tree.faults() == [f"src/config.rs:{line}: fn long has 61 lines, at most 60 are allowed: split it"]


def test_a_function_of_a_trait_without_a_body_has_no_lines(tree: Tree) -> None:
    tree.rust("src/config.rs", "trait A {\n    fn a(b: [u8; 2]);\n" + "//\n" * 70 + "}\ntype B = fn(u8);", lines=100)
    assert tree.faults() == []


@pytest.mark.parametrize("lines", [59, 201])
def test_a_median_file_that_is_too_short_or_too_long_is_named(tree: Tree, lines: int) -> None:
    for name, text in CLEAN.items():
        tree.rust(name, text, lines)
    # lib.rs grows by the diagram.
    assert tree.faults() == [f"src:1: the median file has {lines} lines, 60 to 200 are allowed"]


def test_a_median_function_over_10_lines_is_named(tree: Tree) -> None:
    tree.rust("src/config.rs", "\n".join(function(11, f"f{number}") for number in range(4)))
    assert tree.faults() == ["src:1: the median function has 11 lines, at most 10 are allowed"]


def test_a_p90_of_functions_over_25_lines_is_named(tree: Tree) -> None:
    short = "\n".join(f"fn f{number}() {{}}" for number in range(7))
    tree.rust("src/config.rs", "\n".join([short, function(26, "a"), function(26, "b")]))
    assert tree.faults() == ["src:1: the 90th percentile of functions is 26 lines, at most 25 are allowed"]
