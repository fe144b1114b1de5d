use percent_encoding::percent_decode_str;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Path {
    /// `/version`.
    Version,
    /// `/readyz`, `/livez`, `/healthz`.
    Health,
    /// `/metrics`.
    Metrics,
    /// `/api`.
    Core,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1`, `/apis/GROUP/VERSION`.
    Resources(String, String),
    /// Objects of a kind, or one of them.
    Objects(Place),
    /// `/openapi/v2`, `/openapi/v3...`.
    OpenApi(String),
    Unknown,
}

/// Where objects stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub group: String,
    pub version: String,
    pub namespace: Option<String>,
    pub plural: String,
    pub name: Option<String>,
    pub subresource: Option<String>,
}

impl Path {
    pub fn parse(path: &str) -> Self {
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts[..] {
            ["version"] => Self::Version,
            ["readyz" | "livez" | "healthz", ..] => Self::Health,
            ["metrics"] => Self::Metrics,
            ["openapi", ref rest @ ..] => Self::OpenApi(rest.join("/")),
            ["api"] => Self::Core,
            ["api", version] => Self::Resources(String::new(), version.into()),
            ["api", version, ref rest @ ..] => objects("", version, rest),
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group(group.into()),
            ["apis", group, version] => Self::Resources(group.into(), version.into()),
            ["apis", group, version, ref rest @ ..] => objects(group, version, rest),
            _ => Self::Unknown,
        }
    }
}

fn objects(group: &str, version: &str, rest: &[&str]) -> Path {
    let place = |namespace: Option<&str>, plural: &str, name: Option<&str>, subresource: &[&str]| {
        Path::Objects(Place {
            group: group.into(),
            version: version.into(),
            namespace: namespace.map(Into::into),
            plural: plural.into(),
            name: name.map(Into::into),
            // What stands behind `proxy` is the path of another server.
            subresource: match subresource {
                [] => None,
                ["proxy", ..] => Some("proxy".into()),
                parts => Some(parts.join("/")),
            },
        })
    };
    match *rest {
        // A namespace's own subresources look like kinds within it.
        ["namespaces", name, sub @ ("status" | "finalize")] => place(None, "namespaces", Some(name), &[sub]),
        ["namespaces", namespace, plural] => place(Some(namespace), plural, None, &[]),
        ["namespaces", namespace, plural, name, ref sub @ ..] => place(Some(namespace), plural, Some(name), sub),
        [plural] => place(None, plural, None, &[]),
        [plural, name, ref sub @ ..] => place(None, plural, Some(name), sub),
        [] => Path::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        match Path::parse(path) {
            Path::Objects(place) => place,
            other => panic!("{path}: {other:?}"),
        }
    }

    proptest::proptest! {
        #[test]
        fn any_path_leads_somewhere(path in ".*", parts in proptest::collection::vec("[a-z%0-9]{0,4}|namespaces|apis|api", 0..8)) {
            Path::parse(&path);
            Path::parse(&parts.join("/"));
        }
    }

    #[test]
    fn namespaces_are_a_kind_and_a_place() {
        let namespace = place("/api/v1/namespaces/default");
        assert_eq!(
            (namespace.namespace, &*namespace.plural, namespace.name.as_deref()),
            (None, "namespaces", Some("default"))
        );
        assert_eq!(place("/api/v1/namespaces/default/status").subresource.as_deref(), Some("status"));
        assert_eq!(place("/api/v1/namespaces/default/pods").namespace.as_deref(), Some("default"));
    }

    #[test]
    fn subresources_and_groups() {
        let exec = place("/api/v1/namespaces/a/pods/b/exec");
        assert_eq!((exec.name.as_deref(), exec.subresource.as_deref()), (Some("b"), Some("exec")));
        let claims = place("/apis/extensions.agents.x-k8s.io/v1beta1/sandboxclaims");
        assert_eq!(
            (&*claims.group, &*claims.plural, claims.name),
            ("extensions.agents.x-k8s.io", "sandboxclaims", None)
        );
        let proxy = place("/api/v1/namespaces/a/pods/b:8888/proxy/download/c");
        assert_eq!((proxy.name.as_deref(), proxy.subresource.as_deref()), (Some("b:8888"), Some("proxy")));
        assert_eq!(Path::parse("/apis/apps"), Path::Group("apps".into()));
        assert_eq!(Path::parse("/nothing/here"), Path::Unknown);
    }
}
