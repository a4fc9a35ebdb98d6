//! The supervisor: who is started again when a worker has ended, and when. No
//! I/O and no clock: it is told what happens and when, and says what to do.
//!
//! It keeps the tree of OTP: groups with a [`Strategy`], nested, with workers
//! as leaves; the root is one-for-one. Of each worker it knows its *state*, how
//! it is, and its *aim*, how it is to be. Events change these two and nothing
//! else; what to do next follows from them:
//!
//! | state    | aim `Stay`   | aim `Return`                           | aim `Gone`                    |
//! | -------- | ------------ | -------------------------------------- | ----------------------------- |
//! | Starting | on its way   | is told to stop, in its turn           | is told to stop, in its turn  |
//! | Up       | well         | is told to stop, in its turn           | is told to stop, in its turn  |
//! | Stopping | never        | is waited for                          | is waited for, then given up  |
//! | Down     | never        | is started, in its turn, after a pause | stays down                    |
//!
//! Turns are those of a *sequence*: the members of one group that are restarted
//! together ([`sequence`]). First those that are to stop, one at a time, last
//! started first; then those that are down, one at a time, in the order of
//! adding. An operation is nowhere remembered, so nothing that happens
//! meanwhile can upset one: whoever dies is down and has a pause, whatever else
//! was going on.
//!
//! What an end does, by the state before it:
//!
//! | end                      | Starting                     | Up                            | Stopping                   |
//! | ------------------------ | ---------------------------- | ----------------------------- | -------------------------- |
//! | `Asked`                  | a death: nobody asked        | a death: nobody asked         | counts for nobody          |
//! | `Normal`, transient      | given up                     | given up                      | as `Asked`: it obeyed      |
//! | `Normal`                 | a death, of no harm to others | a death                      | as `Asked`: it obeyed      |
//! | `Abnormal`, `NotStarted` | a death, of no harm to others | a death                      | a death: before it obeyed  |
//! | any, temporary           | given up                     | given up                      | given up                   |
//!
//! A **death** is counted for the worker alone. If that was not too many, the
//! strategy of its group is applied, unless it had not started yet: then nobody
//! has built on it, and a sequence goes on from where it is. If it was one too
//! many, the group has failed as a whole: that counts for the group, as a
//! child of the group around it, whose strategy is applied to it; or that one
//! fails in turn ([`failure`]). Beyond the root, the app fails.
//!
//! Where OTP left a choice, or we differ:
//! - A worker that is given up harms nobody, and no restart of its group brings
//!   it back. A **temporary** one is given up also when it is stopped because
//!   of its siblings, as in OTP; only [`Supervisor::restart`] gives it another life.
//! - A group that is restarted as a whole begins anew: the deaths of its members
//!   are forgotten, and so are their pauses but for the one that is due. With pauses
//!   as long as they had become, nobody could die often enough to fail the group
//!   a second time.
//! - Who has to stop is told so even while it starts: it may be waiting for
//!   somebody who is down.
//! - In OTP a child that fails to start sends all of a one-for-all group back to
//!   the beginning. Here those that are up again stay up.
//!
//! [`Strategy`]: crate::supervision::Strategy

mod failure;
mod member;
mod sequence;
mod tree;
mod window;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

pub(crate) use self::tree::GroupId;
use self::{
    member::{Aim, Ended, Member, State},
    sequence::Step,
    tree::Tree,
};
use crate::{
    id::WorkerId,
    supervision::{Intensity, Policy, Strategy},
};

/// How a life of a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with exit code 0.
    Normal,
    /// By itself, in any other way.
    Abnormal,
    /// It was told to by [`Action::Stop`], or was removed. That it had to be killed for it
    /// makes no difference.
    Asked,
    /// It could not be started, or has ended before it had.
    NotStarted,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start it; then say [`Supervisor::started`] or [`Supervisor::ended`].
    Start(WorkerId),
    /// Stop it, also if it is only just starting; then say [`Supervisor::ended`].
    Stop(WorkerId),
    /// It has ended for good.
    GiveUp(WorkerId),
    /// The app must stop. It is the last action of all.
    Fail {
        /// Whose death was one too many.
        worker: WorkerId,
        /// The group below the root that was restarted too often, unless the
        /// worker stands there itself.
        group: Option<Arc<str>>,
    },
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Supervisor {
    tree: Tree,
    members: BTreeMap<WorkerId, Member>,
    /// The app stops or has failed: nothing is to be done any more.
    closed: bool,
}

