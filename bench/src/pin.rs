//! Keeps a measure on one core.

use anyhow::Result;

/// While it lives, this thread and all that it starts stay on one core.
///
/// On free cores a round trip is mostly the wake-up of a core that has halted,
/// and who is placed where decides more than what they do. On one core nothing
/// is left but the work and the switch between two processes.
#[derive(Debug)]
pub(crate) struct OneCore {
    #[cfg(target_os = "linux")]
    before: rustix::thread::CpuSet,
}

#[cfg(target_os = "linux")]
impl OneCore {
    /// Moves this thread to the first core that it may use.
    pub(crate) fn enter() -> Result<Self> {
        use anyhow::Context as _;
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        let before = sched_getaffinity(None).context("asking for the allowed cores")?;
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core));
        let mut only = CpuSet::new();
        only.set(first.context("this process may run on no core")?);
        sched_setaffinity(None, &only).context("moving to one core")?;
        Ok(Self { before })
    }
}

#[cfg(target_os = "linux")]
impl Drop for OneCore {
    fn drop(&mut self) {
        if let Err(error) = rustix::thread::sched_setaffinity(None, &self.before) {
            eprintln!("bench: staying on one core, later figures are wrong: {error}");
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl OneCore {
    /// There is no such thing here.
    pub(crate) fn enter() -> Result<Self> {
        anyhow::bail!("only Linux keeps processes on one core; leave this measure out with --only")
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::thread::available_parallelism;

    #[test]
    fn one_core_and_then_all_again() -> Result<()> {
        let before = available_parallelism()?;
        let pin = OneCore::enter()?;
        assert_eq!(available_parallelism()?.get(), 1);
        drop(pin);
        assert_eq!(available_parallelism()?, before);
        Ok(())
    }
}
