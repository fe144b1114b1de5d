"""Types that several modules name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, Union

from agent_sandbox_bench._native import Config

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import ConfigDict, RunProgress

# Names in quotes: who only runs does not wait for the import of all typed dicts.
ConfigLike: TypeAlias = Union["ConfigDict", str, os.PathLike[str], Config, None]
"""A configuration: a dict, the path of a YAML or JSON file, a `Config`; None is all defaults."""

Progress: TypeAlias = Callable[["RunProgress"], object]
"""Called with the state of a run, at most 10 times a second; an exception it raises ends the run cleanly."""
