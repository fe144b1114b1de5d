use http::Uri;

use super::check::Wrong;
use super::file::Cluster;
use super::pem;
use crate::cluster::proxy;

/// Where the server is, and how its identity is checked.
pub(super) fn of(name: &str, cluster: &Cluster) -> Result<kube::Config, Wrong> {
    let wrong = |field: &str, message: String| Wrong::new("cluster", name, field, message);
    let authorities = pem::authorities(&cluster.certificate_authority, &cluster.certificate_authority_data)
        .map_err(|message| wrong("certificate-authority", message))?;
    let address = address(&cluster.server).map_err(|message| wrong("server", message))?;
    let mut server = kube::Config::new(address);
    server.root_cert = authorities;
    server.accept_invalid_certs = cluster.insecure_skip_tls_verify;
    server.tls_server_name = Some(cluster.tls_server_name.clone()).filter(|name| !name.is_empty());
    // What is not measured is sent as it comes as well: no retry hides the server's pushback.
    server.default_retry = false;
    if !cluster.proxy_url.is_empty() {
        // It may hold a password.
        let proxy = cluster.proxy_url.parse::<Uri>().map_err(|_| wrong("proxy-url", "is no URL".into()))?;
        server.proxy_url = Some(proxy::checked(&proxy).map_err(|message| wrong("proxy-url", message))?);
    }
    Ok(server)
}

/// A server's address. For client-go it may be a host, and a port: over plain HTTP then.
fn address(server: &str) -> Result<Uri, String> {
    let allowed = "is not an address of a server, allowed: https://host:port";
    let bare = !server.contains("://");
    let written = if bare { format!("http://{server}") } else { server.to_owned() };
    let address: Uri = written.parse().map_err(|_| allowed.to_owned())?;
    let is_http = matches!(address.scheme_str(), Some("http" | "https"));
    let has_host = address.host().is_some_and(|host| !host.is_empty());
    let has_port = address.authority().is_none_or(|it| it.port_u16().is_some() || it.as_str().ends_with(it.host()));
    // A path without a scheme is a slip of the finger.
    if !is_http || !has_host || !has_port || (bare && address.path() != "/") {
        return Err(allowed.to_owned());
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_client_go_takes_it() {
        for (server, taken) in [
            ("https://a.example:6443/prefix", "https://a.example:6443/prefix"),
            ("a.example", "http://a.example/"),
            ("10.0.0.1:8080", "http://10.0.0.1:8080/"),
            ("[::1]:8080", "http://[::1]:8080/"),
        ] {
            assert_eq!(address(server).unwrap().to_string(), taken);
        }
        for server in ["ftp://a", "https://", "a/b", "https://a b", "https://a:port"] {
            assert!(address(server).is_err(), "{server}");
        }
    }
}
