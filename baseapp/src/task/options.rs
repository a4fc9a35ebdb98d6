//! What `#[message(..)]` and the options of a call say of a task.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Backoff;

/// The highest priority.
pub(crate) const MAX_PRIORITY: u8 = 9;

/// How often and for how long a task is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Attempts before it is a dead letter; at least 1.
    pub(crate) attempts: u32,
    /// For one attempt; without end if there is none.
    pub(crate) timeout: Option<Duration>,
    pub(crate) backoff: Backoff,
    /// 0 to [`MAX_PRIORITY`], higher first.
    pub(crate) priority: u8,
}

/// What `#[message(..)]` says of the tasks that are made from a message.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TaskDefaults(pub(crate) Limits);

impl TaskDefaults {
    /// 5 attempts, without a timeout, 100 ms to 30 s apart, of priority 4.
    pub const NEW: TaskDefaults = TaskDefaults(Limits {
        attempts: 5,
        timeout: None,
        backoff: Backoff {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(30),
        },
        priority: 4,
    });

    /// `attempts = 5`
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// `timeout = "30s"`
    #[must_use]
    pub const fn timeout(mut self, nanos: u64) -> Self {
        self.0.timeout = Some(Duration::from_nanos(nanos));
        self
    }

    /// `backoff = "100ms..30s"`
    #[must_use]
    pub const fn backoff(mut self, first: u64, longest: u64) -> Self {
        self.0.backoff = Backoff {
            first: Duration::from_nanos(first),
            longest: Duration::from_nanos(longest),
        };
        self
    }

    /// `priority = 7`
    #[must_use]
    pub const fn priority(mut self, priority: u8) -> Self {
        self.0.priority = priority;
        self
    }
}
