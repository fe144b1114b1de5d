//! A comparison in plain words: verdict first, figures after. It fits 80 columns, but for names of folders.

use std::fmt::Write as _;

use super::headline::{headline, percent, source};
use super::report::{CompareReport, ComparedRun};
use super::wording::{change, doubt, effect, interval, sample, value, verdict};
use crate::measure::compare::{Comparison, Doubt, Figure, Judgement, Verdict};
use crate::report::text::seconds;

/// All that people are told.
#[must_use]
pub fn compare_text(report: &CompareReport) -> String {
    let mut text = format!("{}\n", headline(report));
    let source = source(&report.comparison);
    if !source.is_empty() {
        let _ = writeln!(text, "{source}");
    }
    for difference in &report.config_differences {
        let _ = writeln!(text, "differs in {}", difference.text());
    }
    table(&report.comparison, &mut text);
    doubts(&report.comparison, &mut text);
    text.push_str(&limits(report));
    for (name, runs) in ["base", "new"].iter().zip(&report.runs) {
        text.extend(runs.iter().map(|run| line_of_run(name, run)));
    }
    text
}

fn table(comparison: &Comparison, text: &mut String) {
    let head = ["base", "new", "change", "interval", "verdict", "least"];
    let [base, new, change, interval, verdict, least] = head;
    let _ = writeln!(text, "\n{:<16}{base:>8}{new:>8}{change:>9}{interval:>18}  {verdict:<11}{least:>8}", "");
    let key = |one: &Judgement| (heading(one.figure), sample(one, comparison.runs));
    for group in comparison.judgements.chunk_by(|one, other| key(one) == key(other)) {
        let (name, sample) = key(&group[0]);
        let _ = writeln!(text, "{name} ({sample})");
        text.extend(group.iter().map(row));
    }
}

/// What figures of one heading have in common.
fn heading(figure: Figure) -> &'static str {
    match figure {
        Figure::Latency(latency, _) => latency.name(),
        Figure::Share(_) => "share of claims",
        Figure::CpuPerClaim => "CPU",
    }
}

fn row(one: &Judgement) -> String {
    let (figure, name) = (one.figure, one.figure.name());
    let short = name.rsplit('.').next().unwrap_or_default();
    format!(
        " {short:<15}{:>8}{:>8}{:>9}{:>18}  {:<11}{:>8}\n",
        value(figure, one.base, seconds),
        value(figure, one.new, seconds),
        change(figure, one.change),
        interval(figure, one.interval),
        verdict(one).0,
        effect(figure, one.smallest_effect),
    )
}

fn doubts(comparison: &Comparison, text: &mut String) {
    for why in Doubt::ALL {
        let verdict = Verdict::CannotTell(why);
        let figures = comparison.judgements.iter().filter(|one| one.verdict == verdict).count();
        if figures > 0 {
            let all = comparison.judgements.len();
            let _ = writeln!(text, "cannot tell {figures} of {all} figures: {}", doubt(why));
        }
    }
}

fn limits(report: &CompareReport) -> String {
    let (comparison, rules) = (&report.comparison, &report.rules);
    format!(
        "\nlevel {} over {} figures; margin {}, of shares {} points (pt);\nlimit of the spread between runs {}; least: the \
         smallest change for the worse\nthat would have been found eight times of ten\n",
        percent(comparison.level),
        comparison.judgements.len(),
        percent(rules.margin),
        rules.share_margin * 100.0,
        percent(rules.run_spread),
    )
}

