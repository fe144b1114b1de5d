use std::net::SocketAddr;
use std::sync::Arc;

use super::access::AUDIENCE;
use super::clock::Clock;
use super::cluster::Cluster;
use super::faults::FaultRecord;
use super::http::{Context, bind, listen_on, serve};
use super::kinds::SERVICE_ACCOUNTS;
use super::processes::{self, Processes};
use super::requests::{RequestCounts, Requests};
use super::store::{Key, Waits};
#[cfg(feature = "made-up")]
use super::tasks::Threads;
#[cfg(not(feature = "made-up"))]
use super::threads::Threads;
use super::tls::Tls;
use super::truth::{Truth, TruthRecord};
use super::{Options, SimulatorError};

/// A running simulator, with threads and a runtime of its own.
pub struct Simulator {
    context: Arc<Context>,
    clock: Arc<Clock>,
    address: SocketAddr,
    authority: Option<String>,
    threads: Threads,
}

impl Simulator {
    /// Starts one; it listens, and its stack stands, when this returns.
    ///
    /// # Errors
    /// When the address or the truth's file cannot be had, or threads cannot be started.
    pub fn start(options: impl Into<Options>) -> Result<Self, SimulatorError> {
        let options = options.into();
        let listen = |source| SimulatorError::Listen { address: options.listen, source };
        let listener = bind(options.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let tls = options.settings.tls.then(|| Tls::new(address.ip())).transpose().map_err(SimulatorError::Tls)?;
        let truth = Truth::new(options.truth_out.as_deref(), options.keep_truth)
            .map_err(|source| SimulatorError::Truth { path: options.truth_out.clone().unwrap_or_default(), source })?;

        let log = options.settings.request_log.clone();
        let requests = Requests::new(log.as_deref())
            .map_err(|source| SimulatorError::RequestLog { path: log.unwrap_or_default(), source })?;

        let scheme = if tls.is_some() { "https" } else { "http" };
        let authority = tls.as_ref().map(|tls| tls.authority.clone());
        let processes = Processes::new(options.runner, format!("{scheme}://{address}"), authority);
        let Cluster { context, controllers, clock } =
            Cluster::new(options.settings, &options.installed, truth, requests, processes);

        let (authority, acceptor) = tls.map(|tls| (tls.authority, tls.acceptor)).unzip();
        let (store, served) = (Arc::clone(&context.store), Arc::clone(&context));
        let serving = || Ok(serve(listen_on(listener)?, acceptor, served));
        let threads = Threads::start(serving, controllers, store).map_err(SimulatorError::Threads)?;
        Ok(Self { context, clock, address, authority, threads })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A kubeconfig with the one context `simulator`, YAML.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig_with("simulator", &self.context.token)
    }

    fn kubeconfig_with(&self, name: &str, token: &str) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        let server = format!("{scheme}://{}", self.address);
        processes::kubeconfig(name, &server, self.authority.as_deref(), token)
    }

    /// A kubeconfig of a service account, whose rights RBAC judges; `None` where there is no such account. Its token does not
    /// expire.
    #[must_use]
    pub fn account_kubeconfig(&self, namespace: &str, name: &str) -> Option<String> {
        let state = self.context.store.lock();
        let account = state.get(SERVICE_ACCOUNTS, &Key::new(namespace, name))?;
        let token = self.context.tokens.issue(account, vec![AUDIENCE.into()], state.now(), None, None);
        Some(self.kubeconfig_with(name, &token))
    }

    /// Holds the clock of the faults, none of which happens before [`Simulator::start_clock_at`].
    pub fn hold_clock(&self) {
        self.clock.hold();
    }

    /// Starts the clock of the faults: their `at` counts from `start_ns`, `CLOCK_MONOTONIC` nanoseconds.
    pub fn start_clock_at(&self, start_ns: i64) {
        self.clock.start_at(start_ns);
    }

    /// What truly happened to each claim so far; of those that are gone only where `keep_truth` was set.
    #[must_use]
    pub fn truth(&self) -> Vec<TruthRecord> {
        self.context.truth.records()
    }

    /// The faults of the schedule, and how often each hit so far.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultRecord> {
        self.context.faults.records()
    }

    /// The requests that were answered so far.
    #[must_use]
    pub fn requests(&self) -> RequestCounts {
        self.context.requests.counts()
    }

    /// What claims wait for, for who asks it to keep that.
    #[must_use]
    pub fn waits(&self) -> Arc<Waits> {
        self.context.store.lock().waits.clone()
    }

    /// Stops it: connections are closed, the truth is written out, threads are joined.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if self.threads.stop() {
            self.context.processes.end_all();
            self.context.truth.finish(&self.context.faults.records());
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shut_down();
    }
}
