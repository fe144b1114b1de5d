//! Who may do what: accounts, their tokens, and the rules of RBAC.

mod attributes;
mod decide;
mod defaults;
mod escalation;
mod grants;
mod rule;
mod token;
mod user;

pub use attributes::Attributes;
pub use decide::Authorizer;
pub use defaults::{BINDINGS, CLUSTER_ROLES, binding, cluster_role};
pub use escalation::check as check_escalation;
pub use rule::Rule;
pub use token::{AUDIENCE, Tokens};
pub use user::User;
