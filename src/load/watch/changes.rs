use std::collections::HashMap;
use std::sync::Arc;

use agent_sandbox_common::mutation::{Mutation, mutated};

use super::stream::Change;
use super::view::View;
use crate::config::LoadObject;
use crate::load::claim::Event;
use crate::load::context::{Context, Message};
use crate::load::panic_if_asked;

/// Tells the tracker what a watch of the claims shows.
pub(crate) fn claims_to_tracker(context: Arc<Context>, pool: usize) -> impl FnMut(Change<'_>) + Send + Sync {
    // A kubelet's reasons are its own, and all of them pass.
    let has_known_reasons = context.object != LoadObject::Pod;
    move |change| {
        panic_if_asked("watch");
        let message = match change {
            Change::Seen { view, at, late, upper_bound } => {
                let upper_bound = upper_bound && !mutated(Mutation::ForgetUpperBound);
                let upper_bound = upper_bound || context.pulse.is_doubtful(at, late);
                if context.object == LoadObject::Sandbox {
                    show(&context, view, at, upper_bound);
                }
                let mut seen = view.observation(upper_bound, context.own_generations);
                seen.late = late;
                if has_known_reasons {
                    context.counters.note_reason(&seen);
                }
                let event = Event::Seen(Box::new(seen));
                context.names.index(&view.metadata.name).map(|index| (index, at, event))
            }
            Change::Gone { view, at, late } => {
                context.names.index(&view.metadata.name).map(|index| (index, at, Event::Deleted { late }))
            }
            Change::Listed { names, asked, at } => {
                let indices = names.iter().filter_map(|name| context.names.index(name)).collect();
                let (asked, at) = (context.clock.of(asked), context.clock.of(at));
                let _ = context.tracker.send(Message::Listed { pool, indices, asked, at });
                None
            }
        };
        if let Some((index, at, event)) = message {
            let at = at + mutated_by_ns();
            let _ = context.tracker.send(Message::Claim { index, at: context.clock.of(at), event });
        }
    }
}

/// What a campaign adds to the stamps.
fn mutated_by_ns() -> i64 {
    match () {
        () if mutated(Mutation::StampEarly) => -50_000_000,
        () if mutated(Mutation::StampLate) => 100_000_000,
        () => 0,
    }
}

/// Shows a Sandbox to the session that suspends it, or resumes it.
fn show(context: &Context, view: &View<'_>, at: i64, upper_bound: bool) {
    context.sandboxes.show(view.owner_uid(), || view.sandbox_seen(context.clock.of(at), upper_bound));
}

/// Tells the tracker which claims' Sandboxes are gone, by the uid of the claim, and sessions what is shown of theirs.
pub(crate) fn sandboxes_to_tracker(context: Arc<Context>) -> impl FnMut(Change<'_>) + Send + Sync {
    let mut uids: HashMap<String, String> = HashMap::new();
    move |change| {
        if let Change::Seen { view, at, late, upper_bound } = change {
            show(&context, view, at, upper_bound || context.pulse.is_doubtful(at, late));
        } else if let Change::Gone { view, .. } = change {
            context.sandboxes.forget(view.owner_uid());
        }
        if !context.workload.capacity_back {
            return;
        }
        let message = match change {
            Change::Seen { view, .. } => {
                if let Some(uid) = view.claim_uid() {
                    uids.insert(view.metadata.name.to_string(), uid.to_owned());
                }
                return;
            }
            Change::Gone { view, at, late } => {
                uids.remove(&*view.metadata.name);
                let Some(uid) = view.claim_uid() else { return };
                Message::SandboxGone { uid: uid.into(), at: context.clock.of(at), late }
            }
            Change::Listed { names, asked, at } => {
                uids.retain(|name, _| names.contains(name));
                let uids = uids.values().cloned().collect();
                Message::SandboxesListed { uids, asked: context.clock.of(asked), at: context.clock.of(at) }
            }
        };
        let _ = context.tracker.send(message);
    }
}
