use std::borrow::Cow;

use agent_sandbox_common::clock::monotonic_ns;
use http::{Method, Request};

use super::path::Path;
use super::query::Query;
use crate::requests::{Requests, Series, Verb};

/// When a request came, and what it is counted as.
#[derive(Debug, Clone)]
pub struct Received {
    pub at_ns: i64,
    /// When it had a seat, where seats are modelled.
    pub seated_ns: Option<i64>,
    pub series: Series,
}

impl Received {
    pub fn now<B>(requests: &Requests, request: &Request<B>, path: &Path) -> Self {
        let at_ns = monotonic_ns();
        let verb = verb(request, path);
        Self { at_ns, seated_ns: None, series: requests.series(request, verb, &resource(path, request.uri().path())) }
    }
}

fn verb<B>(request: &Request<B>, path: &Path) -> Verb {
    let watches = || Query::parse(request.uri().query().unwrap_or_default()).is_true("watch");
    match (path, request.method()) {
        (Path::Objects(place), method) => Verb::of(method, place.name.is_some(), watches),
        (_, &Method::GET | &Method::HEAD) => Verb::Get,
        _ => Verb::Other,
    }
}

fn resource<'a>(path: &'a Path, text: &'a str) -> Cow<'a, str> {
    match path {
        Path::Objects(place) => match place.subresource.as_deref().and_then(|it| it.split('/').next()) {
            Some(subresource) => format!("{}/{subresource}", place.plural).into(),
            None => (&*place.plural).into(),
        },
        Path::Unknown => "other".into(),
        _ => format!("/{}", text.split('/').find(|part| !part.is_empty()).unwrap_or_default()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named_as_rules_of_rbac_name_them() {
        const CLAIMS: &str = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims";
        for (method, path, named) in [
            ("POST", CLAIMS, "create sandboxclaims"),
            ("PUT", &format!("{CLAIMS}/a/status"), "update sandboxclaims/status"),
            ("GET", &format!("{CLAIMS}?watch=1&resourceVersion=0"), "watch sandboxclaims"),
            ("GET", &format!("{CLAIMS}?watch=false"), "list sandboxclaims"),
            ("HEAD", &format!("{CLAIMS}/a?watch=true"), "get sandboxclaims"),
            ("DELETE", CLAIMS, "deletecollection sandboxclaims"),
            ("DELETE", "/api/v1/namespaces/a", "delete namespaces"),
            ("PATCH", "/api/v1/namespaces/a/services/b/proxy/x/y", "patch services/proxy"),
            ("TRACE", "/api/v1/pods", "other pods"),
            ("GET", "/apis/apps/v1", "get /apis"),
            ("GET", "//readyz/etcd", "get /readyz"),
            ("POST", "/version", "other /version"),
            ("GET", "/metrics", "get /metrics"),
            ("GET", "/metrics/cadvisor", "get other"),
        ] {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            let path = Path::parse(request.uri().path());
            let resource = resource(&path, request.uri().path());
            assert_eq!(format!("{} {resource}", verb(&request, &path)), named);
        }
    }
}
