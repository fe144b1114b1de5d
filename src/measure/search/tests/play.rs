//! A whole search.

use crate::measure::search::{Answer, Ended, Next, Plan, Search, Step, Verdict};

/// A search as the command has it by default, of an objective on a p99.
pub fn plan(first: f64, max_rate: f64, seed: u64) -> Plan {
    let (step_s, between_s, tolerance) = (10.0, 0.0, 0.05);
    Plan { first, min_rate: 0.1, max_rate, tolerance, step_s, between_s, smallest_share: 0.01, seed }.in_order()
}

/// Answer, rates in order and how they ended, seconds.
pub fn run(plan: Plan, mut step: impl FnMut(Step) -> Ended) -> (Answer, Vec<(f64, Verdict)>, f64) {
    let mut search = Search::new(plan);
    let (mut steps, mut spent) = (Vec::new(), 0.0);
    loop {
        match search.next() {
            Next::Done(answer) => return (answer, steps, spent),
            Next::Run(asked) => {
                let took = asked.warm_up_s + asked.duration_s + plan.between_s;
                let ended = step(asked);
                steps.push((asked.rate, ended.verdict()));
                spent += took;
                search.record(asked.rate, ended, took);
            }
        }
    }
}
