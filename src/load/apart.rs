//! How work sleeps that is done apart from the connections ([`Supervisor::apart`](super::Supervisor::apart)).

/// Sleeps, with the thread that this is alone on.
#[cfg(not(feature = "made-up"))]
pub async fn sleep(time: std::time::Duration) {
    std::thread::sleep(time);
}

#[cfg(feature = "made-up")]
pub use tokio::time::sleep;
