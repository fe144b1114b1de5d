use serde::Serialize;

use super::instants::{INSTANTS, Instant, OF_POD, READY, REMOVAL};
use crate::measure::{ClaimRecord, Class};

/// What the page shows of a claim when it is opened: columns of what differs from claim to claim, since a thousand claims
/// must fit a page of 200 kB.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Details {
    /// By instant of intention; each but the first less the one before.
    index_steps: Vec<i64>,
    /// Microseconds since the run's start, likewise.
    intended_steps_us: Vec<i64>,
    instants: Vec<Column>,
    names: Texts,
    /// Empty where there is none, `=` where it is named as the claim.
    sandboxes: Texts,
    places: Words,
    nodes: Words,
    ends: Words,
}

/// An instant of each claim; one that no claim reached is left out.
#[derive(Debug, Clone, Serialize)]
struct Column {
    name: &'static str,
    /// True: on the way from intended to ready.
    stage: bool,
    /// Microseconds since the last instant of the claim in the order of this list, at first since it was intended.
    steps_us: Vec<Option<i64>>,
}

/// Texts of their own, but for how they begin.
#[derive(Debug, Clone, Serialize)]
struct Texts {
    prefix: String,
    /// Null where each is the claim's index.
    rest: Option<Vec<String>>,
}

/// Texts that are often the same.
#[derive(Debug, Clone, Default, Serialize)]
struct Words {
    words: Vec<String>,
    /// Empty where there is one word only.
    at: Vec<usize>,
}

impl Details {
    /// Of `claims`, in any order.
    pub fn of<'a>(claims: impl IntoIterator<Item = &'a ClaimRecord>) -> Self {
        let mut claims: Vec<&ClaimRecord> = claims.into_iter().collect();
        claims.sort_by_key(|claim| (claim.intended_ns, claim.index));
        let words = |of: fn(&ClaimRecord) -> String| Words::of(claims.iter().map(|claim| of(claim)));
        Self {
            index_steps: steps(claims.iter().map(|claim| i64::try_from(claim.index).unwrap_or_default())),
            intended_steps_us: steps(claims.iter().map(|claim| claim.intended_ns / 1000)),
            instants: instants(&claims),
            names: Texts::of(claims.iter().map(|claim| claim.name.clone())).numbered(&claims),
            sandboxes: Texts::of(claims.iter().map(|claim| sandbox(claim))),
            places: words(|claim| format!("{}/{}", claim.namespace, claim.warm_pool)),
            nodes: words(|claim| claim.node.clone().unwrap_or_default()),
            ends: words(ending),
        }
    }
}

/// Each less the one before.
pub(super) fn steps(values: impl Iterator<Item = i64>) -> Vec<i64> {
    values
        .scan(0, |before, value| {
            let step = value - *before;
            *before = value;
            Some(step)
        })
        .collect()
}

fn sandbox(claim: &ClaimRecord) -> String {
    match &claim.sandbox {
        Some(sandbox) if *sandbox == claim.name => "=".into(),
        Some(sandbox) => sandbox.clone(),
        None => String::new(),
    }
}

/// `warm`, or `timed_out, sent again 2 times`.
fn ending(claim: &ClaimRecord) -> String {
    let end = match claim.ready_class().filter(|_| !claim.end.has_reason()) {
        Some(class) => class.name().replace('_', " "),
        None => claim.end.to_string(),
    };
    let uncertain = claim.class_uncertain && claim.class == Some(Class::Warm);
    let notes = [
        uncertain.then(|| "or warm unready".to_owned()),
        claim.upper_bound.then(|| "ready then or earlier".to_owned()),
        (claim.retries > 0).then(|| format!("sent again {} times", claim.retries)),
    ];
    notes.into_iter().flatten().fold(end, |text, note| format!("{text}, {note}"))
}

