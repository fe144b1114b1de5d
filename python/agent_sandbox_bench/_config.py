"""Configurations with the arguments of a call laid over them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from agent_sandbox_bench._native import Config
from agent_sandbox_bench._types import ConfigLike


def configured(config: ConfigLike, out_dir: str | os.PathLike[str] | None) -> Config:
    """The configuration, its results in `out_dir` where that is given."""
    decoded = Config(config)
    return decoded if out_dir is None else decoded.with_out_dir(out_dir)


def with_fields(config: ConfigLike, part: str, fields: Mapping[str, object]) -> Config:
    """The configuration, with those fields of a part laid over its own."""
    if not fields:
        return Config(config)
    whole = Config(config).to_dict()
    return Config({**whole, part: {**whole[part], **fields}})
