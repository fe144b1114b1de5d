//! What people see while a command works: a panel that renews itself on a terminal, else a line each 5 s.

mod bar;
mod panel;
mod plain;
mod search;
mod trend;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{harmless, say};
use super::terminal::{is_terminal, look, painted, show};
use crate::config::Objective;
use crate::measure::search::{Expected, Step, Verdict};
use crate::report::{Line, Screen, Tone};
use crate::run::{OnProgress, Progress};
use search::SearchStatus;
use trend::Trend;

/// Seconds between lines where there is no terminal.
const EVERY_S: f64 = 5.0;
/// Drawings of the panel a second, at most.
const HZ: u8 = 10;
/// From one turn of the sign that a wait goes on to the next.
const TURN: Duration = Duration::from_millis(250);

/// The panel, or the lines.
#[derive(Clone)]
pub(super) struct Live {
    quiet: bool,
    panel: Option<ProgressBar>,
    objectives: Vec<Objective>,
    search: Arc<Mutex<Option<SearchStatus>>>,
}

impl Live {
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && is_terminal();
        let panel =
            || ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(HZ)).with_style(style("{msg}"));
        Self { quiet, panel: shown.then(panel), objectives: Vec::new(), search: Arc::default() }
    }

    /// Shows the limits of these.
    pub fn with_objectives(self, objectives: &[Objective]) -> Self {
        Self { objectives: objectives.to_vec(), ..self }
    }

    /// Shows how a run stands.
    pub fn on_progress(&self) -> Option<OnProgress> {
        let Some(panel) = self.panel.clone() else { return (!self.quiet).then(lines) };
        let (live, trend) = (self.clone(), Mutex::new(Trend::default()));
        Some(Arc::new(move |progress| {
            panel.disable_steady_tick();
            panel.set_style(style("{msg}"));
            panel.set_message(live.panel_text(progress, &trend)); // which draws it
        }))
    }

    fn panel_text(&self, progress: &Progress, trend: &Mutex<Trend>) -> String {
        let mut trend = trend.lock().unwrap_or_else(PoisonError::into_inner);
        trend.add(progress);
        let mut look = look();
        // A full line would wrap on some terminals.
        look.width = Some(look.columns().saturating_sub(1));
        let mut screen = Screen::default();
        screen.extend(self.lock().iter().map(SearchStatus::line));
        panel::panel(progress, &trend, &self.objectives, &look, &mut screen);
        painted(&screen, &look).trim_end().to_owned()
    }

    /// Shows that a wait goes on, and for how long.
    pub fn waiting(&self, text: &str) {
        match &self.panel {
            Some(panel) => {
                let room = look().columns().saturating_sub(8);
                panel.set_style(style("{spinner} {msg} {elapsed}").tick_chars("-\\|/ "));
                panel.set_message(harmless(text).chars().take(room).collect::<String>());
                panel.reset_elapsed();
                panel.enable_steady_tick(TURN);
            }
            None if self.quiet => {}
            None => say!("{text} ..."),
        }
    }

    /// Shows on a terminal that the target is looked at before the first claim.
    pub fn prepares(&self) {
        if self.panel.is_some() {
            self.waiting("getting ready: target, preflight, pools");
        }
    }

    /// A search begins, and takes about as long.
    pub fn search_begins(&self, expected: Expected) {
        *self.lock() = Some(SearchStatus::new(expected));
    }

    /// A step of a search begins.
    pub fn step_begins(&self, place: usize, step: &Step) {
        let mut search = self.lock();
        let Some(status) = search.as_mut() else { return };
        status.begin(place, step.rate);
        if self.panel.is_none() {
            show(&Screen::from(status.line()), &look());
        }
    }

    /// A step of a search has ended.
    pub fn step_ended(&self, verdict: Verdict) {
        self.lock().iter_mut().for_each(|status| status.end(verdict));
    }

    /// Says a line that stays.
    pub fn say(&self, text: &str) {
        self.show(&Screen::from(Line::new(Tone::Plain, text).hanging(2)));
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

    fn lock(&self) -> MutexGuard<'_, Option<SearchStatus>> {
        self.search.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn lines() -> OnProgress {
    let next = Mutex::new(EVERY_S);
    Arc::new(move |progress| {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        // In a search each step begins at 0 again.
        *next = next.min(progress.elapsed_s + EVERY_S);
        if progress.elapsed_s >= *next {
            *next += EVERY_S;
            say!("{}", plain::line(progress));
        }
    })
}
