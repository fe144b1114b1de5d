"""Python values of a configuration, as JSON holds them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence

from agent_sandbox_bench._errors import ConfigError


def to_json(config: Mapping[str, object]) -> str:
    """The configuration as JSON text.

    Raises:
        ConfigError: A value that no field can hold.
    """
    return json.dumps(_plain(config, ""))


def _plain(value: object, field: str) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{field}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item, f"{field}[{at}]") for at, item in enumerate(value)]
    if value is None or isinstance(value, str | int):
        return value
    return _finite(value, field) if isinstance(value, float) else _converted(value, field)


def _converted(value: object, field: str) -> object:
    # Only a configuration that holds such values waits for these imports.
    from datetime import timedelta
    from decimal import Decimal

    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
    if isinstance(value, Decimal):
        number = _finite(float(value), field)
        return int(value) if value == int(value) else number
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    allowed = "a string, a number, a list, a mapping, a path, a timedelta or a Decimal"
    raise ConfigError(f"{field}: got a value of type {type(value).__name__}, allowed: {allowed}", field)


def _finite(number: float, field: str) -> float:
    if math.isfinite(number):
        return number
    raise ConfigError(f"{field}: got {number}, allowed: a finite number", field)
