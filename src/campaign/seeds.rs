use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::play::Player;

/// A seed and what is wrong with it, a sentence each.
pub type Finding = (u64, Vec<String>);

/// When a campaign ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After the last seed.
    Last,
    /// When a seed is found with which something is wrong.
    FirstFinding,
}

/// How a campaign went.
pub struct Campaign {
    pub findings: Vec<Finding>,
    played: u64,
    took: Duration,
}

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (played, wrong, seconds) = (self.played, self.findings.len(), self.took.as_secs_f64());
        let hourly = played as f64 / seconds * 3600.0;
        write!(f, "{played} seeds in {seconds:.1} s, {hourly:.0} an hour: {wrong} with violations")
    }
}

/// A run that holds time still never ends by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// Does `work`; ends the program where it takes too long.
fn in_time<T>(seed: u64, work: impl FnOnce() -> T) -> T {
    let (done, waits) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            println!("seed {seed}: it does not end");
            std::process::exit(1);
        }
    });
    let result = work();
    drop(done);
    result
}

/// Plays the seeds, each on one of `threads` threads.
pub fn play(player: &Player, seeds: Range<u64>, threads: usize, until: Until) -> Campaign {
    let (began, next, played) = (Instant::now(), AtomicU64::new(seeds.start), AtomicU64::new(0));
    let (findings, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let work = || {
        while !is_over.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let found = in_time(seed, || player.play(seed));
            played.fetch_add(1, Ordering::Relaxed);
            if !found.is_empty() {
                findings.lock().unwrap_or_else(PoisonError::into_inner).push((seed, found));
                is_over.fetch_or(until == Until::FirstFinding, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| (0..threads.max(1)).for_each(|_| drop(scope.spawn(work))));
    let mut findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    findings.sort_by_key(|(seed, _)| *seed);
    Campaign { findings, played: played.into_inner(), took: began.elapsed() }
}
