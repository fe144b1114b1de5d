"""What a run leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from agent_sandbox_bench._errors import NoFiguresError

if TYPE_CHECKING:
    import pandas
    import polars

    from agent_sandbox_bench.typed import Claim, Figures, LatencyName, Pod, SourceReading, Summary


class Result:
    """A run's result; its folder holds the rest.

    Attributes:
        summary: As in ``summary.json``: outcomes, latencies in seconds, validity, objectives.
        out_dir: The run's folder.
    """

    def __init__(self, summary: Summary, out_dir: str | os.PathLike[str]) -> None:
        self.summary = summary
        self.out_dir = Path(out_dir).absolute()

    @classmethod
    def load(cls, out_dir: str | os.PathLike[str]) -> Self:
        """The result of an earlier run, from its folder."""
        return cls(json.loads(Path(out_dir, "summary.json").read_text()), out_dir)

    @property
    def valid(self) -> bool:
        """Whether the run is a measurement; ``summary["invalid_reasons"]`` says why not."""
        return self.summary["valid"]

    def figures(self, latency: LatencyName) -> Figures:
        """The figures of a latency, in seconds: ``result.figures("time_to_ready")["p99"]``.

        Raises:
            NoFiguresError: No claim of this run has it, as ``time_to_ready_cold`` where no claim was cold.
        """
        figures = self.summary["latency_s"].get(latency)
        if figures is None:
            known = ", ".join(name for name, found in self.summary["latency_s"].items() if found is not None)
            raise NoFiguresError(f"figures: got {latency}, which no claim of this run has; allowed: {known or 'none'}")
        return figures

    def claims(self) -> Iterator[Claim]:
        """Each claim, in the order they ended; instants are nanoseconds since the run's start."""
        with (self.out_dir / "claims.jsonl").open() as lines:
            for line in lines:
                yield json.loads(line)

    def metrics(self) -> Iterator[SourceReading]:
        """What controller, API server and machine said of themselves beside the run, in order of time.

        There is none of a run with ``output.sources: none``, or of an earlier version. ``summary["sources"]`` says why
        a source was not read.
        """
        return self._lines("metrics.jsonl")

    def pods(self) -> Iterator[Pod]:
        """The Pods of sandboxes, in the order in which they came; instants are nanoseconds since the run's start.

        There are none without ``output.pods``. ``summary["pods"]`` says why the Pods were not watched.
        """
        return self._lines("pods.jsonl")

    def _lines(self, name: str) -> Iterator[Any]:
        """The lines of a file that not every run has."""
        path = self.out_dir / name
        if path.exists():
            with path.open() as lines:
                for line in lines:
                    yield json.loads(line)

    def to_pandas(self) -> pandas.DataFrame:
        """The claims as a pandas data frame, a row each, with the columns of `claims` and ``late_ns`` as ``late_*_ns``.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        from agent_sandbox_bench._frames import to_pandas

        return to_pandas(self.claims())

    def to_polars(self) -> polars.DataFrame:
        """As `to_pandas`, of polars."""
        from agent_sandbox_bench._frames import to_polars

        return to_polars(self.claims())

    def __eq__(self, other: object) -> bool:
        """Whether both are of one folder and say the same."""
        if not isinstance(other, Result):
            return NotImplemented
        return (self.out_dir, self.summary) == (other.out_dir, other.summary)

    def __hash__(self) -> int:
        """By the folder: a summary can be changed."""
        return hash(self.out_dir)

    def __repr__(self) -> str:
        """The verdict in a line."""
        outcomes = ", ".join(f"{count} {name}" for name, count in self.summary["outcomes"].items() if count)
        return f"<Result {self._verdict()}: {outcomes or 'no claims'}; {self.out_dir}>"

    def _repr_html_(self) -> str:
        """The verdict, the outcomes and the latencies, for notebooks."""
        rows = (
            f"<tr><td>{escape(name)}</td><td>{figures['count']}</td>{_cells(figures)}</tr>"
            for name, figures in self.summary["latency_s"].items()
            if figures is not None
        )
        head = "<tr><th>latency</th><th>count</th><th>p50</th><th>p90</th><th>p99</th><th>max</th></tr>"
        return f"<p>{escape(repr(self))}</p><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"

    def _verdict(self) -> str:
        return "valid" if self.valid else "INVALID (" + ", ".join(self.summary["invalid_reasons"]) + ")"


def _cells(figures: Figures) -> str:
    seconds = (figures["p50"], figures["p90"], figures["p99"], figures["max"])
    return "".join(f"<td>{figure * 1e3:.2f} ms</td>" for figure in seconds)
