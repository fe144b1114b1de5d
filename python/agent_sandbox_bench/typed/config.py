"""A configuration, typed. Written by docs/generate.py: change the doc comments in src/, then run it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from os import PathLike
from typing import Any, Literal, Required, TypeAlias, TypedDict

Integer: TypeAlias = int | Decimal
Number: TypeAlias = float | Decimal
File: TypeAlias = str | PathLike[str]
"""The path of a file or a folder."""


ArrivalKind: TypeAlias = Literal["constant", "poisson", "burst", "ramp", "step", "trace", "closed"]
"""Shape of the arrivals."""


Duration: TypeAlias = str | timedelta
"""a number and a unit: ns, us, ms, s, m or h, such as 1.5s, or several, such as 1h30m"""


class BurstConfig(TypedDict, total=False):
    """Many claims at one instant, repeated."""

    every: Required[Duration]
    """From one burst to the next."""
    size: Required[Integer]
    """Claims at once, above 0."""


class EnvVarConfig(TypedDict, total=False):
    """One environment variable of a claim."""

    container_name: str | None
    """The container that gets it; all when absent."""
    name: Required[str]
    """Its name."""
    value: Required[str]
    """Its value."""


ShutdownPolicy: TypeAlias = Literal["Delete", "DeleteForeground", "Retain"]
"""`spec.lifecycle.shutdownPolicy`: what becomes of a claim whose time is up."""


class LifecycleConfig(TypedDict, total=False):
    """`spec.lifecycle` of a claim."""

    shutdown_after: Duration | None
    """How long after it is sent the claim ends."""
    shutdown_policy: ShutdownPolicy | None
    """What happens to the claim at its end."""
    ttl_seconds_after_finished: Integer | None
    """Seconds a finished claim stays."""


class ClaimOptionsConfig(TypedDict, total=False):
    """What each `SandboxClaim` asks for beside its warm pool."""

    annotations: Mapping[str, str]
    """More annotations on the claim."""
    env: Sequence[EnvVarConfig]
    """Environment of the sandbox. Forces a cold start."""
    labels: Mapping[str, str]
    """More labels on the claim."""
    lifecycle: LifecycleConfig | None
    """When the controller ends the claim by itself."""
    spec: Mapping[str, Any]
    """More of the claim's `spec`, merged last, such as `additionalPodMetadata`: whatever its CRD allows."""
    stamp_first_requested: bool
    """Stamp `agents.x-k8s.io/client-first-requested-at`, so that the controller's own metric covers the same claim."""
    volume_claim_templates: Sequence[Any]
    """`PersistentVolumeClaim` templates, as Kubernetes writes them. Forces a cold start."""


class ClosedConfig(TypedDict, total=False):
    """Users of a closed loop."""

    think: Duration
    """Pause of a user between two claims."""
    users: Required[Integer]
    """Users, above 0."""


LoadObject: TypeAlias = Literal["claim", "sandbox", "pod"]
"""What the load creates at each arrival. What is bare is made from the template of the warm pool, and no pool has it
ready.
"""


PushbackPolicy: TypeAlias = Literal["fail", "retry"]
"""What to do when the server answers a create with 429 or 503."""


RampConfig = TypedDict(
    "RampConfig",
    {
        "from": Required[Number],
        "to": Required[Number],
    },
    total=False,
)
"""A rate that changes linearly over the duration."""


class StepConfig(TypedDict, total=False):
    """A rate held for a while."""

    duration: Required[Duration]
    """How long."""
    rate: Required[Number]
    """Claims per second, 0 or more."""


class PhaseConfig(TypedDict, total=False):
    """One phase of a run; the shape fields have the same meaning as in `load`."""

    arrivals: ArrivalKind
    """Shape of the arrivals. All are open loop but `closed`."""
    burst: BurstConfig | None
    """`burst`: how many at once and how often."""
    closed: ClosedConfig | None
    """`closed`: users that claim, release, think and claim again."""
    duration: Duration | None
    """How long claims are sent. Default 30s."""
    name: str
    """Name in results."""
    ramp: RampConfig | None
    """`ramp`: first and last rate."""
    rate: Number | None
    """Claims per second, above 0. Default 10, unless the shape's own fields say it."""
    steps: Sequence[StepConfig]
    """`step`: rates held one after another."""
    total: Integer | None
    """Claims in all; the schedule ends there. Default rate x duration."""
    trace: File | None
    """`trace`: file of offsets from the start of the run, or of the phase; one duration (or seconds) a line."""
    warm_up: bool
    """True: its claims are sent and recorded, but no figure of the summary includes them."""


