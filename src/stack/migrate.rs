//! From an API of two versions to the newer one alone: what is stored is rewritten, so that the CRDs can lose a version.

use std::time::Duration;

use agent_sandbox_common::release::Line;
use futures::stream::{self, StreamExt, TryStreamExt};
use kube::api::ListParams;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Notify, StackError};
use crate::cluster::object::{Reference, items, text};
use crate::cluster::{ClusterError, Objects};

/// Objects of a page.
const PAGE: u32 = 500;
/// Objects rewritten at once.
const ABREAST: usize = 16;
/// Tries of one request, and of a list whose pages expired.
const TRIES: u32 = 10;
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A CRD that stands, and lists versions in which objects may be stored that its successor does not have.
pub(super) struct Outdated {
    at: Reference,
    /// `group/version` of the version that is stored now.
    api_version: String,
    kind: String,
    storage: String,
    /// The versions that go.
    going: Vec<String>,
    /// Whether the successor has the version that is stored now.
    can_migrate: bool,
}

/// The CRDs that cannot be replaced by `crds` as they stand.
pub(super) async fn outdated(objects: &Objects, crds: &[Value]) -> Result<Vec<Outdated>, StackError> {
    let mut found = Vec::new();
    for crd in crds {
        let standing = objects.get(&Reference::of(crd)).await?;
        found.extend(standing.and_then(|standing| Outdated::of(&standing, crd)));
    }
    Ok(found)
}

impl Outdated {
    fn of(standing: &Value, successor: &Value) -> Option<Self> {
        let has = |name: &str| items(successor, "/spec/versions").iter().any(|version| text(version, "/name") == name);
        let stored = items(standing, "/status/storedVersions").iter().filter_map(Value::as_str);
        let going: Vec<_> = stored.filter(|name| !has(name)).map(ToOwned::to_owned).collect();
        let storage = storage(standing)?;
        (!going.is_empty()).then(|| Self {
            at: Reference::of(standing),
            api_version: format!("{}/{storage}", text(standing, "/spec/group")),
            kind: text(standing, "/spec/names/kind").to_owned(),
            storage: storage.to_owned(),
            going,
            can_migrate: has(storage),
        })
    }

    /// What stands against installing over it, and what to do.
    pub(super) async fn refusal(&self, objects: &Objects, reference: &str) -> Result<StackError, StackError> {
        let next = if self.can_migrate {
            "run install --migrate, which rewrites them page by page and can be run again at any time".to_owned()
        } else {
            let first = Line::Both.newest().unwrap_or_default();
            format!("install a release that has both first (stack.manifest_ref: {first}), then this one with --migrate")
        };
        Ok(StackError::Stored {
            crd: self.at.to_string(),
            objects: objects.count(&self.api_version, &self.kind).await?,
            versions: self.going.join(", "),
            reference: reference.to_owned(),
            next,
        })
    }

    /// Whether its objects can be rewritten into a version that stays.
    pub(super) fn can_migrate(&self) -> bool {
        self.can_migrate
    }

    /// Has the server store every object anew, in the version that stays, and then forget the others.
    pub(super) async fn migrate(&self, objects: &Objects, progress: Notify<'_>) -> Result<(), StackError> {
        let mut left = TRIES;
        loop {
            left -= 1;
            match self.rewrite_all(objects, progress).await {
                // The pages of the list expired: what was rewritten is so, and the next list begins anew.
                Err(error) if error.status() == Some(410) && left > 0 => {}
                Err(error) => return Err(error),
                Ok(()) => return self.forget_versions(objects).await,
            }
        }
    }

    async fn rewrite_all(&self, objects: &Objects, progress: Notify<'_>) -> Result<(), StackError> {
        let mut page = ListParams::default().limit(PAGE);
        let mut done = 0;
        loop {
            let ask = async || objects.page(&self.api_version, &self.kind, &page).await;
            let (found, next) = patiently(ask).await?;
            done += found.len();
            let rewrites = stream::iter(&found).map(|object| self.rewrite(objects, object));
            rewrites.buffer_unordered(ABREAST).try_collect::<()>().await?;
            if !found.is_empty() {
                progress(&format!("  {}: {done} objects are stored as {}", self.at.name, self.storage));
            }
            let Some(next) = next else { return Ok(()) };
            page = page.continue_token(&next);
        }
    }

    async fn rewrite(&self, objects: &Objects, object: &Value) -> Result<(), ClusterError> {
        let at = Reference::of(object);
        let mut patch = rewriting(object, &self.going);
        for _ in 1..TRIES {
            match patiently(async || objects.merge(&at, &patch).await).await {
                // Somebody wrote it meanwhile.
                Err(error) if error.status() == Some(409) => {}
                Err(error) if error.status() == Some(404) => return Ok(()),
                done => return done.map(drop),
            }
            let Some(fresh) = patiently(async || objects.get(&at).await).await? else { return Ok(()) };
            patch = rewriting(&fresh, &self.going);
        }
        objects.merge(&at, &patch).await.map(drop)
    }

