//! The highest rate whose long run meets the objectives, estimated step by step. No clock, no network: it says which
//! step to run next, takes how that step ended, and at the end gives a rate and an interval.

mod answer;
mod estimate;
mod judge;
mod likelihood;
mod next;
mod plan;
mod posterior;
mod queue;
mod step;
mod tally;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Limit};
pub use judge::{Judge, allowed_share, met_max_in_flight};
pub use next::Next;
pub use plan::{Expected, Plan};
pub use step::{Ended, Evidence, Step, Verdict, may_be_beyond};

use next::Move;
use plan::Purpose;
use tally::Tally;

/// A search under way.
#[derive(Debug, Clone)]
pub struct Search {
    plan: Plan,
    tally: Tally,
    /// Seconds that the steps took, with what lies between them.
    spent_s: f64,
}

impl Search {
    /// Starts at the plan's first rate.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, tally: Tally::default(), spent_s: 0.0 }
    }

    /// Takes in how a step at `rate` ended, and the seconds it took with the wait before it.
    pub fn record(&mut self, rate: f64, ended: Ended, took_s: f64) {
        self.tally.push(rate, ended);
        self.spent_s += took_s;
    }

    /// What to do next. The same until the next [`record`](Self::record).
    #[must_use]
    pub fn next(&self) -> Next {
        let (rate, purpose) = match self.choose() {
            Move::End(answer) => return self.done(answer),
            Move::Try(rate) => (rate, Purpose::Bracket),
            Move::Near(rate) => (rate, Purpose::Measure),
        };
        let step = self.plan.step(rate, self.tally.len(), purpose);
        let fits = self.spent_s + self.plan.takes_s(step) <= self.plan.expected().most_s + 1e-6;
        if fits { Next::Run(step) } else { self.done(self.out_of_time()) }
    }

    fn done(&self, answer: Answer) -> Next {
        Next::Done(Answer { next_higher: self.tally.not_met_above(answer.rate), ..answer })
    }

    fn choose(&self) -> Move {
        let (plan, tally) = (&self.plan, &self.tally);
        if tally.failed_twice() {
            return Move::End(Answer::none(Limit::Failed));
        }
        if let Some(rate) = tally.to_repeat() {
            return if tally.near() > 0 { Move::Near(rate) } else { Move::Try(rate) };
        }
        let ceiling = tally.ruled_out();
        let Some(top) = tally.highest_met(ceiling) else { return self.descend(ceiling) };
        match tally.miss_to_repeat() {
            Some(rate) if tally.near() == 0 => Move::Try(rate),
            _ if tally.is_missed() => estimate::choose(plan, tally),
            _ => climb(plan, tally, top, ceiling),
        }
    }

    /// Nothing was met yet: half of the lowest rate.
    fn descend(&self, ceiling: Option<f64>) -> Move {
        let Some(lowest) = self.tally.lowest() else { return Move::Try(self.plan.first) };
        if ceiling.is_some_and(|ceiling| ceiling <= lowest) {
            return Move::End(Answer::none(Limit::Generator));
        }
        if lowest / 2.0 >= self.plan.min_rate {
            return Move::Try(lowest / 2.0);
        }
        if self.tally.tried(lowest) < 2 { Move::Try(lowest) } else { Move::End(Answer::none(Limit::Cluster)) }
    }

    fn out_of_time(&self) -> Answer {
        let met = self.tally.highest_met(self.tally.ruled_out());
        match met {
            Some(_) if self.tally.is_missed() => estimate::answer(&self.plan, &self.tally),
            Some(met) => Answer::at_least(met, Limit::Time),
            None => Answer::none(Limit::Time),
        }
    }
}

/// Nothing was missed twice yet: double the highest rate met, up to the highest allowed or what the generator can send.
fn climb(plan: &Plan, tally: &Tally, top: f64, ceiling: Option<f64>) -> Move {
    let end = |limit| if tally.met_at(top) < 2 { Move::Try(top) } else { Move::End(Answer::at_least(top, limit)) };
    if top >= plan.max_rate {
        return end(Limit::MaxRate);
    }
    let next = (top * 2.0).min(plan.max_rate);
    match ceiling {
        Some(ceiling) if ceiling / top <= 1.0 + plan.tolerance => end(Limit::Generator),
        Some(ceiling) if next >= ceiling => Move::Try((top * ceiling).sqrt()),
        _ => Move::Try(next),
    }
}
