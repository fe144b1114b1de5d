use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::listening::ports;
use super::{kubelets, local, runsc};
use crate::cluster::{Access, ClusterError, Requester};
use crate::config::ControllerMetricsSource;
use crate::load::scrape;
use crate::measure::{Pick, Source, SourceValue};
use crate::run::pods::PodsOnNodes;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an API server's answer, at most; a busy one's has some megabytes.
const MOST: usize = 16 << 20;

/// Where a source's metrics are.
pub(super) enum Place {
    /// Nowhere: why not.
    Nowhere(&'static str),
    /// The API server's own.
    Server(Server),
    /// The controller's.
    Scraped(Server, ControllerMetricsSource),
    /// On some port of loopback, of the controller that this process started, by its id.
    Program(Server, u32),
    /// This process.
    Process,
    /// This machine.
    Machine,
    /// The kubelets of the nodes that these Pods are on.
    Kubelets(Server, PodsOnNodes),
    /// gVisor's processes on this machine.
    Runsc,
}

impl Place {
    /// What is there now.
    ///
    /// # Errors
    /// Why there is nothing, in words.
    pub async fn read(&mut self, source: Source) -> Result<Vec<SourceValue>, String> {
        let mut pick = Pick::of(source);
        match self {
            Self::Nowhere(why) => return Err((*why).to_owned()),
            Self::Process => return Ok(local::process()),
            Self::Machine => return local::machine(),
            Self::Runsc => return runsc::sandboxes(),
            Self::Kubelets(server, pods) => return kubelets::read(server.requester().await?, pods).await,
            Self::Server(server) => {
                let read = server.requester().await?.lines("/metrics", TIMEOUT, MOST, |line| pick.line(line)).await;
                read.map_err(ClusterError::into_words)?;
            }
            Self::Scraped(server, at) => {
                let text = scrape(server.requester().await?, at).await.unwrap_or(Err("not asked for".into()))?;
                text.lines().for_each(|line| pick.line(line));
            }
            Self::Program(server, id) => {
                let (at, values) = find(server, *id, source).await?;
                *self = Self::Scraped(server.clone(), at);
                return Ok(values);
            }
        }
        let values = pick.values();
        if values.is_empty() { Err("its answer has none of the metrics that are kept".into()) } else { Ok(values) }
    }
}

/// The port on which the program serves its metrics, and what they are.
async fn find(server: &Server, id: u32, source: Source) -> Result<(ControllerMetricsSource, Vec<SourceValue>), String> {
    for port in ports(id) {
        let at = ControllerMetricsSource::Url(format!("http://127.0.0.1:{port}/metrics"));
        let Some(Ok(text)) = scrape(server.requester().await?, &at).await else { continue };
        let mut pick = Pick::of(source);
        text.lines().for_each(|line| pick.line(line));
        let values = pick.values();
        if !values.is_empty() {
            return Ok((at, values));
        }
    }
    Err("the controller's program serves no metrics on loopback by plain HTTP".into())
}

/// The API server, over a connection that carries nothing else; it is opened when it is needed.
#[derive(Clone)]
pub(super) struct Server {
    access: Access,
    requester: Arc<OnceCell<Requester>>,
}

impl Server {
    pub fn new(access: Access) -> Self {
        Self { access, requester: Arc::default() }
    }

    async fn requester(&self) -> Result<&Requester, String> {
        let new = async || {
            let (dialer, credentials) = (self.access.dialer().await?, self.access.credentials().await?);
            Ok(Requester::new(dialer, credentials, 1))
        };
        self.requester.get_or_try_init(new).await.map_err(ClusterError::into_words)
    }
}
