"""What stands on a cluster, and what `install`, `uninstall`, `status` and `preflight` return."""

from typing import Literal, TypedDict


class Installation(TypedDict):
    """The parts of agent-sandbox on the cluster that we may read."""

    release: str | None
    image: str | None
    args: list[str]
    served_versions: list[str]
    stored_versions: list[str]
    conversion: Literal["None", "Webhook"] | None


class Step(TypedDict):
    """What was done, and how long it took."""

    name: str
    seconds: float


class Installed(TypedDict):
    """What was installed; `manifest_ref` is None where the controller that stood is used."""

    manifest_ref: str | None
    api_version: str
    runtime_class: str | None
    steps: list[Step]
    warnings: list[str]


class Removed(TypedDict):
    """What was removed, and what was kept and why."""

    objects: list[str]
    nodes: list[str]
    kept: list[str]
    steps: list[Step]


class Part(TypedDict):
    """One part of the stack; `owner` is None where it is not there."""

    part: str
    name: str
    details: str
    owner: str | None
    ready: bool


class Status(TypedDict):
    """The stack as it stands; `ready` where a run can start."""

    installation: Installation
    parts: list[Part]
    problems: list[str]
    ready: bool


class Finding(TypedDict):
    """A reason against a run."""

    severity: Literal["blocker", "warning"]
    what: str
    why: str
    next: str


class Findings(TypedDict):
    """What preflight found; `blocked` where a run must not start, `unchecked` what could not be looked at."""

    installation: Installation
    findings: list[Finding]
    unchecked: list[str]
    blocked: bool
