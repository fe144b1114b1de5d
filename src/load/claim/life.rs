//! One claim's life: a state machine that takes what was seen and says what to do next. No clock, no network.

use std::mem;

use agent_sandbox_common::mutation::{Mutation, mutated};

use super::event::{Action, Create, CreateResult, Event, ExecResult, Observation, ReadyCondition, Rules};
use crate::measure::{Class, End, FailReason, Lateness, Outcome, StepRecord};

/// A claim.
#[derive(Debug, Default)]
pub struct Claim {
    /// When the schedule wanted it.
    pub intended: i64,
    /// Its phase's place in the plan.
    pub phase: usize,
    /// How its create ended.
    pub create: Option<Create>,
    /// `metadata.uid`.
    pub uid: Option<Box<str>>,
    /// Bound Sandbox.
    pub sandbox: Option<Box<str>>,
    /// Address of its pod.
    pub pod_ip: Option<Box<str>>,
    /// Node of the bound Sandbox.
    pub node: Option<Box<str>>,
    /// When it was seen bound.
    pub bound: Option<i64>,
    /// When it was seen ready.
    pub ready: Option<i64>,
    /// True where a re-list showed it ready.
    pub upper_bound: bool,
    /// When the workload gave its first output.
    pub first_exec: Option<i64>,
    /// When the workload was over.
    pub exec_ended: Option<i64>,
    /// What the workload did.
    pub steps: Vec<StepRecord>,
    /// When the delete's first byte went out.
    pub released: Option<i64>,
    /// When it was seen gone.
    pub deleted: Option<i64>,
    /// When its Sandbox was seen gone.
    pub capacity_back: Option<i64>,
    /// How late what was seen was seen.
    pub late: Lateness,
    /// When that was known.
    pub ended: i64,
    /// How it ended, once known.
    pub end: Option<End>,
    /// The controller's annotation.
    pub controller_first_observed_at: Option<Box<str>>,
    /// The controller's annotation.
    pub claim_first_ready_at: Option<Box<str>>,
    created_at: Option<i64>,
    ready_since: Option<i64>,
    bound_unready: bool,
    transient_reason: Option<Box<str>>,
    seen: bool,
    stopped: bool,
    exec: Step,
    release: Step,
    gone_deadline: i64,
    gave_up: bool,
    finished: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Step {
    #[default]
    Ahead,
    Running,
    Done,
}

impl Claim {
    /// A claim of a phase of the plan that is due at `intended`.
    #[must_use]
    pub fn new(intended: i64, phase: usize) -> Self {
        Self { intended, phase, ..Self::default() }
    }

    /// Takes in what happened at `now` and says what to do.
    pub fn on(&mut self, event: Event, now: i64, rules: &Rules, actions: &mut Vec<Action>) {
        self.take(event, now, rules);
        if self.end.is_none() {
            self.decide(now, rules);
        }
        if self.end.is_some() && !self.finished {
            self.proceed(now, rules, actions);
        }
    }

    /// The outcome, once known.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.end.as_ref().map(End::outcome)
    }

