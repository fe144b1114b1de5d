"""Accounts with a part of the rights: what each may do, and how the rest is refused."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.api import CLAIMS, Api, Object
from support.bench import Bench, Finished, run_id
from support.simulator import Served, serving
from support.validity import ONE_PAUSE_HITS_ALL

DATA = Path(__file__).resolve().parents[2] / "data"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"
ACCOUNT = "runner"
USER = f"system:serviceaccount:default:{ACCOUNT}"
# Claims as the published Role allows: exec'd into, a file sent and read, suspended, resumed, followed until their
# sandboxes are gone.
FILE = "{kind: write_file, path: a, size: 1KB}, {kind: read_file, path: a}"
STEPS = f"workload.steps=[{{kind: exec, command: echo 1}}, {FILE}, {{kind: suspend}}, {{kind: resume}}]"
SETTINGS = ("--set", STEPS, "--set", "workload.via=api_server", "--set", "workload.capacity_back=true")
RUN = ("--rate", "50", "--total", "5", *SETTINGS, *ONE_PAUSE_HITS_ALL)


def published(name: str) -> Object:
    """A role as the project publishes it."""
    role: Object = yaml.safe_load((DATA / name).read_text())
    return role


@dataclass
class Site:
    """A simulator, and an account there that holds nothing until it is granted."""

    bench: Bench
    served: Served

    @property
    def admin(self) -> Api:
        """The server as its administrator sees it."""
        return self.served.api

    def token(self, **spec: Any) -> str:
        """A fresh token of the account."""
        path = f"/api/v1/namespaces/default/serviceaccounts/{ACCOUNT}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str(self.admin.ok("POST", path, body)["status"]["token"])

    def as_account(self, token: str | None = None) -> Api:
        """The server as the account sees it."""
        return Api(self.admin.server, {"Authorization": f"Bearer {token or self.token()}"}, self.admin.tls)

    def grant(self, role: Object) -> None:
        """Creates a Role or ClusterRole and binds it to the account; what it granted before is gone."""
        kind, name = role["kind"], role["metadata"]["name"]
        home = f"{RBAC}/namespaces/default" if kind == "Role" else RBAC
        plural = f"{kind.lower()}s"
        for path in (f"{home}/{kind.lower()}bindings/{name}", f"{home}/{plural}/{name}"):
            self.admin.request("DELETE", path)
        self.admin.ok("POST", f"{home}/{plural}", role)
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": f"{kind}Binding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "default"}],
        }
        self.admin.ok("POST", f"{home}/{kind.lower()}bindings", binding)

    def run(self, command: str, *options: object) -> Finished:
        """A command as the account."""
        path = self.bench.folder / "account.kubeconfig"
        document = yaml.safe_load(self.served.kubeconfig.read_text())
        document["users"][0]["user"] = {"token": self.token()}
        path.write_text(yaml.safe_dump(document))
        return self.bench(command, "--kubeconfig", path, *options)


@pytest.fixture
def site(bench: Bench) -> Iterator[Site]:
    """A simulator over TLS, where every client must say who it is."""
    with serving(bench, {"simulator.tls": True}) as served:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}}
        served.api.ok("POST", "/api/v1/namespaces/default/serviceaccounts", account)
        yield Site(bench, served)


def test_the_published_role_is_enough_for_a_run(site: Site) -> None:
    site.grant(published("role-run.yaml"))
    done = site.run("run", *RUN)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == 5
    assert all(claim["first_exec_ns"] and claim["capacity_back_ns"] for claim in done.claims)
    assert [step["ok"] for step in done.summary["steps"]] == [5] * 5


REQUESTS = {"create": "POST", "delete": "DELETE", "get": "GET", "list": "GET", "patch": "PATCH", "watch": "GET"}


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        *((verb, "sandboxclaims") for verb in ("create", "get", "list", "watch", "delete")),
        ("get", "sandboxwarmpools"),
        ("get", "sandboxtemplates"),
        *((verb, "sandboxes") for verb in ("get", "list", "watch", "patch")),
        ("get", "pods/exec"),
        ("get", "pods/proxy"),
        ("create", "pods/proxy"),
    ],
)
def test_with_one_verb_less_the_run_and_the_403_name_it(site: Site, verb: str, resource: str) -> None:
    lesser = copy.deepcopy(published("role-run.yaml"))
    rules = lesser["rules"]
    [rule] = [rule for rule in rules if resource in rule["resources"]]
    rest = [other for other in rule["resources"] if other != resource]
    rules += [{**rule, "resources": [resource], "verbs": [it for it in rule["verbs"] if it != verb]}]
    rule["resources"] = rest
    lesser["rules"] = [rule for rule in rules if rule["resources"] and rule["verbs"]]
    site.grant(lesser)
    done = site.run("run", *RUN)
    # The pool and its template are read before anything is checked: what refuses those ends the run.
    if resource in ("sandboxwarmpools", "sandboxtemplates"):
        assert done.code == 1 and re.search(rf': 403 .* cannot {verb} resource "{resource}"', done.stderr), done.stderr
    else:
        assert done.code == 6 and f"this account may not {verb} {resource}" in done.stderr, done.stderr
    blocked = site.run("preflight", *RUN)
    assert blocked.code == 6 and blocked.stdout.count("this account may not") == 1
    assert f"this account may not {verb} {resource}" in blocked.stdout
    group = rule["apiGroups"][0]
    home = f"/apis/{group}/v1beta1" if group else "/api/v1"
    plural, _, subresource = resource.partition("/")
    name = "/x" if verb in ("get", "delete", "patch") or subresource else "?watch=1" if verb == "watch" else ""
    path = f"{home}/namespaces/default/{plural}{name}" + (f"/{subresource}" if subresource else "")
    refused = site.as_account().request(REQUESTS[verb], path)
    assert (refused.status, refused.reason) == (403, "Forbidden")
    message = f'User "{USER}" cannot {verb} resource "{resource}" in API group "{group}" in the namespace "default"'
    assert message in refused.body["message"]


@pytest.mark.parametrize(("name", "resource"), [("sandbox", "sandboxes"), ("pod", "pods")])
def test_bare_objects_need_the_role_of_objects(site: Site, name: str, resource: str) -> None:
    load = ("--rate", "50", "--total", "5", "--set", f"load.object={name}", *ONE_PAUSE_HITS_ALL)
    site.grant(published("role-run.yaml"))
    blocked = site.run("run", *load)
    assert blocked.code == 6 and f"this account may not create {resource}" in blocked.stderr, blocked.stderr
    assert "data/role-objects.yaml" in blocked.stderr and "sandboxclaims" not in blocked.stderr
    site.grant(published("role-objects.yaml"))
    done = site.run("run", *load)
    assert done.code == 0 and done.summary["outcomes"]["ready"] == 5, done.stderr
    cleaned = site.run("cleanup", "--run-id", run_id(done.out), "--namespace", "default")
    assert cleaned.code == 0, cleaned.stderr


def test_a_sweep_needs_the_role_of_sweeps(site: Site, tmp_path: Path) -> None:
    grid = ("--set", "load.rate=20,40", "--duration", "500ms", *ONE_PAUSE_HITS_ALL)
    site.grant(published("role-run.yaml"))
    refused = site.run("sweep", *grid, "--out", tmp_path / "out")
    assert refused.code == 1 and "cannot patch resource" in refused.stderr, refused.stderr
    site.grant(published("role-sweep.yaml"))
    done = site.run("sweep", *grid, "--out", tmp_path / "out")
    assert done.code == 0, done.stderr


def test_a_run_that_insists_counts_its_403s(site: Site) -> None:
    lesser = published("role-run.yaml")
    lesser["rules"][0]["verbs"].remove("create")
    site.grant(lesser)
    done = site.run("run", *RUN, "--force")
    assert done.summary["reasons"] == {"failed.http_403": 5}, done.stderr


def test_preflight_says_nothing_where_nothing_lacks(site: Site) -> None:
    site.grant(published("role-run.yaml"))
    site.grant(published("role-preflight.yaml"))
    done = site.run("preflight", "--rate", "5", "--total", "5", "--exec", "true")
    assert done.code == 0, done.stdout
    assert "not checked" not in done.stdout


def test_preflight_names_what_it_may_not_look_at(site: Site) -> None:
    site.grant(published("role-run.yaml"))
    done = site.run("preflight", "--rate", "5", "--total", "5")
    assert done.code == 0, done.stdout
    # Nodes and Pods are asked for at once: whichever is refused first is named.
    assert f'User "{USER}" cannot list resource ' in done.stdout
    assert 'in API group "" at the cluster scope' in done.stdout


def test_an_account_without_a_role_may_look_around_and_no_more(site: Site) -> None:
    api = site.as_account()
    for path in ("/version", "/api", "/apis", "/openapi/v2", "/apis/extensions.agents.x-k8s.io/v1beta1"):
        assert api.request("GET", path).status == 200, path
    answer = api.request("POST", CLAIMS, {})
    assert (answer.status, answer.reason) == (403, "Forbidden")
    assert answer.body["message"] == (
        f'sandboxclaims.extensions.agents.x-k8s.io is forbidden: User "{USER}" cannot create resource '
        '"sandboxclaims" in API group "extensions.agents.x-k8s.io" in the namespace "default"'
    )
    assert answer.body["details"] == {"group": "extensions.agents.x-k8s.io", "kind": "sandboxclaims"}
    # What is not served is not told apart from what is.
    assert api.request("GET", "/api/v1/nothings").status == 403
    assert api.request("GET", "/metrics").body["message"] == f'forbidden: User "{USER}" cannot get path "/metrics"'


def test_a_binding_without_its_role_is_named(site: Site) -> None:
    role = published("role-run.yaml")
    site.grant(role)
    site.admin.ok("DELETE", f"{RBAC}/namespaces/default/roles/{role['metadata']['name']}")
    message = site.as_account().request("GET", CLAIMS).body["message"]
    assert message.endswith(f': RBAC: role.rbac.authorization.k8s.io "{role["metadata"]["name"]}" not found')


def role(rules: list[Object], name: str = "some", kind: str = "Role") -> Object:
    """A role of these rules."""
    return {"apiVersion": RBAC.removeprefix("/apis/"), "kind": kind, "metadata": {"name": name}, "rules": rules}


def test_a_right_ends_with_its_binding(site: Site) -> None:
    site.grant(role([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]))
    api, path = site.as_account(), "/api/v1/namespaces/default/configmaps"
    assert api.request("GET", path).status == 200
    assert api.request("GET", "/api/v1/configmaps").status == 403
    assert api.request("GET", "/api/v1/namespaces/kube-system/configmaps").status == 403
    site.admin.ok("DELETE", f"{RBAC}/namespaces/default/rolebindings/some")
    assert api.request("GET", path).status == 403


def test_names_and_subresources(site: Site) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"], "verbs": ["*"]},
        {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["get", "patch"]},
    ]
    site.grant(role(rules))
    path = "/api/v1/namespaces/default/configmaps"
    for name in ("mine", "other"):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        site.admin.ok("POST", path, body)
    api = site.as_account()
    assert api.request("GET", f"{path}/mine").status == 200
    assert api.request("GET", f"{path}?fieldSelector=metadata.name%3Dmine").status == 200
    assert api.request("GET", f"{path}/other").status == 403
    pool = CLAIMS.replace("sandboxclaims", "sandboxwarmpools/agent-sandbox")
    assert api.patch("merge", f"{pool}/scale", {"spec": {"replicas": 5}}).status == 200
    assert api.request("GET", pool).status == 403


def test_roles_are_aggregated(site: Site) -> None:
    whole = role([], "whole", "ClusterRole")
    whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"part": "of-whole"}}]}
    site.grant(whole)
    assert site.as_account().request("GET", "/api/v1/nodes").status == 403
    part = role([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}], "part", "ClusterRole")
    part["metadata"]["labels"] = {"part": "of-whole"}
    site.admin.ok("POST", f"{RBAC}/clusterroles", part)
    assert site.as_account().request("GET", "/api/v1/nodes").status == 200


def test_nobody_grants_what_he_does_not_hold(site: Site) -> None:
    roles = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["create"]}
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    site.grant(role([roles, pods]))
    api, path = site.as_account(), f"{RBAC}/namespaces/default"
    assert api.request("POST", f"{path}/roles", role([pods], "same")).status == 201
    more = api.request("POST", f"{path}/roles", role([{**pods, "verbs": ["get", "delete"]}], "more"))
    assert (more.status, more.reason) == (403, "Forbidden")
    assert "is attempting to grant RBAC permissions not currently held:\n" in more.body["message"]
    site.admin.ok("POST", f"{path}/roles", role([{**pods, "verbs": ["*"]}], "mighty"))
    binding = {
        "apiVersion": RBAC.removeprefix("/apis/"),
        "kind": "RoleBinding",
        "metadata": {"name": "mighty"},
        "roleRef": {"kind": "Role", "name": "mighty"},
        "subjects": [],
    }
    assert api.request("POST", f"{path}/rolebindings", binding).status == 403
    site.grant(role([{**roles, "verbs": ["create", "bind", "escalate"]}]))
    assert api.request("POST", f"{path}/rolebindings", binding).status == 201
    assert api.request("POST", f"{path}/roles", role([{**pods, "verbs": ["*"]}], "more")).status == 201


def allowed(api: Api, kind: str = "SelfSubjectAccessReview", place: str = "", **spec: Any) -> Object:
    """The status of a review."""
    body = {"apiVersion": REVIEWS.removeprefix("/apis/"), "kind": kind, "spec": spec}
    status: Object = api.ok("POST", f"{REVIEWS}{place}/{kind.lower()}s", body)["status"]
    return status


def test_reviews_answer_by_the_same_rules(site: Site) -> None:
    site.grant(published("role-run.yaml"))
    api = site.as_account()
    create = {"verb": "create", "group": "extensions.agents.x-k8s.io", "resource": "sandboxclaims"}
    here = allowed(api, resourceAttributes={**create, "namespace": "default"})
    assert here == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "agent-sandbox-bench-run/default" of Role "agent-sandbox-bench-run" '
        f'to ServiceAccount "{ACCOUNT}/default"',
    }
    for what in ({**create, "namespace": "kube-system"}, create, {**create, "namespace": "default", "verb": "patch"}):
        assert allowed(api, resourceAttributes=what) == {"allowed": False}
    exec_ = {"namespace": "default", "verb": "create", "resource": "pods", "subresource": "exec"}
    assert allowed(api, resourceAttributes=exec_)["allowed"]
    assert allowed(api, nonResourceAttributes={"verb": "get", "path": "/version"})["allowed"]
    assert not allowed(api, nonResourceAttributes={"verb": "get", "path": "/metrics"})["allowed"]
    assert allowed(site.admin, resourceAttributes={"verb": "*", "group": "*", "resource": "*"})["allowed"]
    # About others one may not ask, unless one is allowed to.
    about: Object = {"user": USER, "resourceAttributes": {**create, "namespace": "default"}}
    assert api.request("POST", f"{REVIEWS}/subjectaccessreviews", {"spec": about}).status == 403
    assert allowed(site.admin, "SubjectAccessReview", **about)["allowed"]
    assert not allowed(site.admin, "SubjectAccessReview", **{**about, "user": "somebody"})["allowed"]
    assert allowed(site.admin, "LocalSubjectAccessReview", "/namespaces/default", **about)["allowed"]
    assert site.admin.request("GET", f"{REVIEWS}/subjectaccessreviews").status == 405
    assert site.admin.request("POST", f"{REVIEWS}/selfsubjectaccessreviews", {"spec": {}}).status == 400


def test_a_rules_review_lists_what_holds_here(site: Site) -> None:
    site.grant(role([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]))
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    here = allowed(site.as_account(), "SelfSubjectRulesReview", namespace="default")
    assert rule in here["resourceRules"] and not here["incomplete"]
    assert any("/version" in urls["nonResourceURLs"] for urls in here["nonResourceRules"])
    assert rule not in allowed(site.as_account(), "SelfSubjectRulesReview", namespace="other")["resourceRules"]


def test_tokens(site: Site) -> None:
    def is_known(token: str) -> bool:
        return {200: True, 401: False}[site.as_account(token).request("GET", "/version").status]

    token = site.token(expirationSeconds=600)
    assert is_known(token)
    assert not is_known(site.token(audiences=["somebody-else"]))
    head, body, signature = token.split(".")
    forged = body[:10] + ("A" if body[10] != "A" else "B") + body[11:]
    for wrong in (f"{head}.{forged}.{signature}", f"{head}.{body}.", f"{head}.{body}", ".", "..", "\u00e9"):
        assert not is_known(wrong)
    path = "/api/v1/namespaces/default/serviceaccounts"
    short = site.admin.request("POST", f"{path}/{ACCOUNT}/token", {"spec": {"expirationSeconds": 5}})
    assert (short.status, short.reason) == (422, "Invalid")
    assert site.admin.request("POST", f"{path}/nobody/token", {}).status == 404
    # A token goes with its account, even where another of that name comes.
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}}
    site.admin.ok("DELETE", f"{path}/{ACCOUNT}")
    site.admin.ok("POST", path, account)
    assert not is_known(token)


def test_a_secret_is_filled_with_a_token_that_goes_with_it(site: Site) -> None:
    path = "/api/v1/namespaces/default/secrets"
    metadata = {"name": "token", "annotations": {"kubernetes.io/service-account.name": ACCOUNT}}
    body = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": metadata}
    site.admin.ok("POST", path, body)
    secret = site.admin.until(f"{path}/token", lambda secret: "token" in secret.get("data", {}), 10)
    api = site.as_account(base64.b64decode(secret["data"]["token"]).decode())
    who = api.ok("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})["status"]["userInfo"]
    assert who["username"] == USER
    assert set(who["groups"]) == {
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
    }
    site.admin.ok("DELETE", f"{path}/token")
    assert api.request("GET", "/version").status == 401


def test_impersonation(site: Site) -> None:
    site.grant(role([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}], "nodes", "ClusterRole"))

    def as_other(api: Api, **headers: str) -> Api:
        more = {f"Impersonate-{name}": value for name, value in headers.items()}
        return Api(api.server, {**api.headers, **more}, api.tls)

    assert as_other(site.admin, User=USER).request("GET", "/api/v1/nodes").status == 200
    assert as_other(site.admin, User="alice").request("GET", "/api/v1/nodes").status == 403
    assert as_other(site.admin, User="alice", Group="system:masters").request("GET", "/api/v1/nodes").status == 200
    refused = as_other(site.as_account(), User="alice").request("GET", "/api/v1/nodes")
    assert refused.status == 403
    assert f'User "{USER}" cannot impersonate resource "users"' in refused.body["message"]