class RunnerConfig(TypedDict, total=False):
    """Pods of the runners that share a load."""

    cpu_request: str
    """CPU that each asks for. About 1 for each 2,000 claims per second."""
    image: str | None
    """Image of this tool, of the same version. No default on a cluster; a simulator needs none."""
    memory_request: str
    """Memory that each asks for."""
    start_timeout: Duration
    """A runner that is not ready by then is lost, and its share of the load is not sent."""


Share: TypeAlias = str
"""PART/PARTS, such as 2/4, up to 1000 parts"""


Percentage: TypeAlias = str | Number
"""a percentage from 0% to below 100%, or a fraction such as 0.05"""


class UntilConfig(TypedDict, total=False):
    """A percentile that is to be known; the run ends once it is."""

    at_most: Required[Duration]
    """Longest time that claims are sent; above 60s, because there is no look before that."""
    figure: Required[str]
    """The percentile, such as `time_to_ready.p99`."""
    within: Required[Percentage]
    """Half the length of its interval, as a share of the percentile, at most; above 0%."""


class WarmPoolConfig(TypedDict, total=False):
    """A pool that takes a share of the claims."""

    name: Required[str]
    """Name of the `SandboxWarmPool`."""
    namespace: str
    """Its namespace, and the claims'."""
    weight: Number
    """Share of the claims relative to the other pools, above 0."""


class LoadConfig(TypedDict, total=False):
    """The claims of a run and when each is sent."""

    arrivals: ArrivalKind
    """Shape of the arrivals. All are open loop but `closed`."""
    burst: BurstConfig | None
    """`burst`: how many at once and how often."""
    claim: ClaimOptionsConfig
    """What each claim asks for."""
    closed: ClosedConfig | None
    """`closed`: users that claim, release, think and claim again."""
    connections: Integer
    """Most connections for creates; opened before the first claim if the rate needs them."""
    duration: Duration | None
    """How long claims are sent. Default 30s."""
    max_in_flight: Integer
    """Most claims in flight; a claim that meets the limit is not sent, and counted."""
    namespace: str
    """Namespace of the claims."""
    object: LoadObject
    """What is created at each arrival: claims, or what they are compared with."""
    on_pushback: PushbackPolicy
    """What to do when the server answers a create with 429 or 503."""
    phases: Sequence[PhaseConfig]
    """Phases one after another, each with its own shape; instead of the shape fields above."""
    ramp: RampConfig | None
    """`ramp`: first and last rate."""
    rate: Number | None
    """Claims per second, above 0. Default 10, unless the shape's own fields say it."""
    ready_timeout: Duration
    """A claim that is not Ready this long after its intended instant has timed out."""
    runner: RunnerConfig
    """The runners' pods."""
    runners: Integer
    """Processes that share the load; above 0 they run in the cluster, as an indexed Job."""
    seed: Integer | None
    """Seed of everything random in the schedule. Default random, and recorded."""
    share: Share | None
    """This process' part of the schedule, such as `2/4`; with one seed, the parts' union is the schedule of one
    process.
    """
    steps: Sequence[StepConfig]
    """`step`: rates held one after another."""
    stop_after_failures: Integer | None
    """The schedule ends after this many claims that failed, timed out or were rejected; what was planned beyond is
    `not_sent(stop_after_failures)`. This fills a cluster until it is full.
    """
    total: Integer | None
    """Claims in all; the schedule ends there. Default rate x duration."""
    trace: File | None
    """`trace`: file of offsets from the start of the run, or of the phase; one duration (or seconds) a line."""
    until: UntilConfig | None
    """Ends the run once a percentile is known well enough; the length of its last phase is `at_most` instead of
    `duration`.
    """
    warm_pool: str
    """Warm pool the claims name. Bare Sandboxes and Pods are made from its template."""
    warm_pools: Sequence[WarmPoolConfig]
    """Several pools, drawn by weight; instead of `namespace` and `warm_pool`."""


