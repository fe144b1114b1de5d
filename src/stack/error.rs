use std::error::Error as _;

use thiserror::Error;

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
    /// Something that has to stand does not.
    #[error("{what} is missing; {next}")]
    Missing {
        /// What.
        what: String,
        /// What to do next.
        next: String,
    },
    /// The cluster refused a request, or did not answer.
    #[error("{what}: {message}")]
    Cluster {
        /// The request.
        what: String,
        /// HTTP status; 0 when there was no answer.
        status: u16,
        /// The server's words, or the connection's.
        message: String,
    },
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
    /// The fault of a request, in the server's words.
    pub(crate) fn cluster(what: impl Into<String>, error: &kube::Error) -> Self {
        let (status, message) = match error {
            kube::Error::Api(status) => (status.code, status.message.clone()),
            other => (0, chain(other)),
        };
        Self::Cluster { what: what.into(), status, message }
    }

    /// HTTP status of the refusal, if that is what it is.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Cluster { status, .. } => Some(*status),
            _ => None,
        }
    }
}

fn chain(error: &kube::Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(cause) = at {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        at = cause.source();
    }
    text.replace('\n', " ")
}
