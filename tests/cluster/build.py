"""Builds the programs of a test cluster from their Go modules, once: python tests/cluster/build.py [NAME]...

What is built is kept outside the tree, in $AGENT_SANDBOX_BENCH_CACHE/bin/DIGEST/NAME (default
$XDG_CACHE_HOME/agent-sandbox-bench, ~/.cache/agent-sandbox-bench). DIGEST covers the module's pinned versions and the
build's flags: so a changed pin is a new file, and an unchanged one is never built twice.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file, this one is not in its package

from cluster.programs import CONTROL_PLANE, MODULES, Program, named  # noqa: E402

GO_VERSION = "1.26"


class BuildError(Exception):
    """A program could not be built; says which, and what to do."""


def cache() -> Path:
    """The folder of everything built and kept."""
    chosen = os.environ.get("AGENT_SANDBOX_BENCH_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "agent-sandbox-bench"


def path_of(program: Program) -> Path:
    """Where a program is, once built."""
    digest = hashlib.sha256()
    for file in sorted(program.folder.rglob("*")):
        if file.is_file() and file.name != "tools.go":  # go.mod, go.sum, and the source of our own
            digest.update(file.read_bytes())
    digest.update(repr((program.package, program.flags, program.patch)).encode())
    return cache() / "bin" / digest.hexdigest()[:16] / program.name


def path_of_name(name: str) -> Path:
    """Where the program of that name is, once built."""
    return path_of(named(name))


def build(names: Iterable[str]) -> dict[str, Path]:
    """The named programs' paths; builds those that are missing and prints a line for each.

    Raises BuildError when Go is missing or a build fails.
    """
    chosen = [named(name) for name in names]
    for program in chosen:
        if not path_of(program).exists():
            with lock(cache() / "lock"):
                build_one(program)
    return {program.name: path_of(program) for program in chosen}


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """One builder at a time in this cache: a second one waits, and then finds the first one's work."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def build_one(program: Program) -> None:
    """Builds a program beside its final place, and moves it there whole; nothing if another builder has."""
    if path_of(program).exists():
        return
    started = time.monotonic()
    print(f"{program.name}: building from {program.package} ...", file=sys.stderr, flush=True)
    target = path_of(program)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / program.name
        modfile = patched_modfile(program, Path(folder)) if program.patch else []
        go("build", *program.flags, *modfile, "-o", str(made), program.package, folder=program.folder)
        made.rename(target)
    print(f"{program.name}: built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def patched_modfile(program: Program, folder: Path) -> list[str]:
    """A copy of the patched module, and the flag of a go.mod that builds from it."""
    patch = program.patch
    assert patch
    copy = folder / "source"
    shutil.copytree(module_folder(program.group, patch.module), copy)
    file = copy / patch.file
    source = file.read_text()
    if source.count(patch.old) != 1:
        raise BuildError(f"{program.name}: {patch.file} of {patch.module} has changed: mend the patch in programs.py")
    file.chmod(0o644)
    file.write_text(source.replace(patch.old, patch.new))
    modfile = folder / "go.mod"
    modfile.write_text((program.folder / "go.mod").read_text() + f"\nreplace {patch.module} => {copy}\n")
    shutil.copy(program.folder / "go.sum", folder / "go.sum")
    return [f"-modfile={modfile}"]


def module_folder(group: str, module: str) -> Path:
    """Where Go keeps the source of a module that `group` pins; downloads it when it must."""
    where = MODULES / group
    go("mod", "download", module, folder=where)
    return Path(go("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module, folder=where).strip())


def go(*arguments: str, folder: Path) -> str:
    """Runs the go command there; returns what it prints. Raises BuildError."""
    command = shutil.which("go")
    if command is None:
        raise BuildError(f"Go is not on PATH: install Go {GO_VERSION} or newer (https://go.dev/doc/install)")
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(
        [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise BuildError(f"`go {arguments[0]}` failed in {folder} ({' '.join(arguments[1:])}):\n{last}")
    return done.stdout


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help=f"default: {' '.join(CONTROL_PLANE)}")
    try:
        paths = build(parser.parse_args().name or CONTROL_PLANE)
    except (BuildError, ValueError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    for path in paths.values():
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
