use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::plot::{Plot, short};
use super::units::seconds;
use crate::config::ConfigError;

const TEMPLATES: [(&str, &str); 7] = [
    ("base.html", include_str!("../../data/report/base.html")),
    ("parts.html", include_str!("../../data/report/parts.html")),
    ("run.html", include_str!("../../data/report/run.html")),
    ("compare.html", include_str!("../../data/report/compare.html")),
    ("history.html", include_str!("../../data/report/history.html")),
    ("search.html", include_str!("../../data/report/search.html")),
    ("sweep.html", include_str!("../../data/report/sweep.html")),
];
const STYLE: &str =
    concat!(include_str!("../../data/report/uplot/uPlot.min.css"), "\n", include_str!("../../data/report/style.css"));
/// The plotting library with its licence, which asks to be in every copy; then our own, each built on those before.
const SCRIPT: &str = concat!(
    "/*\n",
    include_str!("../../data/report/uplot/LICENSE"),
    "\n*/\n",
    include_str!("../../data/report/uplot/uPlot.iife.min.js"),
    "\n",
    include_str!("../../data/report/units.js"),
    include_str!("../../data/report/axes.js"),
    include_str!("../../data/report/layers.js"),
    include_str!("../../data/report/zoom.js"),
    include_str!("../../data/report/claims.js"),
    include_str!("../../data/report/claim.js"),
    include_str!("../../data/report/dots.js"),
    include_str!("../../data/report/plots.js")
);

/// Name of the page in a run's folder, and in a search's.
pub const PAGE: &str = "report.html";

/// Fills a template: one file that needs no network, and whose policy lets nothing run but the script above.
pub(super) fn render(template: &str, plots: &[Plot], page: &impl Serialize) -> Result<String, ConfigError> {
    let script = lean(SCRIPT);
    let script_hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
    let context = context! {
        style => Value::from_safe_string(lean(STYLE)),
        script => Value::from_safe_string(script),
        script_hash,
        tool_version => env!("CARGO_PKG_VERSION"),
        data => Value::from_safe_string(embed(&plots)),
        plots => Value::from(Serde(plots)),
        page => Value::from(Serde(page)),
    };
    let rendered = environment().and_then(|environment| environment.get_template(template)?.render(context));
    rendered.map_err(|error| ConfigError::new(template, format!("cannot be made of what was read: {error}")))
}

/// Without the comments and indents of our own, which each page would carry along.
fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("seconds", |value: Option<f64>| value.map_or_else(|| "–".into(), spaced));
    environment.add_filter("span", |value: f64| format!("{}\u{a0}s", number(value)));
    environment.add_filter("count", count);
    environment.add_filter("megabytes", |bytes: f64| format!("{}\u{a0}MB", number(bytes / 1e6)));
    environment.add_filter("percent", |value: f64| percent(value));
    environment.add_filter("plain", |value: f64| short(value).to_string());
    environment.add_filter("cell", cell);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// JSON that ends no script element, whatever the names in it.
fn embed(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|error| panic!("plots are numbers and strings: {error}"));
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// As the start of a sentence.
pub(super) fn capitalized(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Seconds in the unit that suits them, as they are typeset: a number, a space, a unit.
pub(super) fn spaced(value: f64) -> String {
    let text = seconds(value);
    let unit = text.find(char::is_alphabetic).unwrap_or(text.len());
    format!("{}\u{a0}{}", &text[..unit], text[unit..].replace("us", "µs"))
}

/// Thousands apart, by a space that does not break.
fn count(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 1000.0 {
        return number(value);
    }
    let digits = format!("{:.0}", value.abs());
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    format!("{}{}", if value < 0.0 { "−" } else { "" }, groups.join("\u{202f}"))
}

/// Three digits, or all before the point where there are more.
fn number(value: f64) -> String {
    let whole = value.abs().max(1e-9).log10().floor() as i32 + 1;
    let digits = usize::try_from(3 - whole).unwrap_or(0);
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn percent(value: f64) -> String {
    // 99.96 % must not read as 100 %.
    let percent = value * 100.0;
    let digits = if percent.fract() == 0.0 || percent.abs() < 90.0 { 1 } else { 2 };
    let text = format!("{percent:.digits$}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A value of a plot's table.
fn cell(value: Option<f64>, unit: &str) -> String {
    match (value, unit) {
        (None, _) => "–".into(),
        (Some(value), "seconds" | "duration") => spaced(value),
        (Some(value), "percentile") => percentile(value),
        (Some(value), _) => count(value),
    }
}

/// 1 / (1 - quantile) as a percentile with as many nines as it has.
fn percentile(value: f64) -> String {
    let quantile = 100.0 * (1.0 - 1.0 / value);
    let digits = (value.log10().floor() as usize).saturating_sub(1) + 1;
    let text = format!("{quantile:.digits$}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_script_it_stands_in() {
        let hostile = "</script><!-- & \u{2028}\u{2029}\"'";
        let safe = embed(&[hostile]);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [hostile]);
        assert!(!SCRIPT.contains("</script"), "nor does the script end itself");
    }

    #[test]
    fn figures_read_as_they_are_meant() {
        assert_eq!(count(1_234_567.0), "1\u{202f}234\u{202f}567");
        let numbers = [20.588_275_784, 1800.4, 0.05, 0.333_333, 10.0, 7.25, 0.0].map(number);
        assert_eq!(numbers, ["20.6", "1800", "0.05", "0.333", "10", "7.25", "0"]);
        assert_eq!((percent(0.9996), percent(1.0), percent(0.5)), ("99.96 %".into(), "100 %".into(), "50 %".into()));
        assert_eq!((percentile(2.0), percentile(1000.0)), ("50 %".into(), "99.9 %".into()));
    }
}
