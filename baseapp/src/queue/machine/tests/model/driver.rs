//! What the driver does, and its disk.

use super::{
    super::{super::Batch, Ended},
    reference::{End, Reference, State},
    run::Run,
};
use crate::task::DeadReason;

/// What is being written down.
#[derive(Debug)]
pub(super) struct Flight {
    batch: Batch,
    accepting: Vec<u16>,
    /// As of then.
    reference: Reference,
}

impl Run {
    pub(super) fn take(&mut self) {
        if self.flight.is_none() && self.w.durable {
            self.flight = Some(Flight {
                batch: self.w.machine.take_batch(),
                accepting: std::mem::take(&mut self.accepting),
                reference: self.r.clone(),
            });
        }
    }

    pub(super) fn land(&mut self, written: bool) {
        let Some(flight) = self.flight.take() else {
            return;
        };
        let failing = std::mem::replace(&mut self.w.failing, !written);
        self.w.commit(flight.batch);
        self.w.failing = failing;
        if written {
            self.saved = flight.reference;
            open(&mut self.saved, &flight.accepting);
        }
        self.accepted(flight.accepting, written);
    }

    pub(super) fn accepted(&mut self, tasks: Vec<u16>, written: bool) {
        let now = self.now();
        for number in tasks {
            if written {
                self.r.begin(now, number);
            } else if let Some(task) = self.r.tasks.get_mut(&number) {
                task.watchers.clear();
                if task.state == (State::Accepting { replay: true }) {
                    task.state = State::Ended(End::Dead(DeadReason::Rejected));
                } else {
                    task.state = State::Revoked;
                    self.r.release(number);
                }
            }
        }
    }

    pub(super) fn crash(&mut self, written: bool) {
        if !self.w.durable {
            return;
        }
        if let Some(flight) = self.flight.take()
            && written
        {
            let left = std::mem::take(&mut self.w.left);
            self.w.write(left);
            self.w.write(flight.batch);
            self.saved = flight.reference;
            open(&mut self.saved, &flight.accepting);
        }
        self.accepting.clear();
        self.r = self.saved.clone();
        self.r.restore(self.now());
        // What was not said yet is not said any more.
        let told = self.w.told.ended.iter();
        let told = told.map(|(watcher, number, how)| (*watcher, *number, end(how)));
        self.r.telling = told.collect();
        self.watchers = [0; 4];
        self.w.crash();
    }

    pub(super) fn turn(&mut self) {
        self.land(!self.w.failing);
        self.r.ring(self.now());
        self.w.turn();
        let accepting = std::mem::take(&mut self.accepting);
        self.accepted(accepting, !self.w.failing);
        self.agree();
        if !self.w.failing {
            self.saved = self.r.clone();
        }
    }
}

/// They are written down.
fn open(reference: &mut Reference, tasks: &[u16]) {
    for number in tasks {
        if let Some(task) = reference.tasks.get_mut(number) {
            task.state = State::Open;
        }
    }
}

pub(super) fn end(how: &Ended) -> End {
    match how {
        Ended::Done(_) => End::Done,
        Ended::Cancelled => End::Cancelled,
        Ended::Kept => unreachable!("told apart"),
        Ended::Dead { reason, .. } => End::Dead(*reason),
    }
}
