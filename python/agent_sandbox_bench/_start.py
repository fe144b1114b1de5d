"""Runs that are followed while they go on."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import changes, changes_async, ending, ending_async
from agent_sandbox_bench._errors import AgentSandboxBenchError, RunInterrupted
from agent_sandbox_bench._native import Cluster, Config
from agent_sandbox_bench._result import Result

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import Claim, RunProgress

    _RunCall: TypeAlias = _native.Call[_native.Done, RunProgress]

_LOGGER = logging.getLogger("agent_sandbox_bench")
_LOGGER.addHandler(logging.NullHandler())  # who wants to hear of runs says so

# Bytes of claims that are decoded at a time: some hundred claims.
_BATCH = 1 << 16


class Run:
    """A run in the block of ``with asb.start(...) as run``."""

    def __init__(self, call: _RunCall) -> None:
        self._call = call

    def claims(self) -> Iterator[Claim]:
        """Each claim when it is over, from the first one on; the iterator ends with the run.

        The claims are read from the run's ``claims.jsonl``, ten times a second. Whoever takes long over one slows
        neither the load nor the record, and misses none.
        """
        written = _Written(self._call)
        for _ in changes(self._call):
            for batch in written.batches():
                yield from batch

    def progress(self) -> Iterator[RunProgress]:
        """The progress of the run, ten times a second until its end. A slower consumer gets the latest only."""
        for values in changes(self._call):
            yield from values

    def result(self) -> Result:
        """The result, when the run is over.

        Raises:
            AgentSandboxBenchError: What `asb.run` would raise.
        """
        self._call.wait()
        return _result(self._call)

    def stop(self) -> None:
        """Asks for the end: the schedule stops, what was claimed is released, what was measured is written."""
        self._call.stop()


class AsyncRun:
    """A run in the block of ``async with asb.start(...) as run``; its methods are as those of `Run`."""

    def __init__(self, call: _RunCall) -> None:
        self._call = call

    async def claims(self) -> AsyncIterator[Claim]:
        """As `Run.claims`."""
        import asyncio  # a third of what this package takes to import, and loaded by who is here

        written = _Written(self._call)
        async for _ in changes_async(self._call):
            for batch in written.batches():
                for claim in batch:
                    yield claim
                await asyncio.sleep(0)  # where many are behind, other tasks have their turn

    async def progress(self) -> AsyncIterator[RunProgress]:
        """As `Run.progress`."""
        async for values in changes_async(self._call):
            for value in values:
                yield value

    async def result(self) -> Result:
        """As `Run.result`. Cancelling it leaves the run alone."""
        await self._call.future()
        return _result(self._call)

    def stop(self) -> None:
        """As `Run.stop`."""
        self._call.stop()


class Start:
    """A run to be: `with` or `async with` begins it, and where the block ends it is over.

    An exception in the block, Ctrl-C or a cancelled task ends the run cleanly first. A block that ends by itself waits
    for the run.
    """

    def __init__(self, config: Config, target: Cluster | None, *, force: bool, yes: bool, follow: bool = True) -> None:
        self._arguments = (config, target, follow, force, yes)
        self._block: AbstractContextManager[Run] | None = None
        self._async_block: AbstractAsyncContextManager[AsyncRun] | None = None

    def __enter__(self) -> Run:
        """Begins the run."""
        self._block = _block(_native.run(*self._arguments))
        return self._block.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Waits for the run's end.

        Raises:
            RunInterrupted: Ctrl-C; its ``result`` holds the run up to there.
            AgentSandboxBenchError: What `asb.run` would raise.
        """
        assert self._block is not None  # noqa: S101 - __enter__ sets it
        self._block.__exit__(kind, error, traceback)

    async def __aenter__(self) -> AsyncRun:
        """As `__enter__`."""
        self._async_block = _async_block(_native.run(*self._arguments))
        return await self._async_block.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """As `__exit__`."""
        assert self._async_block is not None  # noqa: S101 - __aenter__ sets it
        await self._async_block.__aexit__(kind, error, traceback)


@contextmanager
def _block(call: _RunCall) -> Iterator[Run]:
    try:
        with ending(call):
            yield Run(call)
    except KeyboardInterrupt as interrupt:
        if not call.is_over():
            raise
        raise _interrupted(call) from interrupt
    _log(_result(call))


@asynccontextmanager
async def _async_block(call: _RunCall) -> AsyncIterator[AsyncRun]:
    async with ending_async(call):
        yield AsyncRun(call)
    _log(_result(call))


def _result(call: _RunCall) -> Result:
    done = call.result()
    return Result(done["summary"], done["out_dir"])


def _interrupted(call: _RunCall) -> RunInterrupted:
    try:
        result = _result(call)
    except AgentSandboxBenchError as error:
        return RunInterrupted(str(error))
    interrupted = RunInterrupted(f"interrupted; what was measured is in {result.out_dir}")
    interrupted.result = result
    return interrupted


def _log(result: Result) -> None:
    for warning in result.summary["warnings"]:
        _LOGGER.warning("%s", warning)
    _LOGGER.info("%r", result)


class _Written:
    """A run's claims.jsonl, read behind its writer."""

    def __init__(self, call: _RunCall) -> None:
        self._call = call
        self._read = 0

    def batches(self) -> Iterator[list[Claim]]:
        """The claims that were written since, in their order."""
        folder = self._call.out_dir()
        if folder is None or not (folder / "claims.jsonl").exists():
            return
        with (folder / "claims.jsonl").open("rb") as file:
            file.seek(self._read)
            # The last line may be half written.
            while lines := [line for line in file.readlines(_BATCH) if line.endswith(b"\n")]:
                self._read += sum(map(len, lines))
                yield [json.loads(line) for line in lines]
                file.seek(self._read)
