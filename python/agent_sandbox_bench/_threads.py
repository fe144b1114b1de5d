"""Native calls on an asyncio loop. asyncio, a third of what this package takes to import, is for who awaits one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from agent_sandbox_bench._native import Stop

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Awaits ``call(*args, **kwargs)`` in a thread."""
    import asyncio

    return await asyncio.to_thread(call, *args, **kwargs)


async def stoppable(stop: Stop, call: Callable[..., T], *arguments: object) -> T:
    """Awaits ``call(*arguments)`` in a thread; cancelled, it stops the call and waits for its clean end first."""
    import asyncio

    running = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.stop()
        await asyncio.wait([running])
        raise