    /// True from the moment the object is known to exist until its delete is asked for.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.exists() && self.release == Step::Ahead && self.deleted.is_none()
    }

    /// True from the moment it is ready until its delete is asked for.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.is_alive() && self.outcome() == Some(Outcome::Ready)
    }

    /// True where the object is known to have existed.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.seen || self.create.as_ref().is_some_and(|create| create.result == CreateResult::Exists)
    }

    fn take(&mut self, event: Event, now: i64, rules: &Rules) {
        match event {
            Event::NotSent(reason) => self.end(End::NotSent(reason), now),
            Event::Created(create) => self.create = Some(create),
            Event::Seen(seen) => self.see(*seen, now),
            Event::Deleted { late } => {
                self.seen = true;
                if self.deleted.is_none() {
                    (self.deleted, self.late.deleted) = (Some(now), late);
                }
                self.gone_deadline = now + rules.gone_timeout_ns;
            }
            Event::Exec(result) => self.take_exec(result, now),
            Event::Released(release) => {
                self.release = Step::Done;
                self.released = self.released.or(release.sent);
                self.gave_up |= release.gave_up || release.absent;
                self.gone_deadline = now + rules.gone_timeout_ns;
            }
            Event::CapacityBack { late } if self.capacity_back.is_none() => {
                (self.capacity_back, self.late.capacity_back) = (Some(now), late);
            }
            Event::Stop => self.stopped = true,
            Event::CapacityBack { .. } | Event::Due => {}
        }
    }

    fn see(&mut self, seen: Observation, now: i64) {
        self.seen = true;
        self.uid = self.uid.take().or(seen.uid);
        self.created_at = self.created_at.or(seen.created_at);
        self.controller_first_observed_at =
            seen.controller_first_observed_at.or(self.controller_first_observed_at.take());
        self.claim_first_ready_at = seen.claim_first_ready_at.or(self.claim_first_ready_at.take());
        if self.ready.is_some() {
            return;
        }
        if seen.sandbox.is_some() {
            self.bound = self.bound.or(Some(now));
            self.sandbox = seen.sandbox;
            self.pod_ip = seen.pod_ip;
        }
        match seen.ready {
            Some(ReadyCondition::True { since }) if self.end.is_none() => {
                (self.ready, self.late.ready) = (Some(now), seen.late);
                self.ready_since = since;
                self.upper_bound = seen.upper_bound;
                return;
            }
            Some(ReadyCondition::Final(reason)) => self.end(End::Failed(FailReason::Condition(reason)), now),
            Some(ReadyCondition::Transient(reason)) => self.transient_reason = Some(reason),
            Some(ReadyCondition::True { .. }) | None => {}
        }
        self.bound_unready |= self.bound.is_some();
    }

    fn take_exec(&mut self, result: ExecResult, now: i64) {
        self.exec = Step::Done;
        self.first_exec = result.first_output;
        self.steps = result.steps;
        self.exec_ended = Some(now);
        self.node = self.node.take().or(result.node);
        if let Some(End::Ready(failure)) = &mut self.end {
            *failure = result.failure.or(*failure);
        }
    }

    fn decide(&mut self, now: i64, rules: &Rules) {
        // What was seen counts, whatever the answer to its create.
        let created = self.create.as_ref().map(|create| create.result).filter(|_| !self.seen);
        let end = match created {
            _ if self.ready.is_some() => Some(End::Ready(None)),
            Some(CreateResult::Rejected(status)) => Some(End::Rejected(status)),
            Some(CreateResult::Refused(status)) => Some(End::Failed(FailReason::Http(status))),
            Some(CreateResult::Connect) => Some(End::Failed(FailReason::Connect)),
            Some(CreateResult::Exists | CreateResult::Unanswered) | None => self.given_up(now, rules),
        };
        if let Some(end) = end {
            self.end(end, now);
        }
    }

    /// The end of a claim that may exist and will not become ready; `None` while it may.
    fn given_up(&mut self, now: i64, rules: &Rules) -> Option<End> {
        if self.deleted.is_some() {
            Some(End::Failed(FailReason::Deleted))
        } else if now >= self.intended + rules.ready_timeout_ns {
            Some(End::TimedOut(self.transient_reason.take()))
        } else {
            self.stopped.then_some(End::Failed(FailReason::Interrupted))
        }
    }

    fn end(&mut self, end: End, now: i64) {
        if self.end.is_none() {
            self.end = Some(end);
            self.ended = now;
        }
    }

    /// What follows once the outcome is known: workload, hold, release, the wait until it is gone.
    fn proceed(&mut self, now: i64, rules: &Rules, actions: &mut Vec<Action>) {
        let held = self.outcome() == Some(Outcome::Ready) && !self.stopped && self.deleted.is_none();
        if held && rules.exec && self.exec == Step::Ahead {
            self.exec = Step::Running;
            actions.push(Action::Exec);
        }
        let hold_ns = if mutated(Mutation::ShortHold) { rules.hold_ns / 2 } else { rules.hold_ns };
        let hold_until = self.ready.unwrap_or(now) + hold_ns;
        if held && self.release == Step::Ahead && (self.exec == Step::Running || now < hold_until) {
            if now < hold_until {
                actions.push(Action::Wake(hold_until));
            }
            return;
        }
        if self.release == Step::Ahead && self.may_exist() {
            self.release = Step::Running;
            // One that is gone already needs no delete; every other name ever sent gets one.
            if self.deleted.is_none() {
                return actions.push(Action::Release);
            }
            self.release = Step::Done;
        }
        if self.is_over(now, rules) {
            self.finished = true;
            actions.push(Action::End);
        } else if self.release == Step::Done && now < self.gone_deadline {
            actions.push(Action::Wake(self.gone_deadline));
        }
    }

    /// True unless the object certainly never existed. A 429 is given before a request is looked at, a 5xx is not.
    fn may_exist(&self) -> bool {
        let never = |result: &CreateResult| matches!(result, CreateResult::Refused(_) | CreateResult::Rejected(429));
        let sent = |create: &Create| create.sent.is_some() && !never(&create.result);
        self.seen || self.create.as_ref().is_some_and(sent)
    }

    fn is_over(&self, now: i64, rules: &Rules) -> bool {
        if self.outcome() == Some(Outcome::NotSent) {
            return true;
        }
        if self.create.is_none() || self.exec == Step::Running {
            return false;
        }
        if !self.may_exist() {
            return true;
        }
        let patient = now < self.gone_deadline;
        let gone = self.deleted.is_some() || self.gave_up || !patient;
        // Without a bound sandbox there is no capacity to come back.
        let wants_capacity = rules.capacity_back && self.sandbox.is_some() && self.deleted.is_some() && patient;
        self.release == Step::Done && gone && (!wants_capacity || self.capacity_back.is_some())
    }

    /// The class of a ready claim, and whether 1 s timestamps leave it open.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<(Class, bool)> {
        self.ready?;
        if self.sandbox.as_deref().is_none_or(|sandbox| sandbox == name) {
            return Some((Class::Cold, false));
        }
        // The forwarded transition is the sandbox's: later than the claim's creation, it was not ready when adopted.
        let (since, created) = (self.ready_since, self.created_at);
        let later = since.zip(created).is_some_and(|(since, created)| since > created);
        let same_second = since.zip(created).is_some_and(|(since, created)| since == created);
        let unready = self.bound_unready || later;
        Some((if unready { Class::WarmUnready } else { Class::Warm }, same_second && !unready))
    }

    /// Takes the text out of an optional field.
    pub(crate) fn text(field: &mut Option<Box<str>>) -> Option<String> {
        mem::take(field).map(String::from)
    }
}

