//! All claims that are not over yet. One task owns them: no lock, and one order of events.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::load::claim::{Action, Claim, Event, Rules, record};
use crate::load::context::{Context, Message};
use crate::load::panic_if_asked;
use crate::load::records::Records;
use crate::load::request::{Claimed, release, workload};
use crate::measure::NotSentReason;

/// Messages taken at a time.
const BATCH: usize = 256;

pub(crate) struct Tracker {
    pub context: Arc<Context>,
    pub rules: Rules,
    pub records: Records,
    pub claims: HashMap<u64, Claim>,
    /// Claims over, a bit each: a late event must not bring one back.
    over: Vec<u64>,
    ended: u64,
    planned: Option<u64>,
    /// Claims of open loops.
    open: u64,
    wakes: BinaryHeap<Reverse<(i64, u64)>>,
    /// Open-loop claims before it have had their timeout.
    timed: usize,
    /// Users that wait for their claim's release.
    users: HashMap<u64, oneshot::Sender<()>>,
    uids: HashMap<Box<str>, u64>,
    stopping: bool,
    actions: Vec<Action>,
}

impl Tracker {
    pub fn new(context: Arc<Context>, rules: Rules, records: Records) -> Self {
        let open = context.plan.due.len() as u64;
        Self {
            context,
            rules,
            records,
            claims: HashMap::new(),
            over: Vec::new(),
            ended: 0,
            planned: None,
            open,
            wakes: BinaryHeap::new(),
            timed: 0,
            users: HashMap::new(),
            uids: HashMap::new(),
            stopping: false,
            actions: Vec::new(),
        }
    }

    /// Follows every claim until all that were planned are over. After a panic, here or in another task, what is not over
    /// in time is recorded as far as it is known.
    pub async fn run(mut self, mut messages: UnboundedReceiver<Message>) {
        let supervisor = self.context.supervisor.clone();
        let are_over = tokio::select! {
            followed = supervisor.catch("tracker", self.follow(&mut messages)) => followed.is_some(),
            () = supervisor.given_up() => false,
        };
        if !are_over {
            supervisor.catch("tracker", self.give_up()).await;
        }
    }

    async fn follow(&mut self, messages: &mut UnboundedReceiver<Message>) {
        let stop = self.context.stop.clone();
        let mut batch = Vec::with_capacity(BATCH);
        while self.planned.is_none_or(|planned| self.ended < planned) {
            let wait = self.next_wake().map_or(Duration::from_secs(1), |at| self.context.clock.until(at));
            tokio::select! {
                biased;
                _ = messages.recv_many(&mut batch, BATCH) => {}
                () = stop.stopped(), if !self.stopping => self.stop().await,
                () = sleep(wait) => {}
            }
            for message in batch.drain(..) {
                self.take(message).await;
            }
            self.wake_due().await;
        }
    }

    /// Ends each claim that is not over. One that was due by now may have been sent, a later one was not.
    async fn give_up(&mut self) {
        let now = self.context.clock.now();
        let mut open: Vec<u64> = self.claims.keys().copied().collect();
        open.sort_unstable();
        let unknown = |index: &u64| !self.is_over(*index) && !self.claims.contains_key(index);
        open.extend((0..self.open).filter(unknown));
        for index in open {
            let known = self.claims.contains_key(&index);
            let may_be_sent = known || self.context.plan.due[index as usize] <= now;
            self.on(index, if may_be_sent { Event::Stop } else { Event::NotSent(NotSentReason::Interrupted) }, now)
                .await;
            self.end(index).await;
        }
    }

    async fn take(&mut self, message: Message) {
        panic_if_asked("tracker");
        match message {
            Message::Claim { index, at, event } => self.on(index, event, at).await,
            Message::Started { index, phase, intended, released } => {
                self.users.insert(index, released);
                self.wakes.push(Reverse((intended + self.rules.ready_timeout_ns, index)));
                self.claims.insert(index, Claim::new(intended, phase));
            }
            Message::Listed { pool, indices, asked, at } => {
                for index in self.missing(pool, &indices, asked) {
                    self.on(index, Event::Deleted { late: None }, at).await;
                }
            }
            Message::SandboxGone { uid, at, late } => {
                if let Some(index) = self.uids.get(&uid).copied() {
                    self.on(index, Event::CapacityBack { late }, at).await;
                }
            }
            Message::SandboxesListed { uids, asked, at } => self.sandboxes_listed(&uids, asked, at).await,
            Message::Paced { planned, open } => (self.planned, self.open) = (Some(planned), open),
        }
    }

    /// Claims known to have existed before a list was asked for that it does not show: they are gone.
    fn missing(&self, pool: usize, listed: &HashSet<u64>, asked: i64) -> Vec<u64> {
        let namespace = &self.context.plan.pools[pool].namespace;
        let here = |index: &u64| &self.context.plan.pools[self.context.plan.pool_of(*index)].namespace == namespace;
        let known = |claim: &Claim| {
            let acknowledged = claim.create.as_ref().and_then(|create| create.acknowledged);
            acknowledged.or(claim.bound).is_some_and(|at| at < asked) && claim.deleted.is_none()
        };
        let gone = self.claims.iter().filter(|(index, claim)| !listed.contains(index) && here(index) && known(claim));
        let mut gone: Vec<u64> = gone.map(|(index, _)| *index).collect();
        gone.sort_unstable();
        gone
    }

