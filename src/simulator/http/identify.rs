//! Authentication and authorization of requests.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, header};

use super::context::Context;
use super::path::{Path, Place};
use super::query::Query;
use super::status::Failure;
use crate::access::{Attributes, User};
use crate::requests::Verb;
use crate::store::State;

/// The account of a request: that of its token, or the one it impersonates.
///
/// client-go sends no tokens over plain HTTP, so there a request without one is the administrator's, as on a `kubectl
/// proxy`; one with a wrong token is refused.
pub fn identify(context: &Context, headers: &HeaderMap) -> Result<Arc<User>, Failure> {
    let user = match headers.get(header::AUTHORIZATION) {
        None if context.tls => return Err(Failure::unauthorized()),
        None => context.admin.clone(),
        Some(given) => {
            let token = given.to_str().ok().and_then(|given| given.strip_prefix("Bearer "));
            by_token(context, token.unwrap_or_default().trim()).ok_or_else(Failure::unauthorized)?
        }
    };
    match headers.get("impersonate-user").map(|name| String::from_utf8_lossy(name.as_bytes())) {
        Some(name) => impersonate(context, &user, &name, headers),
        None => Ok(user),
    }
}

/// The account of a bearer token.
pub fn by_token(context: &Context, token: &str) -> Option<Arc<User>> {
    if token == context.token {
        return Some(context.admin.clone());
    }
    context.tokens.user(&context.store.lock(), token).map(Arc::new)
}

fn impersonate(context: &Context, user: &User, name: &str, headers: &HeaderMap) -> Result<Arc<User>, Failure> {
    let groups: Vec<_> = headers.get_all("impersonate-group").iter().filter_map(|group| group.to_str().ok()).collect();
    let state = context.store.lock();
    let asks = |resource: &str, namespace: &str, name: &str| Attributes {
        verb: "impersonate".into(),
        resource: resource.into(),
        namespace: namespace.into(),
        name: name.into(),
        ..Attributes::default()
    };
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    let (resource, namespace, short) = account.map_or(("users", "", name), |(home, it)| ("serviceaccounts", home, it));
    check(context, &state, user, &asks(resource, namespace, short))?;
    for group in &groups {
        check(context, &state, user, &asks("groups", "", group))?;
    }
    Ok(Arc::new(User::new(name, groups)))
}

/// Refuses what the user of a request may not do.
pub fn authorize(context: &Context, user: &User, method: &Method, uri: &http::Uri, path: &Path) -> Result<(), Failure> {
    // The administrator may do everything, and a benchmark's requests are mostly the administrator's: they cost nothing.
    if user.is_master() {
        return Ok(());
    }
    let what = match path {
        Path::Objects(place) => of_objects(method, place, &Query::parse(uri.query().unwrap_or_default())),
        _ => Attributes::path(method.as_str().to_lowercase(), uri.path()),
    };
    check(context, &context.store.lock(), user, &what)
}

fn check(context: &Context, state: &State, user: &User, what: &Attributes) -> Result<(), Failure> {
    let decision = context.authorizer.decide(state, user, what);
    if decision.allowed { Ok(()) } else { Err(Failure::not_permitted(user, what, &decision.reason)) }
}

fn of_objects(method: &Method, place: &Place, query: &Query) -> Attributes {
    // A list of one name needs what a read of that object needs.
    let selected = || query.get("fieldSelector").and_then(|text| text.strip_prefix("metadata.name="));
    let name = place.name.as_deref().or_else(|| selected().filter(|name| !name.contains(',')));
    let of_itself = (place.plural == "namespaces").then_some(name).flatten();
    Attributes {
        verb: Verb::of(method, place.name.is_some(), || query.is_true("watch")).name().into(),
        path: String::new(),
        group: place.group.clone(),
        resource: place.plural.clone(),
        subresource: place.subresource.clone().unwrap_or_default(),
        namespace: place.namespace.as_deref().or(of_itself).unwrap_or_default().into(),
        name: name.unwrap_or_default().into(),
    }
}

impl Failure {
    /// 403, in the API server's words: they name the verb and the resource.
    pub fn not_permitted(user: &User, what: &Attributes, reason: &str) -> Self {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let why = format!("User {:?} cannot {what}{reason}", user.name);
        let group = if what.group.is_empty() { String::new() } else { format!(".{}", what.group) };
        let subject = match (what.resource.as_str(), what.name.as_str()) {
            ("", _) => String::new(),
            (resource, "") => format!("{resource}{group} is "),
            (resource, name) => format!("{resource}{group} {name:?} is "),
        };
        let mut failure = Self::new(StatusCode::FORBIDDEN, "Forbidden", format!("{subject}forbidden: {why}"));
        failure.details = serde_json::json!({});
        for (field, value) in [("name", &what.name), ("group", &what.group), ("kind", &what.resource)] {
            if !value.is_empty() {
                failure.details[field] = value.as_str().into();
            }
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(method: &Method, path: &str, query: &str) -> String {
        let Path::Objects(place) = Path::parse(path) else { panic!("{path} is no path of objects") };
        Failure::not_permitted(&User::new("u", []), &of_objects(method, &place, &Query::parse(query)), "").message
    }

    #[test]
    fn refusals_are_the_api_servers() {
        const CLAIMS: &str = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims";
        for (method, path, query, message) in [
            (
                Method::POST,
                CLAIMS,
                "",
                r#"sandboxclaims.extensions.agents.x-k8s.io is forbidden: User "u" cannot create resource "sandboxclaims" in API group "extensions.agents.x-k8s.io" in the namespace "default""#,
            ),
            (
                Method::GET,
                "/api/v1/nodes",
                "watch=1",
                r#"nodes is forbidden: User "u" cannot watch resource "nodes" in API group "" at the cluster scope"#,
            ),
            (
                Method::GET,
                "/api/v1/namespaces/a/pods/b/log",
                "",
                r#"pods "b" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "a""#,
            ),
            (
                Method::DELETE,
                "/api/v1/namespaces/a",
                "",
                r#"namespaces "a" is forbidden: User "u" cannot delete resource "namespaces" in API group "" in the namespace "a""#,
            ),
            (
                Method::GET,
                "/api/v1/namespaces/a/pods",
                "fieldSelector=metadata.name%3Db",
                r#"pods "b" is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "a""#,
            ),
        ] {
            assert_eq!(said(&method, path, query), message);
        }
        let path = Failure::not_permitted(&User::new("u", []), &Attributes::path("get", "/metrics"), "");
        assert_eq!(path.message, r#"forbidden: User "u" cannot get path "/metrics""#);
    }
}
