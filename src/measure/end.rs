use std::borrow::Cow;
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{FailReason, NotSentReason, Outcome, WorkloadFailure};

/// How a planned claim ended, and why. In files these are two fields, `outcome` and `reason`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "Fields")]
pub enum End {
    /// Ready=True was seen; its workload may have failed after that.
    Ready(Option<WorkloadFailure>),
    /// A final Ready=False, deleted by another, never reached the server, or interrupted.
    Failed(FailReason),
    /// No Ready within the timeout; the last reason of its Ready condition, where it had one.
    TimedOut(Option<Box<str>>),
    /// Pushed back with this status, 429 or 5xx, after the policy.
    Rejected(u16),
    /// Never sent.
    NotSent(NotSentReason),
    /// For a reason that only another version knows, kept as it was written.
    Other(Outcome, Option<Box<str>>),
}

/// As it stands in files.
#[derive(Deserialize)]
struct Fields {
    outcome: Outcome,
    reason: Option<Box<str>>,
}

impl From<Fields> for End {
    fn from(Fields { outcome, reason }: Fields) -> Self {
        let text = reason.as_deref();
        let known = match outcome {
            Outcome::Ready => match text.map(str::parse) {
                None => Some(Self::Ready(None)),
                Some(failure) => failure.ok().map(|failure| Self::Ready(Some(failure))),
            },
            Outcome::Failed => text.and_then(|text| text.parse().ok()).map(Self::Failed),
            Outcome::TimedOut => return Self::TimedOut(reason),
            Outcome::Rejected => text.and_then(|text| text.parse().ok()).map(Self::Rejected),
            Outcome::NotSent => text.and_then(NotSentReason::of_name).map(Self::NotSent),
        };
        // A status of "0403" would be written in another way than it was read.
        let same = known.filter(|end| end.reason().as_deref() == text);
        same.unwrap_or(Self::Other(outcome, reason))
    }
}

impl Serialize for End {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("End", 2)?;
        fields.serialize_field("outcome", &self.outcome())?;
        fields.serialize_field("reason", &self.reason())?;
        fields.end()
    }
}

impl End {
    /// The end of a claim that a lost runner took with it.
    #[must_use]
    pub const fn runner_lost(sent: bool) -> Self {
        if sent { Self::Failed(FailReason::RunnerLost) } else { Self::NotSent(NotSentReason::RunnerLost) }
    }

    /// Without the reason.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Ready(_) => Outcome::Ready,
            Self::Failed(_) => Outcome::Failed,
            Self::TimedOut(_) => Outcome::TimedOut,
            Self::Rejected(_) => Outcome::Rejected,
            Self::NotSent(_) => Outcome::NotSent,
            Self::Other(outcome, _) => *outcome,
        }
    }

    /// Why, where the outcome alone does not say.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Ready(failure) => failure.map(|failure| failure.to_string().into()),
            Self::Failed(reason) => Some(reason.to_string().into()),
            Self::TimedOut(reason) | Self::Other(_, reason) => reason.as_deref().map(Cow::Borrowed),
            Self::Rejected(status) => Some(status.to_string().into()),
            Self::NotSent(reason) => Some(reason.name().into()),
        }
    }

    /// True where the outcome alone does not say all.
    #[must_use]
    pub const fn has_reason(&self) -> bool {
        match self {
            Self::Ready(failure) => failure.is_some(),
            Self::TimedOut(reason) | Self::Other(_, reason) => reason.is_some(),
            Self::Failed(_) | Self::Rejected(_) | Self::NotSent(_) => true,
        }
    }

    /// True where the run was stopped before it could end by itself.
    #[must_use]
    pub const fn is_interrupted(&self) -> bool {
        matches!(self, Self::Failed(FailReason::Interrupted) | Self::NotSent(NotSentReason::Interrupted))
    }
}

/// `timed_out`, or with its reason `failed.connect`, as summaries name it.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome())?;
        self.reason().map_or(Ok(()), |reason| write!(f, ".{reason}"))
    }
}

#[cfg(test)]
mod tests {
    use agent_sandbox_common::api::FinalReason;
    use proptest::prelude::*;
    use serde_json::{from_value, json, to_value};

    use super::*;
    use crate::measure::{Way, WorkloadFault};

    fn ends() -> Vec<End> {
        let failed = [FailReason::Connect, FailReason::Deleted, FailReason::Interrupted, FailReason::RunnerLost];
        let finals = FinalReason::ALL.map(FailReason::Condition);
        let faults = WorkloadFault::ALL.iter().flat_map(|fault| Way::ALL.map(|way| way.failed(*fault)));
        let statuses = [Way::Execute, Way::ReadFile, Way::Http].map(|way| WorkloadFailure::Http(way, 503));
        let codes = statuses.into_iter().chain([WorkloadFailure::Exit(Way::Exec, -9)]);
        let mut all = vec![End::Ready(None), End::TimedOut(None), End::TimedOut(Some("SandboxNotReady".into()))];
        all.extend(faults.chain(codes).map(|failure| End::Ready(Some(failure))));
        all.extend(failed.into_iter().chain(finals).chain([FailReason::Http(403)]).map(End::Failed));
        all.extend(NotSentReason::ALL.map(End::NotSent));
        all.push(End::Rejected(429));
        all
    }

    #[test]
    fn every_reason_of_this_version_is_read_as_it_was_written() {
        for end in ends() {
            assert_eq!(from_value::<End>(to_value(&end).unwrap()).unwrap(), end);
            assert_eq!(end.has_reason(), end.reason().is_some());
        }
    }

    #[test]
    fn the_words_are_those_of_the_interface() {
        for (end, word) in [
            (End::Ready(Some(WorkloadFailure::Exit(Way::Exec, 3))), "ready.exec_exit_3"),
            (End::Failed(FailReason::Condition(FinalReason::PodFailed)), "failed.PodFailed"),
            (End::Failed(FailReason::Http(403)), "failed.http_403"),
            (End::TimedOut(None), "timed_out"),
            (End::Rejected(429), "rejected.429"),
            (End::NotSent(NotSentReason::MaxInFlight), "not_sent.max_in_flight"),
            (End::runner_lost(true), "failed.runner_lost"),
        ] {
            assert_eq!(end.to_string(), word);
        }
    }

    proptest! {
        #[test]
        fn what_another_version_wrote_is_kept(
            outcome in prop::sample::select(Outcome::ALL.to_vec()),
            reason in prop::option::of("[a-zA-Z0-9_+]{0,12}|http_0?[0-9]{1,5}|exec_exit_[-+]?[0-9]{1,3}"),
        ) {
            let fields = json!({"outcome": outcome, "reason": reason});
            let end: End = from_value(fields.clone()).unwrap();
            prop_assert_eq!(end.outcome(), outcome);
            prop_assert_eq!(to_value(&end).unwrap(), fields);
        }
    }
}