    async fn sandboxes_listed(&mut self, listed: &HashSet<String>, asked: i64, at: i64) {
        // The Sandbox of a claim that was bound before the list was asked for bore its uid by then. Its end may be known
        // before the claim's, whose own watch may still be catching up.
        let gone = |claim: &Claim| {
            let before = claim.bound.is_some_and(|bound| bound < asked);
            before && claim.uid.as_deref().is_some_and(|uid| !listed.contains(uid))
        };
        let mut gone: Vec<u64> = self.claims.iter().filter(|(_, claim)| gone(claim)).map(|(index, _)| *index).collect();
        gone.sort_unstable();
        for index in gone {
            self.on(index, Event::CapacityBack { late: None }, at).await;
        }
    }

    async fn on(&mut self, index: u64, event: Event, at: i64) {
        if self.is_over(index) {
            return;
        }
        let plan = &self.context.plan;
        let claim = match (self.claims.entry(index), self.context.due(index as usize)) {
            (Entry::Occupied(entry), _) => entry.into_mut(),
            (Entry::Vacant(entry), Some(due)) => entry.insert(Claim::new(due, plan.phase_of(index as usize))),
            // No claim of this run, whatever its name says.
            (Entry::Vacant(_), None) => return,
        };
        let (was_alive, was_held, was_open) = (claim.is_alive(), claim.is_held(), claim.end.is_none());
        if let Event::Created(create) = &event {
            self.context.counters.schedule_lag.record(create.handed_over - claim.intended);
        }
        let (released, not_sent) = (matches!(event, Event::Released(_)), matches!(event, Event::NotSent(_)));
        claim.on(event, at, &self.rules, &mut self.actions);
        if self.stopping {
            claim.on(Event::Stop, at, &self.rules, &mut self.actions);
        }
        if claim.is_alive() != was_alive {
            self.context.counters.live(!was_alive);
        }
        if claim.is_held() != was_held {
            self.context.counters.hold(!was_held);
        }
        if was_open && let Some(outcome) = claim.outcome() {
            self.context.counters.ended(outcome, claim.intended, claim.ready);
            if !not_sent {
                self.context.counters.leave();
            }
        }
        if self.rules.capacity_back
            && let Some(uid) = &claim.uid
        {
            self.uids.entry(uid.clone()).or_insert(index);
        }
        if released {
            self.users.remove(&index);
        }
        self.act(index).await;
    }

    async fn act(&mut self, index: u64) {
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Release => release(&self.context, index),
                Action::Exec => {
                    let claimed = self.claims.get(&index).map(|claim| Claimed {
                        uid: claim.uid.clone(),
                        sandbox: claim.sandbox.clone(),
                        pod_ip: claim.pod_ip.clone(),
                        ready: claim.ready.unwrap_or_default(),
                    });
                    workload(&self.context, index, claimed.unwrap_or_default());
                }
                Action::Wake(at) => self.wakes.push(Reverse((at, index))),
                Action::End => self.end(index).await,
            }
        }
    }

    async fn end(&mut self, index: u64) {
        let Some(mut claim) = self.claims.remove(&index) else { return };
        if let Some(uid) = &claim.uid {
            self.uids.remove(uid);
        }
        self.users.remove(&index);
        let slot = index as usize / 64;
        if self.over.len() <= slot {
            self.over.resize(slot + 1, 0);
        }
        self.over[slot] |= 1 << (index % 64);
        self.ended += 1;
        let (context, plan) = (&self.context, &self.context.plan);
        self.records.send(record(plan, context.names.of(index), context.owner.runner, index, &mut claim)).await;
    }

    fn is_over(&self, index: u64) -> bool {
        self.over.get(index as usize / 64).is_some_and(|bits| bits & (1 << (index % 64)) != 0)
    }

    async fn stop(&mut self) {
        self.stopping = true;
        let now = self.context.clock.now();
        let mut all: Vec<u64> = self.claims.keys().copied().collect();
        all.sort_unstable();
        for index in all {
            self.on(index, Event::Stop, now).await;
        }
    }

    /// The next instant at which something is due without being told.
    fn next_wake(&self) -> Option<i64> {
        let timeout = self.context.due(self.timed).map(|due| due + self.rules.ready_timeout_ns);
        let wake = self.wakes.peek().map(|Reverse((at, _))| *at);
        [timeout, wake].into_iter().flatten().min()
    }

    async fn wake_due(&mut self) {
        let now = self.context.clock.now();
        while let Some(due) = self.context.due(self.timed)
            && due + self.rules.ready_timeout_ns <= now
        {
            let index = self.timed as u64;
            self.timed += 1;
            self.due(index, now).await;
        }
        while let Some(Reverse((at, index))) = self.wakes.peek().copied()
            && at <= now
        {
            self.wakes.pop();
            self.due(index, now).await;
        }
    }

    /// A claim that nothing is known of yet is still being sent; its create ends by its own deadline.
    async fn due(&mut self, index: u64, now: i64) {
        if self.claims.contains_key(&index) {
            self.on(index, Event::Due, now).await;
        }
    }
}
