//! Lists of what a watch watches.

use std::collections::HashSet;
use std::time::Duration;

use agent_sandbox_common::clock;
use bytes::Bytes;
use http::Method;

use super::stream::{Change, REQUEST_TIMEOUT, Watch};
use super::view::Page;
use crate::cluster::ClusterError;

/// Objects asked for at once.
const PAGE: usize = 500;
/// Objects of a list, at most: one that never ends is none.
const LONGEST_LIST: usize = 2_000_000;

impl<F: FnMut(Change<'_>) + Send + Sync> Watch<F> {
    /// The newest resourceVersion among the objects, without telling of them.
    pub(super) async fn newest(&self, timeout: Duration) -> Result<u64, ClusterError> {
        let (mut newest, mut count) = (0, 0);
        let mut next = String::new();
        loop {
            let body = self.page(&next, timeout).await?;
            let page = self.parse(&body)?;
            count = self.count(count, &page)?;
            let versions = page.items.iter().filter_map(|item| item.metadata.resource_version.parse().ok());
            newest = versions.fold(newest, u64::max);
            if page.metadata.next.is_empty() {
                return Ok(newest);
            }
            next = page.metadata.next.into_owned();
        }
    }

    /// Lists the collection; `tell` of its objects as upper bounds. Returns how many there are and the version.
    pub(super) async fn list(&mut self, tell: bool) -> Result<(usize, String), ClusterError> {
        let asked = clock::monotonic_ns();
        let mut names = HashSet::new();
        let mut next = String::new();
        let mut count = 0;
        loop {
            let body = self.page(&next, REQUEST_TIMEOUT).await?;
            let at = clock::monotonic_ns();
            let page = self.parse(&body)?;
            count = self.count(count, &page)?;
            let late = self.current_ns.map(|since| (at - since).max(0));
            for view in &page.items {
                names.insert(view.metadata.name.clone().into_owned());
                if tell {
                    (self.on_change)(Change::Seen { view, at, late, upper_bound: true });
                }
            }
            if page.metadata.next.is_empty() {
                if tell {
                    (self.on_change)(Change::Listed { names: &names, asked, at });
                }
                return Ok((names.len(), page.metadata.resource_version.into_owned()));
            }
            next = page.metadata.next.into_owned();
        }
    }

    async fn page(&self, next: &str, timeout: Duration) -> Result<Bytes, ClusterError> {
        let path = format!("{}?limit={PAGE}&labelSelector={}&continue={next}", self.path, self.selector);
        let body = self.requester.read(Method::GET, &path, timeout).await?;
        body.ok_or_else(|| self.unexpected("404: nothing of that kind is served".into()))
    }

    fn parse<'a>(&self, body: &'a Bytes) -> Result<Page<'a>, ClusterError> {
        serde_json::from_slice(body).map_err(|error| self.unexpected(error.to_string()))
    }

    /// Objects so far, with those of `page`, which counts as a full one.
    fn count(&self, count: usize, page: &Page<'_>) -> Result<usize, ClusterError> {
        let count = count + page.items.len().max(PAGE);
        let endless = || self.unexpected(format!("a list of more than {LONGEST_LIST} objects"));
        (count <= LONGEST_LIST).then_some(count).ok_or_else(endless)
    }

    fn unexpected(&self, message: String) -> ClusterError {
        ClusterError::Unexpected {
            server: self.requester.server().into(),
            what: format!("list of {}", self.path),
            message,
        }
    }
}