fn line_of_run(name: &str, run: &ComparedRun) -> String {
    let warm_ups = match run.warm_up_claims {
        0 => String::new(),
        claims => format!(" ({claims} of warm-ups left out)"),
    };
    format!("{name:<5}{}; {} claims{warm_ups}: {}\n", run.validity(), run.claims, run.folder.display())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use serde_json::json;

    use super::*;
    use crate::measure::compare::{Observation, Rules, RunSample, compare};
    use crate::report::compare::ConfigDifference;

    /// A claim each 100 ms, for ten minutes; `factor` times 40 to 60 ms.
    fn run(seed: u64, factor: f64) -> RunSample {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let one = |index: i64| Observation {
            intended_ns: index * 100_000_000,
            value: factor * random.random_range(0.04..0.06),
            censored: false,
        };
        let time_to_ready: Vec<_> = (0..6000).map(one).collect();
        let failed = time_to_ready.iter().map(|one| Observation::share(one.intended_ns, false)).collect();
        RunSample { time_to_ready, failed, ..RunSample::default() }
    }

    fn report(base: &[RunSample], new: &[RunSample]) -> CompareReport {
        let rules = Rules::default();
        let about = ComparedRun {
            folder: PathBuf::from("base"),
            run_id: "abc".into(),
            valid: true,
            invalid_reasons: Vec::new(),
            interrupted: false,
            claims: 6000,
            warm_up_claims: 200,
        };
        CompareReport {
            comparison: compare([base, new], &rules),
            rules,
            runs: [vec![about.clone(); base.len()], vec![ComparedRun { interrupted: true, ..about }; new.len()]],
            config_differences: vec![ConfigDifference { field: "load.rate".into(), base: json!(50), new: json!(100) }],
        }
    }

    fn first_line(base: &[RunSample], new: &[RunSample]) -> String {
        compare_text(&report(base, new)).lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_verdict_comes_first_and_one_run_a_side_says_what_it_assumed() {
        let unknown = "; spread of runs unknown, limit 10 %";
        let slower = first_line(&[run(1, 1.0)], &[run(2, 1.3)]);
        assert!(slower.starts_with("slower by ") && slower.ends_with(&format!(" %{unknown}")), "{slower}");
        let faster = first_line(&[run(1, 1.3)], &[run(2, 1.0)]);
        assert!(faster.starts_with("faster by 2"), "{faster}");
        let again = first_line(&[run(1, 1.0)], &[run(2, 1.0)]);
        assert!(again.starts_with("cannot tell: 2 more runs of this length"), "{again}");
        let three = |seed| vec![run(seed, 1.0), run(seed + 1, 1.0), run(seed + 2, 1.0)];
        assert_eq!(first_line(&three(1), &three(11)), "same within 5 %");
    }

    #[test]
    fn it_fits_80_columns_and_says_all() {
        for report in [report(&[run(1, 1.0)], &[run(2, 1.3)]), report(&[run(1, 1.3)], &[run(2, 0.013)])] {
            let text = compare_text(&report);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            for part in ["differs in load.rate: 50 and 100", "VALID; 6000 claims (200 of", "new  INVALID: interrupted;"]
            {
                assert!(text.contains(part), "no {part} in\n{text}");
            }
            assert!(text.contains(" p99 ") && text.contains("level 1 % over 8 figures"), "{text}");
        }
    }

    #[test]
    fn json_keeps_its_old_keys() {
        let told = serde_json::to_value(report(&[run(1, 1.0)], &[run(2, 1.3)])).unwrap();
        assert_eq!(
            (&told["schema_version"], &told["verdict"], &told["regressed"]),
            (&json!(2), &json!("worse"), &json!(true))
        );
        assert_eq!((&told["unlike"], &told["runs"]["base"][0]["valid"]), (&json!(["load"]), &json!(true)));
        let p50 = &told["differences"][0];
        assert_eq!(
            (&p50["metric"], &p50["regression"], &p50["verdict"]),
            (&json!("time_to_ready.p50"), &json!(true), &json!("worse"))
        );
        let doubtful = serde_json::to_value(report(&[run(1, 1.0)], &[run(2, 1.05)])).unwrap();
        assert_eq!((&doubtful["verdict"], &doubtful["doubt"]), (&json!("cannot_tell"), &json!("run_spread_unknown")));
    }
}
