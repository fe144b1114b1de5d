/// What one claim adds to a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// When the schedule wanted the claim, since the run's start.
    pub intended_ns: i64,
    /// Seconds of a latency; 1 or 0 of a share.
    pub value: f64,
    /// True where the latency is at least `value`.
    pub censored: bool,
}

impl Observation {
    /// Of a share: does the claim count?
    #[must_use]
    pub fn share(intended_ns: i64, counts: bool) -> Self {
        Self { intended_ns, value: f64::from(u8::from(counts)), censored: false }
    }
}
