use std::collections::BTreeSet;

use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP};
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::ClusterError;
use crate::config::{Act, Config, HttpMethod, LoadObject, PlannedStep};

/// A right a run needs in each namespace of its pools. `data/role-run.yaml` grants exactly these to a run of claims, and
/// `data/role-objects.yaml` beside it what others need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// What may be done.
    pub verb: &'static str,
    /// API group; empty for the core one.
    pub group: &'static str,
    /// Plural name, with its subresource.
    pub resource: &'static str,
    /// What the run does with it.
    pub purpose: &'static str,
}

const fn permission(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    purpose: &'static str,
) -> Permission {
    Permission { verb, group, resource, purpose }
}

const EVERYWHERE: &str = "every namespace";
const COORDINATION_GROUP: &str = "coordination.k8s.io";

/// Every run.
const ALWAYS: [Permission; 7] = [
    permission("get", EXTENSIONS_GROUP, "sandboxwarmpools", "finding the pool"),
    permission("get", EXTENSIONS_GROUP, "sandboxtemplates", "finding the pool's template"),
    permission("get", COORDINATION_GROUP, "leases", "finding out whether another run has the pool"),
    permission("create", COORDINATION_GROUP, "leases", "telling other runs that the pool is taken"),
    permission("patch", COORDINATION_GROUP, "leases", "telling other runs that the pool is still taken"),
    permission("list", COORDINATION_GROUP, "leases", "cleaning up"),
    permission("delete", COORDINATION_GROUP, "leases", "giving the pool back"),
];

/// With `workload.capacity_back`.
const CAPACITY_BACK: [Permission; 2] = [
    permission("list", AGENTS_GROUP, "sandboxes", "following sandboxes until they are gone"),
    permission("watch", AGENTS_GROUP, "sandboxes", "following sandboxes until they are gone"),
];

/// With commands that are run through the API server. The WebSocket's handshake is a GET; newer servers want the right to create as well.
const EXEC: [Permission; 3] = [
    permission("get", AGENTS_GROUP, "sandboxes", "finding a sandbox's pod"),
    permission("get", "", "pods/exec", "running a command in a sandbox"),
    permission("create", "", "pods/exec", "running a command in a sandbox"),
];

/// With requests to sandboxes that go through the API server. A request of another method needs the right to its verb.
const PROXY: [Permission; 3] = [
    permission("get", AGENTS_GROUP, "sandboxes", "finding a sandbox's pod"),
    permission("get", "", "pods/proxy", "reading from a sandbox's server"),
    permission("create", "", "pods/proxy", "sending to a sandbox's server"),
];

/// To suspend sandboxes, and to see them suspended and resumed.
const SUSPEND: [Permission; 3] = [
    permission("patch", AGENTS_GROUP, "sandboxes", "suspending and resuming a sandbox"),
    permission("list", AGENTS_GROUP, "sandboxes", "seeing a sandbox suspended and resumed"),
    permission("watch", AGENTS_GROUP, "sandboxes", "seeing a sandbox suspended and resumed"),
];

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// With `load.runners`, in every namespace: theirs does not exist yet. `data/role-runners.yaml` grants exactly these.
const RUNNERS: [Permission; 16] = [
    permission("create", "", "namespaces", "giving the runners a namespace"),
    permission("get", "", "namespaces", "waiting for its end"),
    permission("list", "", "namespaces", "cleaning up"),
    permission("delete", "", "namespaces", "removing it"),
    permission("create", "", "serviceaccounts", "giving the runners an account"),
    permission("create", RBAC_GROUP, "roles", "granting it what a run needs"),
    permission("list", RBAC_GROUP, "roles", "cleaning up"),
    permission("delete", RBAC_GROUP, "roles", "taking it away again"),
    permission("create", RBAC_GROUP, "rolebindings", "granting it what a run needs"),
    permission("list", RBAC_GROUP, "rolebindings", "cleaning up"),
    permission("delete", RBAC_GROUP, "rolebindings", "taking it away again"),
    permission("create", "batch", "jobs", "starting the runners"),
    permission("get", "", "pods", "seeing how a runner ended"),
    permission("list", "", "pods", "finding the runners"),
    permission("get", "", "pods/portforward", "talking to the runners"),
    permission("create", "", "pods/portforward", "talking to the runners"),
];

/// On what the load creates.
const fn on_object(object: LoadObject) -> [Permission; 5] {
    let (group, resource) = (object.group(), object.resource());
    [
        permission("create", group, resource, "sending the load"),
        permission("get", group, resource, "finding out about a create whose answer was lost"),
        permission("list", group, resource, "seeing what was created become Ready"),
        permission("watch", group, resource, "seeing what was created become Ready"),
        permission("delete", group, resource, "releasing"),
    ]
}

