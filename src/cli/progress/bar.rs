use crate::report::{Line, Look, Tone};
use crate::run::Progress;

/// Columns of the bar, at most.
const WIDEST: usize = 60;

/// What becomes of claims, as parts of the bar and in words.
struct Part {
    count: u64,
    tone: Tone,
    unicode: char,
    ascii: char,
}

/// The claims of the run: released after they were ready, held, in flight, failed, and those to come.
pub(super) fn bar(progress: &Progress, look: &Look) -> Line {
    let part = |count, tone, unicode, ascii| Part { count, tone, unicode, ascii };
    let released = progress.outcomes.ready.saturating_sub(progress.held);
    let parts = [
        part(released, Tone::Good, '█', '#'),
        part(progress.held, Tone::Good, '▓', '='),
        part(progress.in_flight, Tone::Warn, '▒', '>'),
        part(progress.failed + progress.not_sent, Tone::Bad, '█', 'x'),
    ];
    let known: u64 = parts.iter().map(|part| part.count).sum();
    let total = progress.total.max(known).max(1);
    let width = look.columns().min(WIDEST);
    let (mut line, mut done, mut drawn) = (Line::default(), 0, 0);
    for part in parts {
        done += part.count;
        let to = (done as f64 / total as f64 * width as f64).round() as usize;
        let sign = if look.unicode { part.unicode } else { part.ascii };
        line = line.and(part.tone, sign.to_string().repeat(to - drawn));
        drawn = to;
    }
    let rest = if look.unicode { "░" } else { "." };
    line.and(Tone::Dim, rest.repeat(width - drawn))
}

/// `in flight 12  held 80  ready 583  failed 3  of 3000 claims`: ready from the moment that they are, held among them.
pub(super) fn counts(progress: &Progress) -> Line {
    let total = progress.total.max(progress.planned);
    let failed = if progress.failed > 0 { Tone::Bad } else { Tone::Plain };
    let line = Line::new(Tone::Plain, format!("in flight {}  ", progress.in_flight))
        .and(Tone::Plain, format!("held {}  ", progress.held))
        .and(Tone::Good, format!("ready {}  ", progress.outcomes.ready))
        .and(failed, format!("failed {}  ", progress.failed));
    let not_sent = (progress.not_sent > 0).then(|| format!("not sent {}  ", progress.not_sent));
    let line = not_sent.into_iter().fold(line, |line, text| line.and(Tone::Bad, text));
    line.and(Tone::Dim, format!("of {total} claims")).hanging(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Screen;

    #[test]
    fn every_claim_has_its_part() {
        let mut progress =
            Progress { total: 100, held: 20, in_flight: 10, failed: 5, not_sent: 5, ..Progress::default() };
        progress.outcomes.ready = 50;
        let shown = |width, unicode| {
            let look = Look { width: Some(width), unicode, ..Look::default() };
            Screen::from(bar(&progress, &look)).plain(look.width)
        };
        assert_eq!(shown(20, false), "######====>>xx......\n");
        assert_eq!(shown(20, true), "██████▓▓▓▓▒▒██░░░░░░\n");
        assert_eq!(shown(200, false).chars().count(), 61);
        let counts = Screen::from(counts(&progress)).plain(None);
        assert_eq!(counts, "in flight 10  held 20  ready 50  failed 5  not sent 5  of 100 claims\n");
    }
}
