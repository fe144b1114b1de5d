"""Every field of the configuration's schema, given what it cannot hold: the error helps, in plain words."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.bench import Bench, program

Schema = dict[str, Any]
# Puts a value where a field is, and gives the whole configuration.
Place = Callable[[Any], Any]

LONGEST = 240
LONG = "x" * 1000
# Fields that belong to one shape of the arrivals.
SHAPES = {"burst": "burst", "ramp": "ramp", "steps": "step", "trace": "trace", "closed": "closed"}
# What fields hold that take no text of any kind.
SAMPLES = {"Duration": "1s", "Endpoint": "http://127.0.0.1:4318"}
# What Rust, serde and JSON Schema say, and no user of ours.
FOREIGN = re.compile(
    r"\b([fiu](8|16|32|64)|usize|str|string|bool|boolean|sequence|map|tuple|struct|enum|variant|untagged|Options?|Some|None"
    r"|deserialize|expected|invalid type|invalid value|floating point|missing field|serde|newtype|null|Object|Value)\b"
)


@dataclass(frozen=True)
class Field:
    """A field of the schema: its path, what it may hold, and how it stands in a configuration."""

    path: str
    schema: Schema
    place: Place


@dataclass(frozen=True)
class Case:
    """A configuration that is refused: the field at fault, and the word that was meant, if there is one."""

    path: str
    config: Any
    meant: str | None = None


class Fields:
    """All fields of a schema, and for each what it cannot hold."""

    def __init__(self, schema: Schema) -> None:
        self.definitions = schema["$defs"]
        self.root = schema

    def resolve(self, schema: Any) -> Schema:
        """What a field may hold, without the null that leaves it out."""
        if not isinstance(schema, dict):
            return {}
        choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
        inner: Schema = choices[0] if len(choices) == 1 else schema
        if "$ref" in inner:
            name = inner["$ref"].rpartition("/")[2]
            return {**self.definitions[name], "name": name}
        return inner

    def walk(self, path: str, schema: Schema, place: Place) -> Iterator[Field]:
        """The fields below `path`."""
        schema = self.resolve(schema)
        for properties, base in self.kinds(schema):
            for key, inner in properties.items():
                below = f"{path}.{key}".lstrip(".")
                beside = {**base, **({"arrivals": SHAPES[key]} if key in SHAPES and "arrivals" in properties else {})}
                put = inside(place, beside, key)
                yield Field(below, inner, put)
                resolved = self.resolve(inner)
                if self.type_of(resolved) == "array":
                    items = in_list(put)
                    yield Field(f"{below}[0]", resolved.get("items", {}), items)
                    yield from self.walk(f"{below}[0]", resolved.get("items", {}), items)
                else:
                    yield from self.walk(below, inner, put)

    def kinds(self, schema: Schema) -> Iterator[tuple[Schema, Schema]]:
        """The fields of an object, of each kind that it may be of, and those without which none is read."""
        shared = schema.get("properties", {})
        required = {key: self.sample(shared[key]) for key in schema.get("required", []) if key in shared}
        required = {"at": "1s", **required} if "at" in shared else required
        kinds = [kind for kind in schema.get("oneOf", []) if "properties" in kind]
        for kind in kinds:
            [(tag, name)] = [(key, field["const"]) for key, field in kind["properties"].items() if "const" in field]
            own = {key: field for key, field in kind["properties"].items() if key != tag}
            yield own, {**required, tag: name}
        yield shared, {**required, **({"kind": "watch_drop"} if kinds else {})}
        for choice in schema.get("anyOf", []):
            yield from self.kinds(self.resolve(choice)) if "$ref" in choice else ()

    def sample(self, schema: Schema) -> Any:
        """Something that a field may hold."""
        schema = self.resolve(schema)
        if schema.get("name") in SAMPLES:
            return SAMPLES[schema["name"]]
        words = self.words(schema)
        return words[0] if words else {"integer": 1, "number": 1}.get(self.type_of(schema), "x")

    def type_of(self, schema: Schema) -> str:
        """The JSON type, without null."""
        kind = schema.get("type", "any")
        [first, *_] = [name for name in (kind if isinstance(kind, list) else [kind]) if name != "null"]
        return str(first)

    def words(self, schema: Schema) -> list[str]:
        """The words of an enumeration."""
        found = [str(choice["const"]) for choice in schema.get("oneOf", []) if "const" in choice]
        inner = [schema, *schema.get("anyOf", [])]
        return found + [str(word) for choice in inner for word in choice.get("enum", []) if word is not None]

    def cases(self) -> Iterator[Case]:
        """Each field with each value that it cannot hold, and each key written wrongly."""
        for field in self.walk("", self.root, lambda value: value):
            for value, meant in self.wrong(self.resolve(field.schema)):
                yield Case(field.path, field.place(value), meant)
        yield from self.misspelt("", self.root, lambda value: value)
        for field in self.walk("", self.root, lambda value: value):
            yield from self.misspelt(field.path, field.schema, field.place)

    def misspelt(self, path: str, schema: Schema, place: Place) -> Iterator[Case]:
        """Each key of an object, written wrongly."""
        for properties, base in self.kinds(self.resolve(schema)):
            for key, inner in properties.items():
                wrong = misspell(key)
                others = {name: value for name, value in base.items() if name != key}
                yield Case(f"{path}.{wrong}".lstrip("."), place({**others, wrong: self.sample(inner)}), key)

    def wrong(self, schema: Schema) -> Iterator[tuple[Any, str | None]]:
        """What a field cannot hold, and what was meant."""
        name, kind, words = schema.get("name"), self.type_of(schema), self.words(schema)
        if name == "Duration":
            yield from [(30, "30s"), ("30", "30s"), ("1.5 sec", None), ("soon", None), (["1s"], None), ({"a": 1}, None)]
            yield from [("-1s", None), (LONG, None)]
        elif words:
            yield from ((misspell(word), word) for word in words)
            yield from [(3, None), ([words[0]], None), (LONG, None)]
        elif kind in ("integer", "number"):
            yield from [("fast", None), ([5], None), ({"a": 1}, None), (True, None), (LONG, None), (-3e9, None)]
            yield from [(1.5, None), (1e30, None)] if kind == "integer" else []
        elif kind == "boolean":
            yield from [("perhaps", None), (3, None), ([True], None)]
        elif kind == "array":
            yield from [({"a": 1}, None), ("x", None), (3, None)]
        elif kind == "object":
            yield from [([1], None), (3, None), ("fast", None), (LONG, None)]
            if self.type_of(self.resolve(schema.get("additionalProperties"))) == "string":
                yield from [({"a": 1.1}, None), ({"a": [LONG]}, None)]
        elif kind == "string":
            yield from [([1], None), ({"a": 1}, None), ([LONG], None)]


def inside(place: Place, others: dict[str, Any], key: str) -> Place:
    """Where the value of a key is, beside others."""
    return lambda value: place({**others, key: value})


def in_list(place: Place) -> Place:
    """Where the one item of a list is."""
    return lambda value: place([value])


def misspell(word: str) -> str:
    """The word without its last letter but one, or a short one with its last letter twice."""
    return word[:-2] + word[-1] if len(word) > 3 else word + word[-1]


def refused(case: Case, file: Path) -> list[str]:
    """What is wrong with the error of a case."""
    file.write_text(json.dumps(case.config))
    command = [program(), "config", "show", "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    error = done.stderr.strip().removeprefix("error: ")
    wanted = {
        "exit 2": done.returncode == 2,
        "the field": error.startswith((case.path, case.path.rpartition(".")[0]))
        and case.path.rpartition(".")[2] in error,
        "got": "got " in error,
        "allowed": "allowed: " in error,
        "what was meant": case.meant is None or re.search(rf"did you mean \S*{re.escape(case.meant)}\?", error),
        "three lines": len(error.splitlines()) <= 3,
        "its length": len(error) < LONGEST,
        "plain words": not FOREIGN.search(error.replace(str(case.meant), "")),
    }
    missing = [name for name, good in wanted.items() if not good]
    return [f"{case.path}: lacks {', '.join(missing)} ({len(error)}): {error[:400]}"] if missing else []


@pytest.fixture(scope="module")
def cases(module_bench: Bench) -> list[Case]:
    """All cases of the schema."""
    return list(Fields(json.loads(module_bench("config", "schema").stdout)).cases())


def test_every_field_says_what_it_got_what_is_allowed_and_what_was_meant(cases: list[Case], tmp_path: Path) -> None:
    assert len(cases) > 700
    # A command each, mostly waiting for it to start.
    with ThreadPoolExecutor(4) as pool:
        faults = pool.map(lambda at: refused(cases[at], tmp_path / f"{at}.json"), range(len(cases)))
        wrong = [fault for each in faults for fault in each]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)
