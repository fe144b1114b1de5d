use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::run::Progress;

/// Seconds between lines where stderr is no terminal.
const EVERY_S: f64 = 5.0;

/// Shows how a run stands: one line that renews itself on a terminal, else a line each 5 s.
pub(super) fn print_lines() -> Arc<dyn Fn(&Progress) + Send + Sync> {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::no_length().with_style(
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        return Arc::new(move |progress| {
            bar.set_message(line(progress));
            bar.tick();
        });
    }
    let next = Mutex::new(EVERY_S);
    Arc::new(move |progress| {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.elapsed_s >= *next {
            *next += EVERY_S;
            eprintln!("{}", line(progress));
        }
    })
}

fn line(progress: &Progress) -> String {
    let outcomes = &progress.outcomes;
    let bad = outcomes.total() - outcomes.ready;
    let millis =
        |seconds: Option<f64>| seconds.map_or_else(|| "-".into(), |seconds| format!("{:.1} ms", seconds * 1e3));
    let duration = progress.duration_s.map_or_else(String::new, |duration| format!("/{duration:.0}"));
    format!(
        "{:.0}{duration} s  planned {}  sent {}  in flight {}  ready {}  not ready {bad}  p50 {}  p99 {}  generator lag p99 {}",
        progress.elapsed_s,
        progress.planned,
        progress.sent,
        progress.in_flight,
        outcomes.ready,
        millis(progress.p50),
        millis(progress.p99),
        millis(progress.schedule_lag_p99),
    )
}
