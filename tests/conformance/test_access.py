"""Accounts other than the administrator's: who they are, what they may do, and how the rest is refused."""

from __future__ import annotations

import pytest
from support.api import Api, Object
from support.stack import Stack
from support.waiting import until

RBAC = "rbac.authorization.k8s.io"
CLAIMS = "extensions.agents.x-k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1"


def as_user(api: Api, name: str) -> Api:
    """The server as somebody else sees it."""
    return Api(api.server, {**api.headers, "Impersonate-User": name}, api.tls)


def grant(api: Api, namespace: str, user: str, rules: list[Object]) -> None:
    """A Role `some`, bound to a user."""
    home = f"/apis/{RBAC}/v1/namespaces/{namespace}"
    head = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": "some"}}
    api.ok("POST", f"{home}/roles", {**head, "kind": "Role", "rules": rules})
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "some"}
    subject = {"apiGroup": RBAC, "kind": "User", "name": user}
    binding = {**head, "kind": "RoleBinding", "roleRef": reference, "subjects": [subject]}
    api.ok("POST", f"{home}/rolebindings", binding)


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("POST", "sandboxclaims", f'create resource "sandboxclaims" in API group "{CLAIMS}"'),
        ("GET", "sandboxclaims/one", f'get resource "sandboxclaims" in API group "{CLAIMS}"'),
        ("DELETE", "sandboxclaims", f'deletecollection resource "sandboxclaims" in API group "{CLAIMS}"'),
        ("GET", "pods?watch=true", 'watch resource "pods" in API group ""'),
        ("GET", "pods/one/log", 'get resource "pods/log" in API group ""'),
        ("PUT", "sandboxclaims/one/status", f'update resource "sandboxclaims/status" in API group "{CLAIMS}"'),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(api: Api, stack: Stack, method: str, path: str, asked: str) -> None:
    plural, _, rest = path.partition("/")
    plural, _, query = plural.partition("?")
    path = stack.path(plural) + (f"/{rest}" if rest else "") + (f"?{query}" if query else "")
    answer = as_user(api, "alice").request(method, path, {} if method in ("POST", "PUT") else None)
    assert (answer.status, answer.reason) == (403, "Forbidden")
    group = ".extensions.agents.x-k8s.io" if plural == "sandboxclaims" else ""
    name = f' "{rest.split("/")[0]}"' if rest else ""
    expected = f'{plural}{group}{name} is forbidden: User "alice" cannot {asked} in the namespace "{stack.namespace}"'
    assert answer.body["message"] == expected
    assert answer.body["details"]["kind"] == plural


def test_what_is_no_resource(api: Api) -> None:
    alice = as_user(api, "alice")
    assert alice.request("GET", "/version").status == 200
    answer = alice.request("GET", "/metrics")
    assert answer.status == 403
    assert answer.body["message"] == 'forbidden: User "alice" cannot get path "/metrics"'


def test_a_role_allows_what_it_names(api: Api, stack: Stack) -> None:
    rule = {"apiGroups": ["extensions.agents.x-k8s.io"], "resources": ["sandboxclaims"], "verbs": ["list", "create"]}
    grant(api, stack.namespace, "alice", [rule])
    alice = as_user(api, "alice")
    path = stack.path("sandboxclaims")
    # The server learns of a binding from a watch of its own.
    api_as_alice_until(alice, path)
    assert alice.request("GET", f"{path}/one").status == 403
    assert alice.request("GET", stack.path("sandboxwarmpools")).status == 403
    assert as_user(api, "bob").request("GET", path).status == 403
    what = {"namespace": stack.namespace, "group": rule["apiGroups"][0], "resource": "sandboxclaims"}
    create, delete = (review(alice, resourceAttributes={**what, "verb": verb}) for verb in ("create", "delete"))
    reason = f'RBAC: allowed by RoleBinding "some/{stack.namespace}" of Role "some" to User "alice"'
    assert (create["allowed"], create["reason"]) == (True, reason)
    assert not delete["allowed"]
    about: Object = {"user": "alice", "resourceAttributes": {**what, "verb": "list"}}
    body: Object = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": about}
    assert api.ok("POST", f"{REVIEWS}/subjectaccessreviews", body)["status"]["allowed"]
    rules: Object = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
    rules |= {"spec": {"namespace": stack.namespace}}
    listed = alice.ok("POST", f"{REVIEWS}/selfsubjectrulesreviews", rules)["status"]["resourceRules"]
    assert {"verbs": ["list", "create"], "apiGroups": rule["apiGroups"], "resources": rule["resources"]} in listed


def api_as_alice_until(alice: Api, path: str) -> None:
    """Lists until that is allowed."""
    alice.until(path, lambda listed: listed["kind"].endswith("List"), 10)


def review(api: Api, **spec: Object) -> Object:
    """The status of a SelfSubjectAccessReview."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    status: Object = api.ok("POST", f"{REVIEWS}/selfsubjectaccessreviews", body)["status"]
    return status


def test_nobody_grants_what_he_does_not_hold(api: Api, stack: Stack) -> None:
    roles = {"apiGroups": [RBAC], "resources": ["roles"], "verbs": ["create", "list"]}
    grant(api, stack.namespace, "alice", [roles])
    alice, path = as_user(api, "alice"), f"/apis/{RBAC}/v1/namespaces/{stack.namespace}/roles"
    api_as_alice_until(alice, path)
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    body = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "more"}, "rules": [pods]}
    answer = alice.request("POST", path, body)
    assert (answer.status, answer.reason) == (403, "Forbidden")
    assert answer.body["message"] == (
        f'roles.{RBAC} "more" is forbidden: user "alice" (groups=["system:authenticated"]) is attempting to grant RBAC '
        'permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'
    )


def test_a_token_stands_for_its_account(api: Api, stack: Stack) -> None:
    accounts = stack.path("serviceaccounts")
    body: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "mine"}}
    api.ok("POST", accounts, body)
    request: Object = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = api.ok("POST", f"{accounts}/mine/token", request)
    assert answer["kind"] == "TokenRequest" and answer["spec"]["expirationSeconds"] == 3600
    owner = Api(api.server, {"Authorization": f"Bearer {answer['status']['token']}"}, api.tls)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    who = owner.ok("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)["status"]["userInfo"]
    assert who["username"] == f"system:serviceaccount:{stack.namespace}:mine"
    assert set(who["groups"]) == {
        "system:serviceaccounts",
        f"system:serviceaccounts:{stack.namespace}",
        "system:authenticated",
    }
    short = api.request("POST", f"{accounts}/mine/token", {**request, "spec": {"expirationSeconds": 1}})
    assert (short.status, short.reason) == (422, "Invalid")
    assert short.body["details"]["causes"][0]["field"] == "spec.expirationSeconds"
    api.ok("DELETE", f"{accounts}/mine")
    # A server may remember for some seconds that a token was good.
    until(lambda: owner.request("GET", "/version").status == 401, 30, "the token's end with its account")
