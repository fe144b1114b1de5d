"""Completion of the command line, as a shell does it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.bench import Bench, program

COMPLETE = """source {script}
COMP_WORDS=({words} '{begun}')
COMP_CWORD={last}
COMP_TYPE=9
words=($(complete -p agent-sandbox-bench))
"${{words[-2]}}" agent-sandbox-bench '{begun}' ''
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
KUBECONFIG = """apiVersion: v1
kind: Config
contexts:
- {name: kind-kind, context: {cluster: a}}
- {name: prod, context: {cluster: a}}
"""


class Bash:
    """Bash with the script, in a folder that holds a file, a folder and a kubeconfig of two contexts."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.script = folder / "completions.bash"
        self.script.write_text(bench("completions", "bash").stdout)
        self.here = folder / "here"
        (self.here / "folder").mkdir(parents=True)
        (self.here / "kubeconfig").write_text(KUBECONFIG)
        # The script asks the command itself, by its name.
        commands = folder / "bin"
        commands.mkdir()
        (commands / "agent-sandbox-bench").symlink_to(Path(program()).absolute())
        self.environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(self.here)}

    def offers(self, words: str, begun: str = "") -> set[str]:
        """What may follow those words; all that could be offered stands in the folder."""
        text = COMPLETE.format(script=self.script, words=words, begun=begun, last=len(words.split()))
        done = subprocess.run(
            ["bash", "-c", text], capture_output=True, text=True, check=True, cwd=self.here, env=self.environment
        )
        assert not done.stderr, done.stderr
        return {word for word in done.stdout.replace("\v", "\n").split("\n") if word}


@pytest.fixture
def bash(bench: Bench, tmp_path: Path) -> Bash:
    """Bash with the script."""
    return Bash(bench, tmp_path)


def test_bash_offers_commands_and_options(bash: Bash) -> None:
    assert {"run", "search", "cleanup", "simulate"} <= bash.offers("agent-sandbox-bench")
    assert "runner" not in bash.offers("agent-sandbox-bench")
    assert {"--rate", "--runners", "--repeat"} <= bash.offers("agent-sandbox-bench run", "--r")


def test_bash_offers_the_words_of_a_value(bash: Bash) -> None:
    assert bash.offers("agent-sandbox-bench run --arrivals", "po") == {"poisson"}
    assert {"burst-300", "churn"} <= bash.offers("agent-sandbox-bench search --preset")
    assert bash.offers("agent-sandbox-bench run --output") == {"text", "json"}


def test_bash_offers_the_contexts_of_the_kubeconfig(bash: Bash) -> None:
    assert bash.offers("agent-sandbox-bench run --kubeconfig kubeconfig --context") == {"kind-kind", "prod"}
    assert bash.offers("agent-sandbox-bench run --kubeconfig kubeconfig --context", "ki") == {"kind-kind"}
    assert bash.offers("agent-sandbox-bench run --context") == set(), "no kubeconfig: nothing, and no file"
    (bash.here / ".kube").mkdir()
    shutil.copy(bash.here / "kubeconfig", bash.here / ".kube/config")
    assert bash.offers("agent-sandbox-bench status --context") == {"kind-kind", "prod"}


@pytest.mark.parametrize("option", ["run --file", "run --kubeconfig", "run --junit", "compare --html"])
def test_bash_offers_files_where_a_file_belongs(bash: Bash, option: str) -> None:
    assert "kubeconfig" in bash.offers(f"agent-sandbox-bench {option}")


@pytest.mark.parametrize("option", ["run --out", "report", "compare", "compare folder"])
def test_bash_offers_folders_alone_where_a_folder_belongs(bash: Bash, option: str) -> None:
    offered = bash.offers(f"agent-sandbox-bench {option}")
    assert "folder/" in offered and "kubeconfig" not in offered, offered


@pytest.mark.parametrize("option", ["rate", "duration", "arrivals", "preset", "context", "namespace", "set", "slo"])
def test_bash_offers_no_file_elsewhere(bash: Bash, option: str) -> None:
    assert not {"kubeconfig", "folder/", "folder"} & bash.offers(f"agent-sandbox-bench run --{option}")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_theirs(bench: Bench, tmp_path: Path, shell: str) -> None:
    script = tmp_path / "completions"
    script.write_text(bench("completions", shell).stdout)
    assert "agent-sandbox-bench" in script.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", script], check=True)


def test_an_unknown_shell_is_named_with_those_that_are_known(bench: Bench) -> None:
    done = bench("completions", "cmd")
    assert done.code == 2 and "cmd" in done.stderr and "powershell" in done.stderr
