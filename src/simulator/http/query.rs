use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::status::Failure;
use crate::store::Filter;

/// The query of a URL.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (plain(k), plain(v))).collect())
    }

    /// The first value of `name` that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value of `name`.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1" | "True" | "t"))
    }

    pub fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let parse =
            |text: &str| text.parse().map_err(|_| Failure::bad_request(format!("{name}: Invalid value: {text:?}")));
        self.get(name).map(parse).transpose()
    }

    pub fn seconds(&self, name: &str) -> Result<Option<Duration>, Failure> {
        Ok(self.number(name)?.map(Duration::from_secs))
    }

    /// `labelSelector` and `fieldSelector`.
    pub fn filter(&self) -> Result<Filter, Failure> {
        let text = |name| self.get(name).unwrap_or_default();
        Filter::parse(text("labelSelector"), text("fieldSelector")).map_err(Failure::bad_request)
    }
}

fn plain(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_query_is_read_or_refused(text in ".*", labels in "[a-c=!,() inot]*", fields in "[a-c.=!,]*") {
            let _ = Query::parse(&text).filter();
            let query = Query::parse(&format!("labelSelector={labels}&fieldSelector={fields}&limit={text}"));
            if let Ok(filter) = query.filter() {
                let object = crate::store::Object::new(crate::store::Metadata::default());
                filter.matches(&object);
            }
            let _ = query.number("limit");
        }
    }
}
