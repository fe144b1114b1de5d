use super::Observation;
use crate::measure::{ClaimRecord, Class, Latency, Timeouts};

/// What is compared of one run, warm-up claims left out. Each list is in order of the intended instant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunSample {
    /// Of every claim of the population of `time_to_ready`.
    pub time_to_ready: Vec<Observation>,
    /// Of the same claims; empty where the workload runs no command.
    pub time_to_first_exec: Vec<Observation>,
    /// Share of the population of `time_to_ready`: did the claim not become ready?
    pub failed: Vec<Observation>,
    /// Share of ready claims of a known class: was it cold?
    pub cold: Vec<Observation>,
    /// CPU seconds of the system under test for a claim, where it was measured.
    pub cpu_per_claim: Option<f64>,
}

impl RunSample {
    /// From claims in any order, without those of a warm-up. Claims that never got so far count at `timeouts` at least.
    #[must_use]
    pub fn of(claims: &[ClaimRecord], timeouts: &Timeouts) -> Self {
        let mut claims: Vec<&ClaimRecord> = claims.iter().collect();
        claims.sort_by_key(|claim| (claim.intended_ns, claim.index));
        let latency = |latency: Latency| {
            let of = move |claim: &&ClaimRecord| {
                let (nanos, censored) = latency.of(claim, timeouts)?;
                Some(Observation { intended_ns: claim.intended_ns, value: nanos as f64 / 1e9, censored })
            };
            claims.iter().filter_map(of).collect::<Vec<_>>()
        };
        let time_to_ready = latency(Latency::TimeToReady);
        // Exactly those that never became ready are censored.
        let failed = time_to_ready.iter().map(|one| Observation::share(one.intended_ns, one.censored)).collect();
        let of_class = claims.iter().filter(|claim| claim.is_ready()).filter_map(|claim| Some((claim, claim.class?)));
        let cold = of_class.map(|(claim, class)| Observation::share(claim.intended_ns, class == Class::Cold)).collect();
        let time_to_first_exec = latency(Latency::TimeToFirstExec);
        Self { time_to_ready, time_to_first_exec, failed, cold, cpu_per_claim: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{End, NotSentReason};

    #[test]
    fn a_claim_that_was_never_ready_is_censored_and_failed_and_one_after_the_end_is_neither() {
        let mut claims: Vec<ClaimRecord> = (0..4_i64)
            .map(|index| ClaimRecord::of_ready(index as u64, index * 10, index * 10 + 2_000_000_000))
            .collect();
        claims[1].end = End::TimedOut(None);
        claims[2].end = End::NotSent(NotSentReason::Interrupted);
        claims[3].class = Some(Class::Cold);
        claims.reverse();
        let sample = RunSample::of(&claims, &Timeouts::ready(3_000_000_000));
        let told: Vec<_> = sample.time_to_ready.iter().map(|one| (one.intended_ns, one.value, one.censored)).collect();
        assert_eq!(told, [(0, 2.0, false), (10, 3.0, true), (30, 2.0, false)]);
        assert_eq!(sample.failed.iter().map(|one| one.value).collect::<Vec<_>>(), [0.0, 1.0, 0.0]);
        assert_eq!(sample.cold, [Observation::share(0, false), Observation::share(30, true)]);
        assert!(sample.time_to_first_exec.is_empty());
    }
}
