use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Owner;
use agent_sandbox_common::api::{EXTENSIONS_GROUP, key};
use crate::cluster::{ClusterError, Requester};
use crate::config::WarmPool;

const PATIENCE: Duration = Duration::from_secs(15);
/// Each run's runners have a namespace of their own.
const HOMES: &str = "/api/v1/namespaces";
/// How long runners are waited for, which are given 30 s to release what they claimed.
const RUNNERS_END: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(200);
/// How long a run's end is tried for.
const SWEEP: Duration = Duration::from_secs(5);
/// Deletes under way at a time: thousands one by one would take minutes.
const AT_ONCE: usize = 16;
/// A list that never ends is no list: 500 objects a page.
const MOST_PAGES: usize = 4_000;

/// Whose leftovers to remove.
#[derive(Debug, Clone, Copy)]
pub enum Runs<'a> {
    /// One run's.
    One(&'a str),
    /// What one process of a run made: all of a run, where it is the only one.
    Of(&'a Owner),
    /// Every run's.
    All,
}

impl Runs<'_> {
    /// Whether the object carries the labels of these runs.
    fn own(self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"][key].as_str();
        match self {
            Self::One(run_id) => label(key::RUN_ID) == Some(run_id),
            Self::Of(owner) => owner.labels().all(|(key, value)| label(key) == Some(&value)),
            Self::All => label(key::RUN_ID).is_some() && label(key::MANAGED_BY) == Some(key::MANAGER),
        }
    }
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Claims deleted, as `namespace/name`.
    pub claims: Vec<String>,
    /// Leases on pools deleted, likewise.
    pub leases: Vec<String>,
    /// What runners ran by: their namespaces, and `namespace/name` of their rights.
    pub runners: Vec<String>,
}

/// Deletes the claims and Leases that runs of this tool left, found by label and nothing else. `namespaces` empty: all of
/// them.
///
/// # Errors
/// [`ClusterError`] of the first list or delete that the server refuses or does not answer.
pub async fn cleanup(
    requester: &Requester,
    api_version: &str,
    namespaces: &[String],
    runs: Runs<'_>,
) -> Result<Cleaned, ClusterError> {
    let selector = selector(runs);
    let remove = async |root: &str, plural: &str| remove(requester, root, plural, namespaces, &selector, runs).await;
    let claims = remove(&format!("/apis/{EXTENSIONS_GROUP}/{api_version}"), "sandboxclaims").await?;
    // Who may not look at Leases leaves one that nobody renews, and that says nothing after some seconds.
    let leases = match remove("/apis/coordination.k8s.io/v1", "leases").await {
        Err(error) if error.is_forbidden() => Vec::new(),
        leases => leases?,
    };
    Ok(Cleaned { claims, leases, runners: Vec::new() })
}

/// Removes at a run's end what its releases have left in the namespaces of its pools; how many claims. A fault that
/// passes within seconds leaves nothing: a server that restarts, a token that is renewed.
///
/// # Errors
/// The last error, in words, where it did not pass.
pub async fn sweep(
    requester: &Requester,
    api_version: &str,
    pools: &[WarmPool],
    runs: Runs<'_>,
) -> Result<usize, String> {
    let namespaces: HashSet<String> = pools.iter().map(|pool| pool.namespace.clone()).collect();
    let namespaces: Vec<String> = namespaces.into_iter().collect();
    let until = Instant::now() + SWEEP;
    loop {
        match cleanup(requester, api_version, &namespaces, runs).await {
            Ok(cleaned) => return Ok(cleaned.claims.len()),
            Err(error) if error.is_forbidden() || Instant::now() > until => return Err(error.to_string()),
            Err(_) => sleep(GLANCE).await,
        }
    }
}

