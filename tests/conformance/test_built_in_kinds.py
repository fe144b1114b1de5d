"""What the server does with objects of Kubernetes' own kinds."""

from __future__ import annotations

import pytest
from support.api import Answer, Api, Object
from support.waiting import until

CONTAINER = {"name": "main", "image": "registry.k8s.io/pause:3.10"}


def path(namespace: str, plural: str, name: str = "", group: str = "/api/v1") -> str:
    return f"{group}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")


def create_pod(api: Api, namespace: str, name: str, **spec: object) -> Answer:
    """A POST of a pod. On a cluster the namespace's account comes first, a moment after the namespace."""
    pod = {"metadata": {"name": name}, "spec": {"containers": [CONTAINER], **spec}}
    answer = Answer(0, {})

    def answered() -> bool:
        nonlocal answer
        answer = api.request("POST", path(namespace, "pods"), pod)
        return "serviceaccount" not in str(answer.body.get("message"))

    until(answered, 30, "the account of the namespace")
    return answer


def test_kind_and_version_are_those_of_the_path(api: Api, namespace: str) -> None:
    maps = path(namespace, "configmaps")
    made = api.ok("POST", maps, {"metadata": {"name": "short"}, "data": {"a": "1"}})
    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")
    assert api.ok("PUT", f"{maps}/short", {"metadata": {"name": "short"}, "data": {"a": "2"}})["data"] == {"a": "2"}
    deployments = path(namespace, "deployments", group="/apis/apps/v1")
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [CONTAINER]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    made = api.ok("POST", deployments, {"metadata": {"name": "short"}, "spec": spec})
    assert (made["apiVersion"], made["kind"]) == ("apps/v1", "Deployment")
    wrong = api.request("POST", maps, {"kind": "Secret", "metadata": {"name": "wrong"}})
    assert (wrong.status, wrong.reason) == (400, "BadRequest")


def test_a_pod_gets_its_defaults(api: Api, namespace: str) -> None:
    probe = {"httpGet": {"port": 80}}
    container = {**CONTAINER, "ports": [{"containerPort": 80}], "livenessProbe": probe}
    answer = create_pod(api, namespace, "plain", containers=[container], volumes=[{"name": "v"}])
    assert answer.status == 201, answer
    spec = answer.body["spec"]
    assert answer.body["status"]["phase"] == "Pending"
    assert (spec["restartPolicy"], spec["dnsPolicy"], spec["schedulerName"]) == (
        "Always",
        "ClusterFirst",
        "default-scheduler",
    )
    assert (spec["securityContext"], spec["terminationGracePeriodSeconds"], spec["enableServiceLinks"]) == (
        {},
        30,
        True,
    )
    [made] = spec["containers"]
    assert (made["imagePullPolicy"], made["terminationMessagePolicy"]) == ("IfNotPresent", "File")
    assert (made["terminationMessagePath"], made["resources"]) == ("/dev/termination-log", {})
    assert made["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert made["livenessProbe"] == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert next(volume for volume in spec["volumes"] if volume["name"] == "v") == {"name": "v", "emptyDir": {}}


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": []}, "spec.containers"),
        ({"containers": [{"name": "main"}]}, "spec.containers[0].image"),
        ({"containers": [{**CONTAINER, "name": "A_B"}]}, "spec.containers[0].name"),
    ],
)
def test_a_pod_that_could_not_run(api: Api, namespace: str, spec: Object, field: str) -> None:
    answer = create_pod(api, namespace, "wrong", **spec)
    assert (answer.status, answer.reason) == (422, "Invalid")
    assert field in [cause["field"] for cause in answer.body["details"]["causes"]]


def test_times_of_microseconds_have_six_digits(api: Api, namespace: str) -> None:
    leases = path(namespace, "leases", group="/apis/coordination.k8s.io/v1")

    def create(name: str, renewed: str) -> Answer:
        return api.request("POST", leases, {"metadata": {"name": name}, "spec": {"renewTime": renewed}})

    for renewed in ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z", "soon"):
        refused = create("wrong", renewed)
        assert (refused.status, refused.reason) == (400, "BadRequest")
    made = create("right", "2026-01-02T03:04:05.000000+00:00")
    assert made.status == 201 and made.body["spec"]["renewTime"] == "2026-01-02T03:04:05.000000Z"


def test_exec_into_a_container_that_is_not_there(api: Api, namespace: str) -> None:
    assert create_pod(api, namespace, "one").status == 201
    answer = api.request("GET", path(namespace, "pods", "one") + "/exec?command=true&stdout=true&container=other")
    assert answer.status == 400 and answer.body["message"] == "container other is not valid for pod one"


