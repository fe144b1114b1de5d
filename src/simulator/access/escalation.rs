use super::grants::{self, RoleRef};
use super::{Attributes, Authorizer, Rule, User};
use crate::kinds::{CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, KindId, ROLE_BINDINGS, ROLES};
use crate::store::{Object, State};

/// A user grants only rules that the user holds, unless a rule allows to `escalate` roles or to `bind` this one.
///
/// # Errors
/// The rules that would be granted and are not held, in the API server's words.
pub fn check(state: &State, user: &User, kind: KindId, object: &Object) -> Result<(), String> {
    if user.is_master() {
        return Ok(());
    }
    // Roles are written seldom: none of what others keep is needed here.
    let authorizer = &Authorizer::default();
    let home = &*object.metadata.namespace;
    let (verb, resource, name, rules) = match kind {
        ROLES | CLUSTER_ROLES => {
            let resource = if kind == ROLES { "roles" } else { "clusterroles" };
            ("escalate", resource, object.metadata.name.to_string(), object.parse_as("rules"))
        }
        ROLE_BINDINGS | CLUSTER_ROLE_BINDINGS => {
            let role: RoleRef = object.parse_as("roleRef");
            let resource = if role.kind == "Role" { "roles" } else { "clusterroles" };
            // A role that is not there yet grants what is unknown: it needs the right to `bind` it.
            let rules = grants::rules(state, &role, home);
            let rules = match rules {
                Ok(rules) => rules,
                Err(error) if !may(authorizer, state, user, &asks("bind", resource, home, &role.name)) => {
                    return Err(error);
                }
                Err(_) => return Ok(()),
            };
            ("bind", resource, role.name, rules)
        }
        _ => return Ok(()),
    };
    let held = |rule: &Rule| rule.questions(home).iter().all(|question| may(authorizer, state, user, question));
    let lacking: Vec<String> = rules.iter().filter(|rule: &&Rule| !held(rule)).map(ToString::to_string).collect();
    if lacking.is_empty() || may(authorizer, state, user, &asks(verb, resource, home, &name)) {
        return Ok(());
    }
    let groups: Vec<&str> = user.groups.iter().map(|group| &**group).collect();
    Err(format!(
        "user {:?} (groups={groups:?}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        lacking.join("\n")
    ))
}

fn may(authorizer: &Authorizer, state: &State, user: &User, what: &Attributes) -> bool {
    authorizer.decide(state, user, what).allowed
}

fn asks(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
    Attributes {
        verb: verb.into(),
        group: "rbac.authorization.k8s.io".into(),
        resource: resource.into(),
        namespace: namespace.into(),
        name: name.into(),
        ..Attributes::default()
    }
}