fn instants(claims: &[&ClaimRecord]) -> Vec<Column> {
    let exec_ended = Instant { name: "exec ended", at: |claim| claim.exec_ended_ns };
    let released = Instant { name: "released", at: |claim| claim.released_ns };
    let ended = Instant { name: "given up", at: |claim| (!claim.is_ready()).then_some(claim.ended_ns) };
    let on_the_way =
        INSTANTS[..READY].iter().chain(&OF_POD).chain([&INSTANTS[READY], &ended]).map(|instant| (instant, true));
    let after =
        INSTANTS[READY + 1..].iter().chain([&exec_ended, &released]).chain(&REMOVAL).map(|instant| (instant, false));
    let mut reached_us = vec![0; claims.len()];
    let mut step = |instant: &Instant, claim: &ClaimRecord, at: usize| {
        let after_us = ((instant.at)(claim)? - claim.intended_ns) / 1000;
        let step = after_us - reached_us[at];
        reached_us[at] = after_us;
        Some(step)
    };
    let column = |(instant, on_the_way): (&Instant, bool)| {
        let steps_us = claims.iter().enumerate().map(|(at, claim)| step(instant, claim, at)).collect();
        Column { name: instant.name, stage: on_the_way, steps_us }
    };
    on_the_way.chain(after).map(column).filter(|it| it.steps_us.iter().any(Option::is_some)).collect()
}

impl Texts {
    fn of(texts: impl Iterator<Item = String>) -> Self {
        let mut rest: Vec<String> = texts.collect();
        let mut own = rest.iter().filter(|text| !is_sign(text));
        let first = own.next().cloned().unwrap_or_default();
        // A character of each stays, since an empty text is a sign.
        let shared = own.fold(last_char(&first), |shared, text| {
            let alike = first.char_indices().zip(text.chars()).find(|((_, one), other)| one != other);
            alike.map_or(shared, |((at, _), _)| at).min(last_char(text)).min(shared)
        });
        rest.iter_mut().filter(|text| !is_sign(text)).for_each(|text| *text = text.split_off(shared));
        Self { prefix: first[..shared].to_owned(), rest: Some(rest) }
    }

    /// The names of claims that this tool made end in their index.
    fn numbered(self, claims: &[&ClaimRecord]) -> Self {
        let prefix = self.prefix.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = claims.iter().all(|claim| claim.name.strip_prefix(prefix) == Some(&*claim.index.to_string()));
        if numbered { Self { prefix: prefix.to_owned(), rest: None } } else { self }
    }
}

/// Where the last character begins.
fn last_char(text: &str) -> usize {
    text.char_indices().last().map_or(0, |(at, _)| at)
}

/// True for an object without a name, or with the claim's.
fn is_sign(text: &str) -> bool {
    text.is_empty() || text == "="
}

impl Words {
    fn of(texts: impl Iterator<Item = String>) -> Self {
        let mut words = texts.fold(Self::default(), |mut words, text| {
            let known = words.words.iter().position(|word| *word == text);
            words.at.push(known.unwrap_or(words.words.len()));
            if known.is_none() {
                words.words.push(text);
            }
            words
        });
        if words.words.len() < 2 {
            words.at.clear();
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_words_and_steps_can_be_put_together_again() {
        let all = ["pool-ä1", "", "pool-ö22", "=", "pool-ä1"].map(str::to_owned);
        let texts = Texts::of(all.iter().cloned());
        assert_eq!(
            (&*texts.prefix, texts.rest.unwrap()),
            ("pool-", ["ä1", "", "ö22", "=", "ä1"].map(str::to_owned).into())
        );
        let same = Texts::of(["n1", "n1", "n12"].map(str::to_owned).into_iter());
        assert_eq!((&*same.prefix, same.rest.unwrap()), ("n", ["1", "1", "12"].map(str::to_owned).into()));
        let words = Words::of(all.iter().cloned());
        assert_eq!(words.at.iter().map(|at| &words.words[*at]).collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
        assert_eq!(steps([7, 9, 3].into_iter()), [7, 2, -6]);
    }
}
