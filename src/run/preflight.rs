use futures::future::LocalBoxFuture;

use super::lease;
use crate::config::{Config, ConfigError};
use crate::preflight::{Findings, preflight as check};

/// Checks what a run needs of the cluster and what would spoil it, other runs on its pools among it. Changes nothing.
///
/// # Errors
/// A [`ConfigError`] for a load that is no schedule. A fault of the cluster is a finding.
#[must_use]
pub fn preflight<'a>(
    client: &'a kube::Client,
    config: &'a Config,
) -> LocalBoxFuture<'a, Result<Findings, ConfigError>> {
    Box::pin(check(client, config, lease::check))
}
