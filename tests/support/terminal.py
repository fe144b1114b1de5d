"""A command on a terminal of a given size, without a terminal program."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What steers a terminal: moves, erases, colours.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Shown:
    """What a command wrote to its terminal."""

    code: int
    raw: str
    columns: int

    @property
    def lines(self) -> list[str]:
        """The rows as the terminal shows them one after the other, without what steers it."""
        return [row.rstrip() for rows in self.rows() for row in rows]

    @property
    def too_long(self) -> list[str]:
        """Lines that do not fit: the terminal broke them. A panel fills its rows with blanks to the last column."""
        return ["".join(rows) for rows in self.rows() if any(not row.endswith(" ") for row in rows[:-1])]

    def rows(self) -> list[list[str]]:
        """What was written between two ends of a line, each in the rows that it takes."""
        written = re.split(r"[\r\n]+", CONTROL.sub("", self.raw))
        return [[line[at : at + self.columns] for at in range(0, len(line), self.columns)] for line in written]

    @property
    def words(self) -> str:
        """All lines as one, a blank between two words."""
        return " ".join(" ".join(self.lines).split())


def on_terminal(command: list[str], columns: int, folder: Path, env: Mapping[str, str], timeout: float = 120) -> Shown:
    """Runs a command whose standard error output is a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = {**inherited, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **env}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower
    )
    os.close(follower)
    try:
        written = read_all(leader, time.monotonic() + timeout)
        return Shown(process.wait(timeout=10), written.decode(), columns)
    finally:
        os.close(leader)
        process.kill()
        process.wait()


def read_all(leader: int, deadline: float) -> bytes:
    """What is written until the other end is closed."""
    written = b""
    while time.monotonic() < deadline:
        if not select.select([leader], [], [], 1)[0]:
            continue
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            return written
        if not part:
            return written
        written += part
    raise TimeoutError(f"the command goes on; it wrote {written[-2000:]!r}")
