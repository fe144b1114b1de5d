use agent_sandbox_common::api::key;

/// The run that these claims belong to and, if several processes share its load, the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The run.
    pub run_id: String,
    /// The process, from 0; `None` where there is only one.
    pub runner: Option<u32>,
}

impl Owner {
    /// The only process of a run.
    #[must_use]
    pub fn alone(run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), runner: None }
    }

    /// The labels of what it makes, but for the one that says who manages it.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&'static str, String)> {
        let runner = self.runner.map(|runner| (key::RUNNER, runner.to_string()));
        [(key::RUN_ID, self.run_id.clone())].into_iter().chain(runner)
    }

    /// A label selector of just that, escaped for a URL. A runner's watch carries no claim of another runner.
    pub(crate) fn selector(&self) -> String {
        self.labels().map(|(key, value)| format!("{key}%3D{value}")).collect::<Vec<_>>().join(",")
    }
}
