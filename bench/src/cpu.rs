//! The CPU time of a contender: of this process and of all that it has started
//! and waited for, in user and in system mode.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// What it was until now, to the tick.
#[cfg(unix)]
pub(crate) fn used() -> Result<Duration> {
    let process = fs::read_to_string("/proc/self/stat")
        .context("reading /proc/self/stat (this measure needs Linux)")?;
    let ticks = own_ticks(&process).context("/proc/self/stat has no times")?;
    let a_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(ticks as f64 / a_second as f64))
}

/// There is no such file here.
#[cfg(not(unix))]
pub(crate) fn used() -> Result<Duration> {
    anyhow::bail!("only Linux tells it; leave this measure out with --only")
}

/// What all threads of a process have used, to the nanosecond.
pub(crate) fn of(process: u32) -> Result<Duration> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let mut nanos = 0;
    let listed = fs::read_dir(&tasks);
    for task in listed.with_context(|| format!("listing {}", tasks.display()))? {
        let file = task?.path().join("schedstat");
        // A thread may end in between.
        let text = fs::read_to_string(&file).unwrap_or_default();
        let used = text.split_whitespace().next().unwrap_or("0");
        nanos += used
            .parse::<u64>()
            .with_context(|| format!("{} says {text:?}", file.display()))?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// What all threads of this process have used, those that have ended too; that costs
/// one look at a clock, however many there are.
#[cfg(unix)]
pub(crate) fn of_this_process() -> Result<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).context("reading the clock of the process")
}

/// There is no such clock here.
#[cfg(not(unix))]
pub(crate) fn of_this_process() -> Result<Duration> {
    anyhow::bail!("only Unix has a clock for each process; leave this measure out with --only")
}

/// The ticks in a process's `stat`: own and of ended children, in both modes.
pub(crate) fn own_ticks(process: &str) -> Option<u64> {
    // The name, in parentheses, may hold anything; the times come 11 fields
    // after the state.
    let (_, fields) = process.rsplit_once(')')?;
    let times: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .map_while(|tick| tick.parse().ok())
        .collect();
    times.get(..4).map(|times| times.iter().sum())
}
