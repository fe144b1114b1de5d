"""Native calls on an asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from agent_sandbox_bench._native import Stop

T = TypeVar("T")


async def stoppable(stop: Stop, call: Callable[..., T], *arguments: object) -> T:
    """Awaits ``call(*arguments)`` in a thread; cancelled, it stops the call and waits for its clean end first."""
    running = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.stop()
        await asyncio.wait([running])
        raise
