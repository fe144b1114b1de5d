use super::answer::Answer;
use super::step::Step;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Run this step.
    Run(Step),
    /// It is over.
    Done(Answer),
}

/// A rate to try, or why there is none.
pub(super) enum Move {
    /// To find where the threshold is.
    Try(f64),
    /// Near the threshold: a longer step.
    Near(f64),
    End(Answer),
}
