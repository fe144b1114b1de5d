use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};

use super::check::Wrong;
use super::file::{AuthProvider, Cluster, ExecConfig, Secret, User};
use super::pem;
use crate::cluster::authorization::{basic, bearer};
use crate::cluster::certificate;
use crate::cluster::credentials::{Identity, Proof};
use crate::cluster::plugin::{Exec, ExecApiVersion, InteractiveMode, Plugin};

/// What stands in a key of `as-user-extra` that no header's name can, as client-go escapes it.
const NO_NAME: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'(')
    .add(b')')
    .add(b',')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'{')
    .add(b'}');
/// The extension of a cluster whose content its plugin receives.
const PLUGIN_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// The client certificate and its key, where there are any.
pub(super) fn certificate(name: &str, user: &User) -> Result<Option<Arc<CertifiedKey>>, Wrong> {
    let wrong = |field: &str, message: String| Wrong::new("user", name, field, message);
    let certificate = pem::bytes(&user.client_certificate, &user.client_certificate_data);
    let Some(certificate) = certificate.map_err(|message| wrong("client-certificate", message))? else {
        return Ok(None);
    };
    let key = pem::bytes(&user.client_key, &user.client_key_data).map_err(|message| wrong("client-key", message))?;
    let key = key.unwrap_or_default();
    if pem::is_on_p_521(&key) {
        let message = "is on the curve P-521, which TLS here cannot use, allowed: P-256, P-384, Ed25519 or RSA";
        return Err(wrong("client-key", message.into()));
    }
    let both = certificate::read(&certificate, &key);
    both.map(Some).map_err(|what| wrong("client-certificate", format!("with its client-key is {what}")))
}

/// What proves who the user is, and who it acts as.
pub(super) fn identity(name: &str, user: &User, cluster: &Cluster) -> Result<Identity, Wrong> {
    let no_header =
        |field: &'static str| move |_| Wrong::new("user", name, field, "holds characters that no HTTP header can");
    // One that is not used is checked all the same.
    let exec = user.exec.as_ref().map(|exec| plugin(name, exec, cluster)).transpose()?;
    let token = user.token.expose();
    let token = if token.is_empty() { None } else { Some(bearer(token).map_err(no_header("token"))?) };
    let proof = if !user.token_file.as_os_str().is_empty() {
        Proof::TokenFile { path: user.token_file.clone(), token }
    } else if let Some(header) = token {
        Proof::Header(header)
    } else if !user.username.is_empty() || !user.password.expose().is_empty() {
        let user = format!("{}:{}", user.username, user.password.expose());
        Proof::Header(basic(user.as_bytes()).map_err(no_header("username"))?)
    } else if let Some(provider) = &user.auth_provider {
        Proof::Header(of_provider(name, provider)?)
    } else if let Some(exec) = exec {
        Proof::Plugin(Plugin::of(exec))
    } else {
        Proof::None
    };
    Ok(Identity { proof, acts_as: acts_as(name, user)? })
}

/// client-go has `oidc` alone; it is not renewed here.
fn of_provider(name: &str, provider: &AuthProvider) -> Result<HeaderValue, Wrong> {
    let wrong = |message: &str| Wrong::new("user", name, "auth-provider", message);
    if provider.name != "oidc" {
        let message = format!("{:?} is not supported any more, allowed: oidc; use an exec plugin", provider.name);
        return Err(wrong(&message));
    }
    let token = provider.config.get("id-token").map(Secret::expose).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| wrong("has no id-token: log in with kubectl first, or use an exec plugin"))?;
    bearer(token).map_err(|_| wrong("has an id-token that no HTTP header can hold"))
}

fn plugin(name: &str, exec: &ExecConfig, cluster: &Cluster) -> Result<Exec, Wrong> {
    let wrong = |field: &str, got: &str, allowed: String| {
        let got = if got.is_empty() { "is missing".to_owned() } else { format!("got {got:?}") };
        Wrong::new("user", name, field, format!("{got}, allowed: {allowed}"))
    };
    let versions = || ExecApiVersion::ALL.map(ExecApiVersion::name).join(", ");
    let api_version = ExecApiVersion::of_name(&exec.api_version);
    let api_version = api_version.ok_or_else(|| wrong("exec.apiVersion", &exec.api_version, versions()))?;
    let interactive_mode = match &*exec.interactive_mode {
        "" if api_version == ExecApiVersion::V1Beta1 => InteractiveMode::IfAvailable,
        mode => {
            let modes = || InteractiveMode::ALL.map(InteractiveMode::name).join(", ");
            InteractiveMode::of_name(mode).ok_or_else(|| wrong("exec.interactiveMode", mode, modes()))?
        }
    };
    Ok(Exec {
        command: exec.command.clone(),
        args: exec.args.clone(),
        env: exec.env.iter().map(|variable| (variable.name.clone(), variable.value.clone())).collect(),
        api_version,
        interactive_mode,
        install_hint: exec.install_hint.clone(),
        cluster: exec.provide_cluster_info.then(|| told_of(cluster).to_string()),
    })
}

/// `spec.cluster` of what a plugin receives.
fn told_of(cluster: &Cluster) -> Value {
    let mut told = json!({ "server": cluster.server });
    let texts = [("tls-server-name", &cluster.tls_server_name), ("proxy-url", &cluster.proxy_url)];
    for (field, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        told[field] = text.as_str().into();
    }
    if cluster.insecure_skip_tls_verify {
        told["insecure-skip-tls-verify"] = true.into();
    }
    if let Ok(Some(authority)) = pem::bytes(&cluster.certificate_authority, &cluster.certificate_authority_data) {
        told["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    if let Some(extension) = cluster.extensions.iter().find(|extension| extension.name == PLUGIN_EXTENSION) {
        told["config"] = extension.extension.clone();
    }
    told
}

fn acts_as(name: &str, user: &User) -> Result<HeaderMap, Wrong> {
    let mut headers = HeaderMap::new();
    let mut add = |header: &str, field: &str, value: &str| {
        let wrong = || Wrong::new("user", name, field, "holds characters that no HTTP header can");
        let header = HeaderName::try_from(header).map_err(|_| wrong())?;
        let value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        headers.append(header, value);
        Ok(())
    };
    if !user.r#as.is_empty() {
        add("Impersonate-User", "as", &user.r#as)?;
    }
    if !user.as_uid.is_empty() {
        add("Impersonate-Uid", "as-uid", &user.as_uid)?;
    }
    for group in &user.as_groups {
        add("Impersonate-Group", "as-groups", group)?;
    }
    for (key, values) in &user.as_user_extra {
        let header = format!("Impersonate-Extra-{}", utf8_percent_encode(key, NO_NAME));
        values.iter().try_for_each(|value| add(&header, "as-user-extra", value))?;
    }
    Ok(headers)
}
