use super::StoredRun;
use super::units::seconds;
use crate::config::ConfigError;
use crate::measure::{Attribution, Attributor, Episode, Figure, Suspect, Totals};

/// Why claims of a folder were slow. `totals` are of all its claims but those of phases named in `warm_ups`.
///
/// # Errors
/// A [`ConfigError`] where the claims cannot be read.
pub fn attribution(run: &StoredRun, totals: &Totals, warm_ups: &[String]) -> Result<Attribution, ConfigError> {
    let mut attributor = Attributor::new(totals);
    for claim in run.claims()? {
        let claim = claim?;
        if !claim.phase.as_ref().is_some_and(|phase| warm_ups.contains(phase)) {
            attributor.record(&claim);
        }
    }
    Ok(attributor.conclude(totals))
}

/// "10.0–12.1 s", with as many digits as tell its ends apart.
pub(super) fn span(episode: &Episode) -> String {
    let (from, to) = (episode.from_s, episode.to_s);
    let digits = if to - from < 0.2 { 2 } else { 1 };
    format!("{from:.digits$}\u{2013}{to:.digits$}\u{a0}s")
}

/// "a pause of the controller: no claim went on for 2.00s, and others were with the controller for 12.0ms at most".
pub(super) fn in_words(suspect: &Suspect) -> String {
    let cause = suspect.cause.in_words();
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let (episode, quiet) = (suspect.episode, suspect.quiet.unwrap_or_default());
    let [share, others] = [percent(episode), percent(quiet)];
    let [time, otherwise] = [seconds(episode), seconds(quiet)];
    let why = match suspect.figure {
        Figure::NodeShare => {
            let node = suspect.node.as_deref().unwrap_or("it");
            return format!("{cause}: {share} were on {node}, of the others {others}");
        }
        Figure::NotWarmShare => format!("{share} got no Ready sandbox from it, of the others {others}"),
        Figure::ListedShare => format!("a list showed {share}, of the others {others}"),
        Figure::DeliveryTime => format!("Ready was seen {time} after its write, of the others {otherwise}"),
        Figure::Standstill => {
            format!("no claim went on for {time}, and it had none of the others for longer than {otherwise}")
        }
        Figure::ConflictShare => format!("writes of {share} were refused, of the others {others}"),
        Figure::ControllerTime => format!("it had them for {time} on average, the others for {otherwise}"),
        Figure::SeatTime => format!("they waited {time} for a seat on average, the others {otherwise}"),
        Figure::PushbackShare => format!("{share} were refused and sent again, of the others {others}"),
        Figure::CreateTime => format!("creates took {time} on average, {otherwise} in the rest of the run"),
    };
    format!("{cause}: {why}")
}
