use std::net::IpAddr;

use http::Uri;

/// What `NO_PROXY` excepts, as Go reads it: a list of hosts with their subdomains, addresses and networks, each with a
/// port if it is for that port alone; `*` is everything.
#[derive(Debug)]
pub(super) struct NoProxy(Vec<Exception>);

#[derive(Debug)]
enum Exception {
    Everything,
    Network { address: IpAddr, bits: u8 },
    Address { address: IpAddr, port: Option<String> },
    Host { name: String, subdomains_alone: bool, port: Option<String> },
}

impl NoProxy {
    pub fn of(list: &str) -> Self {
        Self(list.split(',').filter_map(|item| Exception::of(&item.trim().to_lowercase())).collect())
    }

    /// Whether a proxy is used for a server.
    pub fn is_proxied(&self, server: &Uri) -> bool {
        let host = server.host().unwrap_or_default().to_lowercase();
        let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
        // Go compares the name as it is written.
        if server.host() == Some("localhost") {
            return false;
        }
        let address = address(host.trim_start_matches('[').trim_end_matches(']'));
        if address.is_some_and(|address| address.is_loopback()) {
            return false;
        }
        !self.0.iter().any(|exception| exception.holds(&host, address, &port.to_string()))
    }
}

impl Exception {
    /// `None` where there is no host.
    fn of(item: &str) -> Option<Self> {
        if item == "*" {
            return Some(Self::Everything);
        }
        if let Some(network) = network(item) {
            return Some(network);
        }
        let (host, port) = with_port(item).map_or((item, None), |(host, port)| (host, Some(port.to_owned())));
        // An empty port is any.
        let port = port.filter(|port| !port.is_empty());
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address { address: address.to_canonical(), port });
        }
        let name = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let subdomains_alone = name.starts_with('.');
        let name = name.strip_prefix('.').unwrap_or(name).to_owned();
        (!host.is_empty()).then_some(Self::Host { name, subdomains_alone, port })
    }

    fn holds(&self, host: &str, address: Option<IpAddr>, port: &str) -> bool {
        let is_port = |wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| wanted == port);
        match (self, address) {
            (Self::Everything, _) => true,
            (Self::Network { address: network, bits }, Some(address)) => {
                prefix(*network, *bits) == prefix(address, *bits)
            }
            (Self::Address { address: wanted, port }, Some(address)) => *wanted == address && is_port(port),
            (Self::Host { name, subdomains_alone, port }, None) => {
                let subdomain = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                (subdomain || (!subdomains_alone && host == name)) && is_port(port)
            }
            _ => false,
        }
    }
}

/// An address, those of IPv4 written as IPv6 among them; a zone is left out.
fn address(text: &str) -> Option<IpAddr> {
    let (text, _) = text.split_once('%').unwrap_or((text, ""));
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn network(item: &str) -> Option<Exception> {
    let (address, bits) = item.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse().ok().filter(|bits| *bits <= most && item.ends_with(|end: char| end.is_ascii_digit()))?;
    Some(Exception::Network { address, bits })
}

/// Host and port, where there is one colon outside of brackets.
fn with_port(item: &str) -> Option<(&str, &str)> {
    match item.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => item.split_once(':').filter(|(_, port)| !port.contains(':')),
    }
}

/// The first bits of an address, and its family.
fn prefix(address: IpAddr, bits: u8) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => {
            (true, u128::from(u32::from(address)).checked_shr(32 - u32::from(bits.min(32))).unwrap_or(0))
        }
        IpAddr::V6(address) => (false, u128::from(address).checked_shr(128 - u32::from(bits)).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_list_is_a_panic(list in any::<String>(), odd in "[*.:/%\\[\\]0-9a-f, ]{0,20}") {
            for server in ["https://[fd00::1]:6443", "http://a.example", "https://10.1.2.3"] {
                let server = server.parse().unwrap();
                let _ = (NoProxy::of(&list).is_proxied(&server), NoProxy::of(&odd).is_proxied(&server));
            }
        }
    }

    /// As `httpproxy` of Go 1.26 answers; `tests/simulator/test_proxies.py` asks it.
    #[test]
    fn exceptions_are_gos() {
        let direct = [
            ("example.com", "https://example.com"),
            ("example.com", "https://a.example.com"),
            (" example.com ,", "https://EXAMPLE.com"),
            (".example.com", "https://a.example.com"),
            ("*.example.com", "https://a.example.com"),
            ("com", "https://example.com"),
            ("example.com:6443", "https://example.com:6443"),
            ("example.com:443", "https://example.com"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3:6443"),
            ("10.1.2.3:6443", "https://10.1.2.3:6443"),
            ("fd00::/8", "https://[fd00::1]:6443"),
            ("[fd00::1]:6443", "https://[fd00::1]:6443"),
            ("fd00::1", "https://[fd00::1]"),
            ("x,*", "https://example.com"),
            ("", "https://localhost:6443"),
            ("", "https://127.3.4.5"),
            ("", "https://[::1]:6443"),
            ("0.0.0.0/0", "https://8.8.8.8"),
        ];
        for (list, server) in direct {
            assert!(!NoProxy::of(list).is_proxied(&server.parse().unwrap()), "{list} {server}");
        }
        let proxied = [
            ("", "https://example.com"),
            ("example.com", "https://badexample.com"),
            (".example.com", "https://example.com"),
            ("example.com:6443", "https://example.com"),
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("10.0.0.0/8", "https://ten.example"),
            ("10.1.2.3:443", "https://10.1.2.3:6443"),
            ("10.0.0.0/33", "https://10.1.2.3"),
            (":6443", "https://example.com:6443"),
            ("https://example.com", "https://example.com"),
            ("example.com other.com", "https://example.com"),
            ("2.3", "https://10.1.2.3"),
            (",,", "https://example.com"),
            ("", "https://local.host"),
        ];
        for (list, server) in proxied {
            assert!(NoProxy::of(list).is_proxied(&server.parse().unwrap()), "{list} {server}");
        }
    }
}
