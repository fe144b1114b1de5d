//! A search: `search.json`, its text for people, and its page.

mod because;
mod page;
mod report;
mod text;
mod wording;

pub use page::search_html;
pub use report::{SearchReport, SearchStep};
pub use text::{expected_line, search_text, step_text};
