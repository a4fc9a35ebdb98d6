//! Whether what is linked in fits together.

use std::{
    collections::HashMap,
    fmt::{self, Display, Formatter},
};

use super::{HookEntry, RouteEntry, WorkerEntry};
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
    /// A worker has two methods that want its thread.
    #[error("`{worker}` has two `#[run]` methods: at {one} and at {other}; remove one")]
    SameRun {
        /// The worker.
        worker: &'static str,
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
pub(super) fn check(
    workers: &[&WorkerEntry],
    routes: &[&RouteEntry],
    hooks: &[&HookEntry],
) -> Result<(), RegistryError> {
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
    check_runs(hooks, &mut problems);
    if routes.len() >= usize::from(u16::MAX) {
        problems.push(RegistryProblem::TooMany(routes.len()));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RegistryError { problems })
    }
}

fn check_runs(hooks: &[&HookEntry], problems: &mut Vec<RegistryProblem>) {
    let mut first = HashMap::new();
    for hook in hooks.iter().filter(|entry| entry.hook().is_run) {
        let (worker, other) = (hook.worker_name(), hook.location);
        if let Some(one) = first.insert(hook.worker(), other) {
            problems.push(RegistryProblem::SameRun { worker, one, other });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::Message,
        routes::RouteCell,
        worker::{Called, Context, Handler, Hook, Worker},
    };

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Gui;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Draw;

    impl Message for Draw {
        type Reply = ();
    }

    impl Worker for Gui {
        type Init = Gui;

        fn build<'a>(init: Gui, _: &'a Context<Gui>) -> Called<'a, Gui> {
            Called::value(init)
        }
    }

    impl Handler<Draw> for Gui {
        fn route() -> &'static RouteCell {
            static CELL: RouteCell = RouteCell::new();
            &CELL
        }

        fn call<'a>(&'a mut self, _: Draw, _: &'a Context<Gui>) -> Called<'a, ()> {
            Called::value(())
        }
    }

    const fn at(line: u32) -> Location {
        Location::new("gui.rs", line, 1)
    }

    fn run(line: u32) -> HookEntry {
        HookEntry::of::<Gui>("run", at(line), || {
            Hook::<Gui>::run(|_, _, _| Called::value(())).erase()
        })
    }

    #[test]
    fn all_problems_are_in_one_report() {
        let workers = [WorkerEntry::of::<Gui>(at(1)), WorkerEntry::of::<Gui>(at(2))];
        let routes = [3, 4].map(|line| RouteEntry::of::<Gui, Draw>("draw", false, at(line)));
        let hooks = [run(5), run(6)];
        let found = check(
            &workers.iter().collect::<Vec<_>>(),
            &routes.iter().collect::<Vec<_>>(),
            &hooks.iter().collect::<Vec<_>>(),
        );
        let report = found
            .map_err(|error| error.to_string())
            .err()
            .unwrap_or_default();
        for expected in [
            "gui.rs:1 and at gui.rs:2",
            "gui.rs:3 and at gui.rs:4",
            "gui.rs:5 and at gui.rs:6",
        ] {
            assert!(report.contains(expected), "{report}");
        }
    }

    #[test]
    fn what_fits_together_is_fine() {
        let (worker, route, hook) = (
            WorkerEntry::of::<Gui>(at(1)),
            RouteEntry::of::<Gui, Draw>("draw", true, at(2)),
            run(3),
        );
        assert_eq!(check(&[&worker], &[&route], &[&hook]), Ok(()));
    }
}
