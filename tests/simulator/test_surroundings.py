"""A machine that is short of something: a run says what, and leaves nothing on the cluster."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import time
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from support.api import CLAIMS, Api
from support.bench import Bench
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE


def in_shell(bench: Bench, prelude: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command, after a shell's `prelude`."""
    command = ["sh", "-c", f'{prelude}\nexec "$@"', "sh", bench.command, *map(str, arguments)]
    return subprocess.run(command, cwd=bench.folder, capture_output=True, text=True, timeout=120, check=False)


def test_what_cannot_be_recorded_is_not_claimed(bench: Bench) -> None:
    with asb.Simulator() as simulator:
        load = ("--rate", "50", "--duration", "100s", "--quiet", "--out", bench.out())
        started = time.monotonic()
        # No file may grow beyond that: a full disk for everybody.
        done = in_shell(bench, "trap '' XFSZ; ulimit -f 20", "run", "--kubeconfig", simulator.kubeconfig, *load)
        assert done.returncode == 1
        assert done.stderr.startswith("error: cannot write") and "claims.jsonl" in done.stderr, done.stderr
        assert time.monotonic() - started < 90, "the schedule was played to its end"
        assert Api.from_kubeconfig(simulator.kubeconfig).ok("GET", CLAIMS)["items"] == []
        assert len(simulator.truth()) < 4000


def test_too_few_open_files_are_named(bench: Bench) -> None:
    out = bench.out()
    done = in_shell(bench, "ulimit -n 24", "run", "--rate", "100", "--total", "10", "--quiet", "--out", out)
    assert done.returncode == 1 and "ulimit -n" in done.stderr and "may have 24" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1 and not out.exists()


def test_a_low_limit_that_may_be_raised_is(bench: Bench) -> None:
    load = ("--rate", "100", "--total", "10", "--quiet", *ONE_PAUSE_HITS_ALL, "--out", bench.out())
    done = in_shell(bench, "ulimit -S -n 24", "run", *load)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [("run", "--total", "2", "--output", "json"), ("config", "show"), ("--help",)])
def test_a_standard_output_that_is_full_is_an_error(bench: Bench, words: tuple[str, ...]) -> None:
    out = bench.out()
    more = (*ONE_PAUSE_HITS_ALL, "--quiet", "--out", out) if words[0] == "run" else ()
    command = [bench.command, *map(str, (*words, *more))]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=bench.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1, done.stderr
    if words[0] == "run":
        assert "cannot write the standard output" in done.stderr and (out / "summary.json").exists()


def test_paths_that_are_no_utf_8(bench: Bench) -> None:
    odd = os.fsencode(bench.folder) + b"/\xff\xfe"
    command = [os.fsencode(bench.command), b"run", b"--total", b"2", b"--out", odd]
    done = subprocess.run(command, cwd=bench.folder, capture_output=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith(b"error: --out: got"), done.stderr
    assert b"Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
    with asb.Simulator() as simulator:
        Path(os.fsdecode(odd)).write_bytes(Path(simulator.kubeconfig).read_bytes())
        done = subprocess.run([*command[:1], b"status", b"--kubeconfig", odd], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_an_address_that_another_has_is_named(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = bench("simulate", "--listen", address, "--kubeconfig-out", bench.folder / "kubeconfig")
    assert done.code == 1
    # The system's words are its C library's.
    assert done.stderr.startswith(f"error: cannot listen on {address}: "), done.stderr
    assert f"(os error {errno.EADDRINUSE})" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nobody_has_to_read_what_it_says(bench: Bench) -> None:
    out = bench.out()
    process = bench.start("run", "--rate", "20", "--duration", "1s", "--output", "json", "--out", out, *SHARED_MACHINE)
    assert process.stderr and process.stdout
    process.stderr.close()
    process.stdout.close()
    assert process.wait(60) == 0
    assert (out / "report.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(bench: Bench, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = bench("run", "--total", "1", "--out", closed / "out")
    assert done.code == 2 and "output.dir" in done.stderr


@pytest.mark.parametrize("out", ["/dev/full", "/proc/nowhere"])
def test_what_can_be_no_folder_is_named(bench: Bench, out: str) -> None:
    done = bench("run", "--total", "1", "--out", out)
    assert done.code == 2 and done.stderr.startswith("error: output.dir: "), done.stderr


def test_without_a_home_and_an_environment(bench: Bench) -> None:
    out = bench.out()
    command = [bench.command, "run", "--total", "2", "--quiet", "--out", str(out), *ONE_PAUSE_HITS_ALL]
    done = subprocess.run(command, cwd=bench.folder, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("load", [
    {"rate": 1e308}, {"total": 2**64 - 1}, {"rate": 1e6, "duration": "800000h"}, {"rate": 5e-324, "total": 2},
    {"arrivals": "burst", "burst": {"size": 2**64 - 1, "every": "1ns"}}, {"duration": "1e300h"},
    {"arrivals": "trace", "trace": "/dev/zero"}, {"arrivals": "closed", "closed": {"users": 2**32 - 1}},
])  # fmt: skip
def test_a_load_that_no_machine_holds_is_refused_at_once(bench: Bench, load: dict[str, object]) -> None:
    started = time.monotonic()
    done = bench("run", *(word for key, value in load.items() for word in ("--set", f"load.{key}={value}")))
    assert (done.code, time.monotonic() - started < 20) == (2, True), done.stderr
    assert done.stderr.startswith("error: load") and "allowed: " in done.stderr, done.stderr
    assert not done.out.exists()


@pytest.mark.parametrize("file", ["claims.jsonl", "config.yaml", "summary.json"])
def test_a_folder_of_somebody_else_is_read_within_bounds(bench: Bench, file: str) -> None:
    done = bench("run", "--total", "3", "--rate", "50")
    (done.out / file).unlink()
    (done.out / file).symlink_to("/dev/zero")
    for command in (("report", done.out), ("compare", done.out, done.out)):
        refused = bench(*command)
        assert refused.code == 2 and f"{file}: no regular file" in refused.stderr, refused.stderr
    (done.out / file).unlink()
    os.mkfifo(done.out / file)
    assert bench("report", done.out).code == 2, "a pipe is not waited for"
    (done.out / file).unlink()
    with (done.out / file).open("wb") as sparse:
        sparse.truncate(1 << 40)
    assert bench("report", done.out).code == 2
