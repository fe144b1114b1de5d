//! Figures of runs over weeks: `history.json`, what people are told, and a page.

mod page;
mod report;
mod series;
mod text;

pub use page::history_html;
pub use report::{HistoryChange, HistoryReport, HistoryRun, HistorySeries};
pub use text::history_text;
