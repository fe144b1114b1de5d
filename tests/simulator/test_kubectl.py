"""kubectl as it is, without a flag for the simulator: each command, and what it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bench import Bench
from support.kubectl import WITHOUT_KUBECTL, Kubectl
from support.simulator import serving

pytestmark = WITHOUT_KUBECTL

ROLE = Path(__file__).resolve().parents[2] / "data" / "role-run.yaml"
CLAIM = """
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxClaim
metadata: {name: NAME, labels: {test: kubectl}}
spec: {warmPoolRef: {name: agent-sandbox}}
"""
SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red}
"""
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
"""


def claim(kubectl: Kubectl, name: str) -> None:
    """A claim that is Ready when this returns."""
    kubectl("apply", "-f", "-", stdin=CLAIM.replace("NAME", name))
    kubectl("wait", "--for=condition=Ready", f"sandboxclaim/{name}", "--timeout=20s")


def lines(table: str) -> list[list[str]]:
    """The cells of a table that kubectl prints; two blanks or more part them."""
    return [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()]


@pytest.fixture(scope="module")
def default(module_bench: Bench) -> Iterator[Kubectl]:
    """The namespace with the pool of 100."""
    with serving(module_bench, {"simulator.tls": True, "simulator.release": "v0.5"}) as served:
        yield Kubectl(served.kubeconfig)


@pytest.fixture
def kubectl(default: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """An empty namespace."""
    name = request.node.name.replace("_", "-").split("[")[0][:63]
    assert default("create", "namespace", name) == f"namespace/{name} created\n"
    yield Kubectl(default.kubeconfig, name)
    default("delete", "namespace", name, "--wait=false")


def test_get(default: Kubectl) -> None:
    claim(default, "got")
    head, row = lines(default("get", "sandboxclaims", "got"))
    assert head == ["NAME", "READY", "SANDBOX", "AGE"]
    assert row[:2] == ["got", "True"] and row[2].startswith("agent-sandbox-")
    head, row = lines(default("get", "pod", row[2]))
    assert head == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert row[1:4] == ["1/1", "Running", "0"]
    head, row = lines(default("get", "pod", row[0], "-o", "wide"))
    assert head == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE"]
    assert row[5].startswith("10.") and row[6].startswith("node-")
    written = yaml.safe_load(default("get", "sandboxclaim", "got", "-o", "yaml"))
    assert written["kind"] == "SandboxClaim" and written["spec"]["warmPoolRef"]["name"] == "agent-sandbox"
    path = '{.status.conditions[?(@.type=="Ready")].status}'
    assert default("get", "sandboxclaim", "got", "-o", f"jsonpath={path}") == "True"
    assert default("get", "swp", "-o", "name") == "sandboxwarmpool.extensions.agents.x-k8s.io/agent-sandbox\n"
    columns = "custom-columns=NAME:.metadata.name,POOL:.spec.warmPoolRef.name"
    assert lines(default("get", "sandboxclaims", "got", "-o", columns)) == [["NAME", "POOL"], ["got", "agent-sandbox"]]
    assert default("get", "sandboxclaims", "-l", "test=kubectl", "-o", "name").endswith("/got\n")
    assert default("get", "sandboxclaims", "--field-selector", "metadata.name=other", "-o", "name") == ""
    sorted_names = default("get", "sandboxes", "--sort-by", ".metadata.name", "-o", "name").split()
    assert sorted_names == sorted(sorted_names) and len(sorted_names) >= 100
    assert "pod/agent-sandbox-" in default("get", "all")
    old = yaml.safe_load(default("get", "sandboxclaims.v1alpha1.extensions.agents.x-k8s.io", "got", "-o", "yaml"))
    assert old["spec"]["sandboxTemplateRef"] == {"name": "agent-sandbox"}
    default("delete", "sandboxclaim", "got", "--wait")


def test_get_watches(kubectl: Kubectl) -> None:
    labelled = SETTINGS.replace("name: settings", "name: NAME, labels: {seen: 'yes'}")
    kubectl("apply", "-f", "-", stdin=labelled.replace("NAME", "first"))
    with kubectl.started("get", "configmaps", "--watch", "-l", "seen=yes", "-o", "name") as watch:
        try:
            assert watch.stdout and watch.stdout.readline() == "configmap/first\n"
            kubectl("apply", "-f", "-", stdin=labelled.replace("NAME", "second"))
            assert watch.stdout.readline() == "configmap/second\n"
            kubectl("label", "configmap", "first", "seen-")
            assert watch.stdout.readline() == "configmap/first\n"
        finally:
            watch.terminate()


def test_what_is_not_there(default: Kubectl) -> None:
    assert 'pods "nobody" not found' in default.fails("get", "pod", "nobody")
    assert "doesn't have a resource type" in default.fails("get", "nothings")
    assert "could not find the requested resource" in default.fails("get", "--raw", "/nowhere")
    assert default("get", "pods", "-l", "no=one") == ""
    unknown = "{apiVersion: example.com/v1, kind: Nothing, metadata: {name: x}}"
    assert 'no matches for kind "Nothing"' in default.fails("apply", "-f", "-", stdin=unknown)


def test_describe(default: Kubectl) -> None:
    text = default("describe", "swp", "agent-sandbox")
    assert re.search(r"^Kind: +SandboxWarmPool$", text, re.M) and re.search(r"Ready Replicas: +\d+", text)
    name = default("get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
    text = default("describe", "pod", name)
    assert re.search(rf"^Controlled By: +Sandbox/{name}$", text, re.M)
    assert re.search(r"^Status: +Running$", text, re.M) and re.search(r"Ready +True", text)
    assert re.search(r"^ +pods: +250$", default("describe", "node", "node-0000"), re.M)
    assert "No resource quota." in default("describe", "namespace", "default")


def test_apply(kubectl: Kubectl) -> None:
    assert kubectl("apply", "-f", "-", stdin=SETTINGS) == "configmap/settings created\n"
    assert kubectl("apply", "-f", "-", stdin=SETTINGS) == "configmap/settings unchanged\n"
    blue = SETTINGS.replace("colour: red", "shape: round")
    assert kubectl("apply", "-f", "-", stdin=blue) == "configmap/settings configured\n"
    assert kubectl.json("get", "configmap", "settings")["data"] == {"shape": "round"}
    assert kubectl("apply", "-f", "-", "--dry-run=server", stdin=SETTINGS).endswith("(server dry run)\n")
    assert kubectl.json("get", "configmap", "settings")["data"] == {"shape": "round"}
    wrong = CLAIM.replace("NAME", "wrong").replace("warmPoolRef: {name: agent-sandbox}", "warmPoolRef: {}")
    assert "spec.warmPoolRef.name: Required value" in kubectl.fails("apply", "-f", "-", stdin=wrong)


def test_apply_server_side(kubectl: Kubectl) -> None:
    words = ("apply", "--server-side", "-f", "-")
    assert kubectl(*words, stdin=SETTINGS) == "configmap/settings serverside-applied\n"
    before = kubectl.json("get", "configmap", "settings")
    assert kubectl(*words, stdin=SETTINGS) == "configmap/settings serverside-applied\n"
    assert kubectl.json("get", "configmap", "settings") == before
    blue = SETTINGS.replace("red", "blue")
    refused = kubectl.fails(*words, "--field-manager=other", stdin=blue)
    assert 'conflict with "kubectl": .data.colour' in refused
    kubectl(*words, "--field-manager=other", "--force-conflicts", stdin=blue)
    after = kubectl.json("get", "configmap", "settings", "--show-managed-fields")
    owners = {entry["manager"]: entry["fieldsV1"] for entry in after["metadata"]["managedFields"]}
    assert "f:colour" in owners["other"]["f:data"] and "f:data" not in owners.get("kubectl", {})


def test_diff(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SETTINGS)
    assert kubectl("diff", "-f", "-", stdin=SETTINGS) == ""
    for words in (("diff",), ("diff", "--server-side")):
        differs = kubectl.run(*words, "-f", "-", stdin=SETTINGS.replace("red", "blue"))
        assert differs.returncode == 1, differs.stderr
        assert "-  colour: red" in differs.stdout and "+  colour: blue" in differs.stdout
    new = kubectl.run("diff", "-f", "-", stdin=CLAIM.replace("NAME", "new"))
    assert new.returncode == 1 and "+kind: SandboxClaim" in new.stdout
    assert kubectl("get", "sandboxclaims", "-o", "name") == ""


def test_patch_label_and_annotate(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SETTINGS)
    kubectl("apply", "-f", "-", stdin=WEB)
    patched = "configmap/settings patched\n"
    assert kubectl("patch", "configmap", "settings", "--type=merge", "-p", '{"data": {"colour": "blue"}}') == patched
    kubectl("patch", "configmap", "settings", "--type=json", "-p", '[{"op": "add", "path": "/data/n", "value": "1"}]')
    assert kubectl.json("get", "configmap", "settings")["data"] == {"colour": "blue", "n": "1"}
    # The default type: containers are merged by name.
    image = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "busybox"}]}}}}
    kubectl("patch", "deployment", "web", "-p", json.dumps(image))
    containers = kubectl.json("get", "deployment", "web")["spec"]["template"]["spec"]["containers"]
    assert {container["name"] for container in containers} == {"web", "side"}
    kubectl("set", "image", "deployment/web", "web=nginx:2")
    assert kubectl("label", "configmap", "settings", "a=b") == "configmap/settings labeled\n"
    assert "--overwrite is false" in kubectl.fails("label", "configmap", "settings", "a=c")
    kubectl("label", "configmap", "settings", "a-")
    assert kubectl("annotate", "configmap", "settings", "x=y") == "configmap/settings annotated\n"
    metadata = kubectl.json("get", "configmap", "settings")["metadata"]
    assert "labels" not in metadata and metadata["annotations"]["x"] == "y"


def test_events(default: Kubectl) -> None:
    claim(default, "told")
    head, row = lines(default("get", "events", "--field-selector", "involvedObject.name=told"))
    assert head == ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert row[1:4] == ["Normal", "SandboxAdopted", "sandboxclaim/told"]
    assert "Adopted warm pool Sandbox" in default("describe", "sandboxclaim", "told")
    assert "SandboxAdopted" in default("events", "--for", "sandboxclaim/told")
    # The controller can be told to say nothing, by the flag that it has.
    silent = {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--disable-claim-events"}
    controller = ("-n", "agent-sandbox-system", "deployment/agent-sandbox-controller")
    default("patch", *controller, "--type=json", "-p", json.dumps([silent]))
    default("rollout", "status", *controller, "--timeout=20s")
    claim(default, "silent")
    assert default("get", "events", "--field-selector", "involvedObject.name=silent") == ""
    back = {"op": "remove", "path": "/spec/template/spec/containers/0/args/2"}
    default("patch", *controller, "--type=json", "-p", json.dumps([back]))
    default("delete", "sandboxclaims", "told", "silent")


def test_scale(default: Kubectl) -> None:
    pool = "sandboxwarmpool.extensions.agents.x-k8s.io/agent-sandbox"
    assert default("scale", "swp", "agent-sandbox", "--replicas=103") == f"{pool} scaled\n"
    default("wait", "--for=jsonpath={.status.readyReplicas}=103", "swp/agent-sandbox", "--timeout=20s")
    assert "Expected replicas to be 5" in default.fails(
        "scale", "swp", "agent-sandbox", "--current-replicas=5", "--replicas=6"
    )
    default("apply", "-f", "-", stdin=WEB)
    default("scale", "deployment/web", "--replicas=3")
    assert "successfully rolled out" in default("rollout", "status", "deployment/web", "--timeout=20s")
    assert lines(default("get", "deployment", "web"))[1][:4] == ["web", "3/3", "3", "3"]
    default("delete", "deployment", "web")


def test_delete_and_wait(default: Kubectl) -> None:
    for name in ("gone-1", "gone-2"):
        claim(default, name)
    sandbox = default("get", "sandboxclaim", "gone-1", "-o", "jsonpath={.status.sandbox.name}")
    assert default("delete", "sandboxclaim", "gone-1", "--wait").endswith('"gone-1" deleted\n')
    assert "not found" in default.fails("get", "sandboxclaim", "gone-1")
    default("wait", "--for=delete", f"sandbox/{sandbox}", "--timeout=20s")
    default("delete", "sandboxclaim", "--all", "--cascade=foreground")
    assert default("get", "sandboxclaims", "-o", "name") == ""
    assert default("delete", "sandboxclaim", "gone-1", "--ignore-not-found") == ""
    assert default("delete", "swp", "agent-sandbox", "--dry-run=server").endswith("deleted (server dry run)\n")
    assert default("get", "swp", "-o", "name").endswith("/agent-sandbox\n")
    assert "timed out waiting" in default.fails("wait", "--for=delete", "swp/agent-sandbox", "--timeout=1s")


def test_logs_and_exec(default: Kubectl) -> None:
    name = default("get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
    log = default("logs", name)
    assert log == f"simulated container sandbox of pod default/{name}\n"
    assert default("logs", f"pod/{name}", "-c", "sandbox", "--tail=1") == log.splitlines(keepends=True)[-1]
    assert default("logs", name, "--tail=0") == ""
    assert re.match(r"\d{4}-\d\d-\d\dT", default("logs", name, "--timestamps"))
    assert "container other is not valid for pod" in default.fails("logs", name, "-c", "other")
    assert default("exec", name, "--", "echo", "hello", "there") == "hello there\n"
    assert default("exec", "-i", name, "-c", "sandbox", "--", "sh", "-c", "echo hi", stdin="in") == "hi\n"
    assert "not found" in default.fails("exec", "nobody", "--", "true")
    assert "container other is not valid for pod" in default.fails("exec", name, "-c", "other", "--", "true")


def test_logs_follow_until_the_pod_is_gone(kubectl: Kubectl) -> None:
    kubectl("run", "one", "--image=nginx")
    kubectl("wait", "--for=condition=Ready", "pod/one", "--timeout=20s")
    with kubectl.started("logs", "-f", "one") as log:
        assert log.stdout and "of pod" in log.stdout.readline()
        kubectl("delete", "pod", "one", "--force")
        assert log.stdout.read() == "" and log.wait(20) == 0


def test_debug(kubectl: Kubectl) -> None:
    kubectl("run", "one", "--image=nginx")
    kubectl("debug", "one", "--image=busybox", "--copy-to=two", "--attach=false", "--profile=general")
    assert len(kubectl.json("get", "pod", "two")["spec"]["containers"]) == 2
    words = ("debug", "one", "--image=busybox", "--attach=false", "--profile=general")
    assert "ephemeral containers are disabled" in kubectl.fails(*words)


def test_auth(default: Kubectl, kubectl: Kubectl) -> None:
    assert default("auth", "can-i", "create", "pods") == "yes\n"
    assert default("auth", "can-i", "*", "*", "--all-namespaces") == "yes\n"
    assert default.run("auth", "can-i", "create", "pods", "--as", "alice").stdout == "no\n"
    assert "kubernetes-admin" in default("auth", "whoami")
    kubectl("apply", "-f", ROLE)
    binding = ("create", "rolebinding", "run", "--role", "agent-sandbox-bench-run", "--user", "alice")
    assert kubectl(*binding) == "rolebinding.rbac.authorization.k8s.io/run created\n"
    as_alice = ("--as", "alice")
    assert kubectl("auth", "can-i", "create", "sandboxclaims", *as_alice) == "yes\n"
    assert kubectl("auth", "can-i", "get", "pods", "--subresource=exec", *as_alice) == "yes\n"
    assert kubectl.run("auth", "can-i", "patch", "sandboxclaims", *as_alice).stdout == "no\n"
    listed = lines(kubectl("auth", "can-i", "--list", *as_alice))
    verbs = {row[0]: row[-1] for row in listed}
    assert verbs["sandboxclaims.extensions.agents.x-k8s.io"] == "[create get list watch delete]"
    claim = CLAIM.replace("NAME", "hers")
    assert kubectl("create", "-f", "-", *as_alice, stdin=claim).endswith("/hers created\n")
    refused = kubectl.fails("label", "sandboxclaim", "hers", "a=b", *as_alice)
    assert 'User "alice" cannot patch resource "sandboxclaims" in API group "extensions.agents.x-k8s.io"' in refused


def test_a_token_of_an_account(default: Kubectl, kubectl: Kubectl) -> None:
    assert kubectl("create", "serviceaccount", "robot") == "serviceaccount/robot created\n"
    token = kubectl("create", "token", "robot", "--duration=20m").strip()
    document = yaml.safe_load(default.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": token}
    path = default.home / "robot.kubeconfig"
    path.write_text(yaml.safe_dump(document))
    robot = Kubectl(path, kubectl.namespace)
    name = f"system:serviceaccount:{kubectl.namespace}:robot"
    assert name in robot("auth", "whoami")
    assert f'User "{name}" cannot list resource "pods"' in robot.fails("get", "pods")
    kubectl("create", "rolebinding", "view", "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:robot")
    assert robot("get", "pods") == ""
    assert "cannot list resource" in robot.fails("get", "pods", "--all-namespaces")


CREATED = {
    "clusterrole some --verb=get --resource=pods": "clusterrole.rbac.authorization.k8s.io/some",
    "clusterrolebinding some --clusterrole=some --group=all": "clusterrolebinding.rbac.authorization.k8s.io/some",
    "configmap some --from-literal=a=b": "configmap/some",
    "deployment some --image=nginx --replicas=2 -- sleep 1": "deployment.apps/some",
    "job some --image=nginx": "job.batch/some",
    "poddisruptionbudget some --selector=a=b --min-available=50%": "poddisruptionbudget.policy/some",
    "priorityclass some --value=10": "priorityclass.scheduling.k8s.io/some",
    "quota some --hard=pods=5,cpu=2": "resourcequota/some",
    "role some --verb=get,list --resource=pods --resource-name=a": "role.rbac.authorization.k8s.io/some",
    "secret generic some --from-literal=a=b": "secret/some",
    "service clusterip some --tcp=80:http": "service/some",
}


@pytest.mark.parametrize("what", CREATED)
def test_create(kubectl: Kubectl, what: str) -> None:
    """Most of these kubectl sends as protobuf: what it would write is what stands."""
    words = ("create", *what.split(" -- ")[0].split())
    command = ("--", *what.split(" -- ")[1].split()) if " -- " in what else ()
    client = json.loads(kubectl(*words, "--dry-run=client", "-o", "json", *command))
    assert kubectl(*words, *command) == f"{CREATED[what]} created\n"
    stored = kubectl.json("get", CREATED[what])
    for part, value in client.items():
        if part not in ("metadata", "status"):
            assert without_empty(stored[part]) == without_empty(value), part
    kubectl("delete", CREATED[what])


def without_empty(value: Any) -> Any:
    """Without nulls and empty structs, which the client's own JSON writes and a server may not."""
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: without_empty(item) for key, item in value.items()}
    return {key: item for key, item in inner.items() if item not in (None, {})}