#[cfg(test)]
mod tests {
    use agent_sandbox_common::api::FinalReason;

    use super::*;
    use crate::load::claim::Release;

    const RULES: Rules =
        Rules { ready_timeout_ns: 1000, hold_ns: 0, exec: false, capacity_back: false, gone_timeout_ns: 500 };

    fn play(rules: &Rules, events: Vec<(i64, Event)>) -> (Claim, Vec<(i64, Action)>) {
        let mut claim = Claim::new(0, 0);
        let mut all = Vec::new();
        for (now, event) in events {
            let mut actions = Vec::new();
            claim.on(event, now, rules, &mut actions);
            all.extend(actions.into_iter().map(|action| (now, action)));
        }
        (claim, all)
    }

    fn created(result: CreateResult) -> Event {
        let acknowledged = (result == CreateResult::Exists).then_some(12);
        Event::Created(Create { sent: Some(2), acknowledged, ..Create::new(1, result) })
    }

    const READY: ReadyCondition = ReadyCondition::True { since: Some(100) };

    fn waits() -> ReadyCondition {
        ReadyCondition::Transient("SandboxNotReady".into())
    }

    fn seen(sandbox: &str, ready: ReadyCondition) -> Event {
        Event::Seen(Box::new(Observation {
            sandbox: Some(sandbox.into()),
            ready: Some(ready),
            created_at: Some(100),
            ..Observation::default()
        }))
    }

    fn released(sent: i64) -> Event {
        Event::Released(Release { sent: Some(sent), absent: false, gave_up: false })
    }

    #[test]
    fn ready_may_be_seen_before_the_create_is_answered() {
        let events = vec![
            (10, seen("pool-abcde", READY)),
            (12, created(CreateResult::Exists)),
            (14, released(13)),
            (15, Event::Deleted { late: None }),
        ];
        let (claim, actions) = play(&RULES, events);
        assert_eq!(claim.class("asb-x-1"), Some((Class::Warm, true)));
        assert_eq!((claim.end, claim.ready, claim.deleted), (Some(End::Ready(None)), Some(10), Some(15)));
        assert_eq!(actions, [(10, Action::Release), (14, Action::Wake(514)), (15, Action::End)]);
    }

    #[test]
    fn a_held_claim_is_released_when_its_time_is_up() {
        let rules = Rules { hold_ns: 100, ..RULES };
        let events =
            vec![(3, created(CreateResult::Exists)), (10, seen("x", READY)), (110, Event::Due), (111, released(110))];
        let (_, actions) = play(&rules, events);
        assert_eq!(actions[..2], [(10, Action::Wake(110)), (110, Action::Release)]);
    }