/// The rights a run of this configuration needs.
#[must_use]
pub fn run_permissions(config: &Config) -> Vec<Permission> {
    let mut permissions = [&on_object(config.load.object)[..], &ALWAYS].concat();
    if config.workload.capacity_back {
        permissions.extend(CAPACITY_BACK);
    }
    if config.workload.execs() {
        permissions.extend(EXEC);
    }
    if config.workload.proxies() {
        permissions.extend(PROXY);
        permissions.extend(config.workload.session().iter().filter_map(by_method));
    }
    if config.workload.suspends() {
        permissions.extend(SUSPEND);
    }
    let mut known = BTreeSet::new();
    permissions.retain(|it| known.insert((it.verb, it.group, it.resource)));
    permissions
}

/// What a request through the API server needs beyond [`PROXY`].
fn by_method(step: &PlannedStep) -> Option<Permission> {
    let Act::Http(request) = &step.act else { return None };
    let verb = match request.method {
        HttpMethod::Get | HttpMethod::Head | HttpMethod::Post => return None,
        HttpMethod::Put => "update",
        HttpMethod::Patch => "patch",
        HttpMethod::Delete => "delete",
    };
    Some(permission(verb, "", "pods/proxy", "a step's request"))
}

/// Asks the server about each right in each namespace, all at once.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let mut namespaces: Vec<_> = subject.pools.iter().map(|pool| pool.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let permissions = run_permissions(subject.config);
    let questions = namespaces.iter().flat_map(|namespace| {
        permissions.iter().map(async move |permission| match is_allowed(subject, permission, namespace).await? {
            None => Ok::<_, ClusterError>(None),
            Some(why) => Ok(Some(missing(permission, namespace, &why))),
        })
    });
    let mut found: Vec<Option<Finding>> = try_join_all(questions).await?;
    if subject.config.load.runners > 0 {
        let questions = RUNNERS.iter().map(async |permission| {
            let why = is_allowed(subject, permission, "").await?;
            Ok::<_, ClusterError>(why.map(|why| missing(permission, EVERYWHERE, &why)))
        });
        found.extend(try_join_all(questions).await?);
    }
    Ok(found.into_iter().flatten().collect())
}

/// `None` if it is; else what the server says.
async fn is_allowed(
    subject: &Subject<'_>,
    permission: &Permission,
    namespace: &str,
) -> Result<Option<String>, ClusterError> {
    let (resource, subresource) = permission.resource.split_once('/').unwrap_or((permission.resource, ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": {
            "namespace": namespace,
            "verb": permission.verb,
            "group": permission.group,
            "resource": resource,
            "subresource": subresource,
        }},
    });
    let answer = subject.objects.create(&review).await?;
    let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false);
    let reason = answer.pointer("/status/reason").and_then(Value::as_str).unwrap_or_default();
    Ok((!allowed).then(|| reason.to_owned()))
}

fn missing(permission: &Permission, namespace: &str, reason: &str) -> Finding {
    let group = if permission.group.is_empty() { "" } else { &format!(".{}", permission.group) };
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    Finding::blocker(
        format!("this account may not {} {}{group} in {namespace}{reason}", permission.verb, permission.resource),
        format!("the run needs it for {}", permission.purpose),
        match (namespace, permission.resource) {
            (EVERYWHERE, _) => "bind the account to the ClusterRole of data/role-runners.yaml",
            (_, "pods" | "sandboxes") => {
                "bind the account to the Roles of data/role-run.yaml and data/role-objects.yaml in that namespace"
            }
            _ => "bind the account to the Role of data/role-run.yaml in that namespace",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Command, HttpRequest, SessionStep, Via, Workload};

    /// (verb, group, resource) of every rule of a Role.
    fn granted(yaml: &str) -> BTreeSet<(String, String, String)> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap();
        let role = documents.iter().find(|it| it["kind"].as_str().unwrap().ends_with("Role")).unwrap();
        let mut granted = BTreeSet::new();
        for rule in role["rules"].as_array().unwrap() {
            let all = |field: &str| -> Vec<String> { serde_json::from_value(rule[field].clone()).unwrap() };
            for group in all("apiGroups") {
                for resource in all("resources") {
                    granted.extend(all("verbs").into_iter().map(|verb| (verb, group.clone(), resource.clone())));
                }
            }
        }
        granted
    }

    #[test]
    fn the_published_roles_grant_exactly_what_a_run_needs() {
        let mut config = Config::default();
        let acts = [Act::Exec(Command::default()), Act::Http(HttpRequest::default()), Act::Suspend];
        let steps = acts.map(|act| SessionStep { name: None, repeat: 1, timeout: None, act });
        let (steps, via) = (steps.into(), Via::ApiServer);
        config.workload = Workload { steps, via, capacity_back: true, ..config.workload };
        assert_eq!(granted(include_str!("../../data/role-run.yaml")), all(&run_permissions(&config)));
        assert_eq!(granted(include_str!("../../data/role-runners.yaml")), all(&RUNNERS));
        let bare = [LoadObject::Sandbox, LoadObject::Pod].map(on_object).concat();
        assert_eq!(granted(include_str!("../../data/role-objects.yaml")), all(&bare));
    }

    fn all(permissions: &[Permission]) -> BTreeSet<(String, String, String)> {
        let words = |it: &Permission| (it.verb.to_owned(), it.group.to_owned(), it.resource.to_owned());
        permissions.iter().map(words).collect()
    }
}
