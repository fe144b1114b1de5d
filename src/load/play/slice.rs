//! The kernel's slice of the thread that has the connections.

#[cfg(all(target_os = "linux", not(feature = "made-up")))]
pub(super) use kernel::ShortSlice;
#[cfg(not(all(target_os = "linux", not(feature = "made-up"))))]
pub(super) use none::ShortSlice;

#[cfg(all(target_os = "linux", not(feature = "made-up")))]
#[expect(unsafe_code, reason = "no library wraps these two calls")]
mod kernel {
    use std::mem::zeroed;

    /// The shortest that the kernel gives.
    const SLICE_NS: u64 = 100_000;

    /// As long as it is kept, the thread that took it has a slice of 0.1 ms. When it wakes, it then preempts a thread with a
    /// longer slice at once, instead of waiting until that one's slice ends. So what arrives is read when it arrives, also
    /// where a controller or the simulator has the cores. It needs no right, and no more time of the processor.
    ///
    /// Since Linux 6.12 `sched_runtime` is the slice of threads of the normal class ("sched/eevdf: Use
    /// `sched_attr::sched_runtime` to set request/slice suggestion"). Older kernels ignore it.
    pub(in crate::load::play) struct ShortSlice(bool);

    impl ShortSlice {
        /// Of this thread.
        pub fn take() -> Self {
            Self(set(SLICE_NS))
        }
    }

    impl Drop for ShortSlice {
        /// The thread may be the caller's, and lives on.
        fn drop(&mut self) {
            if self.0 {
                set(0);
            }
        }
    }

    /// Sets the slice of this thread, 0 for the kernel's own; false where the kernel does not, or the thread is of another
    /// class.
    fn set(slice_ns: u64) -> bool {
        let size = size_of::<libc::sched_attr>() as u32;
        // SAFETY: all fields are integers, for which zeros are values.
        let mut attributes: libc::sched_attr = unsafe { zeroed() };
        // SAFETY: the kernel writes at most `size` bytes to `attributes`, which lives on; 0 is this thread.
        let read = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) };
        if read != 0 || attributes.sched_policy != libc::SCHED_OTHER as u32 {
            return false;
        }
        attributes.sched_runtime = slice_ns;
        // SAFETY: the kernel reads `attributes.size` bytes, which it has just set itself, of what lives on.
        unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) == 0 }
    }
}

#[cfg(not(all(target_os = "linux", not(feature = "made-up"))))]
mod none {
    /// Nothing, where there is no such kernel.
    pub(in crate::load::play) struct ShortSlice;

    impl ShortSlice {
        /// Of this thread.
        pub fn take() -> Self {
            Self
        }
    }
}
