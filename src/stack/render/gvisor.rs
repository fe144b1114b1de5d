use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{sandbox, template};
use crate::config::GvisorInstaller;
use crate::stack::StackError;
use crate::stack::runtime::HANDLER;
use crate::stack::source::hex;

/// Name of the installer's `DaemonSet` and `ConfigMap`.
pub(crate) const INSTALLER: &str = "agent-sandbox-bench-gvisor";
/// Their namespace.
pub(crate) const INSTALLER_NAMESPACE: &str = "kube-system";

const SCRIPT: &str = include_str!("../../../data/gvisor.sh");

/// What the installer does to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Install,
    Remove,
}

/// The `RuntimeClass` `class`, and the `DaemonSet` that puts gVisor on the nodes labelled with it or takes it away.
pub(super) fn render(installer: &GvisorInstaller, class: &str, mode: Mode) -> Result<Vec<Value>, StackError> {
    let script_digest = hex(&digest(&SHA256, SCRIPT.as_bytes()).as_ref()[..8]);
    template::render(
        "gvisor-installer.yaml",
        &json!({
            "runtime_class": class,
            "handler": HANDLER,
            "node_selector": sandbox::node_selector(class),
            "script": SCRIPT,
            "script_digest": script_digest,
            "mode": match mode {
                Mode::Install => "install",
                Mode::Remove => "remove",
            },
            "image": installer.image,
            "version": installer.version,
            "url": installer.url,
            "path": installer.path.as_deref().unwrap_or_default(),
        }),
    )
}
