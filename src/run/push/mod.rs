//! Metrics that are sent to receivers while a run goes on. A thread, a runtime and connections of their own send them, so that
//! a receiver that does not answer slows nothing that is measured.

mod headers;
mod protocol;
mod pushed;
mod pusher;
mod view;

use std::sync::{Arc, Mutex};

use futures::future::join_all;
use http::HeaderMap;
use tokio::sync::watch;

pub(super) use self::headers::PushHeaders;
use self::protocol::Protocol;
use self::pusher::Pusher;
use self::view::View;
use super::beat::{Beat, Told};
use super::{Progress, RunError};
use crate::config::{Config, Push};
use crate::load::{Counters, Supervisor, Thread};

/// The pushes of a run; those that send them end when this is dropped.
pub(super) struct Pushes(Option<Pushing>);

struct Pushing {
    told: watch::Sender<Told>,
    thread: Thread<Vec<String>>,
}

impl Pushes {
    /// Starts what pushes; nothing is sent before the run's start. `ended`: what the recorder knows of claims that are over.
    ///
    /// # Errors
    /// [`RunError`] where the system refuses a thread.
    pub fn start(
        supervisor: &Supervisor,
        config: &Config,
        headers: &PushHeaders,
        counters: Arc<Counters>,
        ended: Arc<Mutex<Progress>>,
    ) -> Result<Self, RunError> {
        if headers.is_empty() {
            return Ok(Self(None));
        }
        let (told, tell) = watch::channel(Told::default());
        let view = Arc::new(View::new(config, counters, ended));
        let pusher = |(protocol, push, headers): (Protocol, &Push, HeaderMap)| {
            let beat = Beat::new(push.interval.std(), tell.clone());
            Pusher::new(protocol, &push.endpoint, headers, beat, Arc::clone(&view))
        };
        let pushers: Vec<Pusher> = headers.of(&config.output).map(pusher).collect();
        let thread = supervisor.thread("push", || push_all(pushers))?;
        Ok(Self(Some(Pushing { told, thread })))
    }

    /// The run starts at `base_ns`, `CLOCK_MONOTONIC` nanoseconds.
    pub fn start_at(&self, base_ns: i64) {
        if let Some(pushing) = &self.0 {
            pushing.told.send_modify(|told| told.base_ns = Some(base_ns));
        }
    }

    /// The load is over and every claim is recorded: pushes once more, for some seconds at most, and says what went wrong.
    pub async fn end(self) -> Vec<String> {
        let Some(pushing) = self.0 else { return Vec::new() };
        pushing.told.send_modify(|told| told.is_over = true);
        pushing.thread.join().await.unwrap_or_default()
    }
}

fn push_all(pushers: Vec<Pusher>) -> Vec<String> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return vec![format!("nothing was pushed: no runtime: {error}")],
    };
    let warnings = runtime.block_on(join_all(pushers.into_iter().map(Pusher::run)));
    // A name that no server resolves may take long: nobody waits for it.
    runtime.shutdown_background();
    warnings.into_iter().flatten().collect()
}
