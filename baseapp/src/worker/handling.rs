//! How a worker handles messages: one at a time, in the order of their link.

use std::{future::poll_fn, sync::Arc, time::Instant};

use super::{
    Hook, Worker,
    background::{When, hook},
    dispatch::{Answer, Dispatched, Held},
    serve::Serving,
};
use crate::{
    blackbox::InHand,
    deadline::Deadline,
    error::{BoxError, with_causes},
    link::Link,
    node::{Batch, Failure, Returned, current},
    report,
    wire::frame::{Header, Kind},
};

/// Messages after which a sender gets its credit, at the latest.
const SETTLE_EVERY: u64 = 32;

impl<W: Worker> Serving<W> {
    pub(super) async fn handle_all(&mut self, worker: &mut W, mut batch: Batch) {
        let (mut messages, mut bytes) = (0, 0);
        while let Some((header, body)) = batch.chunk.next() {
            if header.kind == Kind::Task {
                self.run_task(worker, &batch, header, body).await;
                self.run_due_timers(worker).await;
                continue;
            }
            if !header.kind.is_message() {
                continue;
            }
            self.begin(InHand::Handler(header.route));
            batch.link.begins_message();
            self.handle(worker, &batch, header, body).await;
            batch.link.ends_message();
            self.end();
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
            let now = Instant::now();
            let deadline = fields
                .deadline
                .map(|micros| Deadline::from_wire(micros, now));
            if deadline.is_some_and(|deadline| deadline.has_passed(now)) {
                return self
                    .node
                    .fail(&batch.link, header.correlation, &Failure::Expired);
            }
            current::set_call(current::Call {
                deadline,
                chain: fields.chain,
                task: None,
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
        self.has_run(worker).await;
        if let Err(error) = done.and_then(Held::give) {
            self.message_failed(header.route, &batch.link.peer.name, &error);
        }
        if self.node.is_dirty() {
            self.after_sending(&batch.link).await;
        }
    }

    /// Something waits to be written while the turn goes on.
    pub(super) async fn after_sending(&self, link: &Arc<Link>) {
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
        let done = match dispatch(worker, payload, &self.cx, Answer::Nobody) {
            Dispatched::Done(done) => done,
            Dispatched::Later(future) => future.await,
        };
        self.has_run(worker).await;
        self.end();
        if let Err(error) = done.and_then(Held::give) {
            self.message_failed(route, "the app", &error);
        }
        self.node.expect_late_flush();
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
                    Some((at, named.method, call))
                }
                _ => None,
            });
            let Some((at, method, call)) = taker else {
                untaken += 1;
                continue;
            };
            current::clear_call();
            self.begin(hook(at));
            if let Err(error) = call(worker, &kept.payload(), &self.cx).finish().await {
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
