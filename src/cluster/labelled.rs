use std::time::Duration;

use agent_sandbox_common::mutation::{Mutation, mutated};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::object::{items, label, name, text};
use super::{ClusterError, Requester};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// Deletes under way at a time: thousands one by one would take minutes.
const CONCURRENT_DELETES: usize = 16;
/// Objects of a page of a list.
const PAGE: usize = 500;
/// A list that never ends is not a list.
pub(crate) const MAX_PAGES: usize = 4_000;

/// Objects that carry certain labels. What is removed is found by them and by nothing else.
pub struct Labelled<'a> {
    requester: &'a Requester,
    /// Label keys, each with its value; any value where there is none.
    labels: Vec<(&'static str, Option<String>)>,
}

impl<'a> Labelled<'a> {
    /// Objects that carry all of `labels`.
    #[must_use]
    pub fn new(requester: &'a Requester, labels: Vec<(&'static str, Option<String>)>) -> Self {
        Self { requester, labels }
    }

    /// Deletes those of one kind; their names, as `namespace/name`. `namespaces` empty: in all of them.
    ///
    /// # Errors
    /// [`ClusterError`] of the first list or delete that the server refuses or does not answer.
    pub async fn remove(&self, root: &str, plural: &str, namespaces: &[String]) -> Result<Vec<String>, ClusterError> {
        let collections = if namespaces.is_empty() {
            vec![format!("{root}/{plural}")]
        } else {
            namespaces.iter().map(|namespace| format!("{root}/namespaces/{namespace}/{plural}")).collect()
        };
        let mut removed = Vec::new();
        for collection in collections {
            let delete = |(namespace, name): (String, String)| async move {
                self.delete(&format!("{root}/namespaces/{namespace}/{plural}/{name}")).await?;
                Ok::<_, ClusterError>(format!("{namespace}/{name}"))
            };
            let deletes = stream::iter(self.list(&collection).await?).map(delete).buffered(CONCURRENT_DELETES);
            removed.extend(deletes.try_collect::<Vec<String>>().await?);
        }
        Ok(removed)
    }

    /// Namespaces and names of those in a collection. The server selects them; they are checked again, so that nobody
    /// loses an object when a server ignores the selector.
    ///
    /// # Errors
    /// As [`Labelled::remove`].
    pub async fn list(&self, collection: &str) -> Result<Vec<(String, String)>, ClusterError> {
        let mut found = Vec::new();
        let mut next = String::new();
        let selector = self.selector();
        for _ in 0..MAX_PAGES {
            let path = format!("{collection}?limit={PAGE}&labelSelector={selector}&continue={next}");
            let Some(page) = self.get(&path).await? else { return Ok(found) };
            let ours = items(&page, "/items").iter().filter(|item| self.holds(item));
            found.extend(ours.map(|item| (text(item, "/metadata/namespace").to_owned(), name(item).to_owned())));
            text(&page, "/metadata/continue").clone_into(&mut next);
            if next.is_empty() {
                return Ok(found);
            }
        }
        Err(ClusterError::Unexpected {
            server: self.requester.server().into(),
            what: format!("GET {collection}"),
            message: format!("a list of more than {MAX_PAGES} pages"),
        })
    }

    /// The object at a path; `None` where there is none.
    ///
    /// # Errors
    /// As [`Labelled::remove`].
    pub async fn get(&self, path: &str) -> Result<Option<Value>, ClusterError> {
        self.requester.get(path, REQUEST_TIMEOUT).await
    }

    /// Deletes the object at a path; one that is not there is as good as deleted.
    ///
    /// # Errors
    /// As [`Labelled::remove`].
    pub async fn delete(&self, path: &str) -> Result<(), ClusterError> {
        self.requester.read(http::Method::DELETE, path, REQUEST_TIMEOUT).await.map(drop)
    }

    fn holds(&self, object: &Value) -> bool {
        let is_ours = |(key, value): &(&str, Option<String>)| {
            label(object, key).is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
        };
        mutated(Mutation::RemoveOthers) || self.labels.iter().all(is_ours)
    }

    /// The labels as a selector, escaped for a URL.
    fn selector(&self) -> String {
        let term = |(key, value): &(&str, Option<String>)| match value {
            Some(value) => format!("{key}%3D{value}"),
            None => (*key).to_owned(),
        };
        let all = self.labels.iter().filter(|_| !mutated(Mutation::RemoveOthers));
        all.map(term).collect::<Vec<_>>().join(",")
    }
}
