//! The controller's own metrics, before and after a run, beside the run's figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exposition::{Sample, parse};
use crate::config::WarmPool;

const CREATIONS: &str = "agent_sandbox_claim_creation_total";
/// The controller's histograms, in milliseconds: from the claim's creation, from the controller's first sight of it, and
/// from what the client stamped.
const HISTOGRAMS: [&str; 3] = [
    "agent_sandbox_claim_startup_latency_ms",
    "agent_sandbox_claim_controller_startup_latency_ms",
    "agent_sandbox_client_claim_startup_latency_ms",
];

/// Histograms and counters of newer controllers: sandboxes that were suspended and resumed, claims that finished and expired.
const NEWER_HISTOGRAMS: [&str; 2] = ["agent_sandbox_suspend_latency_ms", "agent_sandbox_resume_latency_ms"];
const NEWER_COUNTERS: [&str; 4] = [
    "agent_sandbox_suspend_total",
    "agent_sandbox_resume_total",
    "agent_sandbox_finished_total",
    "agent_sandbox_expired_total",
];
const POOL_SIZE: &str = "agent_sandbox_warmpool_size";
/// Why the first histogram is empty beside claims that were counted.
const WHY_EMPTY: &str = "the controller records it only for claims with the annotation \
    agents.x-k8s.io/webhook-first-observed-at, which a webhook of the cluster's own has to set";

/// What the controller counted while the run lasted, for the run's pools and templates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ControllerMetrics {
    /// Where they were read.
    pub source: String,
    /// Claims served, by launch type (`warm`, `cold`, `unknown`).
    pub creations: BTreeMap<String, u64>,
    /// Its histograms by name; null of nothing.
    pub histograms: BTreeMap<String, Option<Buckets>>,
    /// Its other counters, by name; those that it does not have are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u64>,
    /// Sandboxes of the run's pools at the end, as the controller counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmpool_size: Option<u64>,
    /// Why a histogram is null beside claims that were counted, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub empty_because: BTreeMap<String, String>,
}

/// Figures of a Prometheus histogram: a percentile is known only to lie in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Buckets {
    /// Values counted.
    pub count: u64,
    /// Seconds.
    pub mean_s: f64,
    /// Bounds of the median's bucket.
    pub p50: Bucket,
    /// Bounds of the 99th percentile's bucket.
    pub p99: Bucket,
}

/// Bounds in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Above this.
    pub above_s: f64,
    /// At most this; null where there is no bound.
    pub at_most_s: Option<f64>,
}

impl ControllerMetrics {
    /// The difference of two scrapes, for claims of these pools and templates.
    #[must_use]
    pub fn between(source: &str, before: &str, after: &str, pools: &[WarmPool], templates: &[String]) -> Self {
        let ours = |sample: &Sample| is_ours(sample, pools, templates);
        let (before, after) = (parse(before), parse(after));
        let histogram = |name: &&str| ((*name).to_owned(), buckets(name, &before, &after, &ours));
        let mut histograms: BTreeMap<_, _> = HISTOGRAMS.iter().map(histogram).collect();
        histograms.extend(NEWER_HISTOGRAMS.iter().map(histogram).filter(|(_, buckets)| buckets.is_some()));
        let creations = creations(&before, &after, &ours);
        let is_empty = histograms[HISTOGRAMS[0]].is_none() && !creations.is_empty();
        Self {
            source: source.to_owned(),
            creations,
            histograms,
            counters: NEWER_COUNTERS.iter().filter_map(|name| counted(name, &before, &after, &ours)).collect(),
            warmpool_size: sum(POOL_SIZE, &after, &ours).map(|size| size as u64),
            empty_because: is_empty.then(|| (HISTOGRAMS[0].to_owned(), WHY_EMPTY.to_owned())).into_iter().collect(),
        }
    }

    /// From the controller's first sight of a claim to its Ready; `None` of no claim.
    #[must_use]
    pub fn startup(&self) -> Option<Buckets> {
        self.histograms.get(HISTOGRAMS[1]).copied().flatten()
    }
}

/// Claims served by launch type.
fn creations(before: &[Sample], after: &[Sample], ours: &impl Fn(&Sample) -> bool) -> BTreeMap<String, u64> {
    let mut creations: BTreeMap<String, f64> = BTreeMap::new();
    for (samples, sign) in [(after, 1.0), (before, -1.0)] {
        for sample in samples.iter().filter(|sample| sample.name == CREATIONS && ours(sample)) {
            let kind = sample.label("launch_type").unwrap_or("unknown").to_owned();
            *creations.entry(kind).or_default() += sign * sample.value;
        }
    }
    creations.into_iter().map(|(kind, count)| (kind, count.max(0.0) as u64)).collect()
}

/// How much a counter grew; `None` where the controller does not have it.
fn counted(name: &str, before: &[Sample], after: &[Sample], ours: &impl Fn(&Sample) -> bool) -> Option<(String, u64)> {
    let grown = sum(name, after, ours)? - sum(name, before, ours).unwrap_or(0.0);
    Some((name.to_owned(), grown.max(0.0) as u64))
}

/// The sum over the samples of a name; `None` where there is none.
fn sum(name: &str, samples: &[Sample], ours: &impl Fn(&Sample) -> bool) -> Option<f64> {
    let found = samples.iter().filter(|sample| sample.name == name && ours(sample));
    found.map(|sample| sample.value).reduce(|all, one| all + one)
}

