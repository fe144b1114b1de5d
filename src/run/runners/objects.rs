use serde_json::{Value, json};

use super::protocol::PORT;
use crate::config::Config;
use crate::preflight::{Permission, run_permissions};
use agent_sandbox_common::api::key;

/// Name of what there is one of in the runners' namespace.
pub(super) const NAME: &str = "runner";
/// Beyond the schedule's length: for claims to end, and for a coordinator that is slow. Then Kubernetes ends what is left.
const GRACE_S: u64 = 900;

/// What runners need on a cluster.
pub(super) struct Needs<'a> {
    pub run_id: &'a str,
    pub config: &'a Config,
    pub image: &'a str,
    /// Length of the schedule.
    pub length_s: u64,
}

impl Needs<'_> {
    /// The runners' namespace, of this run alone.
    pub fn namespace(&self) -> String {
        format!("asb-{}", self.run_id)
    }

    /// Name of the Role, and of its binding, in a pool's namespace.
    pub fn role(&self) -> String {
        format!("asb-{}-{NAME}", self.run_id)
    }

    /// The namespaces of the pools.
    pub fn pool_namespaces(&self) -> Vec<String> {
        let mut namespaces: Vec<String> = self.config.load.pools().into_iter().map(|pool| pool.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        namespaces
    }

    /// Everything, in the order in which it is made.
    pub fn objects(&self) -> Vec<Value> {
        let mut objects = vec![self.home(), self.account()];
        for namespace in self.pool_namespaces() {
            objects.extend([self.rights(&namespace), self.binding(&namespace)]);
        }
        objects.push(self.job());
        objects
    }

    fn labels(&self) -> Value {
        json!({ key::RUN_ID: self.run_id, key::MANAGED_BY: key::MANAGER })
    }

    fn home(&self) -> Value {
        let mut labels = self.labels();
        labels["pod-security.kubernetes.io/enforce"] = "restricted".into();
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": self.namespace(), "labels": labels } })
    }

    fn account(&self) -> Value {
        json!({ "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": NAME, "namespace": self.namespace(), "labels": self.labels() } })
    }

    /// What a run needs, without the Leases: those are the coordinator's.
    fn rights(&self, namespace: &str) -> Value {
        let permissions = run_permissions(self.config).into_iter().filter(|it| it.resource != "leases");
        let rule = |it: Permission| json!({ "apiGroups": [it.group], "resources": [it.resource], "verbs": [it.verb] });
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": { "name": self.role(), "namespace": namespace, "labels": self.labels() },
            "rules": permissions.map(rule).collect::<Vec<_>>() })
    }

    fn binding(&self, namespace: &str) -> Value {
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": { "name": self.role(), "namespace": namespace, "labels": self.labels() },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": self.role() },
            "subjects": [{ "kind": "ServiceAccount", "name": NAME, "namespace": self.namespace() }] })
    }

    fn job(&self) -> Value {
        let load = &self.config.load;
        let deadline =
            self.length_s + load.ready_timeout.secs() as u64 + load.runner.start_timeout.secs() as u64 + GRACE_S;
        json!({ "apiVersion": "batch/v1", "kind": "Job",
            "metadata": { "name": NAME, "namespace": self.namespace(), "labels": self.labels() },
            "spec": {
                "completionMode": "Indexed", "completions": load.runners, "parallelism": load.runners,
                // A runner that died has lost its schedule: none takes its place.
                "backoffLimitPerIndex": 0, "podReplacementPolicy": "Failed",
                "activeDeadlineSeconds": deadline, "ttlSecondsAfterFinished": 600,
                "template": { "metadata": { "labels": self.labels() }, "spec": self.pod() } } })
    }

    fn pod(&self) -> Value {
        let elsewhere = json!({ "weight": 100, "podAffinityTerm": { "topologyKey": "kubernetes.io/hostname",
            "labelSelector": { "matchLabels": { key::RUN_ID: self.run_id } } } });
        json!({
            "restartPolicy": "Never", "serviceAccountName": NAME, "terminationGracePeriodSeconds": 30,
            "enableServiceLinks": false,
            "affinity": { "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [elsewhere] } },
            "securityContext": { "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
                "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [self.container()] })
    }

    fn container(&self) -> Value {
        let runner = &self.config.load.runner;
        json!({
            "name": NAME, "image": self.image, "imagePullPolicy": "IfNotPresent", "args": ["runner"],
            "ports": [{ "containerPort": PORT }],
            "resources": { "requests": { "cpu": runner.cpu_request, "memory": runner.memory_request } },
            "securityContext": { "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] } } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn runners_may_what_a_run_needs_and_no_more() {
        let config = json!({"load": {"runners": 3, "warm_pools": [{"name": "a", "namespace": "x"}, {"name": "b", "namespace": "x"}]}});
        let config = config::from_value(config, &[]).unwrap();
        let objects = Needs { run_id: "abcdefgh", config: &config, image: "image", length_s: 10 }.objects();
        let kinds: Vec<_> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["Namespace", "ServiceAccount", "Role", "RoleBinding", "Job"]);
        let rules = objects[2]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 7);
        assert!(rules.iter().all(|rule| rule["apiGroups"][0] == "extensions.agents.x-k8s.io"), "{rules:?}");
    }
}
