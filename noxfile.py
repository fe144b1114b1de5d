"""What checks this project: ``pip install nox && nox -s tests``; ``nox -l`` lists the rest."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False  # only pkb wants one of its own, and is then skipped

PYPROJECT = nox.project.load_toml("pyproject.toml")
PKB_PYTHON = "3.12"  # the oldest it runs on


def cargo(session: nox.Session, *arguments: str) -> None:
    """Runs cargo, which rustup or the system brings."""
    if shutil.which("cargo") is None:
        session.error("cargo is not on PATH: install Rust from https://rustup.rs")
    session.run("cargo", *arguments, external=True)


def install(session: nox.Session, *groups: str) -> None:
    """Installs the package as a user would, but built in seconds instead of optimised, and groups of tools."""
    session.install(*nox.project.dependency_groups(PYPROJECT, *groups))
    # The build shares Cargo's target folder with `cargo test`; pip would otherwise keep an older build of the version.
    session.install("--force-reinstall", "--no-deps", ".", env={"MATURIN_PEP517_ARGS": "--profile dev"})


def pytest(session: nox.Session, *arguments: str) -> None:
    """Runs pytest from its own environment."""
    session.run("python", "-m", "pytest", *arguments)


@nox.session
def tests(session: nox.Session) -> None:
    """Rust and Python tests on the embedded simulator: no cluster, no container, no network."""
    cargo(session, "test", "--locked")
    install(session, "test")
    pytest(session, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, lints and types of Rust and Python; the native module against its stub."""
    install(session, "test", "lint")
    cargo(session, "fmt", "--check")
    for features in ([], ["--features", "python"]):
        cargo(session, "clippy", "--locked", "--all-targets", *features, "--", "--deny", "warnings")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("python", "-m", "mypy.stubtest", "agent_sandbox_bench._native")
    session.run("python", "docs/generate.py", "--check")


@nox.session
def cluster(session: nox.Session) -> None:
    """Tests on a real control plane and controller, built by Go; ``-- --kubeconfig FILE --context NAME``: yours."""
    install(session, "test")
    pytest(session, "tests/cluster", *session.posargs)


@nox.session
def node(session: nox.Session) -> None:
    """Tests on a real node: kubelet, containerd, runc and gVisor, built with Go; needs root."""
    if not Path("tests/node").is_dir():
        session.skip("there is no tests/node yet")
    install(session, "test")
    pytest(session, "tests/node", *session.posargs)


@nox.session(python=PKB_PYTHON)
def pkb(session: nox.Session) -> None:
    """Tests of the PerfKitBenchmarker plugin: ``-- PATH`` is a checkout of PerfKitBenchmarker."""
    if not session.posargs:
        session.skip("no checkout of PerfKitBenchmarker: nox -s pkb -- PATH_TO_PKB")
    checkout, *arguments = session.posargs
    # Pint 0.26.2 no longer parses the units that PerfKitBenchmarker writes.
    session.install("-r", str(Path(checkout, "requirements.txt")), "pint<=0.26.1")
    install(session, "test")
    pytest(session, "tests/pkb", "--pkb", checkout, *arguments)


@nox.session(default=False)
def format(session: nox.Session) -> None:  # noqa: A001 - what one types
    """Formats Rust and Python."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    cargo(session, "fmt")
    session.run("ruff", "check", "--fix")
    session.run("ruff", "format")


@nox.session(default=False)
def local(session: nox.Session) -> None:
    """Everything before a change is sent: format, lint, tests, cluster."""
    for name in ("format", "lint", "tests", "cluster"):
        session.notify(name, [])
