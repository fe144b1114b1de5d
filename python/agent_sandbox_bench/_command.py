"""The console script ``agent-sandbox-bench``: the same entry as the plain binary's."""

from __future__ import annotations

import signal
import sys

from agent_sandbox_bench import _native


def main() -> int:
    """Runs the command with this process's arguments; returns its exit code."""
    # Python's handler would only note Ctrl-C until the command has ended; the command has a handler of its own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.main(["agent-sandbox-bench", *sys.argv[1:]])
