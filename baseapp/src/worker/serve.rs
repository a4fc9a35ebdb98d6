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
    Again, Context, Hook, Worker,
    dispatch::{Answer, Dispatched},
    plan::Plan,
    timers::Timers,
};
use crate::{
    deadline::Deadline,
    error::{BoxError, with_causes},
    link::Link,
    node::{Batch, Command, Failure, Next, Node, Returned, current},
    report,
    wire::frame::{Header, Kind},
};

/// Messages after which a sender gets its credit, at the latest.
const SETTLE_EVERY: u64 = 32;

/// What a worker has between its start and its end.
pub(super) struct Serving<W> {
    pub(super) node: Arc<Node>,
    pub(super) cx: Context<W>,
    pub(super) plan: Plan<W>,
    timers: Timers,
    actions: Vec<(usize, When)>,
    /// A question of the hub that waits until there is nothing to do.
    probe: Option<u32>,
    stopping: bool,
}

/// When an action runs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Now,
    At(Instant),
    AfterMessage,
    Never,
}

impl<W: Worker> Serving<W> {
    pub(super) fn new(node: Arc<Node>, cx: Context<W>, plan: Plan<W>) -> Self {
        let (timers, actions) = (Timers::default(), Vec::new());
        Serving {
            node,
            cx,
            plan,
            timers,
            actions,
            probe: None,
            stopping: false,
        }
    }

