//! Credential plugins: programs that a kubeconfig names and that print an `ExecCredential`. Each is run once per process,
//! whoever asks, and again before what it said expires, or once the server refuses it.

mod credential;
mod exec;
mod process;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use tokio::sync::Mutex as AsyncMutex;

use super::ClusterError;
pub(super) use credential::Credential;
pub(super) use exec::{Exec, ExecApiVersion, InteractiveMode};
use process::TIMEOUT;

/// A refused credential is asked for anew at most so often, so that an account that is gone costs no storm of logins.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(10);

/// As client-go's cache of plugins: one for each way to call one.
static PLUGINS: Mutex<Vec<Arc<Plugin>>> = Mutex::new(Vec::new());

/// A plugin, and what it said last.
#[derive(Debug)]
pub(super) struct Plugin {
    exec: Exec,
    said: AsyncMutex<Said>,
    /// The certificate of what it said last, for connections that open meanwhile.
    certificate: RwLock<Option<Arc<CertifiedKey>>>,
}

#[derive(Debug, Default)]
struct Said {
    credential: Option<Arc<Credential>>,
    /// When it was last run because of a refusal.
    renewed: Option<Instant>,
}

impl Plugin {
    /// The process's one plugin that is called so; nothing is run yet.
    pub fn of(exec: Exec) -> Arc<Self> {
        let mut plugins = PLUGINS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plugins.iter().find(|plugin| plugin.exec == exec) {
            return Arc::clone(known);
        }
        let new = Arc::new(Self { exec, said: AsyncMutex::default(), certificate: RwLock::default() });
        plugins.push(Arc::clone(&new));
        new
    }

    /// What it said, which is run where it has said nothing yet or that expires soon. Who comes meanwhile waits for the
    /// same run.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`].
    pub async fn credential(&self) -> Result<Arc<Credential>, ClusterError> {
        let mut said = self.said.lock().await;
        match &said.credential {
            Some(credential) if !credential.expires_soon() => Ok(Arc::clone(credential)),
            _ => self.run(&mut said).await,
        }
    }

    /// Another credential than `refused`, which the server took for none; the same where there is no other.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`].
    pub async fn instead_of(&self, refused: &Credential) -> Result<Arc<Credential>, ClusterError> {
        let mut said = self.said.lock().await;
        let lately = said.renewed.is_some_and(|at| at.elapsed() < RENEWAL_INTERVAL);
        match &said.credential {
            Some(credential) if lately || **credential != *refused => Ok(Arc::clone(credential)),
            _ => {
                said.renewed = Some(Instant::now());
                self.run(&mut said).await
            }
        }
    }

    /// The client certificate that connections are to show at present; `None` where it gives none.
    pub fn certificate(&self) -> Option<Arc<CertifiedKey>> {
        self.certificate.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(&self, said: &mut Said) -> Result<Arc<Credential>, ClusterError> {
        let output = process::run(&self.exec, TIMEOUT).await?;
        let credential = Arc::new(Credential::read(&output, self.exec.api_version)?);
        self.show(&credential);
        said.credential = Some(Arc::clone(&credential));
        Ok(credential)
    }

    /// The same certificate again is no other: connections that show it stay.
    fn show(&self, credential: &Credential) {
        let mut shown = self.certificate.write().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().map(|it| &it.cert) != credential.certificate.as_ref().map(|it| &it.cert) {
            shown.clone_from(&credential.certificate);
        }
    }
}

/// Each new connection shows what the plugin said last.
impl ResolvesClientCert for Plugin {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.certificate()
    }

    fn has_certs(&self) -> bool {
        true
    }
}
