"""`asb.Config`, and what it refuses."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import agent_sandbox_bench as asb
import pytest


def test_defaults_are_filled_in() -> None:
    decoded = asb.Config().to_dict()
    assert decoded["load"]["max_in_flight"] == 10_000
    assert decoded["load"]["ready_timeout"] == "3m"
    assert decoded["slo"] == []


def test_a_mapping_a_file_and_a_config_say_the_same(tmp_path: Path) -> None:
    from_dict = asb.Config({"load": {"rate": 5}, "output": {"dir": tmp_path}})
    file = tmp_path / "run.yaml"
    file.write_text(f"load: {{rate: 5}}\noutput: {{dir: {tmp_path}}}\n")
    assert asb.Config(file) == asb.Config(str(file)) == from_dict
    assert asb.Config(from_dict) == from_dict
    assert asb.Config(from_dict.to_dict()) == from_dict
    assert asb.Config(MappingProxyType({"load": {"rate": 6}})) != from_dict
    assert "'rate': 5.0" in repr(from_dict)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ({"load": {"duration": timedelta(minutes=1, microseconds=1)}}, {"load": {"duration": "60.000001s"}}),
        ({"workload": {"hold": timedelta(0)}}, {"workload": {"hold": "0s"}}),
        ({"load": {"rate": Decimal("2.5"), "total": Decimal("1E+2")}}, {"load": {"rate": 2.5, "total": 100}}),
        ({"validity": {"max_error": Decimal("0.1")}}, {"validity": {"max_error": 0.1}}),
        ({"stack": {"controller": {"cpu_limit": Decimal("0.5")}}}, {"stack": {"controller": {"cpu_limit": 0.5}}}),
        ({"load": {"arrivals": "trace", "trace": Path("t.txt")}}, {"load": {"arrivals": "trace", "trace": "t.txt"}}),
        ({"slo": ("outcomes.failed==0",)}, {"slo": ["outcomes.failed==0"]}),
        (MappingProxyType({"load": MappingProxyType({"rate": 5})}), {"load": {"rate": 5}}),
    ],
)
def test_pythons_own_values_are_taken(typed: Mapping[str, Any], plain: dict[str, Any]) -> None:
    assert asb.Config(typed) == asb.Config(plain)


def test_another_folder_changes_nothing_else(tmp_path: Path) -> None:
    config = asb.Config({"load": {"rate": 5}, "output": {"dir": "elsewhere", "report": False}})
    there = config.with_out_dir(tmp_path)
    assert there == asb.Config({"load": {"rate": 5}, "output": {"dir": tmp_path, "report": False}}) != config


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["burst-300", "session", "ttfe"])
def test_an_unpickled_configuration_equals_the_original(name: str, protocol: int) -> None:
    config = asb.Config(asb.preset(name))
    again = pickle.loads(pickle.dumps(config, protocol))  # noqa: S301 - our own
    assert again == config != asb.Config() and type(again) is asb.Config


def test_an_unpickled_configuration_keeps_the_trace_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("load: {arrivals: trace, trace: t.txt}\noutput: {dir: out}\n")
    config = asb.Config(file)
    assert pickle.loads(pickle.dumps(config)) == config == copy.deepcopy(config)  # noqa: S301 - our own


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_configuration_runs_in_a_child(method: str, tmp_path: Path) -> None:
    config = asb.Config({"load": {"rate": 50, "total": 7, "seed": 3}, "output": {"dir": tmp_path / "out"}})
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as children:
        assert children.submit(asb.Config, config).result(timeout=60) == config
        result = children.submit(asb.run, config).result(timeout=60)
    assert len(list(result.claims())) == 7 and result.out_dir == tmp_path / "out"


@pytest.mark.parametrize(
    ("source", "field", "parts"),
    [
        ({"load": {"rate": 0}}, "load.rate", ["got 0", "above 0"]),
        ({"load": {"rate": float("nan")}}, "load.rate", ["got nan", "a finite number"]),
        ({"load": {"rate": Decimal("Infinity")}}, "load.rate", ["got inf", "a finite number"]),
        ({"load": {"total": Decimal("2.5")}}, "load.total", ["got 2.5", "a whole number"]),
        ({"load": {"duration": timedelta(seconds=-1)}}, "load.duration", ['got "-1s"']),
        ({"load": {"duration": Decimal(30)}}, "load.duration", ["got 30", "did you mean 30s?"]),
        ({"load": {"duration": 30}}, "load.duration", ["ns, us, ms, s, m or h"]),
        ({"lod": {}}, "lod", ["an unknown field", "load"]),
        ({"load": {"phases": [{"rate": object()}]}}, "load.phases[0].rate", ["of type object", "a timedelta"]),
        ({"slo": ["fast"]}, "slo[0]", ["fast"]),
    ],
)
def test_bad_input_names_the_field(source: dict[str, object], field: str, parts: list[str]) -> None:
    with pytest.raises(asb.ConfigError) as raised:
        asb.Config(source)
    assert raised.value.field == field
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize("source", ["absent.yaml", 3, [1]])
def test_no_configuration_at_all(source: object) -> None:
    with pytest.raises(asb.ConfigError, match="config: "):
        asb.Config(source)  # type: ignore[arg-type]


def test_bad_input_is_a_value_error() -> None:
    assert issubclass(asb.ConfigError, ValueError)
    assert issubclass(asb.ConfigError, asb.AgentSandboxBenchError)


def test_a_bad_configuration_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(asb.ConfigError, match=r"load\.rate"):
        asb.run({"load": {"rate": -1}})
    assert list(tmp_path.iterdir()) == []


def test_the_schema_names_every_section() -> None:
    schema = asb.config_schema()
    assert set(asb.Config().to_dict()) <= set(schema["properties"])
    json.dumps(schema)


def test_a_cluster_is_named() -> None:
    with pytest.raises(asb.ConfigError, match="context, kubeconfig"):
        asb.Cluster()
    cluster = asb.Cluster(context="kind-kind", kubeconfig="k.yaml")
    assert cluster == asb.Cluster("kind-kind", Path("k.yaml")) != asb.Cluster("other")
    assert cluster.kubeconfig == Path("k.yaml")
    assert repr(cluster) == 'Cluster(context="kind-kind", kubeconfig="k.yaml")'
