use std::sync::Arc;

use serde::Deserialize;

use super::{Rule, User};
use crate::kinds::{CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, KindId, ROLE_BINDINGS, ROLES};
use crate::store::{Key, Object, State, StringMap};

/// What the bindings grant one user.
#[derive(Debug)]
pub struct Grants {
    /// The resource version of the last write to a role or binding they come from.
    pub version: u64,
    /// Those for the whole cluster first.
    pub list: Vec<Grant>,
}

/// What one binding grants.
#[derive(Debug)]
pub struct Grant {
    /// Where it holds; `None` for the whole cluster.
    pub namespace: Option<Arc<str>>,
    /// Why the binding's role is no source of rules, if it is none.
    pub rules: Result<Vec<Rule>, String>,
    /// The binding, its role, and the subject that matches the user.
    pub source: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleRef {
    pub kind: String,
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subject {
    kind: String,
    name: String,
    namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Aggregation {
    cluster_role_selectors: Vec<Labels>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Labels {
    match_labels: StringMap,
}

/// The resource version of the last write to a role or a binding.
pub fn version(state: &State) -> u64 {
    let kinds = [ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS];
    kinds.iter().map(|kind| state.collection(*kind).written).max().unwrap_or(0)
}

impl Grants {
    pub fn of(state: &State, user: &User) -> Self {
        let kinds = [CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS].into_iter();
        let list = kinds.flat_map(|kind| state.collection(kind).within(None).map(move |binding| (kind, binding)));
        Self { version: version(state), list: list.filter_map(|(kind, it)| grant(state, user, kind, it)).collect() }
    }

    /// Those that hold in a namespace; empty for the cluster as a whole.
    pub fn within(&self, namespace: &str) -> impl Iterator<Item = &Grant> {
        self.list.iter().filter(move |grant| grant.namespace.as_deref().is_none_or(|own| own == namespace))
    }
}

fn grant(state: &State, user: &User, kind: KindId, binding: &Object) -> Option<Grant> {
    let subjects: Vec<Subject> = binding.parse_as("subjects");
    let home = &binding.metadata.namespace;
    let subject = subjects.iter().find(|subject| subject.is(user, home))?;
    let role: RoleRef = binding.parse_as("roleRef");
    let of_cluster = kind == CLUSTER_ROLE_BINDINGS;
    let (kind, name) = if of_cluster {
        ("ClusterRoleBinding", binding.metadata.name.to_string())
    } else {
        ("RoleBinding", format!("{}/{home}", binding.metadata.name))
    };
    let source = format!("{kind} {name:?} of {} {:?} to {}", role.kind, role.name, subject.text());
    Some(Grant { namespace: (!of_cluster).then(|| home.clone()), rules: rules(state, &role, home), source })
}

impl Subject {
    fn is(&self, user: &User, home: &str) -> bool {
        match self.kind.as_str() {
            "User" => *user.name == *self.name,
            "Group" => user.is_in(&self.name),
            "ServiceAccount" => {
                let namespace = if self.namespace.is_empty() { home } else { &self.namespace };
                *user.name == User::account_name(namespace, &self.name)
            }
            _ => false,
        }
    }

    fn text(&self) -> String {
        match self.kind.as_str() {
            "ServiceAccount" => format!("ServiceAccount \"{}/{}\"", self.name, self.namespace),
            kind => format!("{kind} {:?}", self.name),
        }
    }
}

/// The rules of a role; `home` is the namespace of the binding that names it.
///
/// # Errors
/// That it is not there, in the API server's words.
pub fn rules(state: &State, role: &RoleRef, home: &str) -> Result<Vec<Rule>, String> {
    let of_cluster = role.kind == "ClusterRole";
    let (kind, key) =
        if of_cluster { (CLUSTER_ROLES, Key::new("", &*role.name)) } else { (ROLES, Key::new(home, &*role.name)) };
    let missing = || format!("{}.rbac.authorization.k8s.io {:?} not found", role.kind.to_lowercase(), role.name);
    let found = state.get(kind, &key).ok_or_else(missing)?;
    let mut rules: Vec<Rule> = found.parse_as("rules");
    if of_cluster {
        rules.extend(aggregated(state, found));
    }
    Ok(rules)
}

/// The rules of the other roles that an `aggregationRule` selects. On a cluster a controller copies them into the role.
fn aggregated(state: &State, role: &Object) -> Vec<Rule> {
    let aggregation: Aggregation = role.parse_as("aggregationRule");
    let is_meant = |other: &&Arc<Object>| {
        let labels = &other.metadata.labels;
        let selects = |it: &Labels| it.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        aggregation.cluster_role_selectors.iter().any(selects)
    };
    let meant = state.collection(CLUSTER_ROLES).within(None).filter(is_meant);
    meant.flat_map(|other| other.parse_as::<Vec<Rule>>("rules")).collect()
}
