//! How a worker is looked after: what `#[worker(restart = ..)]` and
//! [`App::supervise`](crate::App::supervise) say.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::Backoff;

/// When a worker that has ended without having been told to is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Restart {
    /// Always. The default.
    #[default]
    Permanent,
    /// Unless its process has exited with code 0.
    Transient,
    /// Never.
    Temporary,
}

/// What is started again when a worker of a group has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// That worker alone. The default.
    #[default]
    OneForOne,
    /// All of the group: the others are stopped, last started first, and then
    /// all are started in their order.
    OneForAll,
    /// That worker, and those of the group that were added after it.
    RestForOne,
}

/// How many deaths are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intensity {
    /// So many deaths are made good; one more is too many.
    pub(crate) deaths: u32,
    /// Within this time.
    pub(crate) within: Duration,
}

/// How a worker is looked after. What is not said is as its
/// [`#[worker(..)]`](macro@crate::worker) says, and else the default.
///
/// ```
/// use std::time::Duration;
/// use baseapp::{Restart, Supervision};
///
/// let patient = Supervision::new()
///     .restart(Restart::Transient)
///     .intensity(20, Duration::from_secs(60))
///     .hang(Duration::from_secs(30));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct Supervision {
    restart: Option<Restart>,
    intensity: Option<Intensity>,
    backoff: Option<Backoff>,
    hang: Option<Duration>,
    grace: Option<Duration>,
    spin: Option<Duration>,
}

/// What decides whether and when a worker is started again: no part of it is
/// left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) restart: Restart,
    pub(crate) intensity: Intensity,
    pub(crate) backoff: Backoff,
}

impl Supervision {
    /// Nothing is said yet.
    pub const fn new() -> Self {
        Supervision {
            restart: None,
            intensity: None,
            backoff: None,
            hang: None,
            grace: None,
            spin: None,
        }
    }

    /// When it is started again. Default: [`Restart::Permanent`].
    pub const fn restart(mut self, restart: Restart) -> Self {
        self.restart = Some(restart);
        self
    }

    /// So many deaths within that time are made good; one more, and the worker
    /// is given up: its group is started again as a whole, and if it is of none,
    /// the app stops. Default: 5 in 10 s. It counts the deaths of this worker
    /// alone.
    pub const fn intensity(mut self, deaths: u32, within: Duration) -> Self {
        self.intensity = Some(Intensity { deaths, within });
        self
    }

    /// How long to wait before it is started again. After the first death it is
    /// at once, after the second `first`, doubled with each further one up to
    /// `longest`; of that, between half and all is waited. A worker that
    /// has lived for as long as its intensity looks back begins anew. Default: 100 ms to 5 s.
    pub const fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = Some(Backoff { first, longest });
        self
    }

    /// How long one handler, hook or timer of it may take before it counts as stuck and is
    /// killed. A handler with a `timeout` of its own has that instead. Default: without end.
    pub const fn hang(mut self, hang: Duration) -> Self {
        self.hang = Some(hang);
        self
    }

    /// How long it may take to stop before it is killed. Default: as
    /// [`App::grace`](crate::App::grace) says.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    /// For how long it looks for more before it sleeps, when it has nothing to do.
    /// Default: as [`App::spin`](crate::App::spin) says. Zero: not at all.
    pub const fn spin(mut self, longest: Duration) -> Self {
        self.spin = Some(longest);
        self
    }

    /// What is said here, and else there.
    pub(crate) fn or(self, other: Supervision) -> Supervision {
        Supervision {
            restart: self.restart.or(other.restart),
            intensity: self.intensity.or(other.intensity),
            backoff: self.backoff.or(other.backoff),
            hang: self.hang.or(other.hang),
            grace: self.grace.or(other.grace),
            spin: self.spin.or(other.spin),
        }
    }

    pub(crate) fn policy(self) -> Policy {
        Policy {
            restart: self.restart.unwrap_or_default(),
            intensity: self.intensity.unwrap_or(Intensity::OF_WORKER),
            backoff: self.backoff.unwrap_or(Backoff {
                first: Duration::from_millis(100),
                longest: Duration::from_secs(5),
            }),
        }
    }

    pub(crate) fn hang_time(self) -> Option<Duration> {
        self.hang
    }

    pub(crate) fn grace_time(self) -> Option<Duration> {
        self.grace
    }

    pub(crate) fn spin_time(self) -> Option<Duration> {
        self.spin
    }
}

impl Intensity {
    /// Of a worker: 5 in 10 s.
    pub(crate) const OF_WORKER: Intensity = Intensity {
        deaths: 5,
        within: Duration::from_secs(10),
    };

    /// Of a group: 3 in a minute. Until a member has died so often that its group
    /// is to be started again, with its pauses, some seconds have passed.
    pub(crate) const OF_GROUP: Intensity = Intensity {
        deaths: 3,
        within: Duration::from_secs(60),
    };
}
