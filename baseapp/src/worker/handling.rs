//! How a worker handles messages: one at a time, in the order of their link.

use std::{future::poll_fn, sync::Arc};

use super::{
    Hook, Worker,
    background::{When, hook},
    dispatch::{Answer, Dispatch, Dispatched, Held},
    serve::Serving,
};
use crate::{
    blackbox::{InHand, Pace},
    deadline::Arrived,
    error::{BoxError, with_causes},
    link::{Link, WINDOW_BYTES},
    node::{Batch, Failure, Returned, current},
    report,
    wire::{
        body::Body,
        frame::{Header, Kind},
    },
};

/// Messages after which a sender gets its credit, at the latest.
const SETTLE_EVERY: u64 = 32;

/// Bytes for which credit is worth an acknowledgement of its own.
const SETTLE_AT_ONCE: u64 = WINDOW_BYTES / 4;

/// Messages that were handled, and that their sender has no credit for yet.
#[derive(Default)]
struct Open {
    messages: u64,
    bytes: u64,
}

impl Open {
    #[inline]
    fn add(&mut self, cost: u64) {
        self.messages += 1;
        self.bytes += cost;
    }
}

/// Why handling pauses.
enum Pause {
    /// Nothing is left of the batch.
    End,
    /// Timers may be due.
    Due,
    /// More waits to be written to the asker than may be.
    Congested,
    /// A handler has returned, and the worker's state may be to be kept first.
    Kept(u16, Result<Held, BoxError>),
    /// A task or a message whose handler may have to be awaited, or is not there.
    Other(Header, std::ops::Range<usize>),
}

impl<W: Worker> Serving<W> {
    /// Handles the messages of a batch.
    pub(super) async fn handle_all(&mut self, worker: &mut W, mut batch: Batch) {
        let mut open = Open::default();
        loop {
            match self.handle_ready(worker, &mut batch, &mut open) {
                Pause::End => break,
                Pause::Due => {
                    self.run_due_timers(worker).await;
                }
                Pause::Congested => self.let_asker_read(&batch.link).await,
                Pause::Kept(route, done) => {
                    self.has_run(worker).await;
                    self.returned(&batch.link, route, done);
                }
                Pause::Other(header, body) if header.kind == Kind::Task => {
                    self.run_task(worker, &batch, header, body).await;
                    self.run_due_timers(worker).await;
                }
                Pause::Other(header, body) => {
                    open.add(batch.chunk.cost(&header, &body));
                    self.handle_other(worker, &batch, header, body).await;
                }
            }
            if open.messages >= SETTLE_EVERY {
                self.settle(&batch.link, &mut open);
                self.run_due_timers(worker).await;
            }
        }
        // Credit for much leaves with the answers: who awaits them may want to send more.
        if open.bytes >= SETTLE_AT_ONCE {
            self.settle(&batch.link, &mut open);
        }
        // Answers do not wait for what is left to be done at the end of a turn.
        if self.node.mailbox.is_empty() {
            self.node.end_turn();
        }
        self.settle(&batch.link, &mut open);
        for (_, when) in &mut self.actions {
            if *when == When::AfterMessage {
                *when = When::Now;
            }
        }
    }

    /// Handles messages for as long as nothing is to be awaited.
    ///
    /// It is not `async`, because what lives across an `.await` is kept in memory:
    /// that would cost more than all else that is done here for a message.
    fn handle_ready(&mut self, worker: &mut W, batch: &mut Batch, open: &mut Open) -> Pause {
        let mut pace = Pace::default();
        while let Some((header, body)) = batch.chunk.next() {
            let is_task = header.kind == Kind::Task;
            if !header.kind.is_message() && !is_task {
                continue;
            }
            let (at, is_ask) = (usize::from(header.route), header.kind == Kind::Ask);
            let Some(Some(Dispatch::Now(call))) = self.plan.dispatch.get(at) else {
                return Pause::Other(header, body);
            };
            if is_task {
                self.run_task_now(worker, *call, batch, &header, body, &mut pace);
                if batch.link.is_congested() {
                    return Pause::Congested;
                }
                if self.may_be_due() {
                    return Pause::Due;
                }
                continue;
            }
            open.add(batch.chunk.cost(&header, &body));
            self.begin_paced(InHand::Handler(header.route), &mut pace);
            batch.link.begins_message();
            let done = if header.is_plain_message() {
                current::clear_call();
                let body = Body::plain(batch.chunk.body(body));
                call(worker, body, &self.cx, Answer::Nobody)
            } else {
                match self.answer_to(batch, &header, body) {
                    Some((payload, answer)) => call(worker, payload, &self.cx, answer),
                    None => Ok(Held::NOTHING),
                }
            };
            if self.may_keep_state() {
                return Pause::Kept(header.route, done);
            }
            self.returned(&batch.link, header.route, done);
            if is_ask && batch.link.is_congested() {
                return Pause::Congested;
            }
            if open.messages >= SETTLE_EVERY {
                self.settle(&batch.link, open);
                if self.may_be_due() {
                    return Pause::Due;
                }
            }
        }
        Pause::End
    }

