//! What a run leaves on disk: configuration, claims, summary, histograms, and a page that shows them.

mod ab;
mod attribution;
mod claim_groups;
mod compare;
mod details;
mod export;
mod folder;
mod histogram_files;
mod history;
mod instants;
mod junit;
mod level;
mod live;
mod marks;
mod openmetrics;
mod page;
mod percentiles;
mod plot;
mod run_page;
mod scatter;
mod screen;
mod search;
mod shown;
mod sources;
mod stored;
mod survey;
mod sweep;
mod table;
mod text;
mod timeline;
mod units;
mod verdict;

pub use ab::{AbEnd, AbLook, AbReport, AbRun, AbSide, CalibratedLook, Calibration, ab_look_line, ab_run_line, ab_text};
pub use attribution::attribution;
pub use compare::{CompareReport, Compared, ComparedRun, ConfigDifference, compare_html, compare_text};
pub use export::{ExportFormat, ExportRun, Exported, export};
pub use folder::{CONTROLLER_LOG, METRICS, ReportError, RunFolder, write_file};
pub use histogram_files::{disagreement, interval_log, write_histograms};
pub use history::{HistoryChange, HistoryReport, HistoryRun, HistorySeries, history_html, history_text};
pub use junit::junit;
pub use live::{LiveFigures, LiveRun, otlp, otlp_refusal, remote_write};
pub use openmetrics::openmetrics;
pub use page::PAGE;
pub use run_page::{PageFacts, run_html, warm_ups};
pub use screen::{Line, Look, Screen, Tone};
pub use search::{SearchReport, SearchStep, expected_line, search_html, search_text, step_text};
pub use stored::{Claims, StoredRun};
pub use sweep::{
    SWEEP_PAGE, SweepKey, SweepPoint, SweepReport, SweptPool, sweep_begins, sweep_html, sweep_point_line, sweep_text,
};
pub use text::{Ending, Example, RunEnd, describe_outcomes, summary_text};
pub use units::seconds;
