use crate::config::Config;

/// The lower bound that a claim counts at if it never got so far, ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// `load.ready_timeout`, from the intended instant.
    pub ready_ns: i64,
    /// Deadline of the workload's first command; `None` where it runs none.
    pub exec_ns: Option<i64>,
}

impl Timeouts {
    /// A run's.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let session = config.workload.session();
        let first = session.iter().find(|step| step.act.command().is_some());
        Self { ready_ns: config.load.ready_timeout.nanos(), exec_ns: first.map(|step| step.timeout.nanos()) }
    }

    /// Of a workload that runs no command.
    #[cfg(test)]
    pub(crate) const fn ready(ready_ns: i64) -> Self {
        Self { ready_ns, exec_ns: None }
    }
}
