"""Completion of the command line, as a shell does it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.bench import Bench, program

# What each shell runs to print what may follow `words` and `begun`, one a line.
BASH = """source {script}
COMP_WORDS=({words} '{begun}')
COMP_CWORD={last}
COMP_TYPE=9
words=($(complete -p agent-sandbox-bench))
"${{words[-2]}}" agent-sandbox-bench '{begun}' ''
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# zsh shows matches by `_describe`, which only an interactive shell has; a suffix stands behind folders.
ZSH = """compdef() {{ completer=$1 }}
_describe() {{ for match in "${{(@P)2}}"; do print -r -- "${{match%%:*}}${{4-}}"; done }}
source {script}
words=({words} '{begun}')
CURRENT=$#words
$completer
"""
FISH = """source {script}
complete -C "{words} {begun}" | string replace --regex '\\t.*' ''
true
"""
SHELLS = {"bash": ["bash", "-c", BASH], "zsh": ["zsh", "-f", "-c", ZSH], "fish": ["fish", "--no-config", "-c", FISH]}
KUBECONFIG = """apiVersion: v1
kind: Config
contexts:
- {name: kind-kind, context: {cluster: a}}
- {name: prod, context: {cluster: a}}
"""


class Shell:
    """A shell with its script, in a folder that holds a file, a folder and a kubeconfig of two contexts."""

    def __init__(self, name: str, bench: Bench, folder: Path) -> None:
        *self.command, self.text = SHELLS[name]
        self.script = folder / "completions"
        self.script.write_text(bench("completions", name).stdout)
        self.here = folder / "here"
        (self.here / "folder").mkdir(parents=True)
        (self.here / "kubeconfig").write_text(KUBECONFIG)
        # The script asks the command itself, by its name.
        commands = folder / "bin"
        commands.mkdir()
        (commands / "agent-sandbox-bench").symlink_to(Path(program()).absolute())
        self.environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(self.here)}
        self.environment.pop("KUBECONFIG", None)

    def offers(self, words: str, begun: str = "") -> set[str]:
        """What may follow those words; all that could be offered stands in the folder."""
        text = self.text.format(script=self.script, words=words, begun=begun, last=len(words.split()))
        done = subprocess.run(
            [*self.command, text], capture_output=True, text=True, check=True, cwd=self.here, env=self.environment
        )
        assert not done.stderr, done.stderr
        return {word for word in done.stdout.replace("\v", "\n").split("\n") if word}


@pytest.fixture(params=SHELLS)
def shell(bench: Bench, tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """Each shell that is on this machine, with the script."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not on PATH")
    return Shell(request.param, bench, tmp_path)


def test_it_offers_commands_and_options(shell: Shell) -> None:
    assert {"run", "search", "cleanup", "simulate"} <= shell.offers("agent-sandbox-bench")
    assert "runner" not in shell.offers("agent-sandbox-bench")
    assert {"--rate", "--runners", "--repeat"} <= shell.offers("agent-sandbox-bench run", "--r")


def test_it_offers_the_words_of_a_value(shell: Shell) -> None:
    assert shell.offers("agent-sandbox-bench run --arrivals", "po") == {"poisson"}
    assert {"burst-300", "churn"} <= shell.offers("agent-sandbox-bench search --preset")
    assert shell.offers("agent-sandbox-bench run --output") == {"text", "json"}


def test_it_offers_the_contexts_of_the_kubeconfig(shell: Shell) -> None:
    assert shell.offers("agent-sandbox-bench run --kubeconfig kubeconfig --context") == {"kind-kind", "prod"}
    assert shell.offers("agent-sandbox-bench run --kubeconfig kubeconfig --context", "ki") == {"kind-kind"}
    assert shell.offers("agent-sandbox-bench run --context") == set(), "no kubeconfig: nothing, and no file"
    (shell.here / ".kube").mkdir()
    shutil.copy(shell.here / "kubeconfig", shell.here / ".kube/config")
    assert shell.offers("agent-sandbox-bench status --context") == {"kind-kind", "prod"}


@pytest.mark.parametrize("option", ["run --file", "run --kubeconfig", "run --junit", "compare --html"])
def test_it_offers_files_where_a_file_belongs(shell: Shell, option: str) -> None:
    assert "kubeconfig" in shell.offers(f"agent-sandbox-bench {option}")


@pytest.mark.parametrize("option", ["run --out", "report", "compare", "compare folder"])
def test_it_offers_folders_alone_where_a_folder_belongs(shell: Shell, option: str) -> None:
    offered = shell.offers(f"agent-sandbox-bench {option}")
    assert "folder/" in offered and "kubeconfig" not in offered, offered


@pytest.mark.parametrize("option", ["rate", "duration", "arrivals", "preset", "context", "namespace", "set", "slo"])
def test_it_offers_no_file_elsewhere(shell: Shell, option: str) -> None:
    assert not {"kubeconfig", "folder/", "folder"} & shell.offers(f"agent-sandbox-bench run --{option}")


def test_an_unknown_shell_is_named_with_those_that_are_known(bench: Bench) -> None:
    done = bench("completions", "cmd")
    assert done.code == 2 and "cmd" in done.stderr and "powershell" in done.stderr
