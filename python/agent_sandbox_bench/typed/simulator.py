"""What truly happened in a simulator. Instants are nanoseconds of ``CLOCK_MONOTONIC``."""

from typing import TypedDict


class ExecTruth(TypedDict):
    """A command that was run by exec, or by the runtime; `output_ns` is None where it printed nothing."""

    received_ns: int
    output_ns: int | None
    ended_ns: int
    exit_code: int


class RuntimeTruth(TypedDict):
    """A request to the runtime in a sandbox; `file_bytes` is None where it wrote or read no file."""

    received_ns: int
    answered_ns: int
    method: str
    path: str
    status: int
    file_bytes: int | None


class ModeTruth(TypedDict):
    """A suspension or a resume: when its mode was written, and when the first watch got it; None if none did."""

    written_ns: int
    sent_ns: int | None


class ClaimTruth(TypedDict):
    """A claim; `ready_sent_ns` is the first of `ready_sent`, which has one for each watch. None: it did not happen."""

    name: str
    namespace: str
    create_received_ns: int
    ready_sent_ns: int | None
    ready_sent: list[int]
    execs: list[ExecTruth]
    runtime: list[RuntimeTruth]
    suspends: list[ModeTruth]
    resumes: list[ModeTruth]
    deleted_ns: int | None


class FaultTruth(TypedDict):
    """A fault: its kind, when it began and ended or will end, and how many requests, events or others it hit."""

    fault: str
    from_ns: int
    until_ns: int
    hits: int
