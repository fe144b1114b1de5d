"""What tests of a migration share: many objects of the older API, an install that is killed at many instants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from support.api import Api, Object
from support.bench import Bench

EXTENSIONS, AGENTS = "/apis/extensions.agents.x-k8s.io", "/apis/agents.x-k8s.io"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PLURALS = {"sandboxclaims": EXTENSIONS, "sandboxes": AGENTS}
KILLS = 10


def create_old(api: Api, count: int) -> None:
    """So many claims and sandboxes by the older API. No claim finds its pool, no sandbox has a pod."""
    pod = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
    claim = {"sandboxTemplateRef": {"name": "none-such"}, "warmpool": "none-such"}
    specs: dict[str, tuple[str, Object]] = {
        "sandboxclaims": ("SandboxClaim", claim),
        "sandboxes": ("Sandbox", {"replicas": 0, "podTemplate": pod}),
    }

    def create(work: tuple[str, int]) -> None:
        plural, index = work
        kind, spec = specs[plural]
        version = f"{PLURALS[plural].removeprefix('/apis/')}/v1alpha1"
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": f"old-{index}"}, "spec": spec}
        api.ok("POST", f"/apis/{version}/namespaces/default/{plural}", body)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, [(plural, index) for plural in PLURALS for index in range(count)]))


def objects(api: Api) -> dict[tuple[str, str], Object]:
    """What claims and sandboxes are, by the newer API: identity and what was asked for."""
    found = {}
    for plural, group in PLURALS.items():
        for item in api.ok("GET", f"{group}/v1beta1/{plural}")["items"]:
            spec = {
                name: value
                for name, value in item["spec"].items()
                if name in ("warmPoolRef", "operatingMode", "podTemplate")
            }
            found[plural, item["metadata"]["name"]] = {"uid": item["metadata"]["uid"], "spec": spec}
    return found


def stored_versions(api: Api) -> set[str]:
    """All versions in which agent-sandbox's objects may be stored."""
    return {version for crd in api.ok("GET", CRDS)["items"] for version in crd["status"]["storedVersions"]}


def kill_at_instants(bench: Bench, words: Sequence[object], check: Callable[[], None]) -> list[str]:
    """Starts the install anew for each line that it may get to, and kills it there; the last lines it said."""
    said = []
    for line in range(1, KILLS + 1):
        process = bench.start(*words)
        assert process.stderr
        last = [process.stderr.readline() for _ in range(line)][-1]
        bench.kill(process)
        said.append(last.strip())
        check()
    return said
