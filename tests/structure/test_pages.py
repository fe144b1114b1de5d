"""The diagram, and the pages that show it."""

from __future__ import annotations

from .conftest import Tree

DIAGRAM = """\
layer  module   modules it uses
4      run      load, common
3      load     measure
2      config
       measure
1      common
"""


def test_the_diagram_shows_each_module_in_its_layer(tree: Tree) -> None:
    code, shown, faults = tree.run()
    assert (code, faults) == (0, [])
    assert shown.startswith(DIAGRAM)


def test_folders_of_a_module_stand_below_it_users_first(tree: Tree) -> None:
    tree.rust("src/load/mod.rs", "mod claim;\nmod plan;\nmod size;\npub use plan::Plan;\npub use size::Size;")
    tree.rust("src/load/claim/mod.rs", "pub struct Claim;")
    (tree.root / "src/load/plan.rs").unlink()
    tree.rust("src/load/plan/mod.rs", "use super::claim::Claim;\npub struct Plan;")
    assert "3      load\n         plan   claim\n         claim\n2 " in tree.run()[1]


def test_it_is_written_between_the_marks(tree: Tree) -> None:
    tree.run()
    page = (tree.root / "CONTRIBUTING.md").read_text()
    assert page.startswith("Before\n<!--") and page.endswith("-->\nAfter\n")
    assert f"\n```text\n{DIAGRAM}```\n" in page


def test_in_the_library_it_is_a_comment(tree: Tree) -> None:
    tree.run()
    library = (tree.root / "src/lib.rs").read_text()
    assert "\n//!\n//! ```text\n//! layer  module   modules it uses\n//! 4      run      load, common\n" in library


def test_check_writes_nothing_and_names_the_pages_that_are_not_current(tree: Tree) -> None:
    before = (tree.root / "CONTRIBUTING.md").read_text()
    assert tree.run("--check")[2] == [
        "CONTRIBUTING.md:2: shows other modules than the code has: run docs/structure.py",
        "docs/design.md:2: shows other modules than the code has: run docs/structure.py",
        "src/lib.rs:1: shows other modules than the code has: run docs/structure.py",
    ]
    assert (tree.root / "CONTRIBUTING.md").read_text() == before


def test_a_new_arrow_makes_the_pages_stale(tree: Tree) -> None:
    tree.run()
    tree.rust("src/run.rs", "use crate::measure::Record;")
    code, _, faults = tree.run("--check")
    assert code == 1
    assert len(faults) == 3


def test_a_page_without_the_marks_is_named(tree: Tree) -> None:
    tree.write("docs/design.md", "Nothing")
    [fault] = tree.faults()
    assert fault.startswith("docs/design.md:1: has no place for the diagram: write `<!--")
