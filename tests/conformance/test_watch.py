"""Lists and watches."""

from __future__ import annotations

import json

from support.api import Api, Object
from support.stack import Stack
from support.websocket import websocket


def config_map(api: Api, stack: Stack, name: str, **labels: str) -> Object:
    metadata = {"name": name, "labels": labels}
    return api.ok("POST", stack.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


def kinds_and_names(events: list[Object]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


def version_of(api: Api, stack: Stack) -> str:
    return str(api.ok("GET", stack.path("configmaps"))["metadata"]["resourceVersion"])


def test_from_a_resource_version_on(api: Api, stack: Stack) -> None:
    config_map(api, stack, "before")
    version = version_of(api, stack)
    config_map(api, stack, "after")
    api.patch("merge", stack.path("configmaps", "before"), {"data": {"a": "1"}})
    api.ok("DELETE", stack.path("configmaps", "after"))
    with api.watch(stack.path("configmaps"), resourceVersion=version) as watch:
        events = watch.until(lambda events: len(events) >= 3)
    assert kinds_and_names(events) == [("ADDED", "after"), ("MODIFIED", "before"), ("DELETED", "after")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions)) and versions[0] > int(version)


def test_a_selector_lets_objects_come_and_go(api: Api, stack: Stack) -> None:
    config_map(api, stack, "one", colour="red")
    version = version_of(api, stack)
    with api.watch(stack.path("configmaps"), resourceVersion=version, labelSelector="colour%3Dblue") as watch:
        for colour in ("blue", "green"):
            api.patch("merge", stack.path("configmaps", "one"), {"metadata": {"labels": {"colour": colour}}})
        events = watch.until(lambda events: len(events) >= 2)
    assert kinds_and_names(events) == [("ADDED", "one"), ("DELETED", "one")]
    assert events[1]["object"]["metadata"]["labels"]["colour"] == "blue"


def test_by_name(api: Api, stack: Stack) -> None:
    version = version_of(api, stack)
    with api.watch(stack.path("configmaps"), resourceVersion=version, fieldSelector="metadata.name%3Dyes") as watch:
        config_map(api, stack, "no")
        config_map(api, stack, "yes")
        events = watch.until(lambda events: len(events) >= 1)
    assert kinds_and_names(events) == [("ADDED", "yes")]


def test_initial_events(api: Api, stack: Stack) -> None:
    config_map(api, stack, "there", test="initial")
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    with api.watch(stack.path("configmaps"), labelSelector="test%3Dinitial", **query) as watch:
        events = watch.until(lambda events: any(event["type"] == "BOOKMARK" for event in events))
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    assert events[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_it_ends_in_time(api: Api, stack: Stack) -> None:
    with api.watch(stack.path("configmaps"), resourceVersion=version_of(api, stack), timeoutSeconds="1") as watch:
        assert watch.ended.wait(10) and watch.status == 200


def test_pages_are_of_one_moment(api: Api, stack: Stack) -> None:
    for index in range(5):
        config_map(api, stack, f"page-{index}", test="pages")
    path = stack.path("configmaps") + "?labelSelector=test%3Dpages&limit=2"
    page = api.ok("GET", path)
    version = page["metadata"]["resourceVersion"]
    api.ok("DELETE", stack.path("configmaps", "page-4"))
    names = [item["metadata"]["name"] for item in page["items"]]
    while "continue" in page["metadata"]:
        assert len(page["items"]) == 2
        page = api.ok("GET", f"{path}&continue={page['metadata']['continue']}")
        assert page["metadata"]["resourceVersion"] == version
        names += [item["metadata"]["name"] for item in page["items"]]
    assert names == [f"page-{index}" for index in range(5)]


def test_a_version_of_the_future(api: Api, stack: Stack, is_simulator: bool) -> None:
    with api.watch(stack.path("configmaps"), resourceVersion=str(2**62), timeoutSeconds="1") as watch:
        assert watch.ended.wait(15)
    assert [event for event in watch.events if event.get("type", "ERROR") != "ERROR"] == []
    if is_simulator:  # a server may also wait for it in vain
        assert watch.status == 504


def test_over_a_websocket_each_event_is_a_message(api: Api, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    version = api.ok("GET", maps)["metadata"]["resourceVersion"]
    with websocket(api, f"{maps}?watch=true&resourceVersion={version}&timeoutSeconds=5") as opened:
        assert opened.status == 101
        for name in ("a", "b"):
            api.ok("POST", maps, {"metadata": {"name": name}})
        frames = [opened.frame() for _ in range(2)]
        events = [json.loads(text) for _, text in frames]
        assert [opcode for opcode, _ in frames] == [1, 1]
        assert kinds_and_names(events) == [("ADDED", "a"), ("ADDED", "b")]
        assert opened.frame()[0] == 8
