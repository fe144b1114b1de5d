//! What holds of every run, over made-up time: any shape, any seed, any mix of what servers and watches do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use agent_sandbox_common::api::FinalReason;
use proptest::prelude::*;
use serde_json::json;

use crate::config;
use crate::load::claim::{
    Action, Claim, Create, CreateResult, Event, ExecResult, Observation, ReadyCondition, Release, Rules, record,
};
use crate::load::plan::Plan;
use crate::measure::{ClaimRecord, Collector, Latency, NotSentReason, Timeouts, Way, WorkloadFailure};

const MS: i64 = 1_000_000;

/// What the world does to one claim; delays in ns.
#[derive(Debug, Clone)]
struct Fate {
    sent: bool,
    result: CreateResult,
    /// Handed over after intended, sent after that, answered after that.
    delays: [i64; 3],
    /// From sent until the watch shows each: bound, ready or not for good, deleted by somebody else.
    seen: [Option<i64>; 3],
    upper_bound: bool,
    condition: ReadyCondition,
    exec: Option<(i64, bool)>,
    release: i64,
    /// From the delete until DELETED, and until the Sandbox is gone; never, where lost.
    gone: [Option<i64>; 2],
    stop: Option<i64>,
}

fn delay() -> impl Strategy<Value = i64> {
    prop_oneof![0..5 * MS, 0..400 * MS]
}

fn fate() -> impl Strategy<Value = Fate> {
    let result = prop_oneof![
        6 => Just(CreateResult::Exists),
        1 => prop::sample::select(vec![429, 500, 503]).prop_map(CreateResult::Rejected),
        1 => Just(CreateResult::Refused(403)),
        1 => Just(CreateResult::Connect),
        1 => Just(CreateResult::Unanswered),
    ];
    let maybe = || prop::option::weighted(0.8, delay());
    let rare = || prop::option::weighted(0.1, delay());
    let condition = prop_oneof![
        3 => Just(ReadyCondition::True { since: Some(0) }),
        1 => Just(ReadyCondition::Transient("SandboxNotReady".into())),
        2 => prop::sample::select(FinalReason::ALL.to_vec()).prop_map(ReadyCondition::Final),
    ];
    let seen = (maybe(), maybe(), rare()).prop_map(|(bound, ready, deleted)| [bound, ready, deleted]);
    let after = (prop::option::of((delay(), any::<bool>())), delay(), [maybe(), maybe()], rare());
    (prop::bool::weighted(0.95), result, [delay(), delay(), delay()], seen, any::<bool>(), condition, after).prop_map(
        |(sent, result, delays, seen, upper_bound, condition, (exec, release, gone, stop))| Fate {
            sent,
            result,
            delays,
            seen,
            upper_bound,
            condition,
            exec,
            release,
            gone,
            stop,
        },
    )
}

/// Plays one claim to its end; returns it with its place in the plan.
struct Life<'a> {
    fate: &'a Fate,
    rules: &'a Rules,
    due: BinaryHeap<Reverse<(i64, usize)>>,
    events: Vec<Event>,
}