ControllerMetricsSource: TypeAlias = str
"""auto, none, or http://HOST:PORT/metrics"""


Endpoint: TypeAlias = str
"""http://HOST:PORT or https://HOST, with a path if need be, and without a user"""


Header: TypeAlias = str
"""Text, env:NAME or file:PATH."""


class PushConfig(TypedDict, total=False):
    """Where metrics of a run are sent while it goes on."""

    endpoint: Required[Endpoint]
    """The receiver, such as `http://127.0.0.1:4318`. Without a path it gets the protocol's own: `/v1/metrics` of OTLP,
    `/api/v1/write` of remote write.
    """
    headers: Mapping[str, Header]
    """Headers of each push by name: text, `env:NAME` (a variable of the environment) or `file:PATH` (a file's text,
    without the white space around it). What names a secret, such as `authorization`, must be one of the last two.
    """
    interval: Duration
    """From one push to the next, 1s or more. There is also one at the start of the load and one at its end."""


Interval: TypeAlias = str | timedelta
"""none, or a duration of 1s or more, such as 5s"""


class OutputConfig(TypedDict, total=False):
    """Where results go, and what is written beside them."""

    controller_metrics: ControllerMetricsSource
    """The controller's own metrics, read before and after the run as a cross-check: `auto` (its Service, through the
    API server; needs `get` on `services/proxy`), `none`, or where they are, `http://HOST:PORT/metrics`.
    """
    dir: File | None
    """The run's folder; new, or existing and empty. Default ./asb-RUNID."""
    labels: Mapping[str, str]
    """What the run is called by in tables and exports, such as `version: v1.2`; they change nothing of what is
    measured.
    """
    otlp: PushConfig | None
    """Sends metrics of the run by OTLP (HTTP, protobuf) while it goes on, such as to an OpenTelemetry collector."""
    pods: bool
    """Whether the Pods of sandboxes are watched: when each was created, scheduled, started and Ready, for `pods.jsonl`.
    The kubelets of their nodes are asked for pressure and memory, as often as `sources` says. Needs `list` and
    `watch` on `pods` and `events`, and `get` on `nodes/proxy`. What the account may not read is left out.
    """
    remote_write: PushConfig | None
    """Sends the same metrics by Prometheus remote write 1.0, such as to Prometheus or Mimir."""
    report: bool
    """Whether the run's folder gets a page that shows it, `report.html`."""
    sources: Interval
    """How often the metrics of the controller, the API server and this machine are read while the load lasts, for
    `metrics.jsonl`. They are also read before and after it. A duration of 1s or more, or `none`.
    """


class SearchConfig(TypedDict, total=False):
    """How `search` finds the highest rate that meets the objectives, starting at `load.rate`."""

    max_rate: Number
    """No higher rate is tried, claims per second."""
    tolerance: Number
    """The rate is known well enough when both ends of its 90 % interval are within this share of it, 0.001 to 0.5."""


Distribution: TypeAlias = Literal["lognormal", "exponential", "constant", "uniform"]
"""Shape of a service time."""


class LatencyConfig(TypedDict, total=False):
    """A service time: a distribution around a median."""

    distribution: Distribution
    """Shape around the median."""
    median: Required[Duration]
    """Half of the times are below it."""
    sigma: Number
    """`lognormal`: standard deviation of the logarithm. The others ignore it."""


class ControllerProgramConfig(TypedDict, total=False):
    """A controller's own program, run beside the simulator."""

    args: Sequence[str]
    """Its arguments; each takes the place of the same flag of the manifests' Deployment."""
    command: Required[File]
    """The program's file."""
    env: Mapping[str, str]
    """Variables added to its environment."""
    manifests: File | None
    """Folder with the CRDs, roles and Deployment that belong to it. Default: `stack.manifest_ref`."""


class ExecConfig(TypedDict, total=False):
    """The command modelled for exec into a pod, and for its runtime's `POST /execute`."""

    duration: Duration
    """How long it takes."""
    exit_code: Integer
    """How it exits."""
    output: str | None
    """What it prints. Default: what `echo` and `cat` would, and nothing for other commands. `echo` writes into a file
    by `> FILE` or `| tee FILE`. Files are lost with their pod, except those below `/data`, where each sandbox has a
    volume. A pod and a volume hold 64 MiB each.
    """


