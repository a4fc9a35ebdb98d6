//! How one process waits for another: it spins for a while, if it is told to, and
//! then sleeps on a futex.

use std::hint;
use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::thread::futex;

/// Waits until `ready`; whoever makes it so calls [`wake`] after.
pub(super) fn wait(sleeps: &AtomicU32, spin: Duration, ready: impl Fn() -> bool) -> Result<()> {
    if !spin.is_zero() && spin_until(spin, &ready) {
        return Ok(());
    }
    loop {
        sleeps.store(1, Ordering::Relaxed);
        // Either the other end sees that we sleep, or we see what it did.
        fence(Ordering::SeqCst);
        if ready() {
            sleeps.store(0, Ordering::Relaxed);
            return Ok(());
        }
        match futex::wait(sleeps, futex::Flags::empty(), 1, None) {
            Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error).context("sleeping on a futex"),
        }
    }
}

/// Whether it was ready within that time.
fn spin_until(spin: Duration, ready: &impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < spin {
        for _ in 0..64 {
            if ready() {
                return true;
            }
            hint::spin_loop();
        }
    }
    false
}

/// Wakes the other end if it sleeps.
pub(super) fn wake(sleeps: &AtomicU32) -> Result<()> {
    fence(Ordering::SeqCst);
    if sleeps.load(Ordering::Relaxed) == 1 {
        sleeps.store(0, Ordering::Relaxed);
        futex::wake(sleeps, futex::Flags::empty(), 1).context("waking the other process")?;
    }
    Ok(())
}
