use super::{RunError, Target};
use crate::cluster::{Credentials, Dialer, Requester};
use crate::config::Config;
use crate::load::{self, Cleaned, Runs, served_version};

/// Connections at most; a cleanup is in no hurry.
const CONNECTIONS: usize = 16;

/// Removes what runs left on `target`, blocking. `namespaces` empty: all of them.
///
/// # Errors
/// [`RunError::Cluster`] of the first request that the server refuses or does not answer.
pub fn cleanup(target: &Target, namespaces: &[String], runs: Runs<'_>) -> Result<Cleaned, RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = target.open(&Config::default()).await?;
        let credentials = Credentials::new(&opened.kube).await?;
        let requester = Requester::new(Dialer::new(&opened.kube)?, credentials, CONNECTIONS);
        let version = served_version(&requester).await?;
        let runners = load::cleanup_runners(&requester, namespaces, runs).await?;
        Ok(Cleaned { runners, ..load::cleanup(&requester, &version, namespaces, runs).await? })
    })
}
