//! What the kubelets of the nodes with sandboxes say of them, by the API server's way to a node.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::cluster::Requester;
use crate::measure::{MEMORY, MetricUnit, PRESSURE, SANDBOXES, SourceValue};
use crate::run::pods::PodsOnNodes;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Nodes that are asked, those with most sandboxes first: each costs its kubelet some CPU.
const MOST_NODES: usize = 16;

/// What a kubelet sums up: `stats/summary`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    node: Node,
    pods: Vec<Pod>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Node {
    cpu: Option<Resource>,
    memory: Option<Resource>,
    io: Option<Resource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Resource {
    psi: Option<BTreeMap<String, Pressure>>,
    working_set_bytes: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressure {
    /// Since the start of the machine; its unit differs between releases.
    total: f64,
    avg10: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Pod {
    pod_ref: PodRef,
    memory: Option<Resource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodRef {
    uid: String,
}

/// Pressure and memory of each node that has sandboxes; nothing where none has.
///
/// # Errors
/// Where no kubelet answers: why not the first.
pub(super) async fn read(requester: &Requester, pods: &PodsOnNodes) -> Result<Vec<SourceValue>, String> {
    let (mut values, mut wrong) = (Vec::new(), None);
    for (node, uids) in pods.fullest(MOST_NODES) {
        let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
        match requester.get::<Summary>(&path, TIMEOUT).await {
            Ok(Some(summary)) => values.extend(summary.values(&node, &uids)),
            Ok(None) => {
                wrong.get_or_insert_with(|| format!("GET {path}: 404"));
            }
            Err(error) => {
                wrong.get_or_insert_with(|| error.into_words());
            }
        }
    }
    match wrong {
        Some(why) if values.is_empty() => Err(why),
        _ => Ok(values),
    }
}

impl Resource {
    /// By who waited: `some` or `full`.
    fn pressures(&self) -> impl Iterator<Item = (&String, &Pressure)> {
        self.psi.iter().flatten()
    }
}

impl Summary {
    /// What it says of the node, and of the Pods with these uids on it.
    fn values(self, node: &str, uids: &[String]) -> Vec<SourceValue> {
        let resources = [("cpu", &self.node.cpu), ("memory", &self.node.memory), ("io", &self.node.io)];
        let mut values = Vec::new();
        let has_waited = |of: &Option<Resource>| of.iter().flat_map(Resource::pressures).any(|it| it.1.total > 0.0);
        // With cgroups of version 1 a kubelet writes zeros, for there is no pressure of theirs.
        let is_known = resources.iter().any(|(_, of)| has_waited(of));
        for (resource, of) in resources.iter().filter(|_| is_known) {
            let psi = of.iter().flat_map(Resource::pressures);
            // The kernel has no `full` of the CPU, and writes 0.
            let told = psi.filter(|(waited, _)| *resource != "cpu" || *waited == "some");
            values.extend(told.filter_map(|(waited, pressure)| {
                let value = SourceValue::gauge(PRESSURE, MetricUnit::Percent, pressure.avg10?);
                Some(value.with("resource", resource).with("waited", waited).with("node", node))
            }));
        }
        let memory = self.pods.iter().filter(|pod| uids.contains(&pod.pod_ref.uid));
        let known: Vec<f64> = memory.filter_map(|pod| pod.memory.as_ref()?.working_set_bytes).collect();
        if !known.is_empty() {
            let count = SourceValue::gauge(SANDBOXES, MetricUnit::Count, known.len() as f64);
            let bytes = SourceValue::gauge(MEMORY, MetricUnit::Bytes, known.iter().sum());
            values.extend([count.with("node", node), bytes.with("node", node)]);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_read_as_a_kubelet_writes_it() {
        let psi = |some: f64| {
            let data = |avg10: f64| json!({"total": 5, "avg10": avg10, "avg60": 0.0, "avg300": 0.0});
            json!({"full": data(0.5), "some": data(some)})
        };
        let pod = |uid: &str, memory: serde_json::Value| json!({"podRef": {"uid": uid, "name": "p"}, "memory": memory});
        let summary = json!({
            "node": {"cpu": {"usageNanoCores": 1, "psi": psi(3.0)}, "memory": {"psi": psi(2.0)}, "io": {"psi": psi(1.0)}},
            "pods": [
                pod("a", json!({"workingSetBytes": 3_000_000, "rssBytes": 1})),
                pod("b", json!({"workingSetBytes": 5_000_000})),
                pod("of others", json!({"workingSetBytes": 9})),
                pod("c", json!({"time": "t"})),
            ],
        });
        let summary: Summary = serde_json::from_value(summary).unwrap();
        let uids = ["a", "b", "c"].map(str::to_owned);
        let told: Vec<_> = summary.values("n-1", &uids).into_iter().map(|it| (it.name, it.value)).collect();
        let pressure = [3.0, 0.5, 2.0, 0.5, 1.0].map(|value| (PRESSURE.to_owned(), value));
        assert_eq!(told[..5], pressure, "full before some, and none of the CPU");
        assert_eq!(told[5..], [(SANDBOXES.into(), 2.0), (MEMORY.into(), 8_000_000.0)], "of one nothing is known");
        let zero = json!({"full": {"total": 0, "avg10": 0.0}, "some": {"total": 0, "avg10": 0.0}});
        let of_version_1 = json!({"node": {"cpu": {"psi": zero}, "io": {"psi": zero}}, "pods": []});
        let of_version_1: Summary = serde_json::from_value(of_version_1).unwrap();
        assert!(of_version_1.values("n-1", &uids).is_empty(), "nothing has ever waited: it does not know");
        let older: Summary = serde_json::from_value(json!({"node": {"cpu": {}}, "pods": []})).unwrap();
        assert!(older.values("n-1", &uids).is_empty());
    }
}
