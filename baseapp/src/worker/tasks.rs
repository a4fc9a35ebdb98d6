//! Running the tasks that the queue gives to a worker of a pool.

use std::sync::Arc;

use super::{
    Worker,
    dispatch::{Answer, Dispatched, Held},
    serve::Serving,
};
use crate::{
    blackbox::InHand,
    deadline::Arrived,
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
        let lease = header.correlation;
        let tell = |outcome| self.node.tell_outcome(&batch.link, lease, &outcome);
        if self.is_stopping() {
            return tell(Outcome::NotRun);
        }
        let mut rest = batch.chunk.body(body);
        let route = usize::from(header.route);
        let dispatch = self.plan.dispatch.get(route).copied().flatten();
        let assignment = Assignment::split(&mut rest);
        let (Some(dispatch), Some(assignment)) = (dispatch, assignment) else {
            return tell(Outcome::NoHandler);
        };
        let Assignment { id, attempt, .. } = assignment;
        let Some(running) = self.node.begin_task(&batch.link, id, attempt, lease) else {
            return tell(Outcome::NotRun);
        };
        let deadline = assignment.deadline.map(Arrived::from_wire);
        current::set_call(current::Call {
            deadline,
            chain: Vec::new(),
            task: Some(running),
        });
        let answer = Answer::Queue {
            node: Arc::clone(&self.node),
            link: Arc::clone(&batch.link),
            lease,
        };
        self.begin(InHand::Task(header.route));
        let payload = Body::plain(rest);
        let done = match dispatch.call(worker, payload, &self.cx, answer) {
            Dispatched::Done(done) => done,
            Dispatched::Later(future) => future.await,
        };
        // The queue was told, or is now; what it is not told is no error.
        let _ = done.and_then(Held::give);
        self.end();
        self.node.end_task();
        current::clear_call();
        self.let_asker_read(&batch.link).await;
    }
}