class FairnessConfig(TypedDict, total=False):
    """One priority level for all requests, as API Priority and Fairness serves it: seats, and queues for requests that
    find none.
    """

    queue_length: Integer
    """Requests that may wait in one queue; further ones get 429 with Retry-After."""
    queues: Integer
    """Queues; each user waits in 8 of them at most."""
    seat_time: Duration
    """How long a request holds its seat, to the millisecond."""
    seats: Integer
    """Requests that are worked on at once, 1 to 600."""


_FaultConfig = TypedDict(
    "_FaultConfig",
    {
        "at": Required[Duration],
        "for": Duration,
        "share": Number,
    },
    total=False,
)
"""Something that goes wrong at an instant, for a while."""


class TooManyRequestsFault(_FaultConfig, total=False):
    """Requests are answered with 429 and Retry-After."""

    kind: Required[Literal["too_many_requests"]]
    retry_after: Duration
    """The Retry-After header."""


class ServerErrorFault(_FaultConfig, total=False):
    """Requests are answered with a 5xx status."""

    kind: Required[Literal["server_error"]]
    status: Integer
    """The status, 500 to 599."""


class LatencyFault(_FaultConfig, total=False):
    """Answers come late."""

    add: Duration
    """Added to each answer."""
    kind: Required[Literal["latency"]]


class ExecLatencyFault(_FaultConfig, total=False):
    """Commands that are run by exec take longer."""

    add: Duration
    """Added to each command's time."""
    kind: Required[Literal["exec_latency"]]


class ExecFailureFault(_FaultConfig, total=False):
    """Commands that are run by exec fail after their output."""

    exit_code: Integer
    """How they exit, 1 to 255."""
    kind: Required[Literal["exec_failure"]]


class ConnectionResetFault(_FaultConfig, total=False):
    """The connection is closed without an answer, after the request took effect or before, by turns of the seed."""

    kind: Required[Literal["connection_reset"]]


class ConflictFault(_FaultConfig, total=False):
    """Updates of claims, Sandboxes and pools get 409, as if somebody had written first. The model tries again, later
    each time.
    """

    kind: Required[Literal["conflict"]]


class WatchDropFault(_FaultConfig, total=False):
    """Open watches end."""

    kind: Required[Literal["watch_drop"]]


class WatchSilenceFault(_FaultConfig, total=False):
    """Open watches stay open and send nothing."""

    kind: Required[Literal["watch_silence"]]


class WatchGoneFault(_FaultConfig, total=False):
    """Open watches end with 410 Gone, and older resource versions are forgotten."""

    kind: Required[Literal["watch_gone"]]


class DuplicateEventsFault(_FaultConfig, total=False):
    """Events are sent twice."""

    kind: Required[Literal["duplicate_events"]]


class LateEventsFault(_FaultConfig, total=False):
    """Events are sent late."""

    by: Duration
    """How late."""
    kind: Required[Literal["late_events"]]


class ReorderedEventsFault(_FaultConfig, total=False):
    """Events are sent late, and later ones overtake them."""

    by: Duration
    """How late."""
    kind: Required[Literal["reordered_events"]]


class ServerRestartFault(_FaultConfig, total=False):
    """The server is down: connections are closed, and new ones are refused."""

    kind: Required[Literal["server_restart"]]


class ControllerPauseFault(_FaultConfig, total=False):
    """The controller does nothing."""

    kind: Required[Literal["controller_pause"]]


class ClockSkewFault(_FaultConfig, total=False):
    """The server's wall clock is off."""

    by: Duration
    """How far it is ahead."""
    kind: Required[Literal["clock_skew"]]


class NodeLostFault(_FaultConfig, total=False):
    """A node's pods stop being Ready."""

    kind: Required[Literal["node_lost"]]


class SlowNodeFault(_FaultConfig, total=False):
    """Pods that are placed on one node, the first that is given one, start late."""

    add: Duration
    """Added to each Pod's start."""
    kind: Required[Literal["slow_node"]]


class ImagePullStuckFault(_FaultConfig, total=False):
    """New pods never get their image."""

    kind: Required[Literal["image_pull_stuck"]]


class TokenExpiredFault(_FaultConfig, total=False):
    """Bearer tokens are refused."""

    kind: Required[Literal["token_expired"]]


