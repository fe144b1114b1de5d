"""Imports that do not point down, and circles."""

from __future__ import annotations

import pytest

from .conftest import Tree

UP = "load stands above config, which may know lower layers alone: move what config needs below both"


def only(faults: list[str]) -> str:
    """The one fault there is."""
    [fault] = faults
    return fault


def test_a_clean_workspace_has_no_fault(tree: Tree) -> None:
    assert tree.faults() == []


@pytest.mark.parametrize(
    ("code", "line", "path"),
    [
        ("use crate::load::Plan;", 1, "crate::load::Plan"),
        ("use crate::{\n    load::Plan as Other,\n};", 2, "crate::load::Plan"),
        ("use super::load::{self};\n", 1, "super::load"),
        ("use crate::load::Plan;\nfn f() {\n    Plan::new();\n}", 1, "crate::load::Plan"),
        ("use crate::load::*;\nfn f(_: Plan) {}", 1, "crate::load::Plan"),
        ("fn f() {\n    let _ = crate::load::Plan::new();\n}", 2, "crate::load::Plan::new"),
        ("mod inner {\n    fn f(_: super::super::load::Plan) {}\n}", 2, "super::super::load::Plan"),
        ("pub use crate::load::Plan;", 1, "crate::load::Plan"),
    ],
)
def test_an_import_of_a_higher_layer_is_named(tree: Tree, code: str, line: int, path: str) -> None:
    tree.rust("src/config.rs", code)
    assert only(tree.faults()).startswith(f"src/config.rs:{line}: imports {path}: {UP}")


def test_a_re_export_counts_as_an_import_of_what_it_passes_on(tree: Tree) -> None:
    tree.rust("src/run.rs", "pub use crate::load::Plan;")
    tree.rust("src/config.rs", "use crate::run::Plan;")
    assert only(tree.faults()).startswith(f"src/config.rs:1: imports crate::run::Plan: {UP}")


def test_a_module_beside_is_named(tree: Tree) -> None:
    tree.rust("src/config.rs", "use crate::measure::Record;")
    assert "imports crate::measure::Record: measure stands beside config" in only(tree.faults())


def test_an_import_from_a_crate_above_is_named(tree: Tree) -> None:
    tree.rust("src/common/clock.rs", "pub fn now() { small_bench::config::Config; }")
    assert only(tree.faults()).startswith(
        "src/common/clock.rs:1: imports small_bench::config::Config: config stands above"
    )


def test_a_circle_of_modules_is_named(tree: Tree) -> None:
    tree.rust("src/config.rs", "use crate::run::run;\npub struct Config;")
    tree.rust("src/run.rs", "use crate::config::Config;\npub fn run() {}")
    circle = "src/config.rs:1: imports crate::run::run, and src/run.rs:1 imports crate::config::Config: "
    assert any(fault.startswith(circle + "config -> run -> config is a circle in src: move") for fault in tree.faults())


def test_a_circle_of_files_is_named_through_the_re_exports_of_their_module(tree: Tree) -> None:
    tree.rust("src/load/size.rs", "// Of the plan.\nuse super::Plan;\npub struct Size;")
    circle = "src/load/plan.rs:1: imports super::Size, and src/load/size.rs:2 imports super::Plan: "
    assert only(tree.faults()).startswith(circle + "plan -> size -> plan is a circle in src/load: move")


def test_a_circle_of_three_is_named_in_its_order(tree: Tree) -> None:
    tree.rust("src/load/mod.rs", "mod plan;\nmod size;\nmod watch;\npub use plan::Plan;\npub use size::Size;")
    tree.rust("src/load/size.rs", "use super::watch::Watch;\npub struct Size;")
    tree.rust("src/load/watch.rs", "use super::plan::Plan;\npub struct Watch;")
    assert "plan -> size -> watch -> plan is a circle in src/load" in only(tree.faults())


def test_a_circle_of_folders_is_named_where_their_files_form_none(tree: Tree) -> None:
    tree.rust("src/load/mod.rs", "mod claim;\nmod plan;\nmod size;\npub use plan::Plan;\npub use size::Size;")
    tree.rust("src/load/claim/mod.rs", "pub mod life;\npub mod name;")
    tree.rust("src/load/claim/life.rs", "use crate::load::plan::Plan;")
    tree.rust("src/load/claim/name.rs", "pub struct Name;")
    tree.rust("src/load/size.rs", "use super::claim::name::Name;\npub struct Size;")
    assert "claim -> plan -> size -> claim is a circle in src/load" in only(tree.faults())


