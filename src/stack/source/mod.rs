//! Where the manifests come from: a release tag, a commit, or a local folder.

mod cache;
mod download;
mod file;
mod folder;
mod github;
mod kustomize;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use agent_sandbox_common::release;

pub(super) use cache::hex;
pub use github::Origin;

use super::manifest::Manifests;

use super::StackError;
use crate::config::{ConfigError, Stack};

/// Loads the manifests of `stack.manifest_ref`. A folder needs no network; tags and commits are downloaded once.
///
/// # Errors
/// [`StackError::Config`] for a reference of no known form, [`StackError::Source`] and [`StackError::Manifest`] for
/// manifests that cannot be had or read.
pub async fn load(stack: &Stack, origin: &Origin) -> Result<Manifests, StackError> {
    match Form::of(&stack.manifest_ref)? {
        Form::Folder(path) => folder::load(&path, &stack.manifest_ref),
        Form::Tag(tag) => github::release(stack.repository(), &tag, origin).await,
        Form::Commit(commit) => github::commit(stack.repository(), &commit, origin).await,
    }
}

/// What is to be said of a release before it is installed; nothing of one that is known.
pub(super) fn doubt(reference: &str) -> Option<String> {
    let is_unknown = matches!(Form::of(reference), Ok(Form::Tag(_))) && !release::is_known(reference);
    is_unknown.then(|| format!("stack.manifest_ref: {reference} is {}", release::standing(reference)))
}

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Folder(PathBuf),
    Tag(String),
    Commit(String),
}

impl Form {
    fn of(reference: &str) -> Result<Self, ConfigError> {
        let is_path = reference.starts_with(['/', '.', '~']) || reference.contains('/');
        if is_path || Path::new(reference).is_dir() {
            return Ok(Self::Folder(at_home(reference)));
        }
        let numbered = reference.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if numbered && reference.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            return Ok(Self::Tag(reference.to_owned()));
        }
        let hex = reference.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hex && (7..=40).contains(&reference.len()) {
            return Ok(Self::Commit(reference.to_owned()));
        }
        Err(ConfigError::not_allowed(
            "stack.manifest_ref",
            format!("\"{reference}\""),
            format!("a release tag such as {}, a commit of 7 to 40 hex digits, or a local folder", release::DEFAULT),
        ))
    }
}

fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
