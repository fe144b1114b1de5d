"""Claims that are not sent by the law that was asked for."""

from __future__ import annotations

import signal
import time

from support.bench import Bench


def test_a_generator_that_stands_still_did_not_send_the_load_asked_for(bench: Bench) -> None:
    out = bench.out()
    process = bench.start("run", "--arrivals", "poisson", "--rate", "200", "--duration", "4s", "--out", out)
    while process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.04)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.04)
    done = bench.finish(process, out)
    words = "% of the gaps between creates are out of place: the load was not the one asked for"
    [warning] = [warning for warning in done.summary["warnings"] if warning.endswith(words)]
    assert warning.startswith("poisson arrivals: ")
