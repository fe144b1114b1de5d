"""Types that several modules name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from agent_sandbox_bench._native import Config

ConfigLike: TypeAlias = Mapping[str, Any] | str | os.PathLike[str] | Config | None
"""A configuration: a mapping, the path of a YAML or JSON file, a `Config`; None is all defaults."""

Progress: TypeAlias = Callable[[dict[str, Any]], object]
"""Called with the state of a run, at most 20 times a second; an exception it raises ends the run cleanly."""
