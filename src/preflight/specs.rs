use agent_sandbox_common::api::EXTENSIONS_GROUP;
use agent_sandbox_common::schema::check as faults;
use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::crd;
use crate::cluster::object::{items, text};
use crate::load::example_claim;
use crate::stack::check_specs;

/// Claims, template and pool as they are configured fit the CRDs that stand.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let Some(version) = &subject.version else { return Ok(Vec::new()) };
    let named = |plural: &str| crd(&format!("{plural}.{EXTENSIONS_GROUP}"));
    let wanted = ["sandboxclaims", "sandboxtemplates", "sandboxwarmpools"].map(named);
    let found = futures::future::try_join_all(wanted.iter().map(|at| subject.objects.get(at))).await;
    let crds: Vec<Value> = match found {
        Ok(found) => found.into_iter().flatten().collect(),
        // Who adds no field of their own loses nothing.
        Err(error) if error.status() == Some(403) && !adds_fields(subject) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut findings: Vec<_> = crds.iter().flat_map(|crd| claim(subject, crd, version)).collect();
    if let Err(error) = check_specs(&subject.config.stack, &crds) {
        findings.push(Finding::blocker(
            error.to_string(),
            "the server would refuse it, or drop the field without a word",
            "write it as the CRD has it: kubectl explain",
        ));
    }
    Ok(findings)
}

fn adds_fields(subject: &Subject<'_>) -> bool {
    let (claim, stack) = (&subject.config.load.claim, &subject.config.stack);
    !(claim.spec.is_empty() && stack.sandbox_template.spec.is_empty() && stack.sandbox_warmpool.spec.is_empty())
}

/// What is wrong with the claims, where `crd` is theirs.
fn claim(subject: &Subject<'_>, crd: &Value, version: &str) -> Vec<Finding> {
    let served = items(crd, "/spec/versions").iter().find(|it| text(it, "/name") == version);
    let schema = served.and_then(|it| it.pointer("/schema/openAPIV3Schema"));
    if subject.config.load.object.is_bare() {
        return Vec::new();
    }
    let (Some(schema), Some(pool), "SandboxClaim") = (schema, subject.pools.first(), text(crd, "/spec/names/kind"))
    else {
        return Vec::new();
    };
    let faults = faults(schema, &example_claim(version, pool, &subject.config.load.claim));
    let finding = |fault: agent_sandbox_common::schema::FieldFault| {
        Finding::blocker(
            format!("load.claim.{}: {} (SandboxClaim's CRD, {version})", fault.field, fault.message),
            "the server would refuse every claim, or drop the field without a word",
            "write it as the CRD has it: kubectl explain sandboxclaim.spec",
        )
    };
    faults.into_iter().map(finding).collect()
}
