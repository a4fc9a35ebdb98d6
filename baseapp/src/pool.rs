//! [`Pool`]: identical workers under one name, and [`PoolOptions`]: how many,
//! and how they take tasks.

use std::{
    marker::PhantomData,
    ops::{RangeInclusive, RangeToInclusive},
    sync::Arc,
    time::Duration,
};

use crate::id::{RunId, small_value};

/// Identical workers of type `W`, to which tasks are submitted.
///
/// A small value: clone it, put it in a message or in the state of a worker.
pub struct Pool<W> {
    pub(crate) index: u16,
    pub(crate) run: RunId,
    pub(crate) name: Arc<str>,
    worker: PhantomData<fn() -> W>,
}

impl<W> Pool<W> {
    pub(crate) fn new(index: u16, run: RunId, name: Arc<str>) -> Self {
        Pool {
            index,
            run,
            name,
            worker: PhantomData,
        }
    }

    /// The name under which the pool was registered.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

small_value!(Pool, index);

/// How many workers a pool has, and how they take tasks: what
/// [`App::pool`](crate::App::pool) takes.
///
/// A number is that many workers, always; a range as many as the work wants,
/// within it. Everything else has its default:
///
/// ```
/// use std::time::Duration;
/// use baseapp::PoolOptions;
///
/// let four = PoolOptions::new(4);
/// let elastic = PoolOptions::new(1..=8).max_tasks(1_000).idle(Duration::from_secs(30));
/// # let _ = (four, elastic);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PoolOptions {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) prefetch: u32,
    pub(crate) capacity: usize,
    pub(crate) max_tasks: Option<u64>,
    pub(crate) max_memory: Option<u64>,
    pub(crate) idle: Duration,
    pub(crate) grace: Duration,
    pub(crate) retention: Duration,
}

impl PoolOptions {
    /// That many workers: `4`, or `1..=8`.
    pub fn new(size: impl Into<PoolOptions>) -> PoolOptions {
        size.into()
    }

    fn sized(min: usize, max: usize) -> PoolOptions {
        PoolOptions {
            min,
            max,
            prefetch: 1,
            capacity: 100_000,
            max_tasks: None,
            max_memory: None,
            idle: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            retention: Duration::from_secs(3600),
        }
    }

    /// How many tasks a worker is given at a time, of which it runs one.
    /// Default: 1. More is faster when tasks are short, because a worker need
    /// not wait for the next one; if it dies, as many may be run twice. As long as
    /// a pool may grow it is 1: a task is rather given to a new worker.
    pub fn prefetch(mut self, tasks: u32) -> PoolOptions {
        self.prefetch = tasks;
        self
    }

    /// How many tasks the queue holds that have not ended. Default: 100,000.
    /// Beyond it, `submit` waits and `try_submit` gives the message back.
    pub fn capacity(mut self, tasks: usize) -> PoolOptions {
        self.capacity = tasks;
        self
    }

    /// After how many tasks a worker is replaced. Default: never.
    pub fn max_tasks(mut self, tasks: u64) -> PoolOptions {
        self.max_tasks = Some(tasks);
        self
    }

    /// From how many bytes of resident memory on a worker is replaced, when it
    /// has ended the task in hand. Default: never. Where the system does not
    /// tell how many they are, it never is: Linux does.
    pub fn max_memory(mut self, bytes: u64) -> PoolOptions {
        self.max_memory = Some(bytes);
        self
    }

    /// How long a worker of an elastic pool may have nothing to do before it is
    /// stopped. Default: 10 s.
    pub fn idle(mut self, idle: Duration) -> PoolOptions {
        self.idle = idle;
        self
    }

    /// How long a handler may go on that was asked to end, because its task was
    /// cancelled or takes longer than its timeout, before its worker is
    /// killed. Default: 5 s.
    pub fn grace(mut self, grace: Duration) -> PoolOptions {
        self.grace = grace;
        self
    }

    /// How long it is kept how a task ended, for who asks by its id. Default:
    /// an hour. In memory, that of the last 10,000 tasks, of all pools, as long as
    /// they have no more than 16 MiB.
    pub fn retention(mut self, retention: Duration) -> PoolOptions {
        self.retention = retention;
        self
    }

    /// What is wrong with them.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.max == 0 {
            Some("it needs at least one worker")
        } else if self.min > self.max {
            Some("the range of its size is empty")
        } else if self.max > 10_000 {
            Some("it may have at most 10,000 workers")
        } else if self.prefetch == 0 || self.prefetch > 4096 {
            Some("its prefetch must be from 1 to 4096")
        } else if self.capacity == 0 || self.capacity > 100_000_000 {
            Some("its capacity must be from 1 to 100,000,000")
        } else if self.max_tasks == Some(0) {
            Some("its workers must be allowed at least one task")
        } else {
            None
        }
    }
}

impl From<usize> for PoolOptions {
    fn from(size: usize) -> PoolOptions {
        PoolOptions::sized(size, size)
    }
}

impl From<RangeInclusive<usize>> for PoolOptions {
    fn from(size: RangeInclusive<usize>) -> PoolOptions {
        PoolOptions::sized(*size.start(), *size.end())
    }
}

impl From<RangeToInclusive<usize>> for PoolOptions {
    fn from(size: RangeToInclusive<usize>) -> PoolOptions {
        PoolOptions::sized(0, size.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_told() {
        #[allow(clippy::reversed_empty_ranges, reason = "the mistake that is tested")]
        let reversed = PoolOptions::new(4..=2);
        for (options, told) in [
            (PoolOptions::new(0), "at least one worker"),
            (reversed, "is empty"),
            (PoolOptions::new(20_000), "10,000"),
            (PoolOptions::new(1).prefetch(0), "prefetch"),
            (PoolOptions::new(1).capacity(0), "capacity"),
            (PoolOptions::new(1).max_tasks(0), "one task"),
        ] {
            let problem = options.problem().unwrap_or_default();
            assert!(problem.contains(told), "{problem}");
        }
        assert_eq!(PoolOptions::new(..=3).problem(), None);
        assert_eq!(PoolOptions::new(1..=1), PoolOptions::new(1));
    }
}
