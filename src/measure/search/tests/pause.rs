//! What one disturbed step, or claims that time out, do to an answer.

use super::model::{Server, TWO_WORKERS};
use super::play::{plan, run};

/// 40/s is the capacity to the digit: a step at 40.03/s ends 20 ms later than it should, which no step of 33 s can show.
fn answers_with_a_pause(first: f64, paused: u64) {
    let steady = Server { poisson: false, ..TWO_WORKERS };
    let mut place = 0;
    let (answer, steps, _) = run(plan(first, 5000.0, paused), |step| {
        place += 1;
        let pause_at = (place - 1 == paused).then_some(step.warm_up_s + step.duration_s / 2.0);
        Server { pause_at, ..steady }.step(step)
    });
    let rate = answer.rate.unwrap();
    assert!((38.0..=40.05).contains(&rate), "first {first} paused {paused}: {answer:?} {steps:?}");
}

#[test]
fn one_pause_of_a_second_in_any_step_changes_nothing() {
    (0..16).step_by(3).for_each(|paused| answers_with_a_pause(9.6, paused));
}

#[test]
#[ignore = "calibration: 200 searches"]
fn one_pause_of_a_second_from_any_first_rate_changes_nothing_in_full() {
    for first in [1.0, 4.3, 7.3, 9.6, 12.7, 20.0, 33.0, 39.0, 47.0, 100.0] {
        (0..20).for_each(|paused| answers_with_a_pause(first, paused));
    }
}

#[test]
fn claims_that_time_out_are_not_served() {
    for (poisson, timeout_s) in [(false, 0.2), (true, 0.5)] {
        let server = Server { poisson, timeout_s, ..TWO_WORKERS };
        let (answer, steps, _) = run(plan(10.0, 80.0, 5), |step| server.step(step));
        let rate = answer.rate.unwrap();
        let lowest = if poisson { 24.0 } else { 38.0 };
        assert!(rate >= lowest && rate <= 40.0, "{poisson} {timeout_s}: {answer:?} {steps:?}");
    }
}
