"""What a run leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any


class Result:
    """A run's result; its folder holds the rest.

    Attributes:
        summary: As in ``summary.json``: outcomes, latencies in seconds, validity, objectives.
        out_dir: The run's folder.
    """

    def __init__(self, summary: dict[str, Any], out_dir: str | os.PathLike[str]) -> None:
        self.summary = summary
        self.out_dir = Path(out_dir).absolute()

    @classmethod
    def load(cls, out_dir: str | os.PathLike[str]) -> Result:
        """The result of an earlier run, from its folder."""
        return cls(json.loads(Path(out_dir, "summary.json").read_text()), out_dir)

    @property
    def valid(self) -> bool:
        """Whether the run holds as a measurement; ``summary["invalid_reasons"]`` says why not."""
        return bool(self.summary["valid"])

    def claims(self) -> Iterator[dict[str, Any]]:
        """Each claim, in the order they ended; instants are nanoseconds since the run's start."""
        with (self.out_dir / "claims.jsonl").open() as lines:
            for line in lines:
                yield json.loads(line)

    def __repr__(self) -> str:
        """The verdict in a line."""
        outcomes = ", ".join(f"{count} {name}" for name, count in self.summary["outcomes"].items() if count)
        return f"<Result {self._verdict()}: {outcomes or 'no claims'}; {self.out_dir}>"

    def _repr_html_(self) -> str:
        """The verdict, the outcomes and the latencies, for notebooks."""
        columns = ("count", "p50", "p90", "p99", "max")
        head = "".join(f"<th>{column}</th>" for column in ("latency", *columns))
        rows = "".join(
            f"<tr><td>{escape(name)}</td>"
            + "".join(f"<td>{_cell(figures[column])}</td>" for column in columns)
            + "</tr>"
            for name, figures in self.summary["latency_s"].items()
            if figures is not None
        )
        return f"<p>{escape(repr(self))}</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _verdict(self) -> str:
        return "valid" if self.valid else "INVALID (" + ", ".join(self.summary["invalid_reasons"]) + ")"


def _cell(figure: float) -> str:
    """A count as it is; seconds as milliseconds."""
    return str(figure) if isinstance(figure, int) else f"{figure * 1e3:.2f} ms"
