use super::{Bucket, Latency, Summary};

/// How far a percentile of ours may lie outside of its bucket, seconds: the controller takes its own end of it where it
/// writes, not where the write is seen.
const SLACK_S: f64 = 0.1;

/// Where the run's figures and the controller's own metrics cannot both be right.
pub(super) fn disagreements(summary: &Summary) -> Vec<String> {
    let Some(metrics) = &summary.controller_metrics else { return Vec::new() };
    let created: u64 = metrics.creations.values().sum();
    let (ready, planned) = (summary.outcomes.ready, summary.outcomes.total());
    if created < ready || created > planned {
        return vec![format!(
            "the controller counted {created} claims of these pools, the run saw {ready} of {planned} ready: it was \
             restarted, or somebody else claimed too"
        )];
    }
    let Some(theirs) = metrics.startup() else { return Vec::new() };
    let of_same = |latency| summary.figures(latency).filter(|ours| ours.count == theirs.count);
    let mut all = Vec::new();
    if let Some(ours) = of_same(Latency::ControllerTimeToReady) {
        all.extend(outside("p50", ours.p50, theirs.p50));
        all.extend(outside("p99", ours.p99, theirs.p99));
    }
    // What a client sees takes longer than what the controller does for it.
    if let Some(ours) = of_same(Latency::TimeToReadyFromSent).filter(|ours| ours.p50 < theirs.p50.above_s) {
        all.push(format!(
            "{} has p50 {:.3} s, the controller alone took over {:.3} s",
            Latency::TimeToReadyFromSent,
            ours.p50,
            theirs.p50.above_s
        ));
    }
    all
}

fn outside(name: &str, ours: f64, theirs: Bucket) -> Option<String> {
    let beyond = ours < theirs.above_s - SLACK_S || theirs.at_most_s.is_some_and(|bound| ours > bound + SLACK_S);
    beyond.then(|| {
        let bound = theirs.at_most_s.map_or_else(|| "no bound".into(), |bound| format!("{bound:.3} s"));
        format!(
            "{} has {name} {ours:.3} s by the claims' annotations, and lies between {:.3} s and {bound} by the \
             controller's own metrics",
            Latency::ControllerTimeToReady,
            theirs.above_s
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_may_lie_a_little_outside_of_its_bucket() {
        let bucket = Bucket { above_s: 0.1, at_most_s: Some(0.25) };
        assert!(outside("p50", 0.3, bucket).is_none() && outside("p50", 0.9, bucket).is_some());
        assert!(outside("p99", 9.0, Bucket { above_s: 0.1, at_most_s: None }).is_none());
    }
}
