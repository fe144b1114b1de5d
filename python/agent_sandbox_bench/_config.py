"""Configurations with the arguments of a call laid over them."""

from __future__ import annotations

import os

from agent_sandbox_bench._native import Config
from agent_sandbox_bench._types import ConfigLike


def configured(config: ConfigLike, out_dir: str | os.PathLike[str] | None) -> Config:
    """The configuration, its results in `out_dir` where that is given."""
    decoded = Config(config)
    return decoded if out_dir is None else decoded.with_out_dir(out_dir)
