/// How the pushes to one receiver ended.
#[derive(Debug, Default)]
pub(super) struct Pushed {
    total: u64,
    failed: u64,
    /// Of the last one that failed.
    reason: String,
    /// The last one failed: the receiver has not the run's last figures.
    misses_the_end: bool,
}

impl Pushed {
    pub fn count(&mut self, pushed: Result<(), String>) {
        self.total += 1;
        self.misses_the_end = pushed.is_err();
        if let Err(reason) = pushed {
            self.failed += 1;
            self.reason = reason;
        }
    }

    /// What must be known of them; `None` where all came.
    pub fn warning(&self, field: &str, endpoint: &str) -> Option<String> {
        let Self { total, failed, reason, misses_the_end } = self;
        let end = if *misses_the_end { ", the last one among them" } else { "" };
        (*failed > 0).then(|| format!("{field}: {failed} of {total} pushes to {endpoint} failed{end}: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_and_the_end_is_what_matters() {
        let mut pushed = Pushed::default();
        pushed.count(Ok(()));
        assert_eq!(pushed.warning("output.otlp", "http://a"), None);
        pushed.count(Err("503 Service Unavailable".into()));
        pushed.count(Ok(()));
        let warning = "output.otlp: 1 of 3 pushes to http://a failed: 503 Service Unavailable";
        assert_eq!(pushed.warning("output.otlp", "http://a").as_deref(), Some(warning));
        pushed.count(Err("no answer".into()));
        let warning = pushed.warning("output.otlp", "http://a").unwrap();
        assert!(warning.contains("2 of 4") && warning.ends_with("the last one among them: no answer"), "{warning}");
    }
}
