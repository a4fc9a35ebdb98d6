//! Starting: every worker at once, and all or none.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{
    Main, StartError,
    child::Stage,
    state::{Phase, State},
};
use crate::{
    id::{Life, WorkerId},
    node::look_after,
    process::want_descriptors,
};

/// Descriptors that main holds for each worker: its two or three pipes, its control link,
/// what watches its process, a connection each way with two bells, and the memory of the
/// one that is being made.
const DESCRIPTORS_PER_WORKER: u64 = 12;

/// Descriptors that a program has besides.
const OTHER_DESCRIPTORS: u64 = 256;

impl State {
    /// Starts all workers.
    pub(super) fn start(&mut self, main: Main, reply: oneshot::Sender<Result<(), StartError>>) {
        if self.stop_wanted {
            self.not_started = Some((reply, StartError::Stopped));
            self.phase = Phase::Over;
            return;
        }
        tokio::spawn(look_after(Arc::downgrade(&main.node)));
        self.want_descriptors(self.spec.most_workers() as u64);
        self.children
            .push(State::main_child(main.node, main.endpoint));
        if let Err(why) = self.launch_all() {
            self.phase = Phase::Failing(reply, why);
            self.kill_all();
            return self.check_killed();
        }
        self.phase = Phase::Starting(reply);
        self.check_ready();
    }

    /// As many as that many workers need.
    pub(super) fn want_descriptors(&self, workers: u64) {
        want_descriptors(OTHER_DESCRIPTORS + workers * DESCRIPTORS_PER_WORKER);
    }

    fn launch_all(&mut self) -> Result<(), StartError> {
        let queue = self.launch_queue()?;
        self.children.push(queue);
        self.supervise_groups();
        let ids = (WorkerId::FIRST.0..).map(WorkerId);
        let specs = self.spec.workers.clone().into_iter();
        for (id, spec) in ids.zip(specs.chain(self.first_of_pools())) {
            let spec = Arc::new(spec);
            let child = self.launch(Life::first(id), &spec)?;
            self.children.push(child);
            self.supervise(id, &spec);
        }
        Ok(())
    }

    /// When all are ready, lets everyone begin.
    pub(super) fn check_ready(&mut self) {
        let waiting = matches!(self.phase, Phase::Starting(_));
        if !waiting
            || self.begun
            || self
                .children
                .iter()
                .any(|child| child.stage == Stage::Launched)
        {
            return;
        }
        self.begun = true;
        let begin = self.begin();
        for child in &self.children {
            child.tell(begin.clone());
        }
        self.check_started();
    }

    /// When all have started, says so. Main is started by who waits for that.
    pub(super) fn check_started(&mut self) {
        let workers = self.children.iter().skip(1);
        if workers.clone().any(|child| child.stage < Stage::Started) {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Running) {
            Phase::Starting(reply) => {
                drop(reply.send(Ok(())));
                self.tell_service_ready();
            }
            phase => self.phase = phase,
        }
        if self.stop_wanted {
            self.stop();
        }
    }
}
