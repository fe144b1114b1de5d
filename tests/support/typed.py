"""Whether a value is what its type says, all the way down."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict


def misfits(value: Any, kind: Any, path: str = "") -> list[str]:
    """What of the value its type does not allow, each with its path."""
    path = path or getattr(kind, "__name__", "value")
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        options = [misfits(value, option, path) for option in inner]
        return min(options, key=len)
    if origin is Literal:
        return [] if value in inner else [f"{path}: {value!r} is none of {inner}"]
    wanted = dict if is_typeddict(kind) else origin or kind
    if kind is not Any and not is_a(value, wanted):
        return [f"{path}: {value!r} is no {wanted.__name__}"]
    if is_typeddict(kind):
        return fields(value, kind, path)
    if origin is dict:
        keys = [fault for key in value for fault in misfits(key, inner[0], f"{path} key")]
        return keys + [fault for key, item in value.items() for fault in misfits(item, inner[1], f"{path}.{key}")]
    return [fault for item in value for fault in misfits(item, inner[0], f"{path}[]")] if origin is list else []


def is_a(value: Any, kind: type) -> bool:
    """As JSON has it: a whole number is a float too, and true is no number."""
    return type(value) in {float: (float, int), NoneType: (NoneType,)}.get(kind, (kind,))


def fields(value: dict[str, Any], kind: Any, path: str) -> list[str]:
    """Of a typed dict: absent fields, unknown ones, and what the others hold."""
    hints = get_type_hints(kind)
    absent = [f"{path}.{key} is absent" for key in sorted(kind.__required_keys__ - set(value))]
    unknown = [f"{path}.{key} is not in its type" for key in value if key not in hints]
    known = [fault for key in value if key in hints for fault in misfits(value[key], hints[key], f"{path}.{key}")]
    return absent + unknown + known
