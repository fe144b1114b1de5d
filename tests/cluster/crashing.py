"""A controller that dies between two of its requests, and starts again.

`python -m cluster.crashing PROGRAM LOG NUMBER [ARGUMENT...]`: the log of requests, LOG, says when the program has sent
NUMBER requests since the first claim.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cluster.process import die_with_parent


def main() -> int:
    """Starts the program twice; ends with the second."""
    program, log, number, *arguments = sys.argv[1:]
    child = start(program, arguments)
    for _ in requests(Path(log), Path(program).name, int(number), child):
        pass
    child.kill()
    child.wait()
    print(f"killed after request {number}", flush=True)
    return start(program, arguments).wait()


def start(program: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Starts the program; what ends this one ends it too."""
    child = subprocess.Popen([program, *arguments], preexec_fn=die_with_parent)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child


def requests(log: Path, agent: str, number: int, child: subprocess.Popen[bytes]) -> Iterator[str]:
    """The program's first `number` requests after the first claim was made."""
    is_claimed = False
    for line in lines(log, child):
        is_claimed |= line["method"] == "POST" and line["uri"].endswith("/sandboxclaims")
        if is_claimed and line["user_agent"].startswith(agent) and "watch=" not in line["uri"]:
            number -= 1
            yield line["uri"]
        if number <= 0:
            return


def lines(log: Path, child: subprocess.Popen[bytes]) -> Iterator[dict[str, str]]:
    """The lines of the log as they are written."""
    rest = ""
    while not log.exists() and child.poll() is None:
        time.sleep(0.001)
    with log.open() as file:
        while child.poll() is None:
            rest += file.readline()
            if rest.endswith("\n"):
                yield json.loads(rest)
                rest = ""
            else:
                time.sleep(0.0005)


if __name__ == "__main__":
    raise SystemExit(main())
