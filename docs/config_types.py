"""The schema of a configuration as Python's typed dicts: what docs/generate.py writes beside the pages."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

WIDTH = 120
HEAD = '''"""A configuration, typed. Written by docs/generate.py: change the doc comments in src/, then run it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from os import PathLike
from typing import Any, Literal, Required, TypeAlias, TypedDict

Integer: TypeAlias = int | Decimal
Number: TypeAlias = float | Decimal
File: TypeAlias = str | PathLike[str]
"""The path of a file or a folder."""
'''
# Definitions that are no mapping and whose Python type is wider than what JSON holds.
OWN = {"Duration": "str | timedelta", "Interval": "str | timedelta"}
PLAIN = {"string": "str", "integer": "Integer", "number": "Number", "boolean": "bool", "null": "None"}


def config_module(schema: Schema) -> str:
    """The module: what is used stands before what uses it."""
    return HEAD + "".join(f"\n\n{text}" for text in Definitions(schema).all())


class Definitions:
    """The definitions of the schema, each once."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.written: dict[str, str] = {}

    def all(self) -> Iterator[str]:
        """The definitions, the whole last."""
        return self.definition("Config", self.schema)

    def definition(self, name: str, node: Schema) -> Iterator[str]:
        """What `node` refers to and is not written yet, then itself."""
        # The whole is ConfigDict, as Config is the class that decodes one; a result's parts have the plain names.
        suffix = {"Config": "Dict"}.get(name, "Config") if "properties" in node else ""
        self.written[name] = name + suffix
        for other in references(node):
            if other not in self.written:
                yield from self.definition(other, self.schema["$defs"][other])
        name = self.written[name]
        if "properties" not in node:
            yield alias(name, OWN.get(name) or self.type_of(node), node)
        elif "oneOf" in node:
            yield from self.kinds(name, node)
        else:
            yield self.typed_dict(name, node)

    def kinds(self, name: str, node: Schema) -> Iterator[str]:
        """A mapping of one of several kinds: a class each, of a base with what all have."""
        base = f"_{name}"
        yield self.typed_dict(base, node)
        names = []
        for kind in node["oneOf"]:
            [tag] = [field["const"] for field in kind["properties"].values() if "const" in field]
            names.append("".join(word.title() for word in tag.split("_")) + name.removesuffix("Config"))
            yield self.typed_dict(names[-1], kind, base)
        yield alias(name, " | ".join(names), node)

    def typed_dict(self, name: str, node: Schema, base: str = "TypedDict") -> str:
        """A class; a call where a field is a word of Python's own."""
        fields = {key: self.field(key, field, node) for key, field in node["properties"].items()}
        if any(keyword.iskeyword(key) for key in fields):
            lines = "".join(f'        "{key}": {kind},\n' for key, kind in fields.items())
            return f'{name} = TypedDict(\n    "{name}",\n    {{\n{lines}    }},\n    total=False,\n)\n{doc(node, "")}'
        lines = "".join(f"    {key}: {kind}\n{doc(node['properties'][key], '    ')}" for key, kind in fields.items())
        return f"class {name}({base}, total=False):\n{doc(node, '    ')}\n{lines}"

    def field(self, key: str, field: Schema, node: Schema) -> str:
        """The type of a field."""
        kind = self.type_of(field)
        return f"Required[{kind}]" if key in node.get("required", []) else kind

    def type_of(self, node: Schema | bool) -> str:
        """The type of what `node` describes."""
        if isinstance(node, bool):
            return "Any"
        if "$ref" in node:
            return self.written[reference(node)]
        if options := node.get("anyOf", node.get("oneOf")):
            return self.union(options)
        if values := node.get("enum", [node["const"]] if "const" in node else []):
            return f"Literal[{', '.join(quoted(value) for value in values)}]"
        kinds = node.get("type", "any")
        return " | ".join(self.plain(kind, node) for kind in ([kinds] if isinstance(kinds, str) else kinds))

    def union(self, options: list[Schema]) -> str:
        """One of the options; words are one `Literal`."""
        if all("const" in option for option in options):
            return self.type_of({"enum": [option["const"] for option in options]})
        return " | ".join(self.type_of(option) for option in options)

    def plain(self, kind: str, node: Schema) -> str:
        """The type of a JSON type."""
        if kind == "array":
            return f"Sequence[{self.type_of(node.get('items', True))}]"
        if kind == "object":
            return f"Mapping[str, {self.type_of(node.get('additionalProperties', True))}]"
        return "File" if node.get("format") == "path" and kind == "string" else PLAIN.get(kind, "Any")


def alias(name: str, kind: str, node: Schema) -> str:
    """A name for a type, in lines that fit."""
    line = f"{name}: TypeAlias = {kind}\n"
    if len(line) > WIDTH and kind.startswith("Literal["):
        items = kind.removeprefix("Literal[").removesuffix("]").split(", ")
        line = f"{name}: TypeAlias = Literal[\n" + "".join(f"    {item},\n" for item in items) + "]\n"
    elif len(line) > WIDTH:
        line = f"{name}: TypeAlias = (\n    " + "\n    | ".join(kind.split(" | ")) + "\n)\n"
    return f"{line}{doc(node, '')}"


def doc(node: Schema, indent: str) -> str:
    """The description as a docstring; nothing where there is none."""
    text = " ".join(str(node.get("description", "")).split()).replace("\\", "\\\\").replace('"""', "'''")
    if not text:
        return ""
    if len(indent) + len(text) + 6 <= WIDTH:
        return f'{indent}"""{text}"""\n'
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3, break_long_words=False)
    return f'{indent}"""' + f"\n{indent}".join(lines) + f'\n{indent}"""\n'


def references(node: object) -> Iterator[str]:
    """The definitions that `node` refers to, in order."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield reference(node)
        for key, inner in node.items():
            if key not in ("default", "$defs"):
                yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def reference(node: Schema) -> str:
    """The name of the definition that `node` is."""
    return str(node["$ref"]).rsplit("/", 1)[1]


def quoted(value: object) -> str:
    """A word as Python writes it."""
    return f'"{value}"' if isinstance(value, str) else repr(value)