def test_api_resources_and_explain(default: Kubectl) -> None:
    rows = {row[0]: row for row in lines(default("api-resources"))}
    assert rows["sandboxclaims"][-3:] == ["extensions.agents.x-k8s.io/v1beta1", "true", "SandboxClaim"]
    assert rows["pods"][1] == "po" and rows["roles"][-1] == "Role"
    assert "pods/exec" not in default("api-resources", "-o", "name")
    reviews = default("api-resources", "--verbs=create", "--api-group=authorization.k8s.io", "-o", "name").split()
    assert "selfsubjectaccessreviews.authorization.k8s.io" in reviews
    assert "extensions.agents.x-k8s.io/v1beta1" in default("api-versions").split()
    text = default("explain", "sandboxclaim.spec")
    assert re.search(r"^KIND: +SandboxClaim$", text, re.M) and re.search(r"warmPoolRef\s<Object> -required-", text)
    assert "does not exist" in default.fails("explain", "sandboxclaim.spec.nothing")
    assert re.search(r"^KIND: +Pod$", default("explain", "pods"), re.M)


def test_raw(default: Kubectl) -> None:
    document = json.loads(default("get", "--raw", "/openapi/v2"))
    assert document["swagger"] == "2.0"
    assert "io.x-k8s.agents.extensions.v1beta1.SandboxClaim" in document["definitions"]
    assert default("get", "--raw", "/readyz") == "ok"
    index = json.loads(default("get", "--raw", "/openapi/v3"))["paths"]
    group = json.loads(default("get", "--raw", index["apis/extensions.agents.x-k8s.io/v1beta1"]["serverRelativeURL"]))
    assert any(name.endswith("SandboxClaim") for name in group["components"]["schemas"])
    assert "Server Version: v1." in default("version")
    assert "is running at" in default("cluster-info")


def test_nodes_are_cordoned_and_drained(default: Kubectl) -> None:
    assert default("cordon", "node-0001") == "node/node-0001 cordoned\n"
    assert lines(default("get", "node", "node-0001"))[1][1] == "Ready,SchedulingDisabled"
    drained = default("drain", "node-0001", "--ignore-daemonsets", "--force")
    assert drained.endswith("node/node-0001 drained\n")
    assert default("uncordon", "node-0001") == "node/node-0001 uncordoned\n"
    assert default("taint", "node", "node-0001", "a=b:NoSchedule") == "node/node-0001 tainted\n"
    default("taint", "node", "node-0001", "a-")