def test_code_in_a_module_that_uses_its_children_is_part_of_a_circle(tree: Tree) -> None:
    tree.rust("src/measure/mod.rs", "mod record;\npub use record::Record;\npub struct All(Record);")
    tree.rust("src/measure/record.rs", "use super::All;\npub struct Record;")
    assert "mod -> record -> mod is a circle in src/measure" in only(tree.faults())


@pytest.mark.parametrize(
    ("module", "child"),
    [
        ("mod record;\npub use record::Record;\npub struct Unit;", "use super::Unit;\npub struct Record;"),
        ("mod record;\npub struct All(record::Record);", "use crate::measure;\npub struct Record;"),
    ],
    ids=["passes on", "is named"],
)
def test_a_module_that_only_passes_on_or_is_named_is_part_of_no_circle(tree: Tree, module: str, child: str) -> None:
    tree.rust("src/measure/mod.rs", module)
    tree.rust("src/measure/record.rs", child)
    tree.rust("src/load/plan.rs", "use super::Size;\npub struct Plan;")
    assert tree.faults() == []


def test_a_trait_that_no_code_names_is_imported_all_the_same(tree: Tree) -> None:
    tree.rust("src/measure/mod.rs", "mod record;\nuse record::Record;\npub struct Unit;")
    tree.rust("src/measure/record.rs", "use super::Unit;\npub trait Record {}")
    assert "mod -> record -> mod is a circle in src/measure" in only(tree.faults())


@pytest.mark.parametrize(
    "code",
    [
        "// use crate::load::Plan;",
        "/* /* */ use crate::load::Plan; */",
        'const A: &str = "use crate::load::Plan;";',
        'const A: &str = r#"" use crate::load::Plan; "#;',
        "const A: char = '\"'; // \" crate::load::Plan",
        "#[cfg(test)]\nmod tests {\n    use crate::load::Plan;\n}",
        "#[cfg(test)]\nuse crate::load::{\n    Plan,\n};",
        "#[cfg(all(test, unix))]\n#[must_use]\npub(crate) fn f(_: [u8; 3]) -> crate::load::Plan { todo!() }",
        "struct A {\n    #[cfg(test)]\n    b: crate::load::Plan,\n}",
        "use std::load::Plan;\nfn f() { load::Plan::new(); }",
    ],
)
def test_what_is_no_code_of_the_program_is_no_import(tree: Tree, code: str) -> None:
    tree.rust("src/config.rs", code)
    assert tree.faults() == []


def test_code_behind_what_looks_like_a_string_is_read(tree: Tree) -> None:
    tree.rust("src/config.rs", "fn f<'a>(_: &'a str) { if '\"' == 'b' {} }\nuse crate::load::Plan; // \"")
    assert only(tree.faults()).startswith("src/config.rs:2: imports crate::load::Plan")


def test_a_file_of_tests_imports_nothing(tree: Tree) -> None:
    tree.rust("src/measure/mod.rs", "mod record;\n#[cfg(test)]\nmod properties;\npub use record::Record;")
    tree.rust("src/measure/properties.rs", "use crate::load::Plan;")
    assert tree.faults() == []


def test_a_module_without_a_layer_is_named(tree: Tree) -> None:
    tree.rust("src/lib.rs", "pub mod config;\npub mod extra;\npub mod load;\npub mod measure;\npub mod run;")
    tree.rust("src/extra.rs", "use crate::load::Plan;")
    assert only(tree.faults()) == "src/extra.rs:1: has no layer: give it one in LAYERS of docs/structure.py"


def test_a_layer_without_its_module_is_named(tree: Tree) -> None:
    (tree.root / "src/run.rs").unlink()
    assert only(tree.faults()) == "src/run:1: is not there: take it out of LAYERS in docs/structure.py"


def test_a_file_of_no_crate_is_named(tree: Tree) -> None:
    tree.rust("src/load/stray.rs", "use crate::run::run;")
    assert only(tree.faults()) == "src/load/stray.rs:1: is part of no crate: declare it as a module, or remove it"
