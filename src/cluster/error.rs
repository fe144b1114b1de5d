use std::error::Error;

use thiserror::Error;

/// A cluster that cannot be reached or used: what happened, and what to do next. Never holds a credential.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The kubeconfig cannot be used.
    #[error("kubeconfig {path}: {message}; --kubeconfig FILE names another")]
    Kubeconfig {
        /// The file, or the places looked at.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The kubeconfig is not there.
    #[error("kubeconfig {path}: there is no such file; --kubeconfig FILE names another")]
    NoKubeconfig {
        /// The file.
        path: String,
    },
    /// No such context.
    #[error("kubeconfig {path}: context: got {got}, allowed: {known}")]
    Context {
        /// The file.
        path: String,
        /// The context asked for, in quotes, or that there is none.
        got: String,
        /// The contexts it has, and the one that was meant.
        known: String,
    },
    /// Credentials cannot be made ready.
    #[error("credentials: {0}; check the user of this context in the kubeconfig")]
    Credentials(String),
    /// A variable of the environment cannot be used.
    #[error("environment: {0}")]
    Environment(String),
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
    /// A request that was refused or not answered, by its own words.
    #[error("{what}: {message}")]
    Request {
        /// What was asked for.
        what: String,
        /// HTTP status; 0 when there was no answer.
        status: u16,
        /// The server's words, or the connection's.
        message: String,
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
    /// The fault of a request of kube's client, in the server's words.
    pub(crate) fn request(what: impl Into<String>, error: &kube::Error) -> Self {
        let (status, message) = match error {
            kube::Error::Api(status) => (status.code, status.message.clone()),
            other => (0, chain(other)),
        };
        Self::Request { what: what.into(), status, message }
    }

    /// A request that was not answered in time.
    pub(crate) fn unanswered(what: impl Into<String>) -> Self {
        Self::Request { what: what.into(), status: 0, message: "no answer in time".into() }
    }

    /// What happened, without what to do next: for what a run can do without.
    pub(crate) fn into_words(self) -> String {
        match self {
            Self::Refused { what, status, message, .. } => format!("{what}: {status} {message}"),
            Self::Unreachable { message, .. } => message,
            Self::Unexpected { what, message, .. } => format!("{what}: {message}"),
            other => other.to_string(),
        }
    }

    /// HTTP status of a refusal, 0 where there was no answer; `None` for what is neither.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Request { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the target that was asked for is not there to be named.
    pub(crate) fn is_bad_input(&self) -> bool {
        matches!(self, Self::NoKubeconfig { .. } | Self::Context { .. })
    }

    /// Whether the account lacks a right: asking again does not help.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
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
