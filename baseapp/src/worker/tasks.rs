//! Running the tasks that the queue gives to a worker of a pool.

use std::sync::Arc;

use super::{
    Worker,
    dispatch::{Answer, Dispatched, Held, Now},
    serve::Serving,
};
use crate::{
    blackbox::{InHand, Pace},
    deadline::Arrived,
    error::BoxError,
    node::{Batch, current},
    task::{Assignment, Outcome},
    wire::{body::Body, frame::Header},
};

impl<W: Worker> Serving<W> {
    /// Runs one task, and tells the queue how it ended.
    pub(super) async fn run_task(
        &mut self,
        worker: &mut W,
        batch: &Batch,
        header: Header,
        body: std::ops::Range<usize>,
    ) {
        let route = usize::from(header.route);
        let Some(dispatch) = self.plan.dispatch.get(route).copied().flatten() else {
            let (link, lease) = (&batch.link, header.correlation);
            return self.node.tell_outcome(link, lease, &Outcome::NoHandler);
        };
        let Some((payload, answer)) = self.begin_task(batch, &header, body) else {
            return;
        };
        self.begin(InHand::Task(header.route));
        let done = match dispatch.call(worker, payload, &self.cx, answer) {
            Dispatched::Done(done) => done,
            Dispatched::Later(future) => future.await,
        };
        self.end_task(done);
        self.let_asker_read(&batch.link).await;
    }

    /// The same with a handler that is never awaited.
    pub(super) fn run_task_now(
        &self,
        worker: &mut W,
        call: Now<W>,
        batch: &Batch,
        header: &Header,
        body: std::ops::Range<usize>,
        pace: &mut Pace,
    ) {
        if let Some((payload, answer)) = self.begin_task(batch, header, body) {
            self.begin_paced(InHand::Task(header.route), pace);
            self.end_task(call(worker, payload, &self.cx, answer));
        }
    }

    /// The message of a task that is to run now, and who awaits its reply. `None` if it is
    /// not to run, which the queue is told.
    fn begin_task<'b>(
        &self,
        batch: &'b Batch,
        header: &Header,
        body: std::ops::Range<usize>,
    ) -> Option<(Body<'b>, Answer)> {
        let lease = header.correlation;
        let not_run = |why: Outcome| self.node.tell_outcome(&batch.link, lease, &why);
        if self.is_stopping() {
            not_run(Outcome::NotRun);
            return None;
        }
        let mut rest = batch.chunk.body(body);
        let Some(assignment) = Assignment::split(&mut rest) else {
            not_run(Outcome::NoHandler);
            return None;
        };
        let Assignment { id, attempt, .. } = assignment;
        let Some(running) = self.node.begin_task(&batch.link, id, attempt, lease) else {
            not_run(Outcome::NotRun);
            return None;
        };
        current::set_call(current::Call {
            deadline: assignment.deadline.map(Arrived::from_wire),
            chain: Vec::new(),
            task: Some(running),
        });
        let answer = Answer::Queue {
            node: Arc::clone(&self.node),
            link: Arc::clone(&batch.link),
            lease,
        };
        Some((Body::plain(rest), answer))
    }

    /// The handler of a task has returned.
    fn end_task(&self, done: Result<Held, BoxError>) {
        // The queue was told, or is now; what it is not told is no error.
        let _ = done.and_then(Held::give);
        self.end();
        self.node.end_task();
        current::clear_call();
    }
}