impl Supervisor {
    pub(crate) fn new() -> Supervisor {
        Supervisor {
            tree: Tree::new(),
            members: BTreeMap::new(),
            closed: false,
        }
    }

    /// Adds a group after the other children of `parent`. Its intensity says
    /// how often it may be restarted as a whole because of its own members.
    pub(crate) fn add_group(
        &mut self,
        parent: GroupId,
        name: Arc<str>,
        strategy: Strategy,
        intensity: Intensity,
    ) -> GroupId {
        self.tree.add_group(parent, name, strategy, intensity)
    }

    /// Adds a worker, which is up, after the other children of `parent`.
    pub(crate) fn add_worker(&mut self, parent: GroupId, worker: WorkerId, policy: Policy) {
        self.remove(worker);
        self.tree.add_worker(parent, worker);
        self.members.insert(worker, Member::new(parent, policy));
    }

    /// Forgets a worker: somebody stops it for good, or has.
    pub(crate) fn remove(&mut self, worker: WorkerId) {
        if let Some(member) = self.members.remove(&worker) {
            self.tree.remove_worker(member.parent, worker);
        }
    }

    /// A life of a worker has ended.
    pub(crate) fn ended(&mut self, now: Instant, worker: WorkerId, end: End) -> Vec<Action> {
        if self.closed {
            return Vec::new();
        }
        let member = self.members.get_mut(&worker);
        let first = match member.map(|member| member.ended(now, worker, end)) {
            None | Some(Ended::AsAsked) => None,
            Some(Ended::GivenUp) => Some(Action::GiveUp(worker)),
            Some(Ended::Died(death)) => self.died(now, worker, death),
        };
        first.into_iter().chain(self.go_on(now)).collect()
    }

    /// A worker has started: its `#[start]` has run.
    pub(crate) fn started(&mut self, now: Instant, worker: WorkerId) -> Vec<Action> {
        if let Some(member) = self.members.get_mut(&worker) {
            member.started(now);
        }
        self.go_on(now)
    }

    /// Somebody asks for another life of a worker. That counts for nobody, and
    /// ends the pause of one that is down. One that is gone stays so.
    pub(crate) fn restart(&mut self, now: Instant, worker: WorkerId) -> Vec<Action> {
        self.asked_again(now, worker);
        self.go_on(now)
    }

    /// It is later.
    pub(crate) fn alarm(&mut self, now: Instant) -> Vec<Action> {
        self.go_on(now)
    }

    /// When [`alarm`](Self::alarm) wants to be called. May be past, when a
    /// worker was removed for which others were waiting.
    pub(crate) fn next_alarm(&self) -> Option<Instant> {
        let starts = self.steps().into_iter().filter_map(|step| match step {
            Step::Start { at, .. } => Some(at),
            Step::Stop(_) => None,
        });
        starts.min()
    }

    /// The app stops: nothing is done any more.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether it is down or is being stopped, and will be started again.
    pub(crate) fn returns(&self, worker: WorkerId) -> bool {
        !self.closed
            && self.members.get(&worker).is_some_and(|member| {
                matches!(member.state, State::Stopping | State::Down)
                    && matches!(member.aim, Aim::Return { .. })
            })
    }

    /// Whether nobody is being restarted.
    #[cfg(test)]
    pub(crate) fn is_settled(&self) -> bool {
        self.closed || self.members.values().all(Member::is_settled)
    }

    /// How often it was started again.
    #[cfg(test)]
    pub(crate) fn restarts(&self, worker: WorkerId) -> u64 {
        self.members
            .get(&worker)
            .map_or(0, |member| member.restarts)
    }

    /// Takes every step whose time has come. A step waits for what the one
    /// before it brings about, so there are no further ones.
    fn go_on(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for step in self.steps() {
            let (worker, action) = match step {
                Step::Stop(worker) => (worker, Action::Stop(worker)),
                Step::Start { worker, at } if at <= now => (worker, Action::Start(worker)),
                Step::Start { .. } => continue,
            };
            if let Some(member) = self.members.get_mut(&worker) {
                match step {
                    Step::Stop(_) => member.stop(now),
                    Step::Start { .. } => member.start(),
                }
                actions.push(action);
            }
        }
        actions
    }
}
