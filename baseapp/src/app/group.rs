//! Groups of workers, and how workers are looked after.

use std::time::Duration;

use super::App;
use crate::{
    hub::{GroupSpec, StartError},
    id::{Address, WorkerId},
    supervision::{Intensity, Strategy, Supervision},
    worker::{Init, Worker},
};

/// A group of an [`App`] that is not started yet: what [`App::group`] gives.
///
/// What is added to it is supervised by its strategy, in the order of adding.
#[derive(Debug)]
pub struct Group<'a> {
    app: &'a mut App,
    index: usize,
}

impl App {
    /// Adds a group of workers that depend on each other, and says what is started
    /// again when one of them has died. A worker that is in no group is started
    /// again alone.
    ///
    /// ```no_run
    /// # use baseapp::prelude::*;
    /// # #[worker] struct Reader;
    /// # #[worker] struct Parser;
    /// use baseapp::Strategy;
    ///
    /// # fn add(app: &mut App) -> baseapp::Result<()> {
    /// let mut pipeline = app.group("pipeline", Strategy::RestForOne);
    /// let reader = pipeline.worker("reader", Reader)?;
    /// let parser = pipeline.worker("parser", Parser)?; // starts anew with the reader
    /// # let _ = (reader, parser); Ok(())
    /// # }
    /// ```
    ///
    /// A group whose worker dies more often than its intensity allows is started
    /// again as a whole, and so is what it is in. The name is for reports.
    pub fn group(&mut self, name: impl Into<String>, strategy: Strategy) -> Group<'_> {
        self.group_in(0, name.into(), strategy)
    }

    fn group_in(&mut self, parent: usize, name: String, strategy: Strategy) -> Group<'_> {
        self.groups.push(GroupSpec {
            parent,
            name: name.into(),
            strategy,
            intensity: Intensity::OF_GROUP,
        });
        Group {
            index: self.groups.len(), // the app itself is the first
            app: self,
        }
    }

    /// Says how a worker is looked after, where that differs from what its type says
    /// with [`#[worker(..)]`](macro@crate::worker). An address of another app is
    /// ignored.
    pub fn supervise<W: Worker>(&mut self, worker: &Address<W>, how: Supervision) {
        let number = worker.id.0.checked_sub(WorkerId::FIRST.0);
        let index = number.and_then(|number| usize::try_from(number).ok());
        if worker.run == self.run
            && let Some(spec) = index.and_then(|index| self.workers.get_mut(index))
        {
            spec.supervision = how.or(spec.supervision);
        }
    }
}

impl Group<'_> {
    /// Adds a worker to the group. See [`App::worker`].
    ///
    /// # Errors
    /// As [`App::worker`].
    pub fn worker<W: Worker>(
        &mut self,
        name: impl Into<String>,
        init: impl Init<W>,
    ) -> Result<Address<W>, StartError> {
        self.app.worker_in(self.index, name.into(), init)
    }

    /// Adds a group to the group: it is one of its members.
    pub fn group(&mut self, name: impl Into<String>, strategy: Strategy) -> Group<'_> {
        self.app.group_in(self.index, name.into(), strategy)
    }

    /// How often the group may be started again as a whole because one of its
    /// members was given up; once more, and the group is given up: what it is in is
    /// started again, and if that is the app, it stops. Default: 3 in a minute.
    pub fn intensity(self, restarts: u32, within: Duration) -> Self {
        if let Some(spec) = self.app.groups.get_mut(self.index - 1) {
            spec.intensity = Intensity {
                deaths: restarts,
                within,
            };
        }
        self
    }

    /// The name of the group.
    #[must_use]
    pub fn name(&self) -> &str {
        let spec = self.app.groups.get(self.index - 1);
        spec.map_or("", |spec| &spec.name)
    }
}
