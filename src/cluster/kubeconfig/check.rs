use std::fmt;
use std::fs::File;
use std::path::Path;

use super::file::{Cluster, Data, ExecConfig, User};

/// What is wrong with a part of a kubeconfig: which field, and what is allowed. It quotes no secret.
#[derive(Debug)]
pub(super) struct Wrong {
    field: String,
    message: String,
}

impl Wrong {
    /// Of a field of the cluster or the user of that name.
    pub fn new(kind: &str, name: &str, field: &str, message: impl Into<String>) -> Self {
        Self { field: format!("{kind} {name:?}: {field}"), message: message.into() }
    }

    pub fn absent(kind: &str, name: &str) -> Self {
        Self { field: format!("the context's {kind} {name:?}"), message: "is not in it".into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// Checks a cluster as client-go does before it uses one.
pub(super) fn cluster(name: &str, cluster: &Cluster) -> Result<(), Wrong> {
    let wrong = |field, message: &str| Err(Wrong::new("cluster", name, field, message));
    if cluster.server.is_empty() {
        return wrong("server", "is missing");
    }
    source(
        "cluster",
        name,
        "certificate-authority",
        &cluster.certificate_authority,
        &cluster.certificate_authority_data,
    )?;
    let has_authority =
        !cluster.certificate_authority.as_os_str().is_empty() || !cluster.certificate_authority_data.0.is_empty();
    if cluster.insecure_skip_tls_verify && has_authority {
        return wrong("insecure-skip-tls-verify", "stands beside a certificate-authority: one of them alone can count");
    }
    Ok(())
}

/// Checks a user as client-go does.
pub(super) fn user(name: &str, user: &User) -> Result<(), Wrong> {
    let wrong = |field, message: &str| Err(Wrong::new("user", name, field, message));
    let is_set = |text: &str| !text.is_empty();
    let has_token = is_set(user.token.expose()) || is_file(&user.token_file);
    if has_token && (is_set(&user.username) || is_set(user.password.expose())) {
        return wrong("token", "stands beside a username: one way to log in alone can count");
    }
    let (certificate, key) = (&user.client_certificate, &user.client_key);
    if is_file(certificate) || !user.client_certificate_data.0.is_empty() {
        source("user", name, "client-certificate", certificate, &user.client_certificate_data)?;
        source("user", name, "client-key", key, &user.client_key_data)?;
        if !is_file(key) && user.client_key_data.0.is_empty() {
            return wrong("client-key", "is missing beside the client-certificate");
        }
    }
    if let Some(exec) = &user.exec {
        if user.auth_provider.is_some() {
            return wrong("auth-provider", "stands beside exec: one of them alone can count");
        }
        check_exec(name, exec)?;
    }
    let others = is_set(&user.as_uid) || !user.as_groups.is_empty() || !user.as_user_extra.is_empty();
    if others && user.r#as.is_empty() {
        return wrong("as", "is missing beside as-uid, as-groups or as-user-extra");
    }
    Ok(())
}

fn check_exec(name: &str, exec: &ExecConfig) -> Result<(), Wrong> {
    let wrong = |field, message: &str| Err(Wrong::new("user", name, field, message));
    if exec.command.as_os_str().is_empty() {
        return wrong("exec.command", "is missing");
    }
    if exec.env.iter().any(|variable| variable.name.is_empty()) {
        return wrong("exec.env", "has a variable without a name");
    }
    Ok(())
}

fn is_file(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// A file or the data itself, and a file that can be read.
fn source(kind: &str, name: &str, field: &str, path: &Path, data: &Data) -> Result<(), Wrong> {
    if !is_file(path) {
        return Ok(());
    }
    if !data.0.is_empty() {
        return Err(Wrong::new(kind, name, field, format!("stands beside {field}-data: one of them alone can count")));
    }
    let opened = File::open(path);
    opened
        .map(drop)
        .map_err(|error| Wrong::new(kind, name, field, format!("{} cannot be read: {error}", path.display())))
}
