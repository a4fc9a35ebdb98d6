//! A [`Plan`]: all methods of one worker type, gathered from the registry.

use std::fmt::{self, Debug, Formatter};

use super::{Hook, Worker, dispatch::Dispatch, hook::RunCall};

/// A method of a worker that is not a handler, with its name.
pub(crate) struct Named<W> {
    pub(crate) method: &'static str,
    pub(crate) hook: Hook<W>,
}

/// See the [module](self).
pub(crate) struct Plan<W> {
    /// By route; `None` for routes of other workers.
    pub(crate) dispatch: Vec<Option<Dispatch<W>>>,
    /// In the order of the source.
    pub(crate) hooks: Vec<Named<W>>,
}

impl<W: Worker> Plan<W> {
    /// The worker runs a loop of its own.
    pub(crate) fn owns_its_thread(&self) -> bool {
        self.run_hook().is_some()
    }

    /// The `#[run]` method and its name.
    pub(super) fn run_hook(&self) -> Option<(&'static str, RunCall<W>)> {
        self.hooks.iter().find_map(|named| match named.hook {
            Hook::Run(call) => Some((named.method, call)),
            _ => None,
        })
    }
}

impl<W: Worker> Debug for Plan<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", std::any::type_name::<W>())
    }
}
