use super::plot::short;
use crate::measure::Metric;

/// How values of a figure are shown; `duration` shows seconds.
pub(super) fn shown(figure: &str, duration: fn(f64) -> String) -> impl Fn(f64) -> String {
    let is_duration = Metric::of_name(figure).is_some_and(|metric| metric.is_duration());
    move |value| if is_duration { duration(value) } else { short(value).to_string() }
}
