use agent_sandbox_common::words;

words! {
    /// Why a claim was never sent.
    pub enum NotSentReason {
        /// As many as the load allows were in flight.
        MaxInFlight = "max_in_flight",
        /// The generator came to it later than a user would wait.
        GeneratorLate = "generator_late",
        /// The run was stopped before it was due.
        Interrupted = "interrupted",
        /// Its runner is lost.
        RunnerLost = "runner_lost",
        /// As many as the load allows had failed.
        StopAfterFailures = "stop_after_failures",
    }
}

impl NotSentReason {
    /// True where the load's own limits forbade it: it is none that the generator had to achieve.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        match self {
            Self::MaxInFlight | Self::StopAfterFailures => true,
            Self::GeneratorLate | Self::Interrupted | Self::RunnerLost => false,
        }
    }

    /// True if the load had ended before it. No user waited for it, so it has no time to ready.
    #[must_use]
    pub const fn is_after_end(self) -> bool {
        match self {
            Self::Interrupted | Self::StopAfterFailures => true,
            Self::MaxInFlight | Self::GeneratorLate | Self::RunnerLost => false,
        }
    }
}
