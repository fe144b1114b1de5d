"""Requests that the API server passes on to the pod behind a Service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.api import Api
from support.bench import Bench
from support.simulator import serving

NAMESPACE = "/api/v1/namespaces/default"
CONTAINER = {"name": "main", "image": "python", "ports": [{"name": "http", "containerPort": 8888}]}
POD = {"metadata": {"name": "one", "labels": {"app": "one"}}, "spec": {"containers": [CONTAINER]}}


@pytest.fixture(scope="module")
def api(module_bench: Bench) -> Iterator[Api]:
    with serving(module_bench) as served:
        served.api.ok("POST", f"{NAMESPACE}/pods", POD)
        served.api.until(f"{NAMESPACE}/pods/one", lambda pod: pod["status"].get("phase") == "Running")
        for name, app, ports in (
            ("one", "one", [{"name": "web", "port": 80, "targetPort": 8888}]),
            ("named", "one", [{"name": "web", "port": 80, "targetPort": "http"}, {"name": "other", "port": 81}]),
            ("none", "nobody", [{"port": 80, "targetPort": 8888}]),
        ):
            service = {"metadata": {"name": name}, "spec": {"selector": {"app": app}, "ports": ports}}
            served.api.ok("POST", f"{NAMESPACE}/services", service)
        yield served.api


@pytest.mark.parametrize("name", ["one", "one:80", "one:web", "http:one:web", "named:web", "named:80"])
def test_a_port_by_number_by_name_or_the_only_one(api: Api, name: str) -> None:
    assert "active" in api.ok("GET", f"{NAMESPACE}/services/{name}/proxy/")["message"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("one:81", 'no service port "81" found for service "one"'),
        ("named", 'no service port "" found for service "named"'),
        ("none", 'no endpoints available for service "none"'),
        ("named:other", "connection refused"),
    ],
)
def test_what_cannot_be_reached(api: Api, name: str, why: str) -> None:
    answer = api.request("GET", f"{NAMESPACE}/services/{name}/proxy/")
    assert answer.status == 503 and why in answer.body["message"]


def test_a_service_that_is_not_there(api: Api) -> None:
    assert api.request("GET", f"{NAMESPACE}/services/nothing/proxy/").status == 404


def test_a_command_through_a_service(api: Api) -> None:
    done = api.ok("POST", f"{NAMESPACE}/services/one/proxy/execute", {"command": "echo through"})
    assert done["stdout"].strip() == "through" and done["exit_code"] == 0