    /// Nothing is stored in the versions that go, and nothing will be: new objects are stored in the one that stays.
    async fn forget_versions(&self, objects: &Objects) -> Result<(), StackError> {
        let standing = objects.get(&self.at).await?.unwrap_or_default();
        if storage(&standing) != Some(self.storage.as_str()) {
            let what = format!("{} with {} as its stored version", self.at, self.storage);
            return Err(StackError::Missing { what, next: "somebody changed it meanwhile: run this again".into() });
        }
        let unchanged = &standing["metadata"]["resourceVersion"];
        let patch = json!({"metadata": {"resourceVersion": unchanged}, "status": {"storedVersions": [self.storage]}});
        Ok(objects.merge_status(&self.at, &patch).await.map(drop)?)
    }
}

/// The version of a CRD that is stored.
fn storage(crd: &Value) -> Option<&str> {
    let stored = items(crd, "/spec/versions").iter().find(|version| version["storage"] == true)?;
    Some(text(stored, "/name"))
}

/// The patch that has the server write an object in the version that is stored today: a patch of nothing, for it reads
/// the object in whatever version it is. A manager's fields that are noted in a version to be removed lose that note
/// too. Otherwise no server-side apply of the object would be possible once the version is gone.
fn rewriting(object: &Value, going: &[String]) -> Value {
    let goes = |note: &Value| {
        text(note, "/apiVersion").rsplit_once('/').is_some_and(|(_, version)| going.iter().any(|it| it == version))
    };
    let notes = items(object, "/metadata/managedFields");
    if !notes.iter().any(goes) {
        return json!({});
    }
    let mut kept: Vec<Value> = notes.iter().filter(|note| !goes(note)).cloned().collect();
    if kept.is_empty() {
        // An empty list would be taken for none that was sent.
        kept.push(json!({}));
    }
    json!({"metadata": {"resourceVersion": object["metadata"]["resourceVersion"], "managedFields": kept}})
}

/// Asks again where the next answer may be better: a conversion webhook may start.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, ClusterError>) -> Result<T, ClusterError> {
    let mut attempt = 1;
    loop {
        match ask().await {
            Err(error) if attempt < TRIES && matches!(error.status(), Some(0 | 500..)) => {
                sleep(RETRY_AFTER * attempt).await;
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

/// The patch that gives a standing CRD the versions of its successor, if that no longer has a conversion; `None` if
/// there is nothing to remove. An apply could not do it: the controller has fields of the conversion too.
pub(super) fn without_conversion(standing: &Value, successor: &Value) -> Option<Value> {
    let converts = text(standing, "/spec/conversion/strategy") == "Webhook";
    let stays = successor.pointer("/spec/conversion").is_some();
    let versions = successor.pointer("/spec/versions")?;
    let conversion = json!({"strategy": "None", "webhook": null});
    (converts && !stays).then(|| json!({"spec": {"conversion": conversion, "versions": versions}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crd(versions: &[(&str, bool)], stored: &[&str]) -> Value {
        let versions: Vec<_> =
            versions.iter().map(|(name, storage)| json!({"name": name, "storage": storage})).collect();
        json!({"metadata": {"name": "x.g"}, "spec": {"group": "g", "names": {"kind": "X"}, "versions": versions},
            "status": {"storedVersions": stored}})
    }

    #[test]
    fn a_crd_is_outdated_where_a_stored_version_goes() {
        let both = crd(&[("b", true), ("a", false)], &["a", "b"]);
        let second = crd(&[("b", true)], &[]);
        let outdated = Outdated::of(&both, &second).unwrap();
        assert_eq!((outdated.going.as_slice(), outdated.can_migrate), (&["a".to_owned()][..], true));
        assert_eq!(outdated.api_version, "g/b");
        assert!(Outdated::of(&crd(&[("b", true), ("a", false)], &["b"]), &second).is_none());
        let first = crd(&[("a", true)], &["a"]);
        assert!(!Outdated::of(&first, &second).unwrap().can_migrate);
    }

    #[test]
    fn notes_of_a_version_that_goes_are_taken_away() {
        let note = |version: &str| json!({"manager": "m", "apiVersion": format!("g/{version}")});
        let object = |notes: &[Value]| json!({"metadata": {"resourceVersion": "7", "managedFields": notes}});
        let going = ["a".to_owned()];
        assert_eq!(rewriting(&object(&[note("b")]), &going), json!({}));
        let patch = rewriting(&object(&[note("a"), note("b")]), &going);
        assert_eq!(patch, json!({"metadata": {"resourceVersion": "7", "managedFields": [note("b")]}}));
        assert_eq!(rewriting(&object(&[note("a")]), &going)["metadata"]["managedFields"], json!([{}]));
    }

    #[test]
    fn a_conversion_goes_with_the_version_that_needs_it() {
        let mut standing = crd(&[("b", true), ("a", false)], &["b"]);
        let successor = crd(&[("b", true)], &[]);
        assert_eq!(without_conversion(&standing, &successor), None);
        standing["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {"clientConfig": {"caBundle": "x"}}});
        let patch = without_conversion(&standing, &successor).unwrap();
        assert_eq!(patch["spec"]["conversion"], json!({"strategy": "None", "webhook": null}));
        assert_eq!(without_conversion(&standing, &standing), None);
    }
}