impl Life<'_> {
    fn plan(&mut self, at: i64, event: Event) {
        self.due.push(Reverse((at, self.events.len())));
        self.events.push(event);
    }

    fn begin(&mut self, intended: i64) {
        let fate = self.fate;
        if !fate.sent {
            return self.plan(intended, Event::NotSent(NotSentReason::MaxInFlight));
        }
        let handed_over = intended + fate.delays[0];
        let sent = handed_over + fate.delays[1];
        let answered = sent + fate.delays[2];
        let never = fate.result == CreateResult::Connect;
        let create = Create {
            connected: (!never).then_some(handed_over),
            sent: (!never).then_some(sent),
            acknowledged: (fate.result == CreateResult::Exists).then_some(answered),
            ..Create::new(handed_over, fate.result)
        };
        self.plan(answered, Event::Created(create));
        if matches!(fate.result, CreateResult::Exists | CreateResult::Unanswered) {
            self.watch(sent);
        }
        if let Some(stop) = fate.stop {
            self.plan(intended + stop, Event::Stop);
        }
        self.plan(intended + self.rules.ready_timeout_ns, Event::Due);
    }

    fn watch(&mut self, sent: i64) {
        let [bound, ready, deleted] = self.fate.seen;
        let seen = |ready, upper_bound| {
            let sandbox = Some("pool-abcde".into());
            Event::Seen(Box::new(Observation {
                sandbox,
                ready,
                upper_bound,
                uid: Some("u".into()),
                ..Default::default()
            }))
        };
        if let Some(bound) = bound {
            self.plan(sent + bound, seen(None, false));
        }
        if let Some(ready) = ready {
            let event = seen(Some(self.fate.condition.clone()), self.fate.upper_bound);
            self.plan(sent + bound.unwrap_or(0) + ready, event);
        }
        if let Some(deleted) = deleted {
            self.plan(sent + bound.unwrap_or(0) + ready.unwrap_or(0) + deleted, Event::Deleted { late: None });
        }
    }

    fn act(&mut self, action: Action, now: i64) -> bool {
        match action {
            Action::End => return true,
            Action::Wake(at) => self.plan(at.max(now + 1), Event::Due),
            Action::Exec => {
                let (after, well) = self.fate.exec.unwrap_or((0, true));
                let failure = (!well).then_some(WorkloadFailure::Exit(Way::Exec, 1));
                let first_output = well.then_some(now + after);
                self.plan(now + after, Event::Exec(ExecResult { first_output, failure, ..ExecResult::default() }));
            }
            Action::Release => {
                let answered = now + self.fate.release;
                self.plan(answered, Event::Released(Release { sent: Some(now), absent: false, gave_up: false }));
                let [deleted, back] = self.fate.gone;
                if let Some(deleted) = deleted {
                    self.plan(now + deleted, Event::Deleted { late: None });
                }
                if let Some(back) = back {
                    self.plan(now + deleted.unwrap_or(0) + back, Event::CapacityBack { late: None });
                }
            }
        }
        false
    }

    fn play(&mut self, intended: i64, phase: usize) -> Option<Claim> {
        let mut claim = Claim::new(intended, phase);
        self.begin(intended);
        while let Some(Reverse((now, event))) = self.due.pop() {
            let mut actions = Vec::new();
            claim.on(self.events[event].clone(), now, self.rules, &mut actions);
            for action in actions {
                if self.act(action, now) {
                    return Some(claim);
                }
            }
        }
        None
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    (50..300_i64, 0..100_i64, any::<bool>(), any::<bool>()).prop_map(|(timeout, hold, exec, capacity_back)| Rules {
        ready_timeout_ns: timeout * MS,
        hold_ns: hold * MS,
        exec,
        capacity_back,
        gone_timeout_ns: 500 * MS,
    })
}

fn plan(arrivals: &str, rate: u32, seed: u64) -> Plan {
    let load = json!({"load": {"arrivals": arrivals, "rate": rate, "duration": "2s"}});
    Plan::new(&config::from_value(load, &[]).unwrap().load, seed).unwrap()
}

/// Instants in an order in which each follows its cause.
fn chains(claim: &ClaimRecord) -> [Vec<Option<i64>>; 4] {
    let intended = Some(claim.intended_ns);
    [
        vec![intended, claim.handed_over_ns, claim.sent_ns, claim.acknowledged_ns],
        vec![claim.sent_ns, claim.bound_ns, claim.ready_ns, claim.first_exec_ns, claim.exec_ended_ns],
        vec![claim.ready_ns, claim.released_ns, claim.capacity_back_ns],
        vec![claim.sent_ns, claim.deleted_ns],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_planned_claim_ends_once_and_in_order(
        arrivals in prop::sample::select(vec!["constant", "poisson", "burst", "ramp", "step"]),
        rate in 2..60_u32, seed in any::<u64>(), rules in rules(), fates in prop::collection::vec(fate(), 1..40),
    ) {
        let plan = plan(arrivals, rate, seed);
        let timeouts = Timeouts { ready_ns: rules.ready_timeout_ns, exec_ns: rules.exec.then_some(30_000 * MS) };
        let collector = || Collector::new(timeouts);
        let (mut whole, mut halves) = (collector(), [collector(), collector()]);
        for (index, intended) in plan.due.iter().enumerate() {
            let fate = &fates[index % fates.len()];
            let mut life = Life { fate, rules: &rules, due: BinaryHeap::new(), events: Vec::new() };
            let claim = life.play(*intended, plan.phase_of(index));
            prop_assert!(claim.is_some(), "never ended: {fate:?}");
            let record = record(&plan, format!("asb-x-{index}"), None, index as u64, &mut claim.unwrap());
            for chain in chains(&record) {
                let known: Vec<i64> = chain.into_iter().flatten().collect();
                prop_assert!(known.windows(2).all(|pair| pair[0] <= pair[1]), "{record:?}");
            }
            whole.record(&record);
            halves[index % 2].record(&record);
        }
        prop_assert_eq!(whole.outcomes().total(), plan.due.len() as u64);
        let [mut first, second] = halves;
        first.merge(&second);
        prop_assert_eq!(first.outcomes(), whole.outcomes());
        prop_assert_eq!(first.reasons(), whole.reasons());
        for latency in Latency::ALL {
            prop_assert_eq!(first.distribution(latency).histogram(), whole.distribution(latency).histogram());
            prop_assert_eq!(first.figures_of(latency), whole.figures_of(latency));
        }
    }
}
