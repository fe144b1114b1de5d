use std::sync::Arc;

use super::table::Table;

/// Which Pods of sandboxes are on which nodes, as the watch shows them.
#[derive(Debug, Clone)]
pub(in crate::run) struct PodsOnNodes(Arc<Table>);

impl PodsOnNodes {
    pub(super) fn new(table: Arc<Table>) -> Self {
        Self(table)
    }

    /// The `most` nodes with most Pods, and the uids of those on each.
    pub fn fullest(&self, most: usize) -> Vec<(String, Vec<String>)> {
        let mut nodes = self.0.on_nodes();
        nodes.truncate(most);
        nodes
    }
}
