use thiserror::Error;

use crate::cluster::ClusterError;
use crate::config::ConfigError;

/// Why the stack cannot be installed, removed or looked at: what happened, and what to do next. One line, but for the
/// cluster's own reasons, which follow one a line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StackError {
    /// A field that cannot be honoured, found before anything was touched.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Manifests that cannot be had.
    #[error("manifests of {reference}: {message}")]
    Source {
        /// `stack.manifest_ref`.
        reference: String,
        /// Why.
        message: String,
    },
    /// Manifests that do not hold what they should.
    #[error("manifests of {origin}: {message}")]
    Manifest {
        /// Where they came from.
        origin: String,
        /// What is wrong.
        message: String,
    },
    /// Something of that name stands already, and it is not ours.
    #[error(
        "{object} stands already and belongs to {owner}; it is left as it is. To use the stack that stands, set \
         stack.controller.install: false; to replace it, remove it first"
    )]
    Foreign {
        /// The object.
        object: String,
        /// Whoever made it, as far as it says.
        owner: String,
    },
    /// Objects that are stored in a version that the new CRD does not have.
    #[error(
        "{crd} may hold objects that are stored as {versions} ({objects} stand), which the manifests of {reference} do \
         not have; {next}"
    )]
    Stored {
        /// The CRD.
        crd: String,
        /// How many objects it has, in whatever version.
        objects: u64,
        /// The versions that would go.
        versions: String,
        /// What was to be installed.
        reference: String,
        /// What to do next.
        next: String,
    },
    /// Something that has to stand does not.
    #[error("{what} is missing; {next}")]
    Missing {
        /// What.
        what: String,
        /// What to do next.
        next: String,
    },
    /// The cluster refused a request, or did not answer.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A step that did not end well within `stack.wait_timeout`.
    #[error("{what} {fate} after {seconds:.0} s\n  {}", reasons.join("\n  "))]
    NotReady {
        /// What was waited for.
        what: String,
        /// "is not ready", or why no longer wait helps.
        fate: String,
        /// How long it was waited for.
        seconds: f64,
        /// What the cluster says about it.
        reasons: Vec<String>,
    },
}

impl StackError {
    /// HTTP status of the refusal, if that is what it is; 0 where there was no answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Cluster(error) => error.status(),
            _ => None,
        }
    }
}
