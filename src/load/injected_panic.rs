//! Panics for tests, in debug builds alone: `AGENT_SANDBOX_BENCH_PANIC=TASK:N` makes TASK panic the N-th time that it comes
//! to its call of [`panic_if_asked`]. A release build does not look at the variable.

#[cfg(debug_assertions)]
pub(crate) fn panic_if_asked(task: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static ASKED: LazyLock<Option<(String, AtomicI64)>> = LazyLock::new(|| {
        let asked = std::env::var("AGENT_SANDBOX_BENCH_PANIC").ok()?;
        let (task, times) = asked.split_once(':')?;
        Some((task.to_owned(), AtomicI64::new(times.parse().ok()?)))
    });
    if let Some((asked, left)) = &*ASKED
        && asked == task
    {
        assert!(left.fetch_sub(1, Ordering::Relaxed) != 1, "asked for by AGENT_SANDBOX_BENCH_PANIC");
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn panic_if_asked(_: &str) {}