    #[test]
    fn a_transient_reason_is_the_reason_of_a_timeout() {
        let events = vec![(3, created(CreateResult::Exists)), (5, seen("x", waits())), (1000, Event::Due)];
        let (claim, actions) = play(&RULES, events);
        assert_eq!(claim.end, Some(End::TimedOut(Some("SandboxNotReady".into()))));
        assert_eq!(actions, [(1000, Action::Release)]);
    }

    #[test]
    fn a_final_reason_fails_at_once() {
        let events =
            vec![(3, created(CreateResult::Exists)), (5, seen("x", ReadyCondition::Final(FinalReason::PodFailed)))];
        let (claim, actions) = play(&RULES, events);
        let failed = End::Failed(FailReason::Condition(FinalReason::PodFailed));
        assert_eq!((claim.end, claim.ended, actions), (Some(failed), 5, vec![(5, Action::Release)]));
    }

    #[test]
    fn what_may_exist_is_deleted_and_what_cannot_is_not() {
        for (result, end, action) in [
            (CreateResult::Rejected(503), End::Rejected(503), Action::Release),
            (CreateResult::Rejected(429), End::Rejected(429), Action::End),
            (CreateResult::Refused(403), End::Failed(FailReason::Http(403)), Action::End),
            (CreateResult::Connect, End::Failed(FailReason::Connect), Action::Release),
        ] {
            let (claim, actions) = play(&RULES, vec![(3, created(result))]);
            assert_eq!((claim.end, actions), (Some(end), vec![(3, action)]));
        }
        let never = Create::new(1, CreateResult::Connect);
        let (claim, actions) = play(&RULES, vec![(3, Event::Created(never))]);
        assert_eq!((claim.end, actions), (Some(End::Failed(FailReason::Connect)), vec![(3, Action::End)]));
    }

    #[test]
    fn a_rejected_create_that_the_watch_shows_exists_after_all() {
        let events = vec![(2, seen("x", waits())), (3, created(CreateResult::Rejected(504)))];
        let (claim, actions) = play(&RULES, events);
        assert!(claim.end.is_none() && actions.is_empty());
    }

    #[test]
    fn stop_releases_what_is_held_and_ends_what_waits() {
        let rules = Rules { hold_ns: 1_000_000, ..RULES };
        let held = vec![(3, created(CreateResult::Exists)), (10, seen("x", READY)), (20, Event::Stop)];
        let (claim, actions) = play(&rules, held);
        assert_eq!((claim.end, actions[1]), (Some(End::Ready(None)), (20, Action::Release)));
        let waiting = vec![(3, created(CreateResult::Exists)), (20, Event::Stop)];
        let (claim, _) = play(&rules, waiting);
        assert_eq!(claim.end, Some(End::Failed(FailReason::Interrupted)));
    }

    #[test]
    fn classes() {
        let class = |sandbox: &str, since: i64, unready_first: bool| {
            let mut events = vec![(1, created(CreateResult::Exists))];
            if unready_first {
                events.push((2, seen(sandbox, waits())));
            }
            let Event::Seen(mut last) = seen(sandbox, READY) else { unreachable!() };
            last.ready = Some(ReadyCondition::True { since: Some(since) });
            events.push((3, Event::Seen(last)));
            play(&RULES, events).0.class("asb-x-1")
        };
        assert_eq!(class("asb-x-1", 99, false), Some((Class::Cold, false)));
        assert_eq!(class("pool-1", 99, false), Some((Class::Warm, false)));
        assert_eq!(class("pool-1", 100, false), Some((Class::Warm, true)));
        assert_eq!(class("pool-1", 101, false), Some((Class::WarmUnready, false)));
        assert_eq!(class("pool-1", 99, true), Some((Class::WarmUnready, false)));
    }

    #[test]
    fn capacity_back_is_waited_for_and_given_up_in_time() {
        let rules = Rules { capacity_back: true, ..RULES };
        let start = || {
            vec![
                (3, created(CreateResult::Exists)),
                (4, seen("p", READY)),
                (6, released(5)),
                (7, Event::Deleted { late: None }),
            ]
        };
        let mut back = start();
        back.push((9, Event::CapacityBack { late: None }));
        let (claim, actions) = play(&rules, back);
        assert_eq!((claim.capacity_back, actions.last()), (Some(9), Some(&(9, Action::End))));
        let mut never = start();
        never.push((507, Event::Due));
        let (claim, actions) = play(&rules, never);
        assert_eq!((claim.capacity_back, actions.last()), (None, Some(&(507, Action::End))));
    }
}
