use super::plot::short;
use crate::measure::Metric;

/// How values of a figure are shown; `duration` shows seconds.
pub(super) fn shown(figure: &str, duration: fn(f64) -> String) -> impl Fn(f64) -> String {
    let is_duration = Metric::of_name(figure).is_some_and(|metric| metric.is_duration());
    move |value| if is_duration { duration(value) } else { short(value).to_string() }
}

/// The sign before a bound on a figure: `>` of a lower bound, `<` of an upper one, as rates have.
pub(super) fn bound_sign(figure: &str) -> &'static str {
    if is_bounded_above(figure) { "<" } else { ">" }
}

/// The same in words.
pub(super) fn bound_word(figure: &str) -> &'static str {
    if is_bounded_above(figure) { "upper bound" } else { "lower bound" }
}

fn is_bounded_above(figure: &str) -> bool {
    Metric::of_name(figure).is_some_and(|metric| metric.is_bounded_above())
}