    /// Runs the `#[start]` hooks, and starts timers and actions.
    pub(super) async fn start(&mut self, worker: &mut W) -> Result<(), BoxError> {
        for named in &self.plan.hooks {
            if let Hook::Start(call) = named.hook {
                current::clear_call();
                call(worker, &self.cx).finish().await?;
            }
        }
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
        for named in &self.plan.hooks {
            if let Hook::Stop(call) = named.hook {
                current::clear_call();
                if let Err(error) = call(worker, &self.cx).finish().await {
                    failed.get_or_insert(with_causes(&*error));
                }
            }
        }
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
                self.wait().await;
            }
        }
        self.finish(worker).await;
    }

    /// Handles what has arrived but was not read yet: two looks at the
    /// connections that bring nothing.
    async fn finish(&mut self, worker: &mut W) {
        let mut quiet = 0;
        while quiet < 2 {
            match self.node.mailbox.try_next() {
                Some(next) => {
                    quiet = 0;
                    self.do_next(worker, next).await;
                }
                None => {
                    quiet += 1;
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Does one thing that the mailbox gave.
    pub(super) async fn do_next(&mut self, worker: &mut W, next: Next) {
        match next {
            Next::Batch(batch) => self.handle_all(worker, batch).await,
            Next::Command(Command::Returned(returned)) => self.take_back(worker, returned).await,
            Next::Command(command) => self.obey(&command),
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
            // Begin was taken before serving began.
            Command::Begin | Command::Returned(_) => {}
        }
    }

    /// Answers the hub's question: there is nothing left to do.
    pub(super) fn answer_probe(&mut self) {
        if let Some(round) = self.probe.take() {
            self.node.flush();
            self.node.tell_idle(round);
        }
    }

    /// Runs timers and actions that are due. False if there were none.
    pub(super) async fn run_due(&mut self, worker: &mut W) -> bool {
        let timers = self.run_due_timers(worker).await;
        let actions = self.run_due_actions(worker).await;
        timers || actions
    }

    async fn run_due_timers(&mut self, worker: &mut W) -> bool {
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
            if let Err(error) = call(worker, &self.cx).finish().await {
                self.tell_failed(named.method, &error);
            }
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
            let when = match call(worker, &self.cx).finish().await {
                Ok(Again::Now) => When::Now,
                Ok(Again::After(after)) => When::At(Instant::now() + after),
                Ok(Again::AfterMessage) => When::AfterMessage,
                Ok(Again::Never) => When::Never,
                Err(error) => {
                    self.tell_failed(named.method, &error);
                    When::Never
                }
            };
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

    /// Waits until there is something to do.
    async fn wait(&self) {
        let node = &self.node;
        match self.next_due() {
            None => poll_fn(|cx| node.mailbox.poll_some(cx)).await,
            Some(due) => {
                let mut sleep = pin!(tokio::time::sleep_until(due.into()));
                poll_fn(|cx| match node.mailbox.poll_some(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => sleep.as_mut().poll(cx),
                })
                .await;
            }
        }
    }

    async fn handle_all(&mut self, worker: &mut W, mut batch: Batch) {
        let (mut messages, mut bytes) = (0, 0);
        while let Some((header, body)) = batch.chunk.next() {
            if !header.kind.is_message() {
                continue;
            }
            self.handle(worker, &batch, header, body).await;
            messages += 1;
            bytes += header.size() as u64;
            if messages == SETTLE_EVERY {
                self.settle(&batch.link, &mut messages, &mut bytes);
                self.run_due_timers(worker).await;
            }
        }
        self.settle(&batch.link, &mut messages, &mut bytes);
        for (_, when) in &mut self.actions {
            if *when == When::AfterMessage {
                *when = When::Now;
            }
        }
    }

    fn settle(&self, link: &Arc<Link>, messages: &mut u64, bytes: &mut u64) {
        let (messages, bytes) = (std::mem::take(messages), std::mem::take(bytes));
        if let Some(taken) = link.consumed(messages, bytes) {
            self.node.taken_in_turn(link, taken);
        }
    }

    /// Handles one message.
    #[inline]
    async fn handle(
        &mut self,
        worker: &mut W,
        batch: &Batch,
        header: Header,
        body: std::ops::Range<usize>,
    ) {
        let dispatch = self
            .plan
            .dispatch
            .get(usize::from(header.route))
            .copied()
            .flatten();
        let (Some(dispatch), Ok((fields, payload))) = (dispatch, batch.chunk.split(&header, body))
        else {
            return self.no_handler(&batch.link, &header);
        };
        let mut answer = Answer::Nobody;
        if header.kind == Kind::Ask {
            let deadline = fields
                .remaining
                .map(|left| Deadline::within(batch.arrived, left, None));
            if deadline.is_some_and(|deadline| deadline.has_passed(Instant::now())) {
                return self
                    .node
                    .fail(&batch.link, header.correlation, &Failure::Expired);
            }
            current::set_call(current::Call {
                deadline,
                chain: fields.chain,
            });
            let (node, link) = (Arc::clone(&self.node), Arc::clone(&batch.link));
            answer = Answer::Asker {
                node,
                link,
                correlation: header.correlation,
            };
        } else {
            current::clear_call();
        }
        let done = match dispatch(worker, payload, &self.cx, answer) {
            Dispatched::Done(done) => done,
            Dispatched::Later(future) => future.await,
        };
        if let Err(error) = done {
            self.message_failed(header.route, &batch.link, &error);
        }
        if self.node.is_dirty() {
            self.after_sending(&batch.link).await;
        }
    }

    /// Something waits to be written while the turn goes on.
    async fn after_sending(&self, link: &Arc<Link>) {
        self.node.expect_late_flush();
        if link.is_congested() {
            // Replies take no credit: let the asker read before more is added.
            self.node.flush();
            poll_fn(|cx| link.poll_drained(cx)).await;
        }
    }

    fn no_handler(&self, link: &Arc<Link>, header: &Header) {
        if header.kind == Kind::Ask {
            return self
                .node
                .fail(link, header.correlation, &Failure::NoHandler);
        }
        self.node.counters.lost(1);
        let (me, from) = (&self.node.me.name, &link.peer.name);
        let route = header.route;
        report::warn(&format!(
            "`{me}` has no handler for route {route}, which `{from}` sent"
        ));
    }

    fn message_failed(&self, route: u16, link: &Link, error: &BoxError) {
        let message = self
            .node
            .table
            .route(route)
            .map_or("?", |route| route.message);
        let (me, from) = (&self.node.me.name, &link.peer.name);
        let text = with_causes(&**error);
        report::warn(&format!(
            "`{me}` failed to handle `{message}` from `{from}`: {text}"
        ));
    }

    fn tell_failed(&self, method: &str, error: &BoxError) {
        let me = &self.node.me.name;
        report::warn(&format!(
            "`{method}` of `{me}` failed: {}",
            with_causes(&**error)
        ));
    }

    /// Gives messages that came back to the `#[undelivered]` method of their
    /// type; reports those that have none.
    async fn take_back(&mut self, worker: &mut W, returned: Returned) {
        let mut untaken = 0;
        for unsent in &returned.messages {
            let message = self
                .node
                .table
                .route(unsent.route)
                .map(|route| route.message);
            let taker = self.plan.hooks.iter().find_map(|named| match &named.hook {
                Hook::Undelivered(of, call) if Some(of()) == message => Some((named.method, call)),
                _ => None,
            });
            let Some((method, call)) = taker else {
                untaken += 1;
                continue;
            };
            current::clear_call();
            if let Err(error) = call(worker, &unsent.payload, &self.cx).finish().await {
                self.tell_failed(method, &error);
            }
        }
        if untaken > 0 {
            self.node.tell_undelivered(&returned, untaken);
        }
    }
}
