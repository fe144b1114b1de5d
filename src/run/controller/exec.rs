use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Becomes the program `words`, which the kernel kills when the process `parent` ends, however that ends. Returns only where
/// that fails.
///
/// Nothing may be done between fork and exec without unsafe code; so this program is started, and does it as itself.
#[must_use]
pub fn exec_bound(parent: i32, words: &[OsString]) -> io::Error {
    let Some((program, arguments)) = words.split_first() else { return io::ErrorKind::InvalidInput.into() };
    match bind(parent) {
        Ok(()) => Command::new(program).args(arguments).exec(),
        Err(error) => error,
    }
}

#[cfg(target_os = "linux")]
fn bind(parent: i32) -> io::Result<()> {
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::getppid;

    set_pdeathsig(Signal::SIGKILL)?;
    // It may have ended before that was asked for.
    if getppid().as_raw() == parent { Ok(()) } else { Err(io::Error::other("its parent has ended")) }
}

/// Other systems have no such signal: there, a kill -9 leaves the program running.
#[cfg(not(target_os = "linux"))]
fn bind(_: i32) -> io::Result<()> {
    Ok(())
}
