use agent_sandbox_common::words;

use crate::measure::Stage;

words! {
    /// What may have made claims slow. Where several explain the same, an earlier one says more.
    pub enum Cause {
        /// Pods start slowly on one node.
        SlowNode = "slow_node",
        /// The pool had no Ready sandbox left.
        PoolEmpty = "pool_empty",
        /// A watch broke or was late.
        Watch = "watch",
        /// The controller did nothing for a while.
        ControllerPause = "controller_pause",
        /// Writes were answered with 409.
        Conflicts = "conflicts",
        /// The controller had more to do than it could.
        ControllerBusy = "controller_busy",
        /// API Priority and Fairness had no seat, or answered with 429.
        FlowControl = "flow_control",
        /// The API server answered late.
        ApiLatency = "api_latency",
    }
}

impl Cause {
    /// Whether claims that waited most in this stage may have waited for it.
    #[must_use]
    pub const fn explains(self, stage: Stage) -> bool {
        match self {
            Self::SlowNode => matches!(stage, Stage::PodScheduling | Stage::PodStart),
            Self::PoolEmpty => {
                matches!(stage, Stage::Candidate | Stage::PodScheduling | Stage::PodStart | Stage::Unexplained)
            }
            Self::Watch => matches!(stage, Stage::WatchDelivery | Stage::Unexplained),
            Self::ControllerPause => {
                matches!(stage, Stage::Queue | Stage::Work | Stage::StatusWrite | Stage::Unexplained)
            }
            Self::Conflicts => {
                matches!(stage, Stage::Conflict | Stage::Queue | Stage::Work | Stage::StatusWrite)
            }
            Self::ControllerBusy => matches!(stage, Stage::Queue | Stage::Work | Stage::StatusWrite),
            Self::FlowControl | Self::ApiLatency => {
                matches!(stage, Stage::Connection | Stage::ApiCreate | Stage::FlowControl)
            }
        }
    }

    /// In words, such as "pool empty".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::SlowNode => "a slow node",
            Self::PoolEmpty => "an empty pool",
            Self::Watch => "the watch",
            Self::ControllerPause => "a pause of the controller",
            Self::Conflicts => "conflicts (409)",
            Self::ControllerBusy => "a busy controller",
            Self::FlowControl => "flow control of the API server",
            Self::ApiLatency => "a slow API server",
        }
    }
}
