//! Which proxy a server is reached through, by the environment, as Go's `httpproxy.FromEnvironment` reads it.

use http::Uri;
use http::uri::{Parts, PathAndQuery, Scheme};

use super::no_proxy::NoProxy;

/// The schemes of proxies that can be used, and their usual ports.
const SCHEMES: [(&str, u16); 4] = [("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080)];

/// The proxy that the environment names for `server`; `None` where it is reached directly. As in Go, a loopback address
/// never has one, and a value that is no address counts as none.
///
/// # Errors
/// The variable, and what is wrong with it. A proxy's address may hold a password: it is not quoted.
pub(super) fn of_environment(server: &Uri, get: impl Fn(&str) -> Option<String>) -> Result<Option<Uri>, String> {
    let any = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| get(name).filter(|value| !value.is_empty()).map(|value| (name, value)))
    };
    let names = if server.scheme_str() == Some("https") {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let Some((name, value)) = any(names) else { return Ok(None) };
    let exceptions = any(["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
    if !NoProxy::of(&exceptions).is_proxied(server) {
        return Ok(None);
    }
    let with_scheme = if value.contains("://") { value } else { format!("http://{value}") };
    let Ok(address) = with_scheme.parse() else { return Ok(None) };
    checked(&address).map(Some).map_err(|message| format!("{name} {message}"))
}

/// A proxy's address with its port.
///
/// # Errors
/// What is wrong with it, in words that go on from the field's name.
pub(super) fn checked(address: &Uri) -> Result<Uri, String> {
    let allowed = "is not a usable proxy, allowed: http, https or socks5, and a host: http://proxy.example:3128";
    let known = |scheme: &str| SCHEMES.iter().find(|(known, _)| *known == scheme);
    let Some((_, usual_port)) = address.scheme_str().and_then(known) else { return Err(allowed.into()) };
    let Some(authority) = address.authority().filter(|authority| !authority.host().is_empty()) else {
        return Err(allowed.into());
    };
    let port = authority.port_u16().unwrap_or(*usual_port);
    let user = authority.as_str().rsplit_once('@').map(|(user, _)| format!("{user}@")).unwrap_or_default();
    let mut parts = Parts::default();
    // Name servers are the proxy's business with either.
    let scheme = address.scheme().filter(|scheme| scheme.as_str() != "socks5h");
    parts.scheme = scheme.cloned().or_else(|| Scheme::try_from("socks5").ok());
    parts.authority = format!("{user}{}:{port}", authority.host()).parse().ok();
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|_| allowed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(server: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        of_environment(&server.parse().unwrap(), get).map(|proxy| proxy.map(|uri| uri.to_string()))
    }

    #[test]
    fn each_scheme_has_its_variable_and_each_proxy_its_port() {
        let through = |proxy: &str| Ok(Some(proxy.to_owned()));
        let (https, http) = ("https://c.example", "http://c.example");
        assert_eq!(proxy(https, &[("HTTPS_PROXY", "p:3128")]), through("http://p:3128/"));
        assert_eq!(proxy(https, &[("https_proxy", "https://p")]), through("https://p:443/"));
        assert_eq!(proxy(https, &[("HTTPS_PROXY", ""), ("https_proxy", "p")]), through("http://p:80/"));
        assert_eq!(proxy(https, &[("HTTPS_PROXY", "socks5h://u:p@p")]), through("socks5://u:p@p:1080/"));
        assert_eq!(proxy(https, &[("HTTP_PROXY", "p"), ("ALL_PROXY", "p")]), Ok(None));
        assert_eq!(proxy(http, &[("HTTP_PROXY", "http://[::1]:8/x")]), through("http://[::1]:8/"));
        assert_eq!(proxy(http, &[("HTTP_PROXY", "http://[bad")]), Ok(None));
        assert_eq!(proxy("https://localhost:6443", &[("HTTPS_PROXY", "p")]), Ok(None));
        let refused = proxy(https, &[("HTTPS_PROXY", "ftp://secret@p")]).unwrap_err();
        assert!(refused.starts_with("HTTPS_PROXY is not a usable proxy") && !refused.contains("secret"), "{refused}");
        assert_eq!(proxy(https, &[("HTTPS_PROXY", "ftp://p"), ("NO_PROXY", "example")]), Ok(None));
    }
}
