"""Native calls: waited for in this thread, or awaited on a loop of asyncio. Threads of their own do the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from agent_sandbox_bench._errors import RunInterrupted

if TYPE_CHECKING:
    from agent_sandbox_bench._native import Call
    from agent_sandbox_bench.typed import AbReport, SearchReport, SweepReport

T = TypeVar("T")
Told = TypeVar("Told")
# What says in which folder its parts are.
Parts = TypeVar("Parts", "AbReport", "SearchReport", "SweepReport")


def ended(call: Call[T, Told], tell: Callable[[Told], object] | None = None) -> T:
    """What the call gives at its end; `tell` is called with what it tells until then."""
    with ending(call):
        if tell is not None:
            for values in changes(call):
                for value in values:
                    tell(value)
    return call.result()


def ended_in_parts(call: Call[Parts, Told], parts: str, tell: Callable[[Told], object] | None = None) -> Parts:
    """As `ended`; on Ctrl-C a RunInterrupted that says where the `parts` are that were made so far."""
    try:
        return ended(call, tell)
    except KeyboardInterrupt as interrupt:
        if not call.is_over():
            raise
        raise RunInterrupted(f"interrupted; the {parts} so far are in {call.result()['out_dir']}") from interrupt


async def ended_async(call: Call[T, Told], tell: Callable[[Told], object] | None = None) -> T:
    """As `ended`, for asyncio."""
    async with ending_async(call):
        if tell is not None:
            async for values in changes_async(call):
                for value in values:
                    tell(value)
    return call.result()


@contextmanager
def ending(call: Call[Any, Any]) -> Iterator[None]:
    """Ends the call with the block. An exception in the block stops the call, and is raised after its clean end."""
    try:
        yield
        call.wait()
    except BaseException:
        call.stop()
        call.wait()  # a second Ctrl-C is raised here, and no longer waits
        raise


@asynccontextmanager
async def ending_async(call: Call[Any, Any]) -> AsyncIterator[None]:
    """As `ending`, for asyncio: cancelling the task stops the call."""
    try:
        yield
        await call.future()
    except BaseException:
        call.stop()
        await call.future()
        raise


def changes(call: Call[Any, Told]) -> Iterator[list[Told]]:
    """What the call has told since the last look, each time that there is something; the last time when it is over."""
    seen, is_over = 0, False
    while not is_over:
        call.wait(seen)
        is_over = call.is_over()
        seen, values = call.told(seen)
        yield values


async def changes_async(call: Call[Any, Told]) -> AsyncIterator[list[Told]]:
    """As `changes`, for asyncio."""
    seen, is_over = 0, False
    while not is_over:
        await call.future(seen)
        is_over = call.is_over()
        seen, values = call.told(seen)
        yield values