/// Deletes what runners run by, found by label and nothing else, and waits until they have ended: what they claimed can
/// be removed for good then. Who may not do so has started none.
///
/// # Errors
/// As [`cleanup`].
pub async fn cleanup_runners(
    requester: &Requester,
    namespaces: &[String],
    runs: Runs<'_>,
) -> Result<Vec<String>, ClusterError> {
    let selector = selector(runs);
    let homes = match list(requester, HOMES, &selector, runs).await {
        Err(error) if error.is_forbidden() => return Ok(Vec::new()),
        homes => homes?,
    };
    let mut removed = Vec::new();
    for (_, name) in &homes {
        ask(requester, Method::DELETE, &format!("{HOMES}/{name}")).await?;
        removed.push(name.clone());
    }
    for plural in ["rolebindings", "roles"] {
        let rights = remove(requester, "/apis/rbac.authorization.k8s.io/v1", plural, namespaces, &selector, runs).await;
        match rights {
            Err(error) if error.is_forbidden() => {}
            rights => removed.extend(rights?),
        }
    }
    let until = Instant::now() + RUNNERS_END;
    for (_, name) in &homes {
        while Instant::now() < until && ask(requester, Method::GET, &format!("{HOMES}/{name}")).await?.is_some() {
            sleep(GLANCE).await;
        }
    }
    Ok(removed)
}

fn selector(runs: Runs<'_>) -> String {
    match runs {
        Runs::One(run_id) => format!("{}%3D{run_id}", key::RUN_ID),
        Runs::Of(owner) => owner.selector(),
        Runs::All => format!("{},{}%3D{}", key::RUN_ID, key::MANAGED_BY, key::MANAGER),
    }
}

/// Deletes what of one kind carries the labels; the names, as `namespace/name`.
async fn remove(
    requester: &Requester,
    root: &str,
    plural: &str,
    namespaces: &[String],
    selector: &str,
    runs: Runs<'_>,
) -> Result<Vec<String>, ClusterError> {
    let collections = if namespaces.is_empty() {
        vec![format!("{root}/{plural}")]
    } else {
        namespaces.iter().map(|namespace| format!("{root}/namespaces/{namespace}/{plural}")).collect()
    };
    let mut removed = Vec::new();
    for collection in collections {
        let delete = |(namespace, name): (String, String)| async move {
            ask(requester, Method::DELETE, &format!("{root}/namespaces/{namespace}/{plural}/{name}")).await?;
            Ok::<_, ClusterError>(format!("{namespace}/{name}"))
        };
        let found = list(requester, &collection, selector, runs).await?;
        let deletes = stream::iter(found).map(delete).buffered(AT_ONCE);
        removed.extend(deletes.try_collect::<Vec<String>>().await?);
    }
    Ok(removed)
}

/// Namespaces and names of what carries the labels. The server selects; a server that does not must cost nobody theirs.
async fn list(
    requester: &Requester,
    collection: &str,
    selector: &str,
    runs: Runs<'_>,
) -> Result<Vec<(String, String)>, ClusterError> {
    let mut found = Vec::new();
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let path = format!("{collection}?limit=500&labelSelector={selector}&continue={next}");
        let Some(page) = ask(requester, Method::GET, &path).await? else { return Ok(found) };
        let text =
            |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let items = page["items"].as_array().into_iter().flatten().filter(|item| runs.own(item));
        found.extend(items.map(|item| (text(item, "/metadata/namespace"), text(item, "/metadata/name"))));
        next = text(&page, "/metadata/continue");
        if next.is_empty() {
            return Ok(found);
        }
    }
    let (server, what) = (requester.server().into(), format!("GET {collection}"));
    Err(ClusterError::Unexpected { server, what, message: format!("a list of more than {MOST_PAGES} pages") })
}

/// The answer; `None` where there is nothing of that path, which is as good as deleted.
async fn ask(requester: &Requester, method: Method, path: &str) -> Result<Option<Value>, ClusterError> {
    let what = format!("{method} {path}");
    let reply = requester.send(method, path, Bytes::new(), PATIENCE).await;
    let reply = reply.map_err(|failure| failure.into_error(requester.server()))?;
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !reply.status.is_success() {
        return Err(reply.refusal(requester.server(), what));
    }
    Ok(Some(serde_json::from_slice(&reply.body).unwrap_or_default()))
}
