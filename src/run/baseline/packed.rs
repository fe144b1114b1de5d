//! The claims of a run in few bytes: a verdict rests on when each was due, how long it took and whether that is a
//! bound. All of it is kept, to the nanosecond. Numbers are LEB128, deflated, in base64: about 6 bytes a claim.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::measure::compare::{Observation, RunSample};

/// Bytes of the claims of a run before they are deflated, at most: somebody else may have made the file.
const MOST: u64 = 1 << 26;

/// The claims of a run.
pub(super) fn pack(sample: &RunSample) -> io::Result<String> {
    let mut bytes = Vec::new();
    for observations in [&sample.time_to_ready, &sample.time_to_first_exec, &sample.cold] {
        put(&mut bytes, observations.len() as u64);
        let mut before = 0;
        for one in observations {
            let step = one.intended_ns - before;
            before = one.intended_ns;
            // The sign goes to the lowest bit; so does whether it is a bound.
            put(&mut bytes, ((step << 1) ^ (step >> 63)).cast_unsigned());
            put(&mut bytes, (nanos(one.value) << 1) | u64::from(one.censored));
        }
    }
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(&bytes)?;
    Ok(STANDARD.encode(deflated.finish()?))
}

/// The claims as they were; `None` of a text that is not of [`pack`].
pub(super) fn unpack(text: &str, cpu_per_claim: Option<f64>) -> Option<RunSample> {
    let mut bytes = Vec::new();
    let deflated = STANDARD.decode(text).ok()?;
    ZlibDecoder::new(deflated.as_slice()).take(MOST).read_to_end(&mut bytes).ok()?;
    let mut rest = bytes.as_slice();
    let [time_to_ready, time_to_first_exec, cold] = [take_all(&mut rest)?, take_all(&mut rest)?, take_all(&mut rest)?];
    // Exactly those that never became ready are bounds.
    let failed = time_to_ready.iter().map(|one| Observation::share(one.intended_ns, one.censored)).collect();
    rest.is_empty().then_some(RunSample { time_to_ready, time_to_first_exec, failed, cold, cpu_per_claim })
}

fn take_all(rest: &mut &[u8]) -> Option<Vec<Observation>> {
    let count = take(rest)?;
    let mut before = 0_i64;
    let mut one = || {
        let step = take(rest)?;
        before = before.checked_add((step >> 1).cast_signed() ^ -(step & 1).cast_signed())?;
        let value = take(rest)?;
        Some(Observation { intended_ns: before, value: (value >> 1) as f64 / 1e9, censored: value & 1 == 1 })
    };
    // No room is made ahead for a count that may be anything.
    (0..count).map(|_| one()).collect()
}

/// A whole number of nanoseconds: the value is one of them over a billion.
fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9).round().max(0.0) as u64
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, more) = rest.split_first()?;
        *rest = more;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn run(seed: u64, claims: i64) -> RunSample {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut one = |index: i64| Observation {
            intended_ns: index * 10_000_000 - 5,
            value: random.random_range(1..200_000_000_000_i64) as f64 / 1e9,
            censored: random.random_bool(0.1),
        };
        let time_to_ready: Vec<_> = (0..claims).map(&mut one).collect();
        let time_to_first_exec = (0..claims / 2).map(&mut one).collect();
        let failed = time_to_ready.iter().map(|one| Observation::share(one.intended_ns, one.censored)).collect();
        let cold = (0..claims).map(|index| Observation::share(index, index % 3 == 0)).collect();
        RunSample { time_to_ready, time_to_first_exec, failed, cold, cpu_per_claim: Some(0.01) }
    }

    #[test]
    fn every_claim_comes_back_to_the_nanosecond() {
        for seed in 0..20 {
            let run = run(seed, 500);
            assert_eq!(unpack(&pack(&run).unwrap(), Some(0.01)), Some(run));
        }
        let none = RunSample::default();
        assert_eq!(unpack(&pack(&none).unwrap(), None), Some(none));
    }

    #[test]
    fn what_is_cut_or_changed_is_no_run() {
        let text = pack(&run(1, 50)).unwrap();
        for broken in [&text[..text.len() / 2], "", "!", &text.replacen('e', "f", 9)] {
            assert_eq!(unpack(broken, None), None, "{broken}");
        }
    }
}
