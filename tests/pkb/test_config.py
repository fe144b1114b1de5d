"""What a PKB config may say, by PKB's own ways of saying it, and what the core gets to hear."""

import pickle
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest

from pkb.conftest import Decode, Spec

# PKB and what it imports warn of this and that.
pytestmark = [pytest.mark.filterwarnings("ignore")]

BLOCK = "agent_sandbox.agent_sandbox"

# One value for each field, other than its default: what is written, and what the core then reads.
FIELDS: dict[str, tuple[str, Any]] = {
    "manifest_ref": ("v0.5.5", "v0.5.5"),
    "manifest_repo": ("somebody/agent-sandbox", "somebody/agent-sandbox"),
    "namespace": ("bench", "bench"),
    "gvisor": ("present", "present"),
    "nodes": ("{selector: pool}", {"selector": "pool"}),
    "wait_timeout": ("90s", "90s"),
    "gvisor_installer": ("{version: '20250101'}", None),
    "controller.install": ("false", False),
    "controller.image": ("example.com/controller:1", "example.com/controller:1"),
    "controller.claim_workers": ("8", 8),
    "controller.sandbox_workers": ("9", 9),
    "controller.warmpool_workers": ("2", 2),
    "controller.warmpool_max_batch_size": ("100", 100),
    "controller.kube_api_burst": ("500", 500),
    "controller.kube_api_qps": ("200", 200.0),
    "controller.enable_tracing": ("true", True),
    "controller.otel_endpoint": ("http://collector:4317", "http://collector:4317"),
    "controller.leader_elect": ("true", True),
    "controller.cpu_request": ("1", "1"),
    "controller.cpu_limit": ("4", "4"),
    "controller.memory_request": ("512Mi", "512Mi"),
    "controller.memory_limit": ("2Gi", "2Gi"),
    "controller.args": ("[--enable-pprof]", ["--enable-pprof"]),
    "controller.env": ("{GOGC: '50'}", {"GOGC": "50"}),
    "sandbox_template.runtime_class": ("kata", "kata"),
    "sandbox_template.image": ("example.com/sandbox:1", "example.com/sandbox:1"),
    "sandbox_template.cpu_request": ("0.5", "0.5"),
    "sandbox_template.cpu_limit": ("1", "1"),
    "sandbox_template.memory_request": ("64Mi", "64Mi"),
    "sandbox_template.memory_limit": ("3Gi", "3Gi"),
    "sandbox_template.labels": ("{team: blue}", {"team": "blue"}),
    "sandbox_template.command": ("[sleep]", ["sleep"]),
    "sandbox_template.args": ("['3600']", ["3600"]),
    "sandbox_template.env": ("{DEPTH: '3'}", {"DEPTH": "3"}),
    "sandbox_template.service_account": ("runner", "runner"),
    "sandbox_template.annotations": ("{note: hello}", {"note": "hello"}),
    "sandbox_template.network_policy_management": ("Unmanaged", "Unmanaged"),
    "sandbox_template.env_vars_injection_policy": ("Overrides", "Overrides"),
    "sandbox_template.service": ("true", True),
    "sandbox_template.spec": ("{networkPolicyManagement: Managed}", {"networkPolicyManagement": "Managed"}),
    "sandbox_warmpool.replicas": ("7", 7),
    "sandbox_warmpool.spec": ("{updateStrategy: {type: Recreate}}", {"updateStrategy": {"type": "Recreate"}}),
    "load.arrivals": ("poisson", "poisson"),
    "load.rate": ("12.5", 12.5),
    "load.duration": ("90", "90s"),
    "load.total": ("33", 33),
    "load.seed": ("5", 5),
    "load.max_in_flight": ("77", 77),
    "load.ready_timeout": ("0.25", "250ms"),
    "load.object": ("pod", "pod"),
    "load.namespace": ("claims", "claims"),
    "load.warm_pool": ("other", "other"),
    "load.warm_pools": ("[{name: a, weight: 2}]", [{"name": "a", "namespace": "default", "weight": 2.0}]),
    "load.burst": ("{size: 5, every: 2}", {"size": 5, "every": "2s"}),
    "load.ramp": ("{from: 1, to: 5}", {"from": 1.0, "to": 5.0}),
    "load.steps": ("[{rate: 1, duration: 5}]", [{"rate": 1.0, "duration": "5s"}]),
    "load.trace": ("offsets.txt", "offsets.txt"),
    "load.closed": ("{users: 3}", {"users": 3, "think": "0s"}),
    "load.phases": ("[{rate: 3, duration: 2s}]", None),
    "load.share": ("2/4", "2/4"),
    "load.runners": ("2", 2),
    "load.runner": ("{image: tool}", None),
    "load.until": ("{figure: time_to_ready.p99, within: 5%, at_most: 10m}", None),
    "load.on_pushback": ("retry", "retry"),
    "load.connections": ("12", 12),
    "load.claim": ("{stamp_first_requested: true}", {"stamp_first_requested": True}),
    "workload.hold": ("3", "3s"),
    "workload.exec": ("id", "id"),
    "workload.execute": ("id", "id"),
    "workload.expect": ("hi", "hi"),
    "workload.steps": ("[{kind: think, for: 2}]", [{"kind": "think", "repeat": 1, "for": "2s"}]),
    "workload.repeat": ("3", 3),
    "workload.via": ("api_server", "api_server"),
    "workload.router": ("http://router", "http://router:80"),
    "workload.exec_timeout": ("5s", "5s"),
    "workload.container": ("main", "main"),
    "workload.capacity_back": ("true", True),
    "validity.min_achieved_ratio": ("0.9", 0.9),
    "validity.max_error": ("10%", "10%"),
    "validity.max_schedule_lag_p99": ("20ms", "20ms"),
    "validity.max_upper_bound_share": ("0.5", 0.5),
    "workload.pool_full": ("true", True),
    "load.stop_after_failures": ("3", 3),
    "search.tolerance": ("0.1", 0.1),
    "search.max_rate": ("77", 77.0),
    "output.otlp": ("{endpoint: 'http://127.0.0.1:4318'}", None),
    "output.remote_write": ("{endpoint: 'http://127.0.0.1:9090', interval: 1s}", None),
    "output.labels": ("{version: v1.2}", {"version": "v1.2"}),
    "output.report": ("false", False),
    "output.controller_metrics": ("none", "none"),
    "output.sources": ("30", "30s"),
    "output.pods": ("true", True),
    "slo": ("['time_to_ready.p99<500ms']", ["time_to_ready.p99<500ms"]),
    "simulator": ("{claim_workers: 9}", None),
}

