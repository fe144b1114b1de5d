use std::error::Error;

use thiserror::Error;

/// A cluster that cannot be reached or used: what happened, and what to do next. Never holds a credential.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The kubeconfig cannot be used.
    #[error("kubeconfig {path}: {message}; name a readable file with --kubeconfig")]
    Kubeconfig {
        /// The file, or the places looked at.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// No such context.
    #[error("context \"{context}\" is not in kubeconfig {path}; it holds: {known}")]
    Context {
        /// The file.
        path: String,
        /// The context asked for.
        context: String,
        /// The contexts it has.
        known: String,
    },
    /// Credentials cannot be made ready.
    #[error("credentials: {0}; check the user of this context in the kubeconfig")]
    Credentials(String),
    /// The server does not answer.
    #[error("cannot reach {server}: {message}; check that the cluster is up and that the kubeconfig's server is right")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        message: String,
    },
    /// The server refuses the account, or the account lacks a right.
    #[error("{server} refuses {what}: {status} {message}; {next}")]
    Refused {
        /// Its address.
        server: String,
        /// The request.
        what: String,
        /// HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
        /// What to do next.
        next: &'static str,
    },
    /// Something a run needs is not there.
    #[error("{what} is missing; {next}")]
    Missing {
        /// What.
        what: String,
        /// What to do next.
        next: String,
    },
    /// An answer that is not what the API promises.
    #[error("{server} answered {what} with something unexpected: {message}")]
    Unexpected {
        /// Its address.
        server: String,
        /// The request.
        what: String,
        /// What is odd.
        message: String,
    },
}

impl ClusterError {
    /// Whether the account lacks a right: asking again does not help.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused { status: 403, .. })
    }
}

/// The messages of an error and its causes, without repeating what the outer ones already say. One line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
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