    /// Handles a message whose handler may have to be awaited.
    async fn handle_other(
        &mut self,
        worker: &mut W,
        batch: &Batch,
        header: Header,
        body: std::ops::Range<usize>,
    ) {
        self.begin(InHand::Handler(header.route));
        batch.link.begins_message();
        let dispatch = self.plan.dispatch.get(usize::from(header.route));
        let mut done = Ok(Held::NOTHING);
        if let Some(dispatch) = dispatch.copied().flatten() {
            let answer = self.answer_to(batch, &header, body);
            if let Some((payload, answer)) = answer {
                done = match dispatch.call(worker, payload, &self.cx, answer) {
                    Dispatched::Done(done) => done,
                    Dispatched::Later(future) => future.await,
                };
                self.has_run(worker).await;
            }
        } else {
            self.no_handler(&batch.link, &header);
        }
        self.returned(&batch.link, header.route, done);
        if header.kind == Kind::Ask {
            self.let_asker_read(&batch.link).await;
        }
    }

    fn settle(&self, link: &Arc<Link>, open: &mut Open) {
        let Open { messages, bytes } = std::mem::take(open);
        if let Some(taken) = link.consumed(messages, bytes) {
            self.node.acknowledged_in_turn(link, taken);
        }
    }

    /// Who waits for the answer to a message, which is then what the worker serves;
    /// `None` if nobody does any more.
    fn answer_to<'b>(
        &self,
        batch: &'b Batch,
        header: &Header,
        body: std::ops::Range<usize>,
    ) -> Option<(Body<'b>, Answer)> {
        let link = &batch.link;
        let blobs = batch.chunk.blobs(&body);
        // It was split when it arrived, and found whole.
        let (fields, payload) = header.split(batch.chunk.body(body)).unwrap_or_default();
        let payload = Body::of(header, payload, blobs);
        if header.kind != Kind::Ask {
            current::clear_call();
            return Some((payload, Answer::Nobody));
        }
        let deadline = fields.deadline.map(Arrived::from_wire);
        if deadline.is_some_and(Arrived::has_passed) {
            let expired = Failure::Expired;
            self.node.fail(link, header.correlation, &expired);
            return None;
        }
        current::set_call(current::Call {
            deadline,
            chain: fields.chain,
            task: None,
        });
        let answer = Answer::Asker {
            node: Arc::clone(&self.node),
            link: Arc::clone(link),
            correlation: header.correlation,
        };
        Some((payload, answer))
    }

    /// The handler of a message has returned.
    #[inline]
    fn returned(&self, link: &Arc<Link>, route: u16, done: Result<Held, BoxError>) {
        if let Err(error) = done.and_then(Held::give) {
            self.message_failed(route, &link.peer.name, &error);
        }
        link.ends_message();
        self.end();
    }

    /// Replies take no credit: the asker reads them before more are added.
    pub(super) async fn let_asker_read(&self, link: &Arc<Link>) {
        if link.is_congested() {
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

    fn message_failed(&self, route: u16, from: &str, error: &BoxError) {
        let message = self
            .node
            .table
            .route(route)
            .map_or("?", |route| route.message);
        let me = &self.node.me.name;
        let text = with_causes(&**error);
        report::warn(&format!(
            "`{me}` failed to handle `{message}` from `{from}`: {text}"
        ));
    }

    /// Handles a message of the hub.
    pub(super) async fn take_notice(&mut self, worker: &mut W, route: u16, payload: &[u8]) {
        let dispatch = self
            .plan
            .dispatch
            .get(usize::from(route))
            .copied()
            .flatten();
        let Some(dispatch) = dispatch else {
            return; // the hub has the same table: this cannot be
        };
        current::clear_call();
        self.begin(InHand::Handler(route));
        let payload = Body::plain(payload);
        let done = match dispatch.call(worker, payload, &self.cx, Answer::Nobody) {
            Dispatched::Done(done) => done,
            Dispatched::Later(future) => future.await,
        };
        self.has_run(worker).await;
        self.end();
        if let Err(error) = done.and_then(Held::give) {
            self.message_failed(route, "the app", &error);
        }
    }

    /// Gives messages that came back to the `#[undelivered]` method of their
    /// type; reports those that have none.
    pub(super) async fn take_back(&mut self, worker: &mut W, returned: Returned) {
        let mut untaken = 0;
        for kept in &returned.messages {
            let message = self
                .node
                .table
                .route(kept.header.route)
                .map(|route| route.message);
            let mut hooks = self.plan.hooks.iter().enumerate();
            let taker = hooks.find_map(|(at, named)| match &named.hook {
                Hook::Undelivered(of, call) if Some(of()) == message => {
                    Some((at, named.method, &call.0))
                }
                _ => None,
            });
            let Some((at, method, call)) = taker else {
                untaken += 1;
                continue;
            };
            current::clear_call();
            self.begin(hook(at));
            if let Err(error) = call(worker, kept.payload().body(), &self.cx).finish().await {
                self.tell_failed(method, &error);
            }
            self.has_run(worker).await;
            self.end();
        }
        if untaken > 0 {
            self.node.tell_undelivered(&returned, untaken);
        }
    }
}
