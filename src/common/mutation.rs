//! Faults that a campaign puts into this program, to see that its judge finds them.

crate::words! {
    /// A fault of this program. What each does is said where it is asked for.
    pub enum Mutation {
        /// The Leases of the pools are not given back.
        KeepLease = "keep_lease",
        /// What the releases left is not removed.
        KeepLeftovers = "keep_leftovers",
        /// Some claims are recorded twice.
        RecordTwice = "record_twice",
        /// Some claims are not recorded.
        DropRecord = "drop_record",
        /// Events are stamped 50 ms before they came.
        StampEarly = "stamp_early",
        /// Events are stamped 100 ms after they came.
        StampLate = "stamp_late",
        /// What a list shows is not marked as an upper bound.
        ForgetUpperBound = "forget_upper_bound",
        /// A watch that fell silent is not noticed.
        IgnoreSilence = "ignore_silence",
        /// A run is valid however many ready instants are upper bounds.
        IgnoreBounds = "ignore_bounds",
        /// A claim is due when it is sent.
        IntendedLate = "intended_late",
        /// Claims that were not ready are left out of the figures.
        DropCensored = "drop_censored",
        /// Claims that were not ready count as values.
        CensoredAsValue = "censored_as_value",
        /// Pushback is answered by another try under the policy `fail` too.
        RetryOnFail = "retry_on_fail",
        /// Claims are held for half the time.
        ShortHold = "short_hold",
        /// More claims may be in flight than the limit.
        NoLimit = "no_limit",
        /// A create whose answer was lost counts as never sent.
        LostIsNotSent = "lost_is_not_sent",
        /// The run's start is a millisecond off.
        ShiftBase = "shift_base",
        /// Percentiles are those of one rank lower.
        LowRank = "low_rank",
        /// A claim is gone when its delete was sent.
        DeletedEarly = "deleted_early",
        /// The labels of what is removed at the end are not looked at.
        RemoveOthers = "remove_others",
    }
}

/// Whether this thread has the fault. Outside campaigns nothing has.
#[cfg(not(feature = "made-up"))]
#[must_use]
#[inline]
pub const fn mutated(_: Mutation) -> bool {
    false
}

#[cfg(feature = "made-up")]
pub use switch::{mutate, mutated};

#[cfg(feature = "made-up")]
mod switch {
    use std::cell::Cell;

    use super::Mutation;

    thread_local! {
        static MUTATION: Cell<Option<Mutation>> = const { Cell::new(None) };
    }

    /// Gives this thread a fault, or none.
    pub fn mutate(mutation: Option<Mutation>) {
        MUTATION.set(mutation);
    }

    /// Whether this thread has the fault.
    #[must_use]
    pub fn mutated(mutation: Mutation) -> bool {
        MUTATION.get() == Some(mutation)
    }
}
