//! Who asked the API server for what.

use crate::measure::{ServerRequests, ServerSummary};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Column, Names, Row, Table};

const COLUMNS: [Column; 4] = [
    Column { head: "requests", width: 10, rank: 0 },
    Column { head: "a claim", width: 9, rank: 1 },
    Column { head: "errors", width: 8, rank: 3 },
    Column { head: "409", width: 7, rank: 2 },
];
const NAMES: Names = Names { head: "requests to the server", width: 46, least: 23 };

/// Its totals, and a row for each verb and resource of each program.
pub(super) fn server(summary: &ServerSummary, look: &Look, screen: &mut Screen) {
    screen.gap();
    let table = Table::new(NAMES, &COLUMNS, look);
    screen.push(table.head());
    let mut program = "";
    for requests in &summary.requests {
        let series = &requests.counts.series;
        if *series.user_agent != *program {
            program = &series.user_agent;
            screen.push(Line::new(Tone::Plain, format!("by {program}")));
        }
        table.row(&row(requests), screen);
    }
    let per_claim =
        summary.per_claim.map_or_else(String::new, |it| format!(", {it:.2} requests a claim without watches"));
    let totals = format!(
        "server: {} claims created{per_claim}, {} errors, {} of them conflicts (409); {} events of watches; {:.1} MB sent",
        summary.claims,
        summary.errors,
        summary.conflicts,
        summary.watch_events,
        summary.bytes as f64 / 1e6,
    );
    screen.push(Line::new(Tone::Plain, totals).hanging(2));
}

fn row(requests: &ServerRequests) -> Row {
    let (series, counted) = (&requests.counts.series, requests.counts.counted);
    let per_claim = requests.per_claim.map_or_else(|| "-".into(), |it| format!("{it:.2}"));
    let or_none = |count: u64| if count == 0 { "-".into() } else { count.to_string() };
    let cells = [counted.count.to_string(), per_claim, or_none(counted.errors), or_none(counted.conflicts)];
    let events = (counted.watch_events > 0).then(|| format!("{} events", counted.watch_events));
    Row {
        name: format!("  {} {}", series.verb, series.resource),
        cells: cells.map(|cell| (Tone::Plain, cell)).to_vec(),
        notes: events.into_iter().collect(),
    }
}
