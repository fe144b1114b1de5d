//! A timer that is as exact as the kernel's: tokio's own rounds up to the next millisecond.

use std::io;
use std::time::Duration;

pub(super) use exact::Timer;

#[cfg(all(target_os = "linux", not(feature = "made-up")))]
mod exact {
    use std::os::fd::{AsFd, AsRawFd, RawFd};

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::{Duration, io};

    /// A file descriptor that becomes readable when the time is up, beside the connections in one epoll.
    pub(in crate::load::play) struct Timer(AsyncFd<Descriptor>);

    struct Descriptor(TimerFd);

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Timer {
        /// No more than this is waited for without sleep.
        pub const LONGEST_OVERSLEEP: Duration = Duration::from_micros(150);

        /// # Errors
        /// The system's, where it gives no timer.
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe, and this descriptor is owned as long as it is watched"
        )]
        pub fn new() -> io::Result<Self> {
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
            Ok(Self(AsyncFd::with_interest(Descriptor(timer), Interest::READABLE)?))
        }

        /// Sleeps for `time`, which is not zero; it may end early.
        pub async fn sleep(&self, time: Duration) {
            if self.wait(time).await.is_err() {
                tokio::time::sleep(time).await;
            }
        }

        async fn wait(&self, time: Duration) -> io::Result<()> {
            // Setting it takes back what it has not told yet, so nothing is read from it.
            self.0.get_ref().0.set(Expiration::OneShot(TimeSpec::from_duration(time)), TimerSetTimeFlags::empty())?;
            self.0.readable().await?.clear_ready();
            Ok(())
        }
    }
}

#[cfg(all(not(target_os = "linux"), not(feature = "made-up")))]
mod exact {
    use super::{Duration, io};

    /// What tokio's timers round up by, at most.
    const ROUNDING: Duration = Duration::from_millis(1);

    /// tokio's timer, and no sleep at the end.
    pub(in crate::load::play) struct Timer;

    impl Timer {
        /// No more than this is waited for without sleep.
        pub const LONGEST_OVERSLEEP: Duration = Duration::from_micros(150);

        /// # Errors
        /// Never.
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Sleeps for less than `time`.
        pub async fn sleep(&self, time: Duration) {
            match time.checked_sub(ROUNDING) {
                Some(time) if !time.is_zero() => tokio::time::sleep(time).await,
                _ => tokio::task::yield_now().await,
            }
        }
    }
}

#[cfg(feature = "made-up")]
mod exact {
    use super::{Duration, io};

    /// tokio's timer: where time is made up, it is late by less than a millisecond.
    pub(in crate::load::play) struct Timer;

    impl Timer {
        /// Nothing is waited for without sleep: time would stand still.
        pub const LONGEST_OVERSLEEP: Duration = Duration::ZERO;

        /// # Errors
        /// Never.
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Sleeps for `time`.
        pub async fn sleep(&self, time: Duration) {
            tokio::time::sleep(time).await;
        }
    }
}
