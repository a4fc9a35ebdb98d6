//! The embedded broker: the machine, and a store that is written at once.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Broker, Given, Job, Result};
use crate::{
    id::WorkerId,
    queue::{
        machine::{Delivery, Effect, Lease, Machine, NewTask, Now, PoolSpec},
        store::{Dead, Store},
    },
    task::{Backoff, Ended, Limits, Outcome, SmallBytes, TaskId, TaskIds},
};

/// Of the backoff of every task.
pub(super) const BACKOFF: Duration = Duration::from_millis(100);

pub(super) struct Embedded {
    store: Arc<dyn Store>,
    machine: Machine,
    now: Now,
    workers: HashSet<u32>,
    given: Vec<Delivery>,
}

fn machine(durable: bool) -> Result<Machine> {
    let pool = PoolSpec {
        name: "pool".into(),
        min: 0,
        max: 100,
        prefetch: 1,
        capacity: 1000,
        max_tasks: None,
        idle: Duration::from_secs(3600),
        grace: Duration::from_secs(1),
        retention: Duration::from_secs(3600),
    };
    Ok(Machine::new(
        vec![pool],
        vec!["Message"],
        durable,
        TaskIds::new()?,
    ))
}

impl Embedded {
    pub(super) fn new(store: Arc<dyn Store>) -> Result<Embedded> {
        Ok(Embedded {
            machine: machine(store.is_durable())?,
            store,
            now: Now {
                at: Instant::now(),
                wall: 1_700_000_000_000,
            },
            workers: HashSet::new(),
            given: Vec::new(),
        })
    }

    /// Writes down what is to be, and does what follows.
    fn turn(&mut self) -> Result<()> {
        self.machine.ring(self.now);
        loop {
            let batch = self.machine.take_batch();
            if batch.is_empty() {
                return Ok(());
            }
            self.store.commit(&batch.ops)?;
            self.machine.committed(self.now, &batch.accepting);
            for effect in batch.effects {
                match effect {
                    Effect::Deliver(delivery) => self.given.push(delivery),
                    // It is, at once.
                    Effect::Kill { worker } => self.end(worker.0),
                    _ => {}
                }
            }
        }
    }

    fn end(&mut self, worker: u32) {
        if self.workers.remove(&worker) {
            let how = "killed by signal 9 (SIGKILL)";
            self.machine.gone(self.now, 0, WorkerId(worker), how, false);
        }
    }

    fn settle(&mut self, worker: u32, lease: u64, outcome: Outcome) -> Result<bool> {
        let known = self
            .machine
            .settle(self.now, 0, WorkerId(worker), Lease(lease), outcome);
        self.turn()?;
        Ok(known)
    }
}

impl Broker for Embedded {
    fn submit(&mut self, job: Job) -> Result<TaskId> {
        let id = job.id;
        let task = NewTask {
            id,
            route: 0,
            limits: Limits {
                attempts: job.attempts,
                timeout: job.timeout,
                backoff: Backoff {
                    first: BACKOFF,
                    longest: BACKOFF,
                },
                priority: 4,
            },
            delay: job.delay,
            deadline: None,
            key: job.key,
            unique: job.unique.map(|key| (key, None)),
            payload: job.payload,
        };
        let same = self
            .machine
            .submit(self.now, 0, &mut vec![task], None, false);
        let same = same.map_err(|refusal| format!("{refusal:?}"))?;
        self.turn()?;
        Ok(same.first().map_or(id, |(_, real)| *real))
    }

    fn fetch(&mut self, worker: u32) -> Result<Option<Given>> {
        if self.workers.insert(worker) {
            self.machine.joined(self.now, 0, WorkerId(worker));
        }
        self.turn()?;
        self.machine.deliver(self.now);
        self.turn()?;
        let its = |delivery: &Delivery| delivery.worker == WorkerId(worker);
        let Some(at) = self.given.iter().position(its) else {
            return Ok(None);
        };
        let delivery = self.given.remove(at);
        let payload = match delivery.payload {
            Some(payload) => payload,
            None => self.store.payload(delivery.seq)?.unwrap_or_default(),
        };
        Ok(Some(Given {
            lease: delivery.lease.0,
            id: delivery.id,
            attempt: delivery.attempt,
            payload,
        }))
    }

    fn ack(&mut self, worker: u32, lease: u64, reply: &[u8]) -> Result<bool> {
        let done = Ended::Done(SmallBytes::copy(reply)).to_bytes();
        self.settle(worker, lease, Outcome::Done(done))
    }

    fn nak(&mut self, worker: u32, lease: u64, delay: Duration) -> Result<bool> {
        self.settle(worker, lease, Outcome::Snoozed(delay))
    }

    fn fail(&mut self, worker: u32, lease: u64, error: &str) -> Result<bool> {
        self.settle(worker, lease, Outcome::Failed(error.to_owned()))
    }

    fn term(&mut self, worker: u32, lease: u64, why: &str) -> Result<bool> {
        self.settle(worker, lease, Outcome::Rejected(why.to_owned()))
    }

    fn in_progress(&mut self, worker: u32, lease: u64, more: Duration) -> Result<()> {
        self.machine
            .extend(self.now, 0, WorkerId(worker), Lease(lease), more);
        self.turn()
    }

    fn gone(&mut self, worker: u32) -> Result<()> {
        self.end(worker);
        self.turn()
    }

    fn wait(&mut self, span: Duration) -> Result<()> {
        // In steps, so that what is due is done in its order.
        let steps = 10;
        for _ in 0..steps {
            self.now.at += span / steps;
            self.now.wall += u64::try_from((span / steps).as_millis())?;
            self.turn()?;
        }
        Ok(())
    }

    fn reply(&mut self, id: TaskId) -> Result<Option<SmallBytes>> {
        let outcome = self.store.outcome(id)?;
        Ok(match outcome.as_deref().and_then(Ended::from_bytes) {
            Some(Ended::Done(reply)) => Some(reply),
            _ => None,
        })
    }

    fn dead(&mut self, id: TaskId) -> Result<Option<(Dead, SmallBytes)>> {
        let Some((seq, dead)) = self.store.dead_by_id(id)? else {
            return Ok(None);
        };
        let payload = self.store.payload(seq)?.unwrap_or_default();
        Ok(Some((dead, payload)))
    }

    fn replay(&mut self, id: TaskId) -> Result<()> {
        let (seq, dead) = self.store.dead_by_id(id)?.ok_or("no such letter")?;
        let payload = self.store.payload(seq)?;
        let place = (0, Some(0));
        self.machine
            .replay(self.now, seq, dead.record, place, payload);
        self.turn()
    }

    fn crash(&mut self) -> Result<bool> {
        if !self.store.is_durable() {
            return Ok(false);
        }
        self.machine = machine(true)?;
        (self.workers, self.given) = (HashSet::new(), Vec::new());
        let contents = self.store.load()?;
        let place = |_: &crate::queue::store::Record| Some((0, Some(0)));
        self.machine
            .restore(self.now, contents.tasks, contents.next, place);
        self.turn()?;
        Ok(true)
    }
}
