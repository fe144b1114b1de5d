use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::grants::{self, Grants};
use super::{Attributes, Rule, User};
use crate::store::State;

/// Whether a user may do something, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// The grant that allows it, or what is wrong with grants that might have.
    pub reason: String,
}

/// Judges by the roles and bindings that stand in the store. What a user was granted is kept until one of them changes:
/// a run as a service account must not cost the server more than one as its administrator.
#[derive(Debug, Default)]
pub struct Authorizer {
    known: Mutex<HashMap<User, Arc<Grants>>>,
}

/// Users whose grants are kept.
const MAX_CACHED: usize = 1000;

impl Authorizer {
    pub fn decide(&self, state: &State, user: &User, what: &Attributes) -> Decision {
        if user.is_master() {
            return Decision { allowed: true, reason: String::new() };
        }
        let grants = self.grants(state, user);
        let mut errors = Vec::new();
        for grant in grants.within(&what.namespace) {
            match &grant.rules {
                Ok(rules) if rules.iter().any(|rule| rule.allows(what)) => {
                    return Decision { allowed: true, reason: format!("RBAC: allowed by {}", grant.source) };
                }
                Ok(_) => {}
                Err(error) => errors.push(error.as_str()),
            }
        }
        let reason = match errors[..] {
            [] => String::new(),
            [error] => format!("RBAC: {error}"),
            _ => format!("RBAC: [{}]", errors.join(", ")),
        };
        Decision { allowed: false, reason }
    }

    /// Every rule that holds for a user in a namespace.
    pub fn rules(&self, state: &State, user: &User, namespace: &str) -> Vec<Rule> {
        let grants = self.grants(state, user);
        grants.within(namespace).filter_map(|grant| grant.rules.as_ref().ok()).flatten().cloned().collect()
    }

    fn grants(&self, state: &State, user: &User) -> Arc<Grants> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grants) = known.get(user).filter(|grants| grants.version == grants::version(state)) {
            return grants.clone();
        }
        if known.len() >= MAX_CACHED {
            known.clear();
        }
        let grants = Arc::new(Grants::of(state, user));
        known.insert(user.clone(), grants.clone());
        grants
    }
}
