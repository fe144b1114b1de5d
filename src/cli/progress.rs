use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::say;
use super::terminal::{look, show};
use crate::report::Screen;
use crate::run::{OnProgress, Progress};

/// Seconds between lines where stderr is no terminal.
const EVERY_S: f64 = 5.0;
/// Drawings of the panel a second, at most.
const HZ: u8 = 10;
/// Seconds over which the rate now is taken.
const NOW_S: f64 = 2.0;
const BAR: usize = 28;

/// What people see while a command works: a panel that renews itself on a terminal, else a line each 5 s.
#[derive(Clone)]
pub(super) struct Live {
    quiet: bool,
    panel: Option<ProgressBar>,
}

impl Live {
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let panel = || {
            let panel = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(HZ));
            panel.with_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()))
        };
        Self { quiet, panel: shown.then(panel) }
    }

    /// Shows how a run stands.
    pub fn on_progress(&self) -> Option<OnProgress> {
        let history = Mutex::new(History::default());
        match &self.panel {
            _ if self.quiet => None,
            Some(panel) => {
                let bar = panel.clone();
                Some(Arc::new(move |progress| {
                    let rate = history.lock().unwrap_or_else(PoisonError::into_inner).rate(progress);
                    bar.set_message(panel_text(progress, rate)); // which draws it
                }))
            }
            None => Some(lines()),
        }
    }

    /// Says a line that stays.
    pub fn say(&self, text: &str) {
        match &self.panel {
            Some(panel) => panel.suspend(|| say!("{text}")),
            None => say!("{text}"),
        }
    }

    /// Shows lines that stay.
    pub fn show(&self, screen: &Screen) {
        let look = look();
        match &self.panel {
            Some(panel) => panel.suspend(|| show(screen, &look)),
            None => show(screen, &look),
        }
    }

    /// Takes the panel away.
    pub fn end(&self) {
        self.panel.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn lines() -> OnProgress {
    let next = Mutex::new(EVERY_S);
    Arc::new(move |progress| {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        // In a search each step begins at 0 again.
        *next = next.min(progress.elapsed_s + EVERY_S);
        if progress.elapsed_s >= *next {
            *next += EVERY_S;
            say!("{}", line(progress));
        }
    })
}

/// Ready claims lately, for the rate now.
#[derive(Default)]
struct History(VecDeque<(f64, u64)>);

impl History {
    fn rate(&mut self, progress: &Progress) -> Option<f64> {
        let now = (progress.elapsed_s, progress.outcomes.ready);
        if self.0.back().is_some_and(|last| last.0 > now.0) {
            self.0.clear();
        }
        self.0.push_back(now);
        while self.0.len() > 2 && now.0 - self.0[0].0 > NOW_S {
            self.0.pop_front();
        }
        let first = self.0.front()?;
        (now.0 > first.0).then(|| (now.1 - first.1) as f64 / (now.0 - first.0))
    }
}

fn panel_text(progress: &Progress, rate: Option<f64>) -> String {
    let (outcomes, classes) = (&progress.outcomes, &progress.classes);
    let mut text = time(progress);
    let now = rate.map_or_else(|| "-".into(), |rate| format!("{rate:.1}/s"));
    let _ = write!(
        text,
        "\n  planned {:>9}    sent {:>9}    ready {:>9}    now {now}",
        progress.planned, progress.sent, outcomes.ready
    );
    let _ = write!(text, "\n  in flight {:>7}    ", progress.in_flight);
    let _ = match progress.pool_wanted {
        0 => write!(text, "pool      -"),
        wanted => write!(text, "pool {} of {wanted} ready", progress.pool_ready),
    };
    let _ = write!(
        text,
        "\n  time to ready p50 {}  p99 {}    schedule lag p99 {}",
        millis(progress.p50, progress.p50_is_bound),
        millis(progress.p99, progress.p99_is_bound),
        millis(progress.schedule_lag_p99, false)
    );
    let _ = write!(text, "\n  warm {}    warm unready {}    cold {}", classes.warm, classes.warm_unready, classes.cold);
    for (reason, count) in most(progress) {
        let _ = write!(text, "\n  {count:>9}  {reason}");
    }
    text
}

/// The reasons that most claims failed for; a terminal is low.
fn most(progress: &Progress) -> Vec<(&String, &u64)> {
    let mut reasons: Vec<_> = progress.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    reasons.truncate(5);
    reasons
}

/// "12 s of 60 s ━━━━━───────── 48 s left".
fn time(progress: &Progress) -> String {
    let elapsed = progress.elapsed_s;
    let Some(duration) = progress.duration_s else { return format!("  {elapsed:.0} s") };
    let done = ((elapsed / duration).clamp(0.0, 1.0) * BAR as f64) as usize;
    let left = duration - elapsed;
    let most = if progress.may_end_before { "at most " } else { "" };
    let left = if left > 0.0 { format!("{most}{left:.0} s left") } else { "waiting for the last claims".into() };
    format!("  {elapsed:.0} s of {most}{duration:.0} s  {}{}  {left}", "━".repeat(done), "─".repeat(BAR - done))
}

/// `> ` before a lower bound.
fn millis(seconds: Option<f64>, is_bound: bool) -> String {
    let bound = if is_bound { "> " } else { "" };
    seconds.map_or_else(|| "-".into(), |seconds| format!("{bound}{:.1} ms", seconds * 1e3))
}

fn line(progress: &Progress) -> String {
    let outcomes = &progress.outcomes;
    let bad = outcomes.total() - outcomes.ready;
    let duration = progress.duration_s.map_or_else(String::new, |duration| format!("/{duration:.0}"));
    let mut text = format!(
        "{:.0}{duration} s  planned {}  sent {}  in flight {}  ready {}  not ready {bad}  p50 {}  p99 {}  schedule lag p99 {}",
        progress.elapsed_s,
        progress.planned,
        progress.sent,
        progress.in_flight,
        outcomes.ready,
        millis(progress.p50, progress.p50_is_bound),
        millis(progress.p99, progress.p99_is_bound),
        millis(progress.schedule_lag_p99, false),
    );
    if progress.pool_wanted > 0 {
        let _ = write!(text, "  pool {}/{}", progress.pool_ready, progress.pool_wanted);
    }
    for (reason, count) in most(progress) {
        let _ = write!(text, "  {reason} {count}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        let mut progress = Progress { elapsed_s: 12.0, duration_s: Some(60.0), planned: 120, ..Progress::default() };
        progress.outcomes.ready = 100;
        progress.reasons.insert("rejected.429".into(), 3);
        progress
    }

    #[test]
    fn the_panel_says_what_is_left_and_what_fails() {
        let text = panel_text(&progress(), Some(9.5));
        for part in ["12 s of 60 s", "48 s left", "now 9.5/s", "rejected.429", "pool      -"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let until = panel_text(&Progress { may_end_before: true, ..progress() }, None);
        assert!(until.contains("12 s of at most 60 s") && until.contains("at most 48 s left"), "{until}");
        assert!(panel_text(&Progress { elapsed_s: 61.0, ..progress() }, None).contains("waiting for the last claims"));
    }

    #[test]
    fn the_rate_now_forgets_what_is_long_past() {
        let mut history = History::default();
        let mut at = |elapsed_s, ready| {
            let mut progress = Progress { elapsed_s, ..Progress::default() };
            progress.outcomes.ready = ready;
            history.rate(&progress)
        };
        assert_eq!(at(0.0, 0), None);
        assert_eq!(at(1.0, 10), Some(10.0));
        assert_eq!((at(10.0, 10), at(11.0, 10)), (Some(0.0), Some(0.0)));
        assert_eq!(at(0.5, 3), None, "another run");
    }
}
