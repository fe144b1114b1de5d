//! Figures with their units, as people read them.

/// Seconds with three digits and the unit that suits them.
#[must_use]
pub fn seconds(value: f64) -> String {
    let (scaled, unit) = match value {
        value if value < 1e-6 => (value * 1e9, "ns"),
        value if value < 1e-3 => (value * 1e6, "us"),
        value if value < 1.0 => (value * 1e3, "ms"),
        value => (value, "s"),
    };
    let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.digits$}{unit}")
}
