"""Waiting for something to come true, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable


class NotInTimeError(Exception):
    """What was waited for did not happen; says what, and what was seen last."""


def until(condition: Callable[[], bool], seconds: float, what: str, detail: Callable[[], str] = str) -> None:
    """Returns when `condition` holds, asked every 20 ms; raises NotInTimeError after `seconds`.

    `detail` is called only then: what helps to see why.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTimeError(f"{what}: not within {seconds:g} s\n{detail()}".rstrip())
        time.sleep(0.02)