FaultConfig: TypeAlias = (
    TooManyRequestsFault
    | ServerErrorFault
    | LatencyFault
    | ExecLatencyFault
    | ExecFailureFault
    | ConnectionResetFault
    | ConflictFault
    | WatchDropFault
    | WatchSilenceFault
    | WatchGoneFault
    | DuplicateEventsFault
    | LateEventsFault
    | ReorderedEventsFault
    | ServerRestartFault
    | ControllerPauseFault
    | ClockSkewFault
    | NodeLostFault
    | SlowNodeFault
    | ImagePullStuckFault
    | TokenExpiredFault
)
"""Something that goes wrong at an instant, for a while."""


class NodesConfig(TypedDict, total=False):
    """The simulated nodes."""

    count: Integer
    """How many."""
    pods: Integer
    """Pods each can carry."""


Line: TypeAlias = Literal["v0.4", "v0.5", "v1.0"]
"""A line of releases, which share an API and a way to work."""


class SimulatorConfig(TypedDict, total=False):
    """The embedded Kubernetes API with a model of the agent-sandbox controller."""

    claim_workers: Integer
    """Claims the controller works on at once; more wait in its queue."""
    cold_latency: LatencyConfig
    """Time from a cold Sandbox's creation to its Ready."""
    controller: Literal["model", "none"] | ControllerProgramConfig
    """Who acts on claims and pools: `model`, `none` for the API server alone, or a controller's own program."""
    empty: bool
    """True: no CRDs, controller, template or pool stand at the start."""
    end_latency: LatencyConfig
    """Time from a pod's deletion to its end, when its Sandbox is suspended too."""
    exec: ExecConfig
    """The command that every exec into a pod runs."""
    fairness: FairnessConfig | None
    """API Priority and Fairness. Default: every request is served at once."""
    faults: Sequence[FaultConfig]
    """What goes wrong, and when."""
    nodes: NodesConfig
    """The nodes that carry the pods."""
    pod_events: bool
    """Write the Events of scheduler and kubelets for each pod: Scheduled, Pulled, Created and Started. They make the
    start of a pod about twice as costly.
    """
    refill: Number
    """Sandboxes per second the pool can be refilled with, after slow start."""
    release: Line | None
    """The releases it is like: their CRDs, reasons and annotations. Default: those of `stack.manifest_ref`."""
    request_log: File | None
    """File to which a line of JSON is added for each request. Default none."""
    seed: Integer | None
    """Seed of every service time and fault. Default random, and recorded."""
    tls: bool
    """Serve TLS with a certificate authority made at the start."""
    warm_latency: LatencyConfig
    """Time a worker takes to bind a pooled sandbox."""


Objective: TypeAlias = str
"""FIGURE OPERATOR LIMIT, such as time_to_ready.p99<500ms, warm_fraction>=0.99 or outcomes.failed==0"""


SloUndecided: TypeAlias = Literal["warn", "fail"]
"""What an objective does that is met, while its figure's interval holds the limit: another run may miss it."""


Quantity: TypeAlias = str | Number
"""a Kubernetes quantity, such as 500m, 2 or 1Gi"""


class ControllerConfig(TypedDict, total=False):
    """The controller's Deployment. A field left out keeps what the manifest says."""

    args: Sequence[str]
    """More flags, one an item, such as `--api-connections=4`: any that the controller knows."""
    claim_workers: Integer | None
    """`--sandbox-claim-concurrent-workers`."""
    cpu_limit: Quantity
    """CPU limit, a Kubernetes quantity."""
    cpu_request: Quantity
    """CPU request, a Kubernetes quantity."""
    enable_tracing: bool
    """`--enable-tracing`."""
    env: Mapping[str, str]
    """Environment of the controller."""
    image: str | None
    """Container image. Default: the one the release publishes."""
    install: bool
    """False: use the controller that is there, install none."""
    kube_api_burst: Integer | None
    """`--kube-api-burst`."""
    kube_api_qps: Number | None
    """`--kube-api-qps`; -1 means no limit."""
    leader_elect: bool
    """`--leader-elect`."""
    memory_limit: Quantity
    """Memory limit, a Kubernetes quantity."""
    memory_request: Quantity
    """Memory request, a Kubernetes quantity."""
    otel_endpoint: str | None
    """OTLP endpoint of the traces."""
    sandbox_workers: Integer | None
    """`--sandbox-concurrent-workers`."""
    warmpool_max_batch_size: Integer | None
    """`--sandbox-warm-pool-max-batch-size`."""
    warmpool_workers: Integer | None
    """`--sandbox-warm-pool-concurrent-workers`."""


