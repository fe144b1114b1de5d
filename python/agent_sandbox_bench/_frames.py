"""Claims as data frames."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import pandas
    import polars

    from agent_sandbox_bench.typed import Claim


def to_pandas(claims: Iterable[Claim]) -> pandas.DataFrame:
    """One row for each claim, in columns that may hold nothing (``Int64``, ``boolean``, ``string``)."""
    library = _library("pandas")
    types = {int: "Int64", bool: "boolean", str: "string"}
    columns = _columns(claims)
    arrays = {name: library.array(columns[name], dtype=types[kind]) for name, kind in _kinds().items()}
    frame: pandas.DataFrame = library.DataFrame(arrays)
    return frame


def to_polars(claims: Iterable[Claim]) -> polars.DataFrame:
    """One row for each claim."""
    frame: polars.DataFrame = _library("polars").DataFrame(_columns(claims), schema=_kinds())
    return frame


def _library(name: str) -> ModuleType:
    """Imports the library, which is an extra. An import error inside the library is raised as it is."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        needed = f"to_{name}() needs {name}: pip install {name}, or agent-sandbox-bench[{name}]"
        raise ModuleNotFoundError(needed, name=name) from None


def _columns(claims: Iterable[Claim]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in _kinds()}
    nothing = dict.fromkeys([*_stages(), *_pods()])
    for claim in claims:
        late = {_late(instant): lateness for instant, lateness in claim["late_ns"].items()}
        stages = {_spent(stage): time for stage, time in claim.get("stages_ns", {}).items()}
        pod = {_of_pod(name): value for name, value in claim.get("pod", {}).items()}
        row: dict[str, Any] = {**nothing, **claim, **late, **stages, **pod}
        for name, values in columns.items():
            values.append(row[name])
    return columns


def _kinds() -> dict[str, type]:
    """Columns and types of their values: each field of a claim but its steps, of `late_ns` and of `pod`; each stage."""
    from agent_sandbox_bench.typed import Claim, Lateness

    fields = get_type_hints(Claim)
    fields["class"] = fields.pop("class")  # first as a field of a base
    del fields["late_ns"], fields["steps"], fields["stages_ns"], fields["pod"]
    late = {_late(instant): hint for instant, hint in get_type_hints(Lateness).items()}
    every = {**fields, **late, **dict.fromkeys(_stages(), int), **_pods()}
    return {name: _kind(hint) for name, hint in every.items()}


def _pods() -> dict[str, object]:
    """A column for each field of a claim's `pod`; nothing is in them if the Pods were not watched."""
    from agent_sandbox_bench.typed import PodInstants

    return {_of_pod(name): hint for name, hint in get_type_hints(PodInstants).items()}


def _of_pod(name: str) -> str:
    return f"pod_{name}"


def _stages() -> list[str]:
    """A column for each stage, in which a claim that was not in it has nothing."""
    from agent_sandbox_bench.typed import Stage

    return [_spent(stage) for stage in get_args(Stage)]


def _spent(stage: str) -> str:
    return f"stage_{stage}_ns"


def _late(instant: str) -> str:
    return f"late_{instant}_ns"


def _kind(hint: object) -> type:
    """The one type of a hint: int of ``int | None``, str of a `Literal` of strings."""
    if get_origin(hint) is Literal:
        return str
    if isinstance(hint, type):
        return hint
    [kind] = [_kind(option) for option in get_args(hint) if option is not type(None)]
    return kind
