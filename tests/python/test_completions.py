"""Completion of the command line, as a shell does it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.bench import Bench

COMPLETE = """source {script}
COMP_WORDS=({words} '')
COMP_CWORD={last}
words=($(complete -p agent-sandbox-bench))
"${{words[-2]}}" agent-sandbox-bench '' ''
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("agent-sandbox-bench", {"run", "search", "cleanup", "simulate"}),
        ("agent-sandbox-bench run", {"--rate", "--context"}),
    ],
)
def test_bash_offers_commands_and_options(bench: Bench, tmp_path: Path, words: str, offered: set[str]) -> None:
    script = tmp_path / "completions.bash"
    script.write_text(bench("completions", "bash").stdout)
    text = COMPLETE.format(script=script, words=words, last=len(words.split()))
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
    assert offered <= set(done.stdout.split()), done


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_theirs(bench: Bench, tmp_path: Path, shell: str) -> None:
    script = tmp_path / "completions"
    script.write_text(bench("completions", shell).stdout)
    assert "max-in-flight" in script.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", script], check=True)


def test_an_unknown_shell_is_named_with_those_that_are_known(bench: Bench) -> None:
    done = bench("completions", "cmd")
    assert done.code == 2 and "cmd" in done.stderr and "powershell" in done.stderr
