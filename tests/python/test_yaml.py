"""YAML as Kubernetes reads it, in manifests and configurations: kubectl is asked beside us."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bench import Bench
from support.kubectl import WITHOUT_KUBECTL

WHOLE = Path(__file__).resolve().parents[2] / "fuzz" / "corpus" / "manifests" / "whole.yaml"
SEED, SCALARS = 7, 400


def rendered(bench: Bench, folder: Path) -> list[dict[str, Any]]:
    """What `install` would apply of a folder."""
    done = bench("config", "show", "--rendered", "--set", f"stack.manifest_ref={folder}")
    assert done.code == 0, done.stderr
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def folder_of(bench: Bench, **files: str) -> Path:
    folder = bench.folder / "manifests"
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_a_mode_is_octal(bench: Bench) -> None:
    document = "kind: Secret\napiVersion: v1\nmetadata: {name: modes}\nmode: 0644\n---\n"
    folder = folder_of(bench, a__yaml=WHOLE.read_text(), b__yaml="# a comment alone\n---\n" + document)
    [modes] = [item for item in rendered(bench, folder) if item["metadata"]["name"] == "modes"]
    assert modes["mode"] == 420


def test_a_list_is_its_items(bench: Bench) -> None:
    documents = [item for item in yaml.safe_load_all(WHOLE.read_text()) if item]
    plain = rendered(bench, folder_of(bench, a__yaml=WHOLE.read_text()))
    (bench.folder / "manifests" / "a.yaml").write_text(json.dumps({"kind": "List", "items": documents}))
    assert rendered(bench, bench.folder / "manifests") == plain


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_each_name_of_a_kustomization_counts(bench: Bench, name: str) -> None:
    folder = folder_of(bench, a__yaml=WHOLE.read_text(), b__yaml="nonsense: [\n")
    (folder / name).write_text("resources: [a.yaml]\n")
    assert rendered(bench, folder)
    (folder / "kustomization.yaml").write_text("resources: []\n")
    (folder / "Kustomization").write_text("resources: []\n")
    done = bench("config", "show", "--rendered", "--set", f"stack.manifest_ref={folder}")
    assert done.code != 0 and "only one of them can count" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("load: {rate: 5}\nload: {rate: 6}\n", 'line 2, column 1: the key "load" stands twice'),
        ("load: {rate: 5}\n---\nload: {rate: 6}\n", "a second document"),
        ("load: [\n", "line "),
        ("load: {rate: fast}\n", 'load.rate: got "fast", allowed: a number'),
        ("load: {duration: 1h30}\n", "load.duration"),
    ],
)
def test_errors_are_in_the_users_words(bench: Bench, text: str, words: str) -> None:
    path = bench.folder / "run.yaml"
    path.write_text(text)
    done = bench("config", "show", "-f", path)
    assert done.code == 2 and words in done.stderr, done.stderr
    for foreign in ("Options", "from_str", "f64", "u64", "serde"):
        assert foreign not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_durations_of_several_parts_and_keys_with_dots(bench: Bench) -> None:
    words = ("--set", "load.duration=1h30m", "--set", r"stack.sandbox_template.labels.a\.example/b=c")
    done = bench("config", "show", *words)
    shown = yaml.safe_load(done.stdout)
    assert shown["load"]["duration"] == "90m"
    assert shown["stack"]["sandbox_template"]["labels"] == {"a.example/b": "c"}


@WITHOUT_KUBECTL
def test_scalars_are_what_kubectl_takes_them_for(bench: Bench) -> None:
    # Seeded: a difference is found again.
    draw = random.Random(SEED)  # noqa: S311
    alphabet = "0123456789abcdefxoXOBEe+-._:~ynYN "
    scalars = ["".join(draw.choices(alphabet, k=draw.randint(1, 6))).strip() for _ in range(SCALARS)]
    scalars = [
        text for text in scalars if text and not text.startswith(("- ", ":")) and ": " not in text and text[-1] != ":"
    ]
    scalars = [text for text in scalars if text not in ("-", "---", "...")]
    document = "kind: Secret\napiVersion: v1\nmetadata: {name: scalars}\nx:\n" + "".join(
        f"- {text}\n" for text in scalars
    )
    folder = folder_of(bench, a__yaml=WHOLE.read_text(), b__yaml=document)
    [ours] = [item for item in rendered(bench, folder) if item["metadata"]["name"] == "scalars"]
    command = ["kubectl", "label", "--local", "-f", str(folder / "b.yaml"), "a=b", "-o", "json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    differ = [(text, a, b) for text, a, b in zip(scalars, ours["x"], theirs["x"], strict=True) if a != b]
    assert differ == []
