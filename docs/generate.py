"""Writes docs/config.md, docs/command.md and the configuration's Python types from what the command says of itself.

`--check` writes nothing, and fails if they differ.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from config_types import config_module

DOCS = Path(__file__).parent
TYPES = "../python/agent_sandbox_bench/typed/config.py"
BY = "<!-- Written by docs/generate.py: change the doc comments in src/, then run it. -->\n\n"
COMMAND_INTRODUCTION = """# Command

Data goes to stdout, everything for people to stderr. [What a run prints and leaves, and the exit codes](interface.md).
"""
CONFIG_INTRODUCTION = """# Configuration

One schema for the YAML or JSON file (`-f`), the [Python dict](python.md#types) and, key by key, PerfKitBenchmarker's
spec. Every field has a default; an unknown key is an error that names it. Lay single fields over a file with
`--set key.path=VALUE`, see the result with `agent-sandbox-bench config show`, and give the schema itself
(`agent-sandbox-bench config schema`) to your editor. Durations are a number and a unit: ns, us, ms, s, m or h; or
several, `1h30m`.
"""

Schema = dict[str, Any]


def main() -> int:
    """Writes, or with `--check` compares; returns the exit code."""
    schema = json.loads(ask("config", "schema"))
    pages = {"config.md": config_page(schema), "command.md": command_page(), TYPES: config_module(schema)}
    stale = [name for name, text in pages.items() if not same(DOCS / name, text)]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/{name} is not current: python docs/generate.py", file=sys.stderr)
        return len(stale)
    for name in stale:
        (DOCS / name).write_text(pages[name])
    return 0


def same(path: Path, text: str) -> bool:
    """Whether the file holds the text."""
    return path.exists() and path.read_text() == text


def ask(*arguments: str) -> str:
    """What the command prints."""
    command = [os.environ.get("AGENT_SANDBOX_BENCH", "agent-sandbox-bench"), *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def command_page() -> str:
    """The help of the command and of each below it."""
    return BY + COMMAND_INTRODUCTION + "".join(help_of())


def help_of(*command: str) -> list[str]:
    """A section for `command`, and for each command below it."""
    text = ask(*command, "--help").strip()
    heading = f"\n{'#' * (len(command) + 1)} {' '.join(command)}\n" if command else ""
    sections = [f"{heading}\n```text\n{text}\n```\n"]
    listed = text.partition("\nCommands:\n")[2].partition("\n\n")[0]
    for name in re.findall(r"^  (\w[\w-]*)", listed, re.MULTILINE):
        sections += help_of(*command, name) if name != "help" else []
    return sections


def config_page(schema: Schema) -> str:
    """A table of fields for each object, in the order of the schema."""
    return BY + CONFIG_INTRODUCTION + "".join(Tables(schema).all())


class Tables:
    """The objects of the schema, each once, titled with the path that leads to it first."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.titles: dict[str, str] = {}

    def all(self) -> list[str]:
        """The sections: top-level keys first, then what they hold."""
        sections: list[str] = []
        waiting: list[tuple[str, Schema]] = [("", self.schema)]
        while waiting:
            path, node = waiting.pop(0)
            inner = self.inner(path, node)
            for title, name in inner:
                self.titles.setdefault(name, title)
            sections.append(self.section(path, node))
            # Depth first: what a section names follows it.
            waiting[:0] = [(title, self.definition(name)) for title, name in inner]
        return sections

    def inner(self, path: str, node: Schema) -> list[tuple[str, str]]:
        """Objects that fields of `node` hold and no section covers yet, by path and name."""
        found: list[tuple[str, str]] = []
        for key, field in node["properties"].items():
            name = self.object_name(field)
            if name is not None and name not in self.titles and name not in dict(found).values():
                suffix = "[]" if field.get("type") == "array" else ""
                found.append((f"{path}.{key}{suffix}".lstrip("."), name))
        return found

    def definition(self, name: str) -> Schema:
        """The definition of that name."""
        definition: Schema = self.schema["$defs"][name]
        return definition

    def reference(self, field: Schema) -> str | None:
        """Name of the definition that `field`, or each of its items, refers to."""
        inside = field["items"] if field.get("type") == "array" and isinstance(field.get("items"), dict) else field
        options = [inside, *inside.get("anyOf", [])]
        return next((option["$ref"].rsplit("/", 1)[1] for option in options if "$ref" in option), None)

    def object_name(self, field: Schema) -> str | None:
        """Name of the object that `field` holds, if it holds one."""
        name = self.reference(field)
        return name if name is not None and "properties" in self.definition(name) else None

    def section(self, path: str, node: Schema) -> str:
        """A heading, a sentence, a table."""
        level = "##" if path.count(".") == 0 else "###"
        heading = f"\n{level} {path}\n\n{node['description']}\n" if path else ""
        rows = [self.row(key, field, key in node.get("required", [])) for key, field in node["properties"].items()]
        table = "\n| field | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        return heading + table + self.variants(node)

    def variants(self, node: Schema) -> str:
        """A table of the kinds that a mapping may be of, with the fields of each, where there are kinds."""
        kinds = node.get("oneOf", [])
        if not kinds:
            return ""
        [tag] = [key for key, field in kinds[0]["properties"].items() if "const" in field]
        rows = "\n".join(self.variant(tag, kind) for kind in kinds)
        return f"\n| `{tag}` (required) | its own fields | meaning |\n|---|---|---|\n{rows}\n"

    def variant(self, tag: str, kind: Schema) -> str:
        """A kind's line of the table."""
        fields = {key: field for key, field in kind["properties"].items() if key != tag}
        own = [
            f"`{key}`, {self.type_of(field)}, default {self.default_of(field, required=False)}: {self.meaning(field)}"
            for key, field in fields.items()
        ]
        return f"| `{kind['properties'][tag]['const']}` | {'<br>'.join(own)} | {kind['description']} |"

    def row(self, key: str, field: Schema, required: bool) -> str:
        """A field's line of the table."""
        cells = [f"`{key}`", self.type_of(field), self.default_of(field, required), self.meaning(field)]
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def type_of(self, field: Schema) -> str:
        """The type as a user writes it."""
        name, array = self.reference(field), field.get("type") == "array"
        if name is None:
            item = field.get("items") if array else field
            text = plain_type(item) if isinstance(item, dict) else "any"
        elif name in self.titles:
            text = f"[{self.titles[name]}](#{anchor(self.titles[name])})"
        else:
            text = "one of" if choices(self.definition(name)) else name.lower()
        return f"list of {text}" if array else text

    def default_of(self, field: Schema, required: bool) -> str:
        """The default, where it is short enough to show."""
        if required:
            return "required"
        default = field.get("default")
        simple = default is not None and not isinstance(default, dict) and default != []
        return f"`{default if isinstance(default, str) else json.dumps(default)}`" if simple else ""

    def meaning(self, field: Schema) -> str:
        """The field's description, and its values where they are a few."""
        text = str(field.get("description", "")).replace("\n", " ")
        name = self.reference(field)
        values = choices(self.definition(name)) if name is not None else []
        return text + "".join(f"<br>`{value}`: {meaning}" for value, meaning in values)


def choices(definition: Schema) -> list[tuple[str, str]]:
    """Values of an enumeration and what each means."""
    values = [option for option in definition.get("oneOf", []) if "const" in option]
    return [(str(value["const"]), str(value.get("description", ""))) for value in values]


def plain_type(field: Schema) -> str:
    """A JSON type in plain words."""
    kind = field.get("type", "any")
    [name] = [str(name) for name in (kind if isinstance(kind, list) else [kind]) if name != "null"]
    return {"object": "mapping", "boolean": "true or false"}.get(name, name)


def anchor(title: str) -> str:
    """The anchor that Markdown makes of a heading."""
    return re.sub(r"[^\w-]", "", title.lower())


if __name__ == "__main__":
    sys.exit(main())
