use std::fmt::Write as _;

use super::text::objective_value;
use crate::measure::{ObjectiveResult, Summary};

/// A run as a CI reads it: a test that it is a measurement, and a test for each objective.
#[must_use]
pub fn junit(summary: &Summary) -> String {
    let missed = summary.slo.iter().filter(|objective| !objective.met).count();
    let failures = missed + usize::from(!summary.valid);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites>\n  <testsuite name=\"agent-sandbox-bench\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" \
         time=\"{}\" timestamp=\"{}\">",
        summary.slo.len() + 1,
        summary.load.duration_s,
        escape(summary.started_at.get(..19).unwrap_or_default()),
    );
    let why = summary.invalid_because();
    case(&mut out, "the run is a measurement", (!summary.valid).then(|| format!("invalid: {why}")).as_deref());
    for objective in &summary.slo {
        case(&mut out, &objective.expression, message(objective).as_deref());
    }
    out + "  </testsuite>\n</testsuites>\n"
}

fn message(objective: &ObjectiveResult) -> Option<String> {
    (!objective.met).then(|| format!("it is {}", objective_value(objective)))
}

fn case(out: &mut String, name: &str, failure: Option<&str>) {
    let _ = write!(out, "    <testcase classname=\"agent-sandbox-bench\" name=\"{}\"", escape(name));
    let _ = match failure {
        None => writeln!(out, "/>"),
        Some(message) => writeln!(out, "><failure message=\"{}\"/></testcase>", escape(message)),
    };
}

/// For an attribute. What XML cannot hold at all is left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}
