use super::times::{COLUMNS, row};
use crate::measure::{PodGroupSummary, PodStage, PodsSummary, Summary};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Names, Row, Table};

const NAMES: Names = Names { head: "pods", width: 22, least: 18 };

/// What the Pods went through, those made for claims and those of the pools.
pub(super) fn pods(summary: &Summary, look: &Look, screen: &mut Screen) {
    let Some(pods) = summary.pods.as_ref().filter(|pods| pods.seen > 0) else { return };
    let columns = COLUMNS.map(|(_, column)| column);
    let table = Table::new(NAMES, &columns, look);
    let gone = pods.release_to_gone_s.map(|figures| row("release to gone".into(), &figures));
    let rows: Vec<Row> = pods.groups.iter().flat_map(stages).chain(gone).collect();
    screen.gap();
    if !rows.is_empty() {
        screen.push(table.head());
        for row in &rows {
            table.row(row, screen);
        }
    }
    screen.extend(notes(pods).map(|text| Line::new(Tone::Plain, text).hanging(2)));
}

fn stages(group: &PodGroupSummary) -> impl Iterator<Item = Row> {
    let name = move |stage: PodStage| format!("{} {}", group.group, stage.name().replace('_', " "));
    group.stages_s.iter().filter_map(move |(stage, figures)| Some(row(name(*stage), &(*figures)?)))
}

fn notes(pods: &PodsSummary) -> impl Iterator<Item = String> {
    let seen = format!("{} Pods seen", pods.seen);
    let gaps = (pods.gaps > 0).then(|| format!("{} of them before the watch or across a gap of it", pods.gaps));
    let pending = (pods.pending > 0).then(|| format!("{} of released claims still there", pods.pending));
    let all: Vec<String> = [Some(seen), gaps, pending].into_iter().flatten().collect();
    let events = pods.events_reason.as_ref().map(|why| format!("pulls of images are not known: {why}"));
    [Some(all.join(", ")), events].into_iter().flatten()
}
