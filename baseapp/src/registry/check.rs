//! Whether what is linked in fits together.

use std::fmt::{self, Display, Formatter};

use super::{RouteEntry, WorkerEntry};
use crate::routes::Location;

/// What is linked into the program does not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryError {
    /// All problems.
    pub problems: Vec<RegistryProblem>,
}

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryProblem {
    /// Two worker types have the same path: two versions of a crate, or two
    /// types in blocks of one function.
    #[error("two workers are called `{name}`: at {one} and at {other}; rename one")]
    SameWorker {
        /// Their name.
        name: &'static str,
        /// Where one is.
        one: Location,
        /// Where the other is.
        other: Location,
    },
    /// A worker has two handlers for one message.
    #[error("`{worker}` handles `{message}` twice: at {one} and at {other}; remove one")]
    SameHandler {
        /// The worker.
        worker: &'static str,
        /// The message.
        message: &'static str,
        /// Where one is.
        one: Location,
        /// Where the other is.
        other: Location,
    },
    /// There are more handlers than routes can be numbered.
    #[error("there are {0} handlers; a program may have at most 65535")]
    TooMany(usize),
}

impl Display for RegistryError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the workers of this program do not fit together:")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for RegistryError {}

/// Checks sorted entries.
pub(super) fn check(workers: &[&WorkerEntry], routes: &[&RouteEntry]) -> Result<(), RegistryError> {
    let mut problems = Vec::new();
    for pair in workers.windows(2) {
        if pair[0].name() == pair[1].name() {
            let (one, other) = (pair[0].location, pair[1].location);
            problems.push(RegistryProblem::SameWorker {
                name: pair[0].name(),
                one,
                other,
            });
        }
    }
    for pair in routes.windows(2) {
        let key = |route: &RouteEntry| (route.worker_name(), route.message_name());
        if key(pair[0]) == key(pair[1]) {
            let (worker, message) = key(pair[0]);
            let (one, other) = (pair[0].location, pair[1].location);
            problems.push(RegistryProblem::SameHandler {
                worker,
                message,
                one,
                other,
            });
        }
    }
    if routes.len() >= usize::from(u16::MAX) {
        problems.push(RegistryProblem::TooMany(routes.len()));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RegistryError { problems })
    }
}
