"""The histograms that a run leaves, read without the library that wrote them."""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def whole_run(log: Path) -> dict[str, Counter[int]]:
    """How often each value was counted, by latency: of an HDR interval log, the lines with a tag."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("Tag=")]
    return {line.split(",")[0].removeprefix("Tag="): counts(line.rpartition(",")[2]) for line in lines}


def counts(encoded: str) -> Counter[int]:
    """Index of each slot that counted something, and how much: V2, deflated, in base64."""
    compressed = base64.b64decode(encoded)
    cookie, length = struct.unpack_from(">II", compressed)
    assert cookie & ~0xF0 == 0x1C849304 & ~0xF0, hex(cookie)
    content = zlib.decompress(compressed[8 : 8 + length])
    size = struct.unpack_from(">I", content, 4)[0]
    slots, at, slot = content[40 : 40 + size], 0, 0
    found: Counter[int] = Counter()
    while at < len(slots):
        number, at = zig_zag(slots, at)
        if number < 0:
            slot -= number
        else:
            if number:
                found[slot] = number
            slot += 1
    return found


def slot(value: int) -> int:
    """Where a value is counted: 3 significant digits, from 1 on."""
    halved = max(0, value.bit_length() - 11)
    return 1024 * halved + (value >> halved)


def waits(claims: Sequence[Mapping[str, Any]], timeout_ns: int = 180_000_000_000) -> Counter[int]:
    """The slots of these claims' time to ready: one that never became ready counts at its age, or at the timeout."""

    def wait(claim: Mapping[str, Any]) -> int:
        start = int(claim["intended_ns"])
        if claim["outcome"] == "ready":
            return max(0, int(claim["ready_ns"]) - start)
        return max(int(claim["ended_ns"]) - start, timeout_ns)

    return Counter(slot(wait(claim)) for claim in claims)


def zig_zag(content: bytes, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, 9 bytes at most, and where the next one begins."""
    value = 0
    for nth in range(9):
        byte = content[at]
        at += 1
        value |= (byte if nth == 8 else byte & 0x7F) << (7 * nth)
        if nth == 8 or not byte & 0x80:
            break
    return (value >> 1) ^ -(value & 1), at
