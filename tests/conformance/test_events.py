"""What the controller tells of claims, in both API groups of Events."""

from __future__ import annotations

import datetime

from support.api import Api, Object
from support.stack import Stack, is_ready

REPORTER = "sandboxclaim-controller"


def told(api: Api, stack: Stack, name: str, reasons: list[str]) -> list[Object]:
    """The events of a claim, once their reasons are these. A controller may say twice what it sees twice."""
    path = f"/api/v1/namespaces/{stack.namespace}/events?fieldSelector=involvedObject.name%3D{name}"

    def first_of_each(listed: Object) -> list[Object]:
        ours = [event for event in listed["items"] if event["reportingComponent"] == REPORTER]
        every = sorted(ours, key=lambda event: str(event["eventTime"]))
        said = [(event["reason"], event["message"]) for event in every]
        return [event for at, event in enumerate(every) if said[at] not in said[:at]]

    def are_told(listed: Object) -> bool:
        return [event["reason"] for event in first_of_each(listed)] == reasons

    return first_of_each(api.until(path, are_told, 30))


def test_an_adopted_claim(api: Api, stack: Stack) -> None:
    stack.create_pool("pool", 1)
    made = stack.claim("warm")
    sandbox = api.until(stack.path("sandboxclaims", "warm"), is_ready)["status"]["sandbox"]["name"]
    [event] = told(api, stack, "warm", ["SandboxAdopted"])
    assert event["message"] == f'Adopted warm pool Sandbox "{sandbox}"'
    assert (event["type"], event["action"]) == ("Normal", "Adoption")
    about = event["involvedObject"]
    assert (about["kind"], about["name"], about["uid"]) == ("SandboxClaim", "warm", made["metadata"]["uid"])
    assert about["apiVersion"] == "extensions.agents.x-k8s.io/v1beta1"
    path = f"/apis/events.k8s.io/v1/namespaces/{stack.namespace}/events"
    newer = api.ok("GET", f"{path}/{event['metadata']['name']}")
    assert (newer["apiVersion"], newer["kind"]) == ("events.k8s.io/v1", "Event")
    assert (newer["note"], newer["reportingController"]) == (event["message"], REPORTER)
    assert newer["regarding"] == about and newer["eventTime"] == event["eventTime"]
    listed = api.ok("GET", f"{path}?fieldSelector=regarding.name%3Dwarm")["items"]
    assert event["metadata"]["uid"] in {item["metadata"]["uid"] for item in listed}
    assert all(item["regarding"] == about for item in listed)


def test_a_claim_that_starts_cold(api: Api, stack: Stack) -> None:
    stack.create_pool("none", 0)
    stack.claim("cold", pool="none")
    [event] = told(api, stack, "cold", ["SandboxProvisioned"])
    assert (event["message"], event["action"]) == ('Created Sandbox "cold"', "Provisioning")


def test_a_claim_whose_time_is_up(api: Api, stack: Stack) -> None:
    stack.create_pool("pool", 1)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
    lifecycle = {"shutdownTime": soon.strftime("%Y-%m-%dT%H:%M:%SZ"), "shutdownPolicy": "Delete"}
    stack.claim("short", lifecycle=lifecycle)
    told(api, stack, "short", ["SandboxAdopted", "ClaimExpired", "ClaimExpired"])
    api.until_gone(stack.path("sandboxclaims", "short"))
    events = told(api, stack, "short", ["SandboxAdopted", "ClaimExpired", "ClaimExpired"])
    assert [event["message"] for event in events[1:]] == [
        "Claim expired",
        "Deleting Claim (ShutdownPolicy=Delete)",
    ]


def test_events_that_a_client_writes(api: Api, stack: Stack) -> None:
    about = {"kind": "ConfigMap", "name": "x", "namespace": stack.namespace}
    event: Object = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "mine"}, "involvedObject": about}
    event |= {"reason": "Test", "message": "said", "type": "Normal", "count": 2}
    home = f"namespaces/{stack.namespace}/events"
    api.ok("POST", f"/api/v1/{home}", event)
    newer = api.ok("GET", f"/apis/events.k8s.io/v1/{home}/mine")
    assert (newer["note"], newer["deprecatedCount"], newer["regarding"]["name"]) == ("said", 2, "x")