/// A label that a version of the controller does not write excludes nothing.
fn is_ours(sample: &Sample, pools: &[WarmPool], templates: &[String]) -> bool {
    let namespace = sample.label("namespace");
    let pool = sample.label("warmpool_name");
    let template = sample.label("sandbox_template");
    pools.iter().any(|ours| {
        namespace.is_none_or(|namespace| namespace == ours.namespace) && pool.is_none_or(|pool| pool == ours.name)
    }) && template.is_none_or(|template| templates.iter().any(|ours| ours == template))
}

fn buckets(name: &str, before: &[Sample], after: &[Sample], ours: &impl Fn(&Sample) -> bool) -> Option<Buckets> {
    let total = |part: &str| {
        let whole = format!("{name}_{part}");
        sum(&whole, after, ours).unwrap_or(0.0) - sum(&whole, before, ours).unwrap_or(0.0)
    };
    let count = total("count");
    if count < 1.0 {
        return None;
    }
    let mut below: BTreeMap<&str, f64> = BTreeMap::new();
    let whole = format!("{name}_bucket");
    for (samples, sign) in [(after, 1.0), (before, -1.0)] {
        for sample in samples.iter().filter(|sample| sample.name == whole && ours(sample)) {
            *below.entry(sample.label("le").unwrap_or_default()).or_default() += sign * sample.value;
        }
    }
    let mut bounds: Vec<(f64, f64)> =
        below.iter().filter_map(|(bound, count)| Some((bound.parse().ok()?, *count))).collect();
    bounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    Some(Buckets {
        count: count as u64,
        mean_s: total("sum") / count / 1e3,
        p50: bucket(&bounds, 0.5 * count),
        p99: bucket(&bounds, 0.99 * count),
    })
}

/// The bucket of a rank; bounds in milliseconds with what lies at or below each.
fn bucket(bounds: &[(f64, f64)], rank: f64) -> Bucket {
    let at = bounds.iter().position(|(_, below)| *below >= rank);
    let above = match at {
        Some(0) => 0.0,
        Some(at) => bounds[at - 1].0,
        None => bounds.last().map_or(0.0, |(bound, _)| *bound),
    };
    let at_most = at.map(|at| bounds[at].0).filter(|bound| bound.is_finite());
    Bucket { above_s: above / 1e3, at_most_s: at_most.map(|bound| bound / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrape(warm: u64, fast: u64, slow: u64) -> String {
        let name = HISTOGRAMS[1];
        let of = r#"launch_type="warm",sandbox_template="t""#;
        let all = fast + slow;
        format!(
            "{CREATIONS}{{namespace=\"n\",launch_type=\"warm\",warmpool_name=\"p\",sandbox_template=\"t\"}} {warm}\n\
             {CREATIONS}{{namespace=\"n\",launch_type=\"cold\",warmpool_name=\"other\",sandbox_template=\"t\"}} 9\n\
             {name}_bucket{{{of},le=\"100\"}} {fast}\n{name}_bucket{{{of},le=\"250\"}} {all}\n\
             {name}_bucket{{{of},le=\"+Inf\"}} {all}\n{name}_sum{{{of}}} {}\n{name}_count{{{of}}} {all}\n",
            fast * 50 + slow * 200
        )
    }

    fn between(before: &str, after: &str) -> ControllerMetrics {
        let pools = [WarmPool { name: "p".into(), namespace: "n".into(), weight: 1.0 }];
        ControllerMetrics::between("here", before, after, &pools, &["t".into()])
    }

    #[test]
    fn counts_what_lies_between_two_scrapes() {
        let metrics = between(&scrape(5, 3, 2), &scrape(105, 93, 12));
        assert_eq!(metrics.creations, BTreeMap::from([("warm".into(), 100)]));
        let figures = metrics.startup().unwrap();
        assert_eq!((figures.count, figures.mean_s), (100, (90.0 * 50.0 + 10.0 * 200.0) / 100.0 / 1e3));
        assert_eq!(figures.p50, Bucket { above_s: 0.0, at_most_s: Some(0.1) });
        assert_eq!(figures.p99, Bucket { above_s: 0.1, at_most_s: Some(0.25) });
        assert_eq!(metrics.histograms[HISTOGRAMS[0]], None);
    }

    #[test]
    fn a_controller_that_never_claimed_before_has_no_samples_yet() {
        assert_eq!(between("", &scrape(7, 7, 0)).creations["warm"], 7);
        assert_eq!(between("", "").startup(), None);
    }

    #[test]
    fn the_counters_of_newer_controllers_stand_beside_and_an_empty_histogram_says_why() {
        let newer = |finished: u64, size: u64| {
            let of = r#"{namespace="n",warmpool_name="p"}"#;
            let other = r#"{namespace="n",warmpool_name="other"}"#;
            format!("agent_sandbox_finished_total{of} {finished}\n{POOL_SIZE}{of} {size}\n{POOL_SIZE}{other} 99\n")
        };
        let before = scrape(5, 3, 2) + &newer(2, 10);
        let metrics = between(&before, &(scrape(7, 4, 3) + &newer(9, 8)));
        assert_eq!(metrics.counters, BTreeMap::from([("agent_sandbox_finished_total".into(), 7)]));
        assert_eq!(metrics.warmpool_size, Some(8));
        assert!(metrics.empty_because[HISTOGRAMS[0]].contains("webhook-first-observed-at"));
        let older = between("", "");
        assert_eq!((older.counters.len(), older.warmpool_size, older.empty_because.len()), (0, None, 0));
    }

    #[test]
    fn beyond_the_last_bound_there_is_no_bound() {
        let bounds = [(100.0, 1.0), (f64::INFINITY, 10.0)];
        assert_eq!(bucket(&bounds, 9.9), Bucket { above_s: 0.1, at_most_s: None });
    }
}
