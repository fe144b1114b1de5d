"""Pods whose containers end: by their commands, and by hooks after a deletion."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from support.api import Api, Object
from support.bench import Bench
from support.simulator import serving

PODS = "/api/v1/namespaces/default/pods"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


@pytest.fixture(scope="module")
def api(module_bench: Bench) -> Iterator[Api]:
    """A simulator whose pods start at once."""
    settings = {"simulator.cold_latency": {"median": "10ms"}, "stack.sandbox_warmpool.replicas": 1}
    with serving(module_bench, settings) as simulator:
        yield simulator.api


def pod(*scripts: str, policy: str = "Never") -> Object:
    """A spec with a container for each script."""
    containers = [
        {"name": f"c{at}", "image": "busybox:1.36", "command": ["sh", "-c", script]}
        for at, script in enumerate(scripts)
    ]
    return {"restartPolicy": policy, "containers": containers}


def create(api: Api, name: str, spec: Object) -> str:
    """Creates a pod; returns its path."""
    api.ok("POST", PODS, {"metadata": {"name": name}, "spec": spec})
    return f"{PODS}/{name}"


def condition(pod: Object, name: str) -> Object:
    """One of its conditions."""
    return next(it for it in pod["status"]["conditions"] if it["type"] == name)


def has_ended(pod: Object) -> bool:
    """Whether its containers will not run again."""
    return pod["status"].get("phase") in ("Succeeded", "Failed")


@pytest.mark.parametrize(
    ("scripts", "policy", "phase", "codes"),
    [
        (["exit 0"], "Never", "Succeeded", {0}),
        (["sleep 0.2 && exit 0", "true"], "OnFailure", "Succeeded", {0}),
        (["true", "sleep 0.1; exit 4"], "Never", "Failed", {4}),
    ],
)
def test_a_pod_ends_as_its_commands_say(api: Api, scripts: list[str], policy: str, phase: str, codes: set[int]) -> None:
    path = create(api, f"ends-{len(scripts)}-{phase.lower()}", pod(*scripts, policy=policy))
    ended = api.until(path, has_ended)
    assert ended["status"]["phase"] == phase
    states = [it["state"]["terminated"] for it in ended["status"]["containerStatuses"]]
    assert {state["exitCode"] for state in states} == codes
    assert condition(ended, "Ready")["status"] == "False"
    assert condition(ended, "PodScheduled")["status"] == "True"


def test_a_pod_is_ready_until_its_command_ends(api: Api) -> None:
    path = create(api, "sleeps", pod("sleep 2; exit 0"))
    began = time.monotonic()
    api.until(path, lambda pod: pod["status"].get("phase") == "Running")
    assert condition(api.ok("GET", path), "Ready")["status"] == "True"
    ended = api.until(path, has_ended)
    assert time.monotonic() - began > 1.9  # a busy machine makes it longer, never shorter
    reason = condition(ended, "Ready")["reason"]
    assert (ended["status"]["phase"], reason) == ("Succeeded", "PodCompleted")


@pytest.mark.parametrize(
    ("script", "policy"),
    [("sleep infinity", "Never"), ("exit 0", "Always"), ("exit 1", "OnFailure"), ("nginx", "Never")],
)
def test_one_that_goes_on_or_is_restarted_stays_ready(api: Api, script: str, policy: str) -> None:
    path = create(api, f"goes-on-{policy.lower()}-{script.split()[0]}", pod(script, policy=policy))
    api.until(path, lambda pod: pod["status"].get("phase") == "Running")
    time.sleep(0.3)
    assert condition(api.ok("GET", path), "Ready")["status"] == "True"


@pytest.mark.parametrize(("hook", "grace"), [(1, 30), (60, 1)])
def test_a_hook_delays_the_end_until_the_grace_period_is_over(api: Api, hook: int, grace: int) -> None:
    spec = pod("sleep infinity") | {"terminationGracePeriodSeconds": grace}
    spec["containers"][0]["lifecycle"] = {"preStop": {"exec": {"command": ["sh", "-c", f"sleep {hook}"]}}}
    path = create(api, f"hook-{hook}", spec)
    api.until(path, lambda pod: pod["status"].get("phase") == "Running")
    began = time.monotonic()
    api.ok("DELETE", path)
    assert api.ok("GET", path)["metadata"]["deletionTimestamp"]
    api.until_gone(path)
    assert 0.9 < time.monotonic() - began < 20  # both last a second: the one the hook's, the other the grace period's


def test_a_job_completes(api: Api) -> None:
    job = {"metadata": {"name": "work"}, "spec": {"completions": 2, "template": {"spec": pod("sleep 0.2")}}}
    api.ok("POST", JOBS, job)
    done = api.until(f"{JOBS}/work", lambda job: bool(job["status"].get("conditions")))
    assert (done["status"]["succeeded"], done["status"]["conditions"][0]["type"]) == (2, "Complete")
