//! A comparison in plain words: verdict first and last, figures between.

use super::headline::{percent, source};
use super::report::{CompareReport, ComparedRun};
use super::wording::{change, doubt, effect, interval, sample, value, verdict};
use crate::measure::compare::{Comparison, Doubt, Figure, Judgement, Verdict};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Column, Names, Row, Table};
use crate::report::text::exit_line;
use crate::report::units::seconds;

const NAMES: Names = Names { head: "", width: 16, least: 16 };
const COLUMNS: [Column; 6] = [
    Column { head: "base", width: 8, rank: 3 },
    Column { head: "new", width: 8, rank: 2 },
    Column { head: "change", width: 9, rank: 0 },
    Column { head: "interval", width: 18, rank: 4 },
    Column { head: "verdict", width: 13, rank: 1 },
    LEAST,
];
/// The smallest change that would have been found.
const LEAST: Column = Column { head: "least", width: 8, rank: 5 };

/// The whole text for people; with `verbose` also the rules of the judgement.
#[must_use]
pub fn compare_text(report: &CompareReport, exit_code: i32, verbose: bool, look: &Look) -> Screen {
    let mut screen = Screen::default();
    screen.push(verdict_line(report));
    let source = source(&report.comparison);
    if !source.is_empty() {
        screen.say(source);
    }
    for difference in &report.config_differences {
        screen.push(Line::new(Tone::Warn, format!("differs in {}", difference.text())).hanging(2));
    }
    if let Some(text) = report.environment_text() {
        screen.push(Line::new(Tone::Warn, text).hanging(2));
    }
    table(&report.comparison, verbose, look, &mut screen);
    doubts(&report.comparison, &mut screen);
    if verbose {
        limits(report, &mut screen);
    }
    screen.gap();
    for (name, runs) in ["base", "new"].iter().zip(&report.runs) {
        screen.extend(runs.iter().map(|run| line_of_run(name, run)));
    }
    screen.push(verdict_line(report));
    screen.push(exit_line(exit_code, meaning(report, exit_code)));
    screen
}

fn verdict_line(report: &CompareReport) -> Line {
    let tone = match report.comparison.verdict() {
        Verdict::Worse => Tone::Bad,
        Verdict::Better | Verdict::Same => Tone::Good,
        Verdict::CannotTell(_) => Tone::Warn,
    };
    Line::new(tone, report.headline()).hanging(2)
}

fn meaning(report: &CompareReport, exit_code: i32) -> &'static str {
    match (exit_code, report.comparison.verdict()) {
        (5, _) => "a regression: the new side is worse beyond chance",
        (7, _) => "the runs do not say, and --require-verdict asks that they do",
        (_, Verdict::CannotTell(_)) => "no regression was found; the runs do not say that there is none",
        _ => "no regression",
    }
}

fn table(comparison: &Comparison, verbose: bool, look: &Look, screen: &mut Screen) {
    let columns = &COLUMNS[..if verbose { COLUMNS.len() } else { COLUMNS.len() - 1 }];
    let table = Table::new(NAMES, columns, look);
    let key = |one: &Judgement| (heading(one.figure), sample(one, comparison.runs));
    screen.gap();
    screen.push(table.head());
    for group in comparison.judgements.chunk_by(|one, other| key(one) == key(other)) {
        let (name, sample) = key(&group[0]);
        screen.say(format!("{name} ({sample})"));
        for one in group {
            table.row(&row(one), screen);
        }
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

fn row(one: &Judgement) -> Row {
    let (figure, name) = (one.figure, one.figure.name());
    let short = name.rsplit('.').next().unwrap_or_default();
    let tone = match one.verdict {
        Verdict::Worse => Tone::Bad,
        Verdict::Better => Tone::Good,
        Verdict::Same | Verdict::CannotTell(_) => Tone::Plain,
    };
    let cells = vec![
        (Tone::Plain, value(figure, one.base, seconds)),
        (Tone::Plain, value(figure, one.new, seconds)),
        (tone, change(figure, one.change)),
        (Tone::Plain, interval(figure, one.interval)),
        (tone, verdict(one).0.to_owned()),
        (Tone::Plain, effect(figure, one.smallest_effect)),
    ];
    Row { name: format!(" {short}"), cells, notes: Vec::new() }
}

fn doubts(comparison: &Comparison, screen: &mut Screen) {
    for why in Doubt::ALL {
        let verdict = Verdict::CannotTell(why);
        let figures = comparison.judgements.iter().filter(|one| one.verdict == verdict).count();
        if figures > 0 {
            let all = comparison.judgements.len();
            let text = format!("cannot tell {figures} of {all} figures: {}", doubt(why));
            screen.push(Line::new(Tone::Plain, text).hanging(2));
        }
    }
}

fn limits(report: &CompareReport, screen: &mut Screen) {
    let (comparison, rules) = (&report.comparison, &report.rules);
    let text = format!(
        "level {} over {} figures; margin {}, of shares {} points (pt); limit of the spread between runs {}; least: the \
         smallest change for the worse that would have been found eight times of ten",
        percent(comparison.level),
        comparison.judgements.len(),
        percent(rules.margin),
        rules.share_margin * 100.0,
        percent(rules.run_spread),
    );
    screen.gap();
    screen.push(Line::new(Tone::Dim, text));
}

fn line_of_run(name: &str, run: &ComparedRun) -> Line {
    let warm_ups = match run.warm_up_claims {
        0 => String::new(),
        claims => format!(" ({claims} of warm-ups left out)"),
    };
    let validity = run.validity();
    let tone = if validity == "VALID" { Tone::Good } else { Tone::Bad };
    let claims = format!("; {} claims{warm_ups}: {}", run.claims, run.folder.display());
    Line::new(Tone::Plain, format!("{name:<5}")).and(tone, validity).and(Tone::Plain, claims).hanging(5)
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
            labels: crate::config::Labels::new(),
            tool_version: "0.1.0".into(),
            environment: None,
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
            environment_differences: vec![ConfigDifference { field: "cores".into(), base: json!(2), new: json!(4) }],
        }
    }

    fn told(report: &CompareReport, width: usize) -> String {
        let look = Look { width: Some(width), ..Look::default() };
        compare_text(report, 5, true, &look).plain(look.width)
    }

    fn first_line(base: &[RunSample], new: &[RunSample]) -> String {
        told(&report(base, new), 80).lines().next().unwrap_or_default().to_owned()
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
    fn it_fits_and_says_all_and_the_verdict_comes_last_too() {
        for report in [report(&[run(1, 1.0)], &[run(2, 1.3)]), report(&[run(1, 1.3)], &[run(2, 0.013)])] {
            for width in [40, 80, 200] {
                let text = told(&report, width);
                assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            }
            let text = told(&report, 80);
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines[lines.len() - 2], lines[0]);
            assert!(lines[lines.len() - 1].starts_with("exit 5: a regression"), "{text}");
            for part in [
                "differs in load.rate: base 50, new 100",
                "environment differs in cores: base 2, new 4",
                "VALID; 6000 claims (200 of",
                "new  INVALID: interrupted;",
            ] {
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
