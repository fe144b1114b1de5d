//! Figures of runs over weeks: `history.json`, its text for people, and a page.

mod page;
mod report;
mod series;
mod text;

pub use page::history_html;
pub use report::{HistoryChange, HistoryReport, HistoryRun, HistorySeries};
pub use text::history_text;
