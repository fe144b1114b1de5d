//! A machine in memory: its time is made up, and so is its network. All of it is on the caller's thread and runtime. The
//! same seeds then give the same run, byte for byte, and a wait takes no time.
//!
//! The runtime must be tokio's of one thread, with its clock paused: when no task can go on, the clock jumps to the next
//! timer. tokio's timers have milliseconds, so that all that happens here happens at a whole one.

mod network;
mod pipe;
mod stream;
#[cfg(test)]
mod tests;
mod time;
mod weather;

pub use network::{Listener, begin, connect, crash};
pub use stream::Stream;
pub use time::{now_ns, start_clock};
pub use weather::{Disturbance, Weather};
