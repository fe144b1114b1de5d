use std::collections::BTreeMap;
use std::env;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::protocol::Protocol;
use crate::config::{ConfigError, Header, Output, Push};
use crate::files::read_regular;

/// The headers of each push, read where the configuration says. They are shown nowhere.
pub(in crate::run) struct PushHeaders(Vec<(Protocol, HeaderMap)>);

impl PushHeaders {
    /// # Errors
    /// A [`ConfigError`] for a variable that is not set, a file that cannot be read, and a value that no header can hold.
    pub fn read(output: &Output) -> Result<Self, ConfigError> {
        let pushes = Protocol::ALL.into_iter().filter_map(|protocol| Some((protocol, protocol.push(output)?)));
        let read = pushes.map(|(protocol, push)| Ok((protocol, read(protocol.field(), &push.headers)?)));
        Ok(Self(read.collect::<Result<_, ConfigError>>()?))
    }

    /// Nothing is pushed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each push, with its headers.
    pub fn of<'a>(&'a self, output: &'a Output) -> impl Iterator<Item = (Protocol, &'a Push, HeaderMap)> {
        self.0.iter().filter_map(|(protocol, headers)| Some((*protocol, protocol.push(output)?, headers.clone())))
    }
}

fn read(field: &str, headers: &BTreeMap<String, Header>) -> Result<HeaderMap, ConfigError> {
    let mut read = HeaderMap::new();
    for (name, header) in headers {
        let refuse =
            |got: String, allowed: &str| ConfigError::not_allowed(format!("{field}.headers.{name}"), got, allowed);
        let (text, from) = match header {
            Header::Text(text) => (text.clone(), "text".to_owned()),
            Header::Env(variable) => {
                let value = env::var(variable);
                let value =
                    value.map_err(|_| refuse(format!("\"env:{variable}\""), "a variable that is set to text"))?;
                (value, format!("the value of {variable}"))
            }
            Header::File(path) => {
                let text = read_regular(path).map_err(|error| {
                    let allowed = "a file that can be read";
                    ConfigError::not_allowed_path(format!("{field}.headers.{name}"), path, error, allowed)
                })?;
                (text.trim().to_owned(), format!("the text of {}", path.display()))
            }
        };
        let value = HeaderValue::from_str(&text).ok().filter(|value| !value.is_empty());
        let mut value = value.ok_or_else(|| refuse(from, "visible characters, and one or more"))?;
        value.set_sensitive(true);
        let name = HeaderName::try_from(name).map_err(|_| refuse("it".into(), "a header's name"))?;
        read.insert(name, value);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read_one(header: Header) -> Result<HeaderMap, String> {
        let headers = BTreeMap::from([("authorization".to_owned(), header)]);
        read("output.otlp", &headers).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_gives_its_text_and_an_error_never_repeats_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "Bearer canary\n").unwrap();
        let headers = read_one(Header::File(path.clone())).unwrap();
        assert_eq!(headers["authorization"], "Bearer canary");
        assert!(!format!("{headers:?}").contains("canary"));
        fs::write(&path, "canary\nx").unwrap();
        let error = read_one(Header::File(path)).unwrap_err();
        assert!(error.starts_with("output.otlp.headers.authorization: got the text of"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let error = read_one(Header::Env("NO_SUCH_VARIABLE_OF_OURS".into())).unwrap_err();
        assert!(
            error.ends_with("got \"env:NO_SUCH_VARIABLE_OF_OURS\", allowed: a variable that is set to text"),
            "{error}"
        );
        let error = read_one(Header::File("no/such/file".into())).unwrap_err();
        assert!(error.contains("no/such/file") && error.contains("a file that can be read"), "{error}");
    }
}
