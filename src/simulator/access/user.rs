use std::sync::Arc;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    pub name: Arc<str>,
    pub uid: Arc<str>,
    pub groups: Vec<Arc<str>>,
}

/// Its members may do everything, whatever the rules say.
const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

impl User {
    /// The account of the simulator's own kubeconfig.
    pub fn admin() -> Self {
        Self::new("kubernetes-admin", [MASTERS])
    }

    /// A user by name, as an impersonation gives it; a service account gets its groups from its name.
    pub fn new<'a>(name: &str, groups: impl IntoIterator<Item = &'a str>) -> Self {
        let mut groups: Vec<Arc<str>> = groups.into_iter().map(Into::into).collect();
        let account = name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'));
        if let Some((namespace, _)) = account.filter(|_| groups.is_empty()) {
            groups = vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}").into()];
        }
        if !groups.iter().any(|group| &**group == AUTHENTICATED) {
            groups.push(AUTHENTICATED.into());
        }
        Self { name: name.into(), uid: "".into(), groups }
    }

    /// A user in these groups and no other.
    pub fn in_groups<'a>(name: &str, groups: impl IntoIterator<Item = &'a str>) -> Self {
        Self { name: name.into(), uid: "".into(), groups: groups.into_iter().map(Into::into).collect() }
    }

    pub fn service_account(namespace: &str, name: &str, uid: &str) -> Self {
        Self { uid: uid.into(), ..Self::new(&Self::account_name(namespace, name), []) }
    }

    /// What a service account is called among users.
    pub fn account_name(namespace: &str, name: &str) -> String {
        format!("{SERVICE_ACCOUNT}{namespace}:{name}")
    }

    /// Whether no rule needs to be asked.
    pub fn is_master(&self) -> bool {
        self.is_in(MASTERS)
    }

    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| **own == *group)
    }
}
