"""Reads Rust sources as text: modules, what each takes from which, and how long its functions are."""
