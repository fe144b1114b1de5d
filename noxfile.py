"""What checks this project: ``pip install nox && nox -s tests``; ``nox --list`` names the rest."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False  # only pkb wants one of its own, and is then skipped
nox.options.sessions = ["local"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
# Cargo's folder, which sessions share: what one has compiled is not compiled again.
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve()
# A test mostly waits, for its simulator or for time to pass.
SIDE_BY_SIDE = ("--numprocesses", "4", "--dist", "worksteal")


def cargo(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Runs cargo, which rustup or the system brings."""
    if shutil.which("cargo") is None:
        session.error("cargo is not on PATH: install Rust from https://rustup.rs")
    # What maturin tells the extension's build: with it, Cargo takes what it compiled for the wheel as it is.
    described = sorted((TARGET / "maturin").glob("pyo3-config-*.txt"))
    pyo3 = {"PYO3_CONFIG_FILE": str(described[-1]), "PYO3_BUILD_EXTENSION_MODULE": "1"} if described else {}
    session.run("cargo", *arguments, external=True, env={**pyo3, **environment})


def install(session: nox.Session, *groups: str) -> None:
    """Installs the package as a user would, but built in the dev profile, and groups of tools."""
    session.install(*nox.project.dependency_groups(PYPROJECT, *groups))
    # pip would otherwise keep an older build of the version.
    session.install("--force-reinstall", "--no-deps", str(dev_wheel(session)))


