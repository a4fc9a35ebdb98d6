//! What a task costs its worker, and what came of many tasks.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};

/// Worker processes of every contender that has tasks done.
pub(crate) const WORKERS: usize = 2;

/// What a task has its worker do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Give the task's number back.
    Nothing,
    /// Keep a core busy for [`BURN`], and say for how long it really was.
    Burn,
}

/// CPU time of one [`Work::Burn`].
pub(crate) const BURN: Duration = Duration::from_millis(1);

/// Steps between two looks at the clock, which is a system call: microseconds.
const STEPS_BETWEEN_LOOKS: u64 = 4096;

/// Keeps this thread's core busy, and says for how long.
///
/// The clock is that of the thread: it stands still while somebody else has the
/// core, so the work is the same in every language and on a shared machine.
pub(crate) fn burn() -> Result<Duration> {
    let start = thread_time()?;
    loop {
        for step in 0..STEPS_BETWEEN_LOOKS {
            black_box(step);
        }
        let burned = thread_time()?.saturating_sub(start);
        if burned >= BURN {
            return Ok(burned);
        }
    }
}

/// The CPU time that this thread has had.
#[cfg(unix)]
fn thread_time() -> Result<Duration> {
    use anyhow::Context as _;
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).context("reading the thread's clock")
}

/// There is no such clock here.
#[cfg(not(unix))]
fn thread_time() -> Result<Duration> {
    anyhow::bail!("only Unix has a clock for each thread; leave this measure out with --only")
}

/// Tasks that were done, the reply to every one of them checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Done {
    /// How many.
    pub(crate) tasks: u64,
    /// The CPU time that their workers say they burned, in sum.
    pub(crate) burned: Duration,
    /// From the first task given out to the last reply.
    pub(crate) elapsed: Duration,
}

impl Done {
    /// Tasks per second.
    pub(crate) fn rate(&self) -> f64 {
        self.tasks as f64 / self.elapsed.as_secs_f64()
    }

    /// The time that [`WORKERS`] would have needed if nothing else cost any, as
    /// a share of the time that it took.
    pub(crate) fn efficiency(&self) -> f64 {
        self.burned.as_secs_f64() / WORKERS as f64 / self.elapsed.as_secs_f64()
    }

    /// Fails if a task was skipped that should have burned CPU time.
    pub(crate) fn check(&self, work: Work) -> Result<()> {
        ensure!(self.tasks > 0, "no task was done");
        let least = match work {
            Work::Nothing => Duration::ZERO,
            Work::Burn => BURN.mul_f64(self.tasks as f64),
        };
        ensure!(
            self.burned >= least,
            "{} tasks burned {:?}, which is less than {least:?}",
            self.tasks,
            self.burned
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efficiency_is_the_ideal_time_over_the_real_one() -> Result<()> {
        let done = Done {
            tasks: 1000,
            burned: Duration::from_millis(1000),
            elapsed: Duration::from_millis(625),
        };
        done.check(Work::Burn)?;
        assert_eq!((done.rate(), done.efficiency()), (1600.0, 0.8));
        Ok(())
    }

    #[test]
    fn a_skipped_task_is_noticed() {
        let lazy = Done {
            tasks: 2,
            burned: BURN,
            elapsed: BURN,
        };
        assert!(lazy.check(Work::Burn).is_err());
        assert!(lazy.check(Work::Nothing).is_ok());
        assert!(Done::default().check(Work::Nothing).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn burning_takes_the_time_it_says() -> Result<()> {
        let before = thread_time()?;
        let burned = burn()?;
        assert!(burned >= BURN && thread_time()? - before >= burned);
        Ok(())
    }
}
