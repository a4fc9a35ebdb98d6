//! What a worker does between messages: timers and actions.

use std::time::Instant;

use super::{Again, Hook, Worker, serve::Serving};
use crate::{
    blackbox::InHand,
    error::{BoxError, with_causes},
    node::current,
    report,
};

/// When an action runs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Now,
    At(Instant),
    AfterMessage,
    Never,
}

/// A method that is no handler, as the black box names it.
pub(super) fn hook(method: usize) -> InHand {
    InHand::Hook(u16::try_from(method).unwrap_or(u16::MAX))
}

impl<W: Worker> Serving<W> {
    /// Runs timers and actions that are due. False if there were none.
    pub(super) async fn run_due(&mut self, worker: &mut W) -> bool {
        let timers = self.run_due_timers(worker).await;
        let actions = self.run_due_actions(worker).await;
        timers || actions
    }

    /// Whether [`run_due_timers`](Self::run_due_timers) may find something.
    pub(super) fn may_be_due(&self) -> bool {
        self.checkpoints.due().is_some() || self.timers.next_due().is_some()
    }

    pub(super) async fn run_due_timers(&mut self, worker: &mut W) -> bool {
        self.checkpoint_if_due(worker).await;
        if self.timers.next_due().is_none() {
            return false; // spares the clock
        }
        let now = Instant::now();
        let mut any = false;
        while let Some(method) = self.timers.take_due(now) {
            any = true;
            let named = &self.plan.hooks[method];
            let (Hook::Every(_, call) | Hook::After(_, call)) = named.hook else {
                continue;
            };
            current::clear_call();
            self.begin(hook(method));
            if let Err(error) = call(worker, &self.cx).finish().await {
                self.tell_failed(named.method, &error);
            }
            self.has_run(worker).await;
            self.end();
        }
        any
    }

    async fn run_due_actions(&mut self, worker: &mut W) -> bool {
        let mut any = false;
        for at in 0..self.actions.len() {
            let (method, when) = self.actions[at];
            let due = match when {
                When::Now => true,
                When::At(instant) => instant <= Instant::now(),
                When::AfterMessage | When::Never => false,
            };
            let named = &self.plan.hooks[method];
            let (true, Hook::Action(call)) = (due, &named.hook) else {
                continue;
            };
            any = true;
            current::clear_call();
            self.begin(hook(method));
            let when = match call(worker, &self.cx).finish().await {
                Ok(Again::Now) => When::Now,
                // Later than the clock can tell is never.
                Ok(Again::After(after)) => Instant::now()
                    .checked_add(after)
                    .map_or(When::Never, When::At),
                Ok(Again::AfterMessage) => When::AfterMessage,
                Ok(Again::Never) => When::Never,
                Err(error) => {
                    self.tell_failed(named.method, &error);
                    When::Never
                }
            };
            self.has_run(worker).await;
            self.end();
            self.actions[at].1 = when;
        }
        if any {
            // Messages come before the next round of background work.
            self.node.flush();
            tokio::task::yield_now().await;
        }
        any
    }

    /// When a timer or an action is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let actions = self.actions.iter().filter_map(|(_, when)| match when {
            When::Now => Some(Instant::now()),
            When::At(instant) => Some(*instant),
            When::AfterMessage | When::Never => None,
        });
        actions.chain(self.timers.next_due()).min()
    }

    pub(super) fn tell_failed(&self, method: &str, error: &BoxError) {
        let me = &self.node.me.name;
        report::warn(&format!(
            "`{method}` of `{me}` failed: {}",
            with_causes(&**error)
        ));
    }
}
