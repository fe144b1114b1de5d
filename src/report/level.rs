/// How many there are at a time, in windows of equal length.
///
/// A window holds twice the tick at which one ends, and twice the tick plus one at which one begins. So at the same
/// tick ends come before begins. A run of a million claims has four million of these, so each is four bytes.
pub(super) struct Level {
    length_ns: i64,
    tick_ns: i64,
    windows: Vec<Vec<u32>>,
}

impl Level {
    /// None yet.
    pub fn new(length_ns: i64, windows: usize) -> Self {
        // A nanosecond in windows of up to a second; then what fits.
        let tick_ns = length_ns / (1 << 30) + 1;
        Self { length_ns, tick_ns, windows: vec![Vec::new(); windows] }
    }

    /// One that comes at `from`, if ever, and goes at `to`, if ever.
    pub fn count(&mut self, from: Option<i64>, to: Option<i64>) {
        let Some(from) = from.map(|from| self.place(from)) else { return };
        self.windows[from.0].push(from.1 * 2 + 1);
        if let Some(to) = to.map(|to| self.place(to)) {
            // Who goes as he comes was there: he goes a tick later.
            let (window, doubled) = if to > from { (to.0, to.1 * 2) } else { (from.0, from.1 * 2 + 2) };
            self.windows[window].push(doubled);
        }
    }

    /// The window of an instant, and the tick in it; what is later than all windows is at the last one's end.
    fn place(&self, instant: i64) -> (usize, u32) {
        let instant = instant.clamp(0, self.length_ns * self.windows.len() as i64 - 1);
        ((instant / self.length_ns) as usize, (instant % self.length_ns / self.tick_ns) as u32)
    }

    /// The most in each window.
    pub fn peaks(&mut self) -> Vec<Option<f64>> {
        let mut level = 0_i64;
        let peak = |window: &mut Vec<u32>| {
            window.sort_unstable();
            let mut peak = level;
            for event in window {
                level += if *event % 2 == 0 { -1 } else { 1 };
                peak = peak.max(level);
            }
            Some(peak as f64)
        };
        self.windows.iter_mut().map(peak).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_makes_room_and_who_only_passes_is_seen() {
        let mut level = Level::new(1_000, 3);
        level.count(Some(100), Some(1_500));
        level.count(Some(1_500), Some(1_700));
        level.count(Some(1_800), Some(1_800));
        level.count(Some(1_900), None);
        level.count(None, Some(5));
        assert_eq!(level.peaks(), [Some(1.0), Some(1.0), Some(1.0)]);
        level.count(Some(2_900), Some(9_000));
        assert_eq!(level.peaks(), [Some(1.0), Some(1.0), Some(2.0)]);
    }

    #[test]
    fn long_windows_have_coarser_ticks() {
        let half_hour = 1_800_000_000_000;
        let mut level = Level::new(half_hour, 2);
        level.count(Some(half_hour - 1), Some(half_hour + 1_000_000));
        level.count(Some(half_hour + 900_000), Some(2 * half_hour - 1));
        assert_eq!(level.peaks(), [Some(1.0), Some(2.0)]);
    }
}