def dev_wheel(session: nox.Session) -> Path:
    """The package's wheel in the dev profile: built once, and again when what it is built of has changed."""
    folder = TARGET / "wheel" / sources(session)
    if not list(folder.glob("*.whl")):
        shutil.rmtree(folder.parent, ignore_errors=True)
        command = ["python", "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), "."]
        session.run(*command, env={"MATURIN_PEP517_ARGS": "--profile dev"})
    [wheel] = folder.glob("*.whl")
    return wheel


def sources(session: nox.Session) -> str:
    """A digest of the compiler and of every file that the package is built of."""
    digest = hashlib.sha256(str(session.run("rustc", "-vV", external=True, silent=True, log=False)).encode())
    parts = ("Cargo.toml", "Cargo.lock", "pyproject.toml", "README.md", "LICENSE", "src", "python", "data")
    for file in sorted(file for part in parts for file in (Path(part), *Path(part).rglob("*"))):
        if file.is_file() and file.suffix not in (".so", ".pyc"):
            content = file.read_bytes()
            digest.update(f"{file} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def pytest(session: nox.Session, *paths: str) -> None:
    """Runs pytest; what stands behind ``--`` goes to it."""
    session.run("python", "-m", "pytest", *paths, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Rust and Python tests on the embedded simulator: no cluster, no network, no Go."""
    install(session, "test", "frames", "examples", "receivers")
    cargo(session, "test", "--locked", "--workspace")
    pytest(session, *SIDE_BY_SIDE, "tests/python", "tests/simulator", "tests/conformance", "-m", "not slow")


@nox.session
def slow(session: nox.Session) -> None:
    """What takes minutes: statistics, a search for the simulator's limit, deadlines of a minute."""
    install(session, "test", "receivers")
    cargo(session, "test", "--locked", "--workspace", "--", "--ignored", "--skip", "in_full")
    pytest(session, "tests/simulator/test_search.py", "-m", "slow")  # alone: it looks for a limit in claims a second
    pytest(session, "tests/python", "-m", "slow")  # alone: many runs share the cores as it is
    pytest(session, *SIDE_BY_SIDE, "tests/simulator", "-m", "slow", "--ignore=tests/simulator/test_search.py")


@nox.session(default=False)
def calibration(session: nox.Session) -> None:
    """How often intervals, comparisons and the like are right: full counts in made-up time, minutes of two cores."""
    cargo(session, "test", "--release", "--locked", "--lib", "in_full", "--", "--ignored", "--nocapture")


# select! begins with a branch by chance, and only an unstable option of tokio gives that chance a seed.
MADE_UP = {"RUSTFLAGS": "--cfg tokio_unstable"}
CAMPAIGN = ("--locked", "--profile", "campaign", "--features", "made-up", "--bin", "campaign")


@nox.session(venv_backend="none")
def campaign(session: nox.Session) -> None:
    """Runs amid random faults in made-up time; ``-- --seeds 20000``, ``-- --seed N`` for one, ``-- --mutations``."""
    folder = TARGET / "made-up"
    out = ("--out", str(folder / "runs"))
    cargo(session, "run", *CAMPAIGN, "--target-dir", str(folder), "--", *out, *session.posargs, **MADE_UP)


@nox.session
def sockets(session: nox.Session) -> None:
    """The same in real time over sockets, and runs that are killed; ``-- --seeds 500``, or ``-- --seed N``."""
    install(session, "test")
    pytest(session, *SIDE_BY_SIDE, "tests/sockets")


@nox.session
def soak(session: nox.Session) -> None:
    """Half an hour at 100 claims/s on the simulator, where nothing may grow; ``-- --minutes 2`` for less."""
    install(session, "test")
    pytest(session, "tests/soak", "-s")


FUZZ_TARGETS = ("config", "kubeconfig", "manifests", "trace", "folder", "answers", "requests")
# What cargo-fuzz asks of the compiler, without a sanitizer: those need a nightly one, and there is no unsafe code here.
FUZZ_FLAGS = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 "
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table "
    "-Cllvm-args=-sanitizer-coverage-trace-compares"
)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Each fuzz target for some seconds, by libFuzzer on the kept corpus; ``-- 600`` for ten minutes each."""
    seconds = session.posargs[0] if session.posargs else "5"
    host = (session.run("rustc", "--print", "host-tuple", external=True, silent=True) or "").strip()
    manifest = ["--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz", "--target", host]
    cargo(session, "build", "--release", "--locked", *manifest, RUSTFLAGS=FUZZ_FLAGS)
    for target in FUZZ_TARGETS:
        found = Path("target/fuzz/found") / target
        found.mkdir(parents=True, exist_ok=True)
        program = f"target/fuzz/{host}/release/{target}"
        limits = [f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=2048", "-max_len=65536"]
        prefix = f"-artifact_prefix=target/fuzz/finding-{target}-"
        corpora = (str(found), f"fuzz/corpus/{target}")
        told = session.run(program, *corpora, *limits, prefix, "-print_final_stats=1", external=True, silent=True)
        session.log(f"{target}: no finding; " + ", ".join(re.findall(r"(?m)^stat::(\S+: +\d+)", str(told))))


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, lints and types of Rust and Python; the native module against its stub; pages; structure."""
    install(session, "test", "frames", "receivers", "lint", "report")
    cargo(session, "fmt", "--all", "--check")
    cargo(session, "clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings")
    floor = ("--manifest-path", "benches/floor/Cargo.toml", "--target-dir", "target/floor")
    cargo(session, "clippy", "--locked", *floor, "--", "--deny", "warnings")
    # Its lock file follows ours.
    cargo(session, "tree", "--locked", "--depth", "0", "--manifest-path", "fuzz/Cargo.toml")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("python", "-m", "mypy.stubtest", "agent_sandbox_bench._native")
    session.run("python", "docs/generate.py", "--check")
    session.run("python", "docs/structure.py", "--check")
    pytest(session, "tests/structure", "tests/python/test_documentation_types.py")


@nox.session
def cluster(session: nox.Session) -> None:
    """Tests on a real control plane, built with Go; ``-- --kubeconfig FILE [--context NAME]`` takes your cluster."""
    install(session, "test")
    pytest(session, "tests/cluster", "tests/stack", "--ignore=tests/stack/test_node.py")


@nox.session
def conformance(session: nox.Session) -> None:
    """The simulator's conformance suite on that real control plane; ``-- --kubeconfig FILE`` takes your cluster."""
    install(session, "test")
    if session.posargs:
        pytest(session, "tests/conformance")
        return
    command = [f"{session.bin}/python", "tests/cluster/up.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as control_plane:
        try:
            assert control_plane.stdout is not None
            kubeconfig = control_plane.stdout.readline().strip()
            session.run("python", "-m", "pytest", "tests/conformance", "--kubeconfig", kubeconfig)
        finally:
            control_plane.terminate()


@nox.session
def node(session: nox.Session) -> None:
    """Tests on a real node: kubelet, containerd, runc and gVisor, built with Go; needs root."""
    install(session, "test")
    cargo(session, "build", "--locked", "--workspace", "--bin", "agent-sandbox-bench")  # for the runners' image
    pytest(session, "tests/node")
    pytest(session, "tests/stack/test_node.py")  # a node of its own, and there is one at a time


@nox.session(python="3.12")
def pkb(session: nox.Session) -> None:
    """Tests of the PerfKitBenchmarker plugin: ``-- PATH`` names a checkout of PerfKitBenchmarker."""
    if not session.posargs:
        session.skip(
            "no checkout of PerfKitBenchmarker named: "
            "git clone https://github.com/GoogleCloudPlatform/PerfKitBenchmarker ../pkb && nox -s pkb -- ../pkb"
        )
    checkout, *arguments = session.posargs
    path = Path(checkout).resolve()
    # Pint 0.26.2 took away what PerfKitBenchmarker's units derive from.
    session.install("--requirement", str(path / "requirements.txt"), "pint<=0.26.1")
    install(session, "test")
    session.run("python", "-m", "pytest", "tests/pkb", "--pkb", str(path), *arguments)


@nox.session
def package(session: nox.Session) -> None:
    """Builds the release wheel from the sdist, as a user's pip does, and runs it from a clean environment."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "build", "test", "lint"))
    folder = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("maturin", "sdist", "--out", str(folder))
    [sdist] = folder.glob("*.tar.gz")
    command = ["python", "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), str(unpacked(sdist))]
    # As published: .github/workflows/wheels.yml compresses as much, which pyproject.toml cannot ask for.
    session.run(*command, env={"CARGO_TARGET_DIR": str(TARGET), "MATURIN_PEP517_ARGS": "--compression-level 9"})
    [wheel] = folder.glob("*.whl")
    session.run("python", "-m", "pytest", "tests/package", "--wheel", str(wheel), *session.posargs)


def unpacked(sdist: Path) -> Path:
    """The folder of an sdist's files. Those of the checkout bear its dates: Cargo knows what it has compiled."""
    with tarfile.open(sdist) as archive:
        archive.extractall(sdist.parent, filter="data")
    folder = sdist.with_suffix("").with_suffix("")
    for file in (file for file in folder.rglob("*") if file.is_file()):
        own = file.relative_to(folder)
        if own.is_file() and own.read_bytes() == file.read_bytes():
            shutil.copystat(own, file)
        else:
            file.touch()
    return folder


@nox.session
def report(session: nox.Session) -> None:
    """Reports in Chromium; ``-- --folder DIR`` takes yours too, ``-- --cluster`` one of a real control plane.

    ``-- --images docs/images`` renews the pictures of the documentation.
    """
    install(session, "test", "report")
    pytest(session, "tests/report")


@nox.session(default=False)
def instructions(session: nox.Session) -> None:
    """Instructions of the hot paths against the baseline, by callgrind; ``-- --update`` takes the counts as new."""
    if shutil.which("valgrind") is None:
        session.skip("valgrind is not on PATH: apt-get install valgrind")
    session.run("python", "benches/instructions.py", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Builds the documentation to target/site; ``-- serve`` shows it while it is written."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "docs"))
    session.run("mkdocs", *(session.posargs or ["build", "--strict"]))


@nox.session(default=False)
def fmt(session: nox.Session) -> None:
    """Formats Rust and Python, and applies ruff's safe fixes."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    cargo(session, "fmt", "--all")
    session.run("ruff", "check", "--fix")
    session.run("ruff", "format")


@nox.session(default=False)
def local(session: nox.Session) -> None:
    """What a change must pass before it is sent: fmt, lint, tests."""
    for name in ("fmt", "lint", "tests"):
        session.notify(name, [])
