//! Durations by bins.

use std::collections::BTreeMap;

/// Bits of a duration that its bin keeps beside its magnitude: bins are 0.4 to 0.8 % wide.
const BIN_BITS: u32 = 7;
/// The bin of censored durations, beyond all others.
const CENSORED: u16 = u16::MAX;

/// The durations of one cell of a run: counts by bin, in order of bins.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    bins: Vec<(u16, u32)>,
    count: u64,
}

impl Cell {
    /// Adds a duration; one that is censored ranks beyond all others, whatever it is a bound of.
    pub fn record(&mut self, nanos: i64, censored: bool) {
        self.add(if censored { CENSORED } else { bin(nanos) }, 1);
    }

    /// The durations of several cells.
    pub fn of(cells: &[Self]) -> Self {
        let mut counts = BTreeMap::new();
        for (bin, count) in cells.iter().flat_map(|cell| &cell.bins) {
            *counts.entry(*bin).or_insert(0) += *count;
        }
        Self { bins: counts.into_iter().collect(), count: cells.iter().map(Self::count).sum() }
    }

    fn add(&mut self, bin: u16, count: u32) {
        match self.bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(at) => self.bins[at].1 += count,
            Err(at) => self.bins.insert(at, (bin, count)),
        }
        self.count += u64::from(count);
    }

    /// Adds another cell's durations.
    pub fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.bins {
            self.add(*bin, *count);
        }
    }

    /// Durations in the cell.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bins and their counts, in order.
    #[must_use]
    pub fn bins(&self) -> &[(u16, u32)] {
        &self.bins
    }

    /// The duration at a quantile in seconds, nearest rank and to the middle of its bin; infinite where it is censored,
    /// `None` of nothing.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = ((quantile * self.count as f64).ceil() as u64).clamp(1, self.count.max(1));
        let mut below = 0;
        for (bin, count) in &self.bins {
            let inside = (rank - below) as f64 - 0.5;
            below += u64::from(*count);
            if below >= rank {
                return Some(if *bin == CENSORED { f64::INFINITY } else { value(*bin, inside / f64::from(*count)) });
            }
        }
        None
    }
}

/// The magnitude of a duration and its next `BIN_BITS` bits; below 2^`BIN_BITS` ns each has a bin of its own.
fn bin(nanos: i64) -> u16 {
    let nanos = nanos.max(0) as u64;
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(BIN_BITS + 1);
    ((u64::from(shift) << BIN_BITS) + (nanos >> shift)) as u16
}

/// The seconds at a share of the way through a bin.
fn value(bin: u16, share: f64) -> f64 {
    let bin = u64::from(bin);
    let shift = (bin >> BIN_BITS).saturating_sub(1);
    let low = (bin - (shift << BIN_BITS)) << shift;
    if shift == 0 { low as f64 / 1e9 } else { (low as f64 + share * (1_u64 << shift) as f64) / 1e9 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_less_than_one_percent_wide_and_they_are_in_order() {
        let mut last = 0;
        for step in 0..6000 {
            let nanos = (1.006_f64.powi(step)) as i64;
            let at = bin(nanos);
            assert!(at >= last);
            last = at;
            let (low, high) = (value(at, 0.0) * 1e9, value(at, 1.0) * 1e9);
            assert!(low <= nanos as f64 * (1.0 + 1e-9) && nanos as f64 <= high * (1.0 + 1e-9), "{nanos} {low} {high}");
            assert!(high - low <= nanos as f64 / 128.0 + 1e-9);
        }
    }
}
