//! Conflicts by fault: an update is refused as if somebody else had written first.

use super::context::{Call, Context};
use super::status::Failure;
use crate::kinds::{CLAIMS, SANDBOXES, WARM_POOLS};
use crate::store::{Key, claim_of};

/// Refuses an update of a claim, a sandbox or a pool that the fault hits.
pub fn check(context: &Context, call: &Call) -> Result<(), Failure> {
    if ![CLAIMS, SANDBOXES, WARM_POOLS].contains(&call.id) || !context.faults.on_update() {
        return Ok(());
    }
    let state = context.store.lock();
    if let Some(claim) = claim(&state, call) {
        state.waits.refused(&claim);
    }
    Err(Failure::modified(&call.kind, call.name()))
}

/// The claim that waits for the update.
fn claim(state: &crate::store::State, call: &Call) -> Option<Key> {
    match call.id {
        CLAIMS => Some(call.key()),
        SANDBOXES => claim_of(state.get(SANDBOXES, &call.key())?),
        _ => None,
    }
}