Gvisor: TypeAlias = Literal["auto", "install", "present", "none"]
"""What to do about gVisor."""


class GvisorInstallerConfig(TypedDict, total=False):
    """Where the installer takes gVisor from."""

    image: str
    """Image the installer runs in: a shell, `wget` and `sha512sum`."""
    path: str | None
    """Folder of `image` that holds `runsc` and `containerd-shim-runsc-v1`: then nothing is downloaded."""
    url: str
    """Where releases are downloaded from, each binary beside its `.sha512`; a mirror does as well."""
    version: str
    """gVisor's release: the name of a folder below `url`."""


class NodeSelectionConfig(TypedDict, total=False):
    """The nodes that carry sandboxes: by label selector, or by name."""

    names: Sequence[str]
    """Node names."""
    selector: str | None
    """Label selector, such as `pkb_nodepool=sandbox`."""


InjectionPolicy: TypeAlias = Literal["Disallowed", "Allowed", "Overrides"]
"""Whether a claim may bring environment variables."""


NetworkPolicyManagement: TypeAlias = Literal["Managed", "Unmanaged"]
"""Who makes the pods' `NetworkPolicy`."""


class SandboxTemplateConfig(TypedDict, total=False):
    """The `SandboxTemplate`."""

    annotations: Mapping[str, str]
    """Annotations of the pods."""
    args: Sequence[str]
    """Its arguments."""
    command: Sequence[str]
    """Entry point, instead of the image's."""
    cpu_limit: Quantity
    """CPU limit, a Kubernetes quantity."""
    cpu_request: Quantity
    """CPU request, a Kubernetes quantity."""
    env: Mapping[str, str]
    """Environment."""
    env_vars_injection_policy: InjectionPolicy
    """Whether a claim may bring environment variables."""
    image: str
    """Image of the sandbox."""
    labels: Mapping[str, str]
    """Labels of the pods."""
    memory_limit: Quantity
    """Memory limit, a Kubernetes quantity."""
    memory_request: Quantity
    """Memory request, a Kubernetes quantity."""
    network_policy_management: NetworkPolicyManagement
    """Who makes the pods' `NetworkPolicy`."""
    runtime_class: str | None
    """`runtimeClassName` of the pods; `runsc` unless gVisor is `none`."""
    service: bool | None
    """Whether a Service is made for each sandbox; the controller's default when absent."""
    service_account: str | None
    """`serviceAccountName` of the pods."""
    spec: Mapping[str, Any]
    """More of the template's `spec`, merged last: whatever its CRD allows."""


class SandboxWarmPoolConfig(TypedDict, total=False):
    """The `SandboxWarmPool`."""

    replicas: Integer | None
    """Sandboxes kept ready; 0 makes every claim a cold start. Default 0; on the embedded simulator 100."""
    spec: Mapping[str, Any]
    """More of the pool's `spec`, merged last, such as `updateStrategy`: whatever its CRD allows."""


class StackConfig(TypedDict, total=False):
    """The agent-sandbox installation a run needs."""

    controller: ControllerConfig
    """The controller's Deployment."""
    gvisor: Gvisor
    """gVisor on the nodes."""
    gvisor_installer: GvisorInstallerConfig
    """How gVisor gets onto the nodes, where it is installed."""
    manifest_ref: str
    """Which agent-sandbox: a release tag, a commit, or a local folder of manifests."""
    manifest_repo: str
    """Repository of tags and commits on GitHub: owner/name, or its URL."""
    namespace: str
    """Namespace of the template and the warm pool."""
    nodes: NodeSelectionConfig | None
    """The nodes that carry sandboxes; all when absent."""
    sandbox_template: SandboxTemplateConfig
    """The template sandboxes are made from."""
    sandbox_warmpool: SandboxWarmPoolConfig
    """The pool of sandboxes kept ready."""
    wait_timeout: Duration
    """Longest wait of one step: a rollout, a pool that fills, an object that goes."""