def test_a_quota_of_objects(api: Api, namespace: str) -> None:
    hard = {"count/configmaps": "2", "services": "1", "count/secrets": "0"}
    api.ok("POST", path(namespace, "resourcequotas"), {"metadata": {"name": "few"}, "spec": {"hard": hard}})

    def holds() -> bool:
        answer = api.request("POST", path(namespace, "secrets"), {"metadata": {"generateName": "none-"}})
        return answer.status == 403

    # A cluster's controller counts what there is before the quota holds.
    until(holds, 30, "the quota")
    maps = path(namespace, "configmaps")
    answers = [api.request("POST", maps, {"metadata": {"name": f"map-{at}"}}) for at in range(3)]
    refused = next(answer for answer in answers if answer.status != 201)
    # A cluster puts a ConfigMap of its own into each namespace.
    assert (refused.status, refused.reason) == (403, "Forbidden"), answers
    assert "exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=2" in refused.body["message"]
    assert "limited: count/configmaps=2" in refused.body["message"]
    service = {"spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
    assert api.request("POST", path(namespace, "services"), {"metadata": {"name": "a"}, **service}).status == 201
    assert api.request("POST", path(namespace, "services"), {"metadata": {"name": "b"}, **service}).status == 403
    api.ok("DELETE", path(namespace, "services", "a"))

    def has_room() -> bool:
        return api.request("POST", path(namespace, "services"), {"metadata": {"name": "b"}, **service}).status == 201

    until(has_room, 30, "room for another Service")


@pytest.mark.parametrize(
    ("group", "plural", "kind"),
    [
        ("apps/v1", "statefulsets", "StatefulSet"),
        ("apps/v1", "replicasets", "ReplicaSet"),
        ("apps/v1", "controllerrevisions", "ControllerRevision"),
        ("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
        ("batch/v1", "cronjobs", "CronJob"),
        ("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
        ("networking.k8s.io/v1", "ingresses", "Ingress"),
        ("storage.k8s.io/v1", "storageclasses", "StorageClass"),
        ("storage.k8s.io/v1", "csinodes", "CSINode"),
        ("v1", "persistentvolumes", "PersistentVolume"),
        ("v1", "podtemplates", "PodTemplate"),
    ],
)
def test_kinds_that_clients_look_for(api: Api, group: str, plural: str, kind: str) -> None:
    root = "/api/v1" if group == "v1" else f"/apis/{group}"
    listed = api.ok("GET", f"{root}/{plural}?limit=1")
    assert (listed["kind"], listed["apiVersion"]) == (f"{kind}List", group)
    names = {resource["name"]: resource["kind"] for resource in api.ok("GET", root)["resources"]}
    assert names[plural] == kind


def test_an_eviction_respects_budgets(api: Api, namespace: str) -> None:
    assert create_pod(api, namespace, "one", terminationGracePeriodSeconds=0).status == 201
    discovered = {resource["name"]: resource for resource in api.ok("GET", "/api/v1")["resources"]}
    assert discovered["pods/eviction"]["kind"] == "Eviction" and discovered["pods/eviction"]["group"] == "policy"
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "one", "namespace": namespace}}
    where = path(namespace, "pods", "one")
    dry = api.request("POST", f"{where}/eviction", {**eviction, "deleteOptions": {"dryRun": ["All"]}})
    assert (dry.status, dry.body["status"]) == (201, "Success")
    assert api.request("GET", where).status == 200
    other = api.request("POST", f"{where}/eviction", {**eviction, "metadata": {"name": "two"}})
    assert other.status == 400
    done = api.request("POST", f"{where}/eviction", eviction)
    assert (done.status, done.body["status"]) == (201, "Success")
    api.until_gone(where)


def test_protobuf_alone(api: Api, namespace: str) -> None:
    def ask(where: str, method: str = "GET", body: str | None = None) -> tuple[int, str, bytes]:
        connection = api.connect()
        accept = {"Accept": "application/vnd.kubernetes.protobuf", "Content-Type": "application/json"}
        connection.request(method, where, body, headers={**api.headers, **accept})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, str(answer.getheader("Content-Type")), content

    protobuf = "application/vnd.kubernetes.protobuf"
    status, kind, content = ask(f"/api/v1/namespaces/{namespace}")
    assert (status, kind) == (200, protobuf) and content.startswith(b"k8s\0") and namespace.encode() in content
    api.ok("POST", path(namespace, "configmaps"), {"metadata": {"name": "here"}})
    status, kind, content = ask(path(namespace, "configmaps"))
    assert (status, kind) == (200, protobuf) and b"ConfigMapList" in content
    status, kind, content = ask(path(namespace, "configmaps", "nobody"))
    assert (status, kind) == (404, protobuf) and b'configmaps "nobody" not found' in content
    # Custom resources have no protobuf form: nothing is created either.
    definitions = "/apis/extensions.agents.x-k8s.io/v1beta1"
    claims = path(namespace, "sandboxclaims", group=definitions)
    claim = '{"apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxClaim", "metadata": {"name": "a"},'
    assert ask(claims, "POST", claim + '"spec": {"warmPoolRef": {"name": "p"}}}')[0] == 406
    assert ask(claims)[0] == 406
    assert api.ok("GET", claims)["items"] == []
    status, kind, content = ask(path(namespace, "configmaps") + "?watch=true&timeoutSeconds=1&resourceVersion=0")
    assert (status, kind) == (200, f"{protobuf};stream=watch")
    events = events_of(content)
    assert events
    for event in events:
        assert b"k8s\0" in event and b"ConfigMap" in event


def events_of(stream: bytes) -> list[bytes]:
    """The messages of a protobuf watch: four bytes of length before each."""
    events = []
    while stream:
        length = int.from_bytes(stream[:4], "big")
        assert len(stream) >= 4 + length
        events.append(stream[4 : 4 + length])
        stream = stream[4 + length :]
    return events
