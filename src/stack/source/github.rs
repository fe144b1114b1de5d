//! Releases and commits of the upstream repository, through the public API of its host.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde::Deserialize;

use super::cache::{Cache, hex};
use super::{download, folder};
use crate::stack::StackError;
use crate::stack::manifest::Manifests;

const MAIN: &str = "cmd/agent-sandbox-controller/main.go";

/// Where tags and commits are downloaded from, and where they are kept.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Base URL of the host's API.
    pub api: String,
    /// Base URL of raw files.
    pub raw: String,
    /// Folder of what was downloaded before.
    pub cache: PathBuf,
}

impl Default for Origin {
    fn default() -> Self {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache"))).unwrap_or_else(std::env::temp_dir);
        Self {
            api: "https://api.github.com".into(),
            raw: "https://raw.githubusercontent.com".into(),
            cache: cache.join("agent-sandbox-bench/manifests"),
        }
    }
}

#[derive(Deserialize)]
struct Release {
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    name: String,
    size: usize,
    #[serde(default)]
    digest: Option<String>,
    browser_download_url: String,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    commit: CommitBody,
}

#[derive(Deserialize)]
struct CommitBody {
    tree: TreeReference,
}

#[derive(Deserialize)]
struct TreeReference {
    sha: String,
}

#[derive(Deserialize)]
struct Tree {
    tree: Vec<Entry>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(default)]
    size: usize,
    sha: String,
}

/// The manifests published with a release. One asset holds all; of older releases two are applied one after the other.
/// Which of them there are says which it is.
pub(super) async fn release(repository: &str, tag: &str, origin: &Origin) -> Result<Manifests, StackError> {
    cached(repository, tag, origin, async || {
        let url = format!("{}/repos/{repository}/releases/tags/{tag}", origin.api);
        let release: Release = json(&url).await?;
        let asset = |name: &str| release.assets.iter().find(|asset| asset.name == name);
        let parts = match (asset("sandbox-with-extensions.yaml"), asset("manifest.yaml"), asset("extensions.yaml")) {
            (Some(whole), ..) => vec![whole],
            (None, Some(core), Some(extensions)) => vec![core, extensions],
            _ => {
                let names: Vec<_> = release.assets.iter().map(|asset| asset.name.as_str()).collect();
                return Err(format!("{url}: no known manifest among the release's assets: {}", names.join(", ")));
            }
        };
        let mut files = Vec::new();
        for (at, asset) in parts.into_iter().enumerate() {
            let content = download::get(&asset.browser_download_url).await?;
            asset.verify(&content)?;
            // Numbered: read in this order, the later declaration of an object counts.
            files.push((format!("k8s/{at}-{}", asset.name), content.to_vec()));
        }
        // Only tells which flags the controller knows; without it they are taken as they are asked for.
        if let Ok(main) = download::get(&format!("{}/{repository}/{tag}/{MAIN}", origin.raw)).await {
            files.push((MAIN.into(), main.to_vec()));
        }
        Ok(files)
    })
    .await
}

/// The repository's manifests at a commit.
pub(super) async fn commit(repository: &str, reference: &str, origin: &Origin) -> Result<Manifests, StackError> {
    cached(repository, reference, origin, async || {
        let api = format!("{}/repos/{repository}", origin.api);
        let commit: Commit = json(&format!("{api}/commits/{reference}")).await?;
        let url = format!("{api}/git/trees/{}?recursive=1", commit.commit.tree.sha);
        let tree: Tree = json(&url).await?;
        if tree.truncated {
            return Err(format!("{url}: the list of files is cut short"));
        }
        let mut files = Vec::new();
        for entry in tree.tree.into_iter().filter(|entry| wanted(&entry.path)) {
            let content = download::get(&format!("{}/{repository}/{}/{}", origin.raw, commit.sha, entry.path)).await?;
            entry.verify(&content)?;
            files.push((entry.path, content.to_vec()));
        }
        Ok(files)
    })
    .await
}

#[allow(clippy::case_sensitive_file_extension_comparisons, reason = "names in a repository are what they are")]
fn wanted(path: &str) -> bool {
    let below = path.strip_prefix("k8s/").map(|rest| rest.strip_prefix("crds/").unwrap_or(rest));
    let is_yaml = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "yaml");
    path == MAIN || below.is_some_and(|name| !name.contains('/') && is_yaml(name))
}

async fn cached(
    repository: &str,
    reference: &str,
    origin: &Origin,
    files: impl AsyncFnOnce() -> Result<Vec<(String, Vec<u8>)>, String>,
) -> Result<Manifests, StackError> {
    let cache = Cache::new(&origin.cache.join(repository), reference);
    if let Some(folder) = cache.whole() {
        return load(folder, reference);
    }
    let refuse = |message| StackError::Source { reference: reference.to_owned(), message };
    let files = files().await.map_err(refuse)?;
    let kept = cache.keep(&files);
    load(kept.map_err(|error| refuse(format!("cannot write {}: {error}", origin.cache.display())))?, reference)
}

fn load(folder: &Path, reference: &str) -> Result<Manifests, StackError> {
    folder::load(&folder.join("k8s"), reference)
}

async fn json<T: for<'de> Deserialize<'de>>(url: &str) -> Result<T, String> {
    let body = download::get(url).await?;
    serde_json::from_slice(&body).map_err(|error| format!("{url}: an answer of an unknown form: {error}"))
}

impl Asset {
    fn verify(&self, content: &Bytes) -> Result<(), String> {
        same(&self.name, "size", &self.size, &content.len())?;
        let published = self.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        published
            .map_or(Ok(()), |sum| same(&self.name, "sha256", &sum, &hex(digest(&SHA256, content).as_ref()).as_str()))
    }
}

impl Entry {
    /// Git names a file by the SHA-1 of "blob", its size and its content.
    fn verify(&self, content: &Bytes) -> Result<(), String> {
        same(&self.path, "size", &self.size, &content.len())?;
        let blob = [format!("blob {}\0", content.len()).as_bytes(), content.as_ref()].concat();
        let sum = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &blob).as_ref());
        same(&self.path, "git blob id", &self.sha, &sum)
    }
}

fn same<T: PartialEq + std::fmt::Display>(name: &str, what: &str, published: &T, got: &T) -> Result<(), String> {
    if published == got { Ok(()) } else { Err(format!("{name}: the {what} is {got}, published is {published}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_repository_leads_out_of_its_folder() {
        assert!(wanted("k8s/controller.yaml") && wanted("k8s/crds/claims.yaml") && wanted(MAIN));
        for name in [
            "k8s/../x.yaml",
            "k8s/crds/../../x.yaml",
            "k8s//etc/x.yaml",
            "/k8s/x.yaml",
            "../k8s/x.yaml",
            "k8s/..",
            "k8s/crds/..",
            "k8s/x.yaml/",
        ] {
            assert!(!wanted(name), "{name}");
        }
    }
}
