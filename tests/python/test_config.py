"""`asb.Config`, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

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
    ("source", "field", "parts"),
    [
        ({"load": {"rate": 0}}, "load.rate", ["got 0", "above 0"]),
        ({"load": {"rate": float("nan")}}, "", ["float"]),
        ({"load": {"duration": 30}}, "load.duration", ["ns, us, ms, s, m or h"]),
        ({"lod": {}}, "lod", ["an unknown field", "load"]),
        ({"load": {"rate": object()}}, "", ["object"]),
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
