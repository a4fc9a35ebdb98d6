//! A worker at work: one thing at a time, in this order of urgency: what the
//! hub wants, timers that are due, messages, background work.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Instant,
};

use super::{
    Context, Hook, Worker, background::When, checkpoint::Checkpoints, plan::Plan, timers::Timers,
};
use crate::{
    blackbox::{InHand, Pace},
    error::{BoxError, with_causes},
    node::{Command, Next, Node, current},
};

/// What a worker has between its start and its end.
pub(super) struct Serving<W> {
    pub(super) node: Arc<Node>,
    pub(super) cx: Context<W>,
    pub(super) plan: Plan<W>,
    pub(super) timers: Timers,
    pub(super) actions: Vec<(usize, When)>,
    pub(super) checkpoints: Checkpoints,
    /// A question of the hub that waits until there is nothing to do.
    probe: Option<u32>,
    stopping: bool,
}

impl<W: Worker> Serving<W> {
    pub(super) fn new(node: Arc<Node>, cx: Context<W>, plan: Plan<W>) -> Self {
        let (timers, actions) = (Timers::default(), Vec::new());
        let checkpoints = Checkpoints::none();
        Serving {
            node,
            cx,
            plan,
            timers,
            actions,
            checkpoints,
            probe: None,
            stopping: false,
        }
    }

    /// Something that may take long begins: what was said before must not wait for it.
    #[inline]
    pub(super) fn begin(&self, what: InHand) {
        self.node.may_last();
        if let Some(page) = &self.node.page {
            page.begin(what);
        }
    }

    /// A message begins that may follow another one without a pause.
    #[inline]
    pub(super) fn begin_paced(&self, what: InHand, pace: &mut Pace) {
        self.node.may_last();
        if let Some(page) = &self.node.page {
            page.begin_paced(what, pace);
        }
    }

    /// What was begun has ended.
    #[inline]
    pub(super) fn end(&self) {
        if let Some(page) = &self.node.page {
            page.end();
        }
    }

    /// Runs the `#[start]` hooks, and starts timers and actions.
    pub(super) async fn start(&mut self, worker: &mut W) -> Result<(), BoxError> {
        self.begin(InHand::Starting);
        self.checkpoints = Checkpoints::new::<W>(&self.node);
        for method in 0..self.plan.hooks.len() {
            if let Hook::Start(call) = self.plan.hooks[method].hook {
                current::clear_call();
                call(worker, &self.cx).finish().await?;
                self.has_run(worker).await;
            }
        }
        self.end();
        let now = Instant::now();
        for (method, named) in self.plan.hooks.iter().enumerate() {
            match named.hook {
                Hook::Every(period, _) => self.timers.every(method, now, period),
                Hook::After(after, _) => self.timers.once(method, now, after),
                Hook::Action(_) => self.actions.push((method, When::Now)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Runs the `#[stop]` hooks; the text of what went wrong.
    pub(super) async fn stop(&mut self, worker: &mut W) -> Option<String> {
        let mut failed = None;
        self.begin(InHand::Stopping);
        for named in &self.plan.hooks {
            if let Hook::Stop(call) = named.hook {
                current::clear_call();
                if let Err(error) = call(worker, &self.cx).finish().await {
                    failed.get_or_insert(with_causes(&*error));
                }
            }
        }
        self.end();
        failed
    }

    /// The worker was told to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Serves until told to stop, and then what has arrived by then.
    pub(super) async fn serve(&mut self, worker: &mut W) {
        while !self.stopping {
            if let Some(next) = self.node.mailbox.try_next() {
                self.do_next(worker, next).await;
                self.run_due_timers(worker).await;
            } else if !self.run_due(worker).await {
                self.answer_probe();
                self.wait(None).await;
            }
        }
        self.finish(worker).await;
    }

    /// Handles what has arrived but was not read yet, until a look at the
    /// connections brings nothing.
    async fn finish(&mut self, worker: &mut W) {
        loop {
            while let Some(next) = self.node.mailbox.try_next() {
                self.do_next(worker, next).await;
            }
            self.node.look_at_connections().await;
            if self.node.mailbox.is_empty() {
                return;
            }
        }
    }

    /// Takes back what could not be delivered at the very end.
    pub(super) async fn take_back_all(&mut self, worker: &mut W) {
        while let Some(next) = self.node.mailbox.try_next() {
            if let Next::Command(Command::Returned(returned)) = next {
                self.take_back(worker, returned).await;
            }
        }
    }

    /// Does one thing that the mailbox gave.
    pub(super) async fn do_next(&mut self, worker: &mut W, next: Next) {
        match next {
            Next::Batch(batch) => self.handle_all(worker, batch).await,
            Next::Command(Command::Returned(returned)) => self.take_back(worker, returned).await,
            Next::Command(Command::Notice { route, payload }) => {
                self.take_notice(worker, route, &payload).await;
            }
            Next::Command(command) => self.obey(&command),
            Next::End(..) => {} // told to the task queues alone
        }
    }

    /// Takes a command that needs no call of a method.
    fn obey(&mut self, command: &Command) {
        match command {
            Command::Probe { round } => {
                self.timers.clear();
                self.actions.clear();
                self.probe = Some(*round);
            }
            Command::Stop => self.stopping = true,
            // These were taken before serving began, or elsewhere.
            Command::StartFrom(_)
            | Command::Begin
            | Command::Returned(_)
            | Command::Notice { .. } => {}
        }
    }

    /// Answers the hub's question: there is nothing left to do.
    pub(super) fn answer_probe(&mut self) {
        if let Some(round) = self.probe.take() {
            self.node.flush();
            self.node.tell_idle(round);
        }
    }

    /// Waits until there is something to do, or it is `end`.
    pub(super) async fn wait(&self, end: Option<Instant>) {
        let mailbox = &self.node.mailbox;
        let due = [self.next_due(), self.checkpoints.due(), end];
        match due.into_iter().flatten().min() {
            None => poll_fn(|cx| mailbox.poll_some(cx)).await,
            Some(due) => {
                let mut sleep = pin!(tokio::time::sleep_until(due.into()));
                poll_fn(|cx| match mailbox.poll_some(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => sleep.as_mut().poll(cx),
                })
                .await;
            }
        }
    }
}
