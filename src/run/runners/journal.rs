/// Most bytes of one answer.
const CHUNK: usize = 1 << 20;

/// Lines of claims that the coordinator has not taken yet, addressed by their offset from the first of all. What is asked
/// for from an offset on is kept until a later offset is asked for: an answer that is lost on its way can be asked for
/// again.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Offset of the first byte that is kept.
    taken: u64,
    kept: Vec<u8>,
}

impl Journal {
    /// Appends whole lines.
    pub fn append(&mut self, lines: &[u8]) {
        self.kept.extend_from_slice(lines);
    }

    /// Whole lines from `offset` on; what is before it is forgotten. An offset that was never given out, or is forgotten,
    /// is answered from the next one that there is.
    pub fn from(&mut self, offset: u64) -> &[u8] {
        let gone = offset.saturating_sub(self.taken).min(self.kept.len() as u64);
        self.kept.drain(..gone as usize);
        self.taken += gone;
        let most = self.kept.len().min(CHUNK);
        let end = self.kept[..most].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        &self.kept[..end]
    }

    /// True once nothing is left to take.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_lost_is_given_again() {
        let mut journal = Journal::default();
        journal.append(b"one\ntwo\n");
        assert_eq!(journal.from(0), b"one\ntwo\n");
        journal.append(b"three\n");
        assert_eq!(journal.from(0), b"one\ntwo\nthree\n");
        assert_eq!(journal.from(8), b"three\n");
        assert!(!journal.is_empty());
        assert_eq!(journal.from(14), b"");
        assert!(journal.is_empty());
    }

    #[test]
    fn chunks_end_with_a_line() {
        let mut journal = Journal::default();
        let line = [&[b'x'; 999][..], b"\n"].concat();
        let mut all = 0;
        (0..3000).for_each(|_| journal.append(&line));
        loop {
            let chunk = journal.from(all).len();
            assert!(chunk <= CHUNK && chunk.is_multiple_of(1000));
            all += chunk as u64;
            if chunk == 0 {
                break;
            }
        }
        assert_eq!(all, 3_000_000);
    }
}
