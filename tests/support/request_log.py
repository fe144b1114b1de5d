"""The simulator's log of requests, counted anew from its lines: not by what the server made of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

Line = dict[str, Any]
# Verb, resource and program.
Series = tuple[str, str, str]

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


def check_against_log(summary: Mapping[str, Any], log: Path) -> None:
    """Each request that the log has of the time of the summary is counted in it, and no other."""
    server = summary["server"]
    logged = by_series(within(read(log), summary))
    assert of_server(server["requests"]) == logged
    asked = [it for it in server["requests"] if it["verb"] != "watch"]
    assert server["per_claim"] == pytest.approx(sum(it["count"] for it in asked) / server["claims"])
    for name in ("errors", "conflicts", "bytes", "watch_events"):
        assert server[name] == sum(it[name] for it in server["requests"]), name


def read(path: Path) -> list[Line]:
    """All lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def within(lines: Iterable[Line], summary: Mapping[str, Any]) -> list[Line]:
    """The lines between the two instants that a run's summary speaks of."""
    base, server = summary["monotonic_base_ns"], summary["server"]
    return [line for line in lines if server["from_ns"] <= line["answered_ns"] - base < server["to_ns"]]


def by_series(lines: Iterable[Line]) -> dict[Series, list[int]]:
    """Requests, errors, conflicts and bytes of each series; a watch's bytes are not in its line."""
    counts: dict[Series, Counter[str]] = {}
    for line in lines:
        status = line["status"]
        each = counts.setdefault(series(line), Counter())
        each["count"] += 1
        each["errors"] += status is None or status >= 400
        each["conflicts"] += status == 409
        each["bytes"] += line["bytes"] or 0
    return {key: [each[name] for name in ("count", "errors", "conflicts", "bytes")] for key, each in counts.items()}


def of_server(rows: Iterable[Mapping[str, Any]]) -> dict[Series, list[int]]:
    """The same as the server counted it, of what was asked and not only sent on."""
    asked = [row for row in rows if row["count"]]
    return {
        (row["verb"], row["resource"], row["user_agent"]): [
            row["count"], row["errors"], row["conflicts"], row["bytes"] if row["verb"] != "watch" else 0
        ]
        for row in asked
    }  # fmt: skip


def series(line: Line) -> Series:
    """What a request is counted as, from method, path and user agent."""
    url = urlsplit(line["uri"])
    program = re.split("[/ \t]", line["user_agent"])[0] or "unknown"
    parts = [part for part in url.path.split("/") if part]
    objects = parts[{"api": 2, "apis": 3}.get(parts[0], len(parts)) :]
    if not objects:
        return ("get", f"/{parts[0]}", program)
    if len(objects) > 2 and objects[0] == "namespaces":
        objects = objects[2:]
    resource, is_one = "/".join([objects[0], *objects[2:3]]), len(objects) > 1
    return (verb(line["method"], is_one, parse_qs(url.query).get("watch") in (["true"], ["1"])), resource, program)


def verb(method: str, is_one: bool, watches: bool) -> str:
    """As rules of RBAC name it."""
    if method == "GET":
        return "get" if is_one else "watch" if watches else "list"
    return VERBS.get(method) or ("delete" if is_one else "deletecollection")
