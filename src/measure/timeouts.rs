use crate::config::Config;

/// At what a claim counts at least that never came so far, ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// `load.ready_timeout`, from the intended instant.
    pub ready_ns: i64,
    /// `workload.exec_timeout`; `None` where the workload runs no command.
    pub exec_ns: Option<i64>,
}

impl Timeouts {
    /// A run's.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let workload = &config.workload;
        let exec_ns = workload.runs_a_command().then(|| workload.exec_timeout.nanos());
        Self { ready_ns: config.load.ready_timeout.nanos(), exec_ns }
    }

    /// Of a workload that runs no command.
    #[cfg(test)]
    pub(crate) const fn ready(ready_ns: i64) -> Self {
        Self { ready_ns, exec_ns: None }
    }
}