class ValidityConfig(TypedDict, total=False):
    """The tolerances beyond which a run is not a measurement of the cluster."""

    max_error: Percentage
    """Most that the generator's own lateness may have added to p50, p90, p95 or p99 of `time_to_ready`, or to a figure
    that `slo` names, plus 0.1 ms.
    """
    max_schedule_lag_p99: Duration | None
    """Most schedule lag at the 99th percentile. Null: 10 ms, or `max_error` of the median of `time_to_ready` where that
    is more.
    """
    max_upper_bound_share: Number
    """Most ready instants that are upper bounds (seen by a re-list, or right after a stall), as a share, 0 to 1."""
    min_achieved_ratio: Number
    """Least share of claims handed over within 100 ms of their intended instant, 0 to 1."""


Address: TypeAlias = str
"""http://HOST or http://HOST:PORT, without a path"""


StepKind: TypeAlias = Literal["exec", "execute", "write_file", "read_file", "http", "think", "suspend", "resume"]
"""What a step does."""


HttpMethod: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
"""Method of a request to the server in a sandbox."""


Size: TypeAlias = str | Integer
"""1 byte to 100MB, as a number of bytes or with a unit (B, KB or MB), such as 10MB"""


SessionStepConfig = TypedDict(
    "SessionStepConfig",
    {
        "body": str | None,
        "command": str | None,
        "content": str | None,
        "expect": str | None,
        "for": Duration | None,
        "headers": Mapping[str, str],
        "kind": Required[StepKind],
        "method": HttpMethod | None,
        "name": str | None,
        "path": str | None,
        "port": Integer | None,
        "repeat": Integer,
        "size": Size | None,
        "status": Integer | None,
        "timeout": Duration | None,
    },
    total=False,
)
"""A step of a session."""


Via: TypeAlias = Literal["pod", "api_server", "router"]
"""How the server in a sandbox is reached."""


class WorkloadConfig(TypedDict, total=False):
    """What a claimed sandbox does before it is released."""

    capacity_back: bool
    """Follow each claim until its Sandbox is gone (`capacity_back`): a second watch, on Sandboxes."""
    container: str | None
    """Container of the sandbox that commands are run in through the API server; the first when absent."""
    exec: str | None
    """Command run in the sandbox through the API server, by `/bin/sh -c`; its first output stamps `first_exec`."""
    exec_timeout: Duration
    """Deadline of each command, file and request."""
    execute: str | None
    """Command sent to the runtime's HTTP port 8888, `POST /execute`, as `via` says. Instead of `exec`."""
    expect: str | None
    """Text that the output of `exec` or `execute` must hold; `wrong_output` where it does not. Any output will do when
    absent.
    """
    hold: Duration
    """How long a ready claim is held before it is released."""
    pool_full: bool
    """After the last claim, follow the pools until they are full again, at most `load.ready_timeout` long."""
    repeat: Integer
    """How often all steps are done, one round after another."""
    router: Address | None
    """Where agent-sandbox's router listens, over plain HTTP: `http://HOST:PORT`. It finds the sandbox by its headers.
    """
    steps: Sequence[SessionStepConfig]
    """A session: steps done one after another in each ready claim. Instead of `exec` and `execute`."""
    via: Via
    """How `execute`, `write_file`, `read_file` and `http` reach the server in a sandbox."""


class ConfigDict(TypedDict, total=False):
    """The whole configuration of a run: what stands on the cluster, what load it gets, and how the result is judged."""

    load: LoadConfig
    """The claims and when they are sent."""
    output: OutputConfig
    """Where results go."""
    run_id: str | None
    """Written into a run's folder; ignored when read, because each run gets its own id."""
    search: SearchConfig
    """How `search` finds the highest rate that meets the objectives."""
    simulator: SimulatorConfig
    """The embedded simulator, the target when no cluster is named."""
    slo: Sequence[Objective]
    """Service level objectives, such as `time_to_ready.p99<500ms`; a missed one ends the command with exit 4."""
    slo_undecided: SloUndecided
    """What happens if an objective is met, but the 95 % interval of its figure contains the limit."""
    stack: StackConfig
    """The agent-sandbox installation: controller, template, warm pool, gVisor."""
    validity: ValidityConfig
    """The tolerances beyond which a run is not a measurement."""
    workload: WorkloadConfig
    """What a claimed sandbox does before it is released."""