# A field that is of use to one shape of arrivals alone.
SHAPES = {"burst": "burst", "ramp": "ramp", "steps": "step", "trace": "trace", "closed": "closed"}

# What the block says beside the core's fields.
OWN = {
    "target": ("existing", "existing"),
    "kubeconfig": ("kind.yaml", "kind.yaml"),
    "context": ("kind-kind", "kind-kind"),
    "uninstall_on_delete": ("true", True),
    "fail_on_invalid": ("true", True),
}


@pytest.fixture
def decode(decode_config: Decode) -> Decode:
    """Decodes as PKB does from a command line; returns the spec of the agent_sandbox block."""

    def decode(*arguments: str, benchmark: str = "agent_sandbox") -> Spec:
        return decode_config(*arguments, benchmark=benchmark).agent_sandbox

    return decode


def override(field: str, value: str) -> str:
    return f"--config_override={BLOCK}.{field}={value}"


def read(spec: Spec, field: str) -> object:
    """What the core reads in the end, defaults and all."""
    config = asb.Config(spec.ToNative()).to_dict()
    block, _, name = field.partition(".")
    config = config if block in config else config["stack"]
    return config[block][name] if name else config[block]


def test_no_field_is_forgotten() -> None:
    """Every field of the core's schema is walked below: one that is added there must be named here."""
    definitions = asb.config_schema()["$defs"]
    fields = set(definitions["Stack"]["properties"]) | {"slo", "simulator"}
    stack = ("controller", "sandbox_template", "sandbox_warmpool")
    for block in (*stack, "load", "workload", "search", "validity", "output"):
        name = "".join(word.capitalize() for word in block.replace("warmpool", "warm_pool").split("_"))
        fields.discard(block)
        fields |= {f"{block}.{field}" for field in definitions[name]["properties"]}
    assert fields - {"output.dir"} == set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_reached_by_override(
    decode: Decode, field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offsets.txt").write_text("0\n")  # a trace that is not there is refused
    monkeypatch.chdir(tmp_path)
    written, expected = FIELDS[field]
    before = asb.Config(decode().ToNative()).to_dict()
    shape = SHAPES.get(field.removeprefix("load."))
    more = [override("load.arrivals", shape)] if shape else []
    if field == "workload.expect":
        more = [override("workload.exec", "id")]
    if field == "workload.router":
        more = [override("workload.via", "router")]
    if field == "workload.repeat":
        more = [override("workload.steps", "[{kind: think, for: 2s}]")]
    spec = decode(*more, override(field, written))
    assert asb.Config(spec.ToNative()).to_dict() != before
    if expected is not None:
        assert read(spec, field) == expected


@pytest.mark.parametrize("field", OWN)
def test_each_key_of_the_plugin_is_reached_by_override(decode: Decode, field: str) -> None:
    written, expected = OWN[field]
    more = [override("context", "kind")] if field == "target" else []
    assert getattr(decode(*more, override(field, written)), field) == expected


@pytest.mark.parametrize(
    ("flag", "field", "expected"),
    [
        ("manifest_ref=v0.5.5", "manifest_ref", "v0.5.5"),
        ("namespace=bench", "namespace", "bench"),
        ("namespace=bench", "load.namespace", "bench"),
        ("runtime_class=kata", "sandbox_template.runtime_class", "kata"),
        ("warmpool_replicas=7", "sandbox_warmpool.replicas", 7),
        ("controller_image=a/b:1", "controller.image", "a/b:1"),
        ("controller_claim_workers=100", "controller.claim_workers", 100),
        ("qps=12.5", "load.rate", 12.5),
        ("duration=1.5", "load.duration", "1500ms"),
        ("total=33", "load.total", 33),
        ("max_concurrent=7", "load.max_in_flight", 7),
        ("ready_timeout=9", "load.ready_timeout", "9s"),
        ("workload_duration=2", "workload.hold", "2s"),
    ],
)
def test_each_flag_reaches_its_field(decode: Decode, flag: str, field: str, expected: object) -> None:
    assert read(decode(f"--agent_sandbox_{flag}"), field) == expected


def test_a_flag_overrides_the_config(decode: Decode) -> None:
    spec = decode("--agent_sandbox_qps=3", override("load.qps", "5"))
    assert spec.load.rate == 3


def test_defaults_are_those_of_pkbs_load_generator(decode: Decode) -> None:
    spec = decode()
    assert (spec.target, spec.type, spec.manifest_ref) == ("cloud", "Kubernetes", "v1.0.1")
    assert (read(spec, "load.duration"), spec.load.max_in_flight) == ("1m", 200)
    assert (spec.controller.cpu_request, spec.controller.leader_elect) == ("500m", False)
    assert spec.load.ready_timeout == "3m"


def test_the_names_of_pkbs_load_generator_are_understood(decode: Decode) -> None:
    names = {"load.qps": "5", "load.max_concurrent": "6", "load.workload_duration": "7"}
    spec = decode(*(override(*item) for item in names.items()))
    assert (spec.load.rate, spec.load.max_in_flight, spec.workload.hold) == (5, 6, "7s")


def test_a_pool_of_nodes_may_be_named_as_pkb_names_it(decode: Decode) -> None:
    spec = decode(override("sandbox_nodepool", "sandboxes"))
    assert spec.nodes == {"selector": "pkb_nodepool=sandboxes"}


def test_the_block_may_stand_under_container_cluster(decode: Decode) -> None:
    spec = decode("--config_override=agent_sandbox.container_cluster.agent_sandbox.controller.claim_workers=8")
    assert spec.controller.claim_workers == 8


def test_a_decoded_spec_survives_pickling(decode: Decode) -> None:
    spec = decode(override("load.qps", "5"))
    again = pickle.loads(pickle.dumps(spec, 2))  # noqa: S301
    assert again.ToNative() == spec.ToNative()


@pytest.mark.parametrize(
    ("benchmark", "preset"),
    {
        "agent_sandbox_burst": "burst-300",
        "agent_sandbox_churn": "churn",
        "agent_sandbox_deletion": "deletion",
        "agent_sandbox_density": "density",
        "agent_sandbox_payload": "payload",
        "agent_sandbox_pool_refill": "pool-refill",
        "agent_sandbox_session": "session",
        "agent_sandbox_suspend_resume": "suspend-resume",
        "agent_sandbox_ttfe": "ttfe",
    }.items(),
)
def test_benchmarks_are_the_presets(decode: Decode, benchmark: str, preset: str) -> None:
    ours = asb.Config(decode(benchmark=benchmark).ToNative())
    assert ours == asb.Config(asb.preset(preset))


@pytest.mark.parametrize(
    ("told", "duration"),
    [
        ({"load.arrivals": "ramp"}, "1m"),
        ({"load.burst": "{size: 5, every: 2}", "load.arrivals": "burst"}, "1m"),
        ({"load.total": "20"}, None),
        ({"load.steps": "[{rate: 1, duration: 5}]", "load.arrivals": "step"}, None),
    ],
)
def test_a_minute_where_nothing_says_how_long(decode: Decode, told: dict[str, str], duration: str | None) -> None:
    spec = decode(*(override(*item) for item in told.items()))
    assert asb.Config(spec.ToNative()).to_dict()["load"].get("duration") == duration
