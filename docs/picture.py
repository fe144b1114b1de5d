"""Draws docs/images/terminal.svg: a command and what its terminal showed at the end.

    PYTHONPATH=tests python docs/picture.py

It runs the command, so the machine should have nothing else to do. An INVALID run is not drawn.
"""

from __future__ import annotations

import re
import sys
import tempfile
from html import escape
from pathlib import Path

from support.terminal import on_terminal

PICTURE = Path(__file__).parent / "images/terminal.svg"
COLUMNS = 80
COMMAND = [
    *("agent-sandbox-bench", "run", "--arrivals", "poisson", "--rate", "30", "--duration", "10s"),
    *("--slo", "time_to_ready.p50<500ms", "outcomes.failed==0", "--seed", "7"),
    *("--set", "simulator.warm_latency.median=200ms"),
]
# As a reader types it.
TYPED = r"""$ agent-sandbox-bench run --arrivals poisson --rate 30 --duration 10s \
    --slo 'time_to_ready.p50<500ms' 'outcomes.failed==0' --seed 7 \
    --set simulator.warm_latency.median=200ms"""
# By the code that begins a colour; what has none is plain.
CLASSES = {"1": "strong", "2": "dim", "31": "bad", "32": "good", "33": "warn"}
# Which stages took most of the time is a figure of the run: a busy machine has others.
STAGES = re.compile(r"(?<=where the time went: ).*")
COLOURED = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m")
LINE, MARGIN, CHARACTER = 18, 16, 8.43
STYLE = """
svg { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
text { white-space: pre } rect { fill: #f6f8fa; stroke: #d1d9e0 }
.strong { font-weight: 600 } .dim { fill: #59636e }
.bad { fill: #c4182a } .good { fill: #116329 } .warn { fill: #7d4e00 }
@media (prefers-color-scheme: dark) {
  svg { fill: #e6edf3 } rect { fill: #0d1117; stroke: #3d444d }
  .dim { fill: #9198a1 } .bad { fill: #ff7b72 } .good { fill: #56d364 } .warn { fill: #e3b341 }
}
"""


def main() -> int:
    """Runs the command and writes the picture; returns the exit code."""
    code, shown = ended(COMMAND)
    if code != 0:
        print(shown, file=sys.stderr)
        return code
    PICTURE.write_text(svg([*TYPED.splitlines(), *shown.splitlines()]))
    return 0


def ended(command: list[str]) -> tuple[int, str]:
    """The exit code, and the end of the run with its colours."""
    with tempfile.TemporaryDirectory() as folder:
        shown = on_terminal([*command, "--quiet", "--out", "asb-5f2kq8zd"], COLUMNS, Path(folder), {})
    return shown.code, shown.raw.replace("\r\n", "\n")


def svg(lines: list[str]) -> str:
    """The lines as text that can be selected, in colours for a light and a dark page."""
    width, height = round(COLUMNS * CHARACTER) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    texts = [
        f'<text x="{MARGIN}" y="{MARGIN + LINE * row + 13}">{spans(line)}</text>'
        for row, line in enumerate(lines)
        if line
    ]
    frame = f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>'
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    body = "\n".join([f"<style>{STYLE}</style>", frame, *texts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<title>The end of a run</title>\n{body}\n</svg>\n'


def spans(line: str) -> str:
    """The line with an element for each colour."""
    return COLOURED.sub(lambda part: f'<tspan class="{CLASSES[part[1]]}">{part[2]}</tspan>', escape(line, quote=False))


def shape(text: str) -> str:
    """A line of the terminal or of the picture without colours, figures and the width of its columns."""
    plain = STAGES.sub("", re.sub(r"\x1b\[\d+m|<[^>]+>", "", text))
    return " ".join(re.sub(r"\b\d[\d.,]*( ?(ns|us|µs|ms|s)\b)?", "0", plain).split())


if __name__ == "__main__":
    sys.exit(main())
