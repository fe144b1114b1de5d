"""kubectl as it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WITHOUT_KUBECTL = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")


class Kubectl:
    """kubectl on one cluster, in the namespace that is named. Its home is the kubeconfig's folder."""

    def __init__(self, kubeconfig: Path, namespace: str | None = None) -> None:
        self.home = kubeconfig.parent
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    @property
    def environment(self) -> dict[str, str]:
        """Of every command."""
        return {**os.environ, "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)}

    def command(self, *words: object) -> list[str]:
        """The words of a command."""
        return ["kubectl", *(["--namespace", self.namespace] if self.namespace else []), *map(str, words)]

    def run(self, *words: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command, however it ends."""
        return subprocess.run(
            self.command(*words), input=stdin, capture_output=True, text=True, timeout=60, env=self.environment,
            cwd=self.home,
        )  # fmt: skip

    def started(self, *words: object) -> subprocess.Popen[str]:
        """A command that goes on until it is ended."""
        return subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, text=True, env=self.environment)

    def __call__(self, *words: object, stdin: str | None = None) -> str:
        """What a command prints that must succeed."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"kubectl {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *words: object, stdin: str | None = None) -> str:
        """What a command says that must fail."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode != 0, f"kubectl {words}: {done.stdout}"
        return done.stderr

    def json(self, *words: object) -> Any:
        """What a command prints as JSON."""
        return json.loads(self(*words, "-o", "json"))
