use crate::measure::{MemorySummary, NodesSummary, PressureSummary, Source, Summary};
use crate::report::screen::{Line, Screen, Tone};

/// The memory of a sandbox, and what the nodes felt.
pub(super) fn nodes(summary: &Summary, screen: &mut Screen) {
    let Some(nodes) = &summary.nodes else { return };
    screen.gap();
    let lines = nodes.memory.iter().map(memory).chain(pressure(nodes));
    screen.extend(lines.map(|text| Line::new(Tone::Plain, text).hanging(2)));
}

fn memory(of: &MemorySummary) -> String {
    let what =
        if of.source == Source::Runsc { "PSS of gVisor's processes here" } else { "working sets, by the kubelets" };
    let (each, all) = (of.bytes_per_sandbox / 1e6, of.bytes / 1e6);
    format!("memory of a sandbox: {each:.1} MB; {} sandboxes use {all:.0} MB ({what})", of.sandboxes)
}

/// By resource, of the node that felt most: of hundreds of nodes nobody reads a line each.
fn pressure(nodes: &NodesSummary) -> impl Iterator<Item = String> {
    let some: Vec<&PressureSummary> = nodes.pressure.iter().filter(|it| it.waited == "some").collect();
    let most = |source: Source, resource: &str| {
        let of = some.iter().filter(|it| it.source == source && it.resource == resource);
        of.max_by(|one, other| one.max_avg10.total_cmp(&other.max_avg10)).copied()
    };
    let line = move |source: Source| {
        let told = ["cpu", "memory", "io"].into_iter().filter_map(|resource| most(source, resource));
        let told: Vec<String> =
            told.map(|it| format!("{} {:.1} % (mean {:.1} %)", it.resource, it.max_avg10, it.mean_avg10)).collect();
        let whose = if source == Source::Machine { "this machine" } else { "the nodes" };
        (!told.is_empty()).then(|| format!("pressure of {whose}, at most over 10 s: {}", told.join(", ")))
    };
    [Source::Kubelets, Source::Machine].into_iter().filter_map(line).collect::<Vec<_>>().into_iter()
}
