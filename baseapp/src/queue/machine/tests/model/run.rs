//! Events, to the machine and to the reference.

use std::time::Duration;

use super::{
    super::{super::Lease, PoolSpec, Watcher, World},
    driver::Flight,
    events::{Event, How, millis},
    reference::{At, Reference},
};
use crate::id::WorkerId;

#[derive(Debug)]
pub(super) struct Run {
    pub(super) w: World,
    pub(super) r: Reference,
    /// What a crash leaves.
    pub(super) saved: Reference,
    pub(super) flight: Option<Flight>,
    pub(super) accepting: Vec<u16>,
    pub(super) next_number: u16,
    next_worker: u32,
    next_watcher: u32,
    /// The connections of those who watch.
    pub(super) watchers: [u32; 4],
}

impl Run {
    pub(super) fn new(specs: Vec<PoolSpec>, durable: bool) -> Run {
        let mut reference = Reference::default();
        reference.connected.insert(0);
        Run {
            w: World::of(specs, durable),
            r: reference.clone(),
            saved: reference,
            flight: None,
            accepting: Vec::new(),
            next_number: 0,
            next_worker: 1,
            next_watcher: 1,
            watchers: [0; 4],
        }
    }

    pub(super) fn now(&self) -> At {
        self.w.passed
    }

    pub(super) fn happens(&mut self, event: Event) {
        let now = self.w.now();
        match event {
            Event::Submit {
                pool,
                wishes,
                watcher,
                child,
            } => self.submit(pool, wishes, watcher, child),
            Event::Again { task, watcher } => self.same_again(task, watcher),
            Event::Join(at) => {
                if let Some(pool) = self.spawned(at) {
                    self.join(pool);
                }
            }
            Event::NotStarted(at) => {
                if let Some(pool) = self.spawned(at) {
                    self.w.machine.not_started(now, pool, "exit 1");
                }
            }
            Event::Gone { worker, in_order } => {
                if let Some(worker) = self.worker(worker) {
                    self.gone(worker, in_order);
                }
            }
            Event::Settle { worker, how } => {
                if let Some(worker) = self.worker(worker) {
                    self.settle(worker, 0, how);
                }
            }
            Event::NotBegun { worker, at } => {
                if let Some(worker) = self.worker(worker) {
                    self.settle(worker, 1 + at, How::NotRun);
                }
            }
            Event::Stale { worker, lease } => self.stale(worker, Lease(lease)),
            Event::Extend { worker, by } => {
                let worker = self.worker(worker);
                let hands = worker.and_then(|worker| self.w.workers.get(&worker));
                if let Some((pool, first)) = hands.and_then(|h| Some((h.pool, h.tasks.front()?))) {
                    let (worker, lease) = (first.worker, first.lease);
                    self.w.machine.extend(now, pool, worker, lease, millis(by));
                }
            }
            Event::Recycle(worker) => {
                if let Some(worker) = self.worker(worker) {
                    let pool = self.w.workers[&worker].pool;
                    self.w.machine.recycle(pool, WorkerId(worker));
                }
            }
            Event::Cancel(task) => self.cancel(task),
            Event::Watch { task, watcher } => self.watch(task, watcher),
            Event::Disconnect(watcher) => {
                let watcher = self.watchers[watcher as usize];
                self.w.machine.disconnected(Watcher(watcher));
                self.r.connected.remove(&watcher);
            }
            Event::Connect(watcher) => {
                self.watchers[watcher as usize] = self.next_watcher;
                self.w.machine.connected(Watcher(self.next_watcher));
                self.r.connected.insert(self.next_watcher);
                self.next_watcher += 1;
            }
            Event::Replay(at) => self.replay(at),
            Event::Pass { millis, asleep } => {
                self.pass(Duration::from_millis(millis.into()), asleep)
            }
            Event::Take => self.take(),
            Event::Land(written) => self.land(written),
            Event::Disk { fails } => self.w.failing = fails && self.w.durable,
            Event::Crash { written } => self.crash(written),
            Event::Turn => self.turn(),
        }
    }

    pub(super) fn worker(&self, at: usize) -> Option<u32> {
        let workers = &self.w.workers;
        workers.keys().nth(at % workers.len().max(1)).copied()
    }

    /// A pool that has asked for a worker.
    fn spawned(&mut self, at: usize) -> Option<u16> {
        let spawns = &mut self.w.told.spawns;
        (!spawns.is_empty()).then(|| spawns.remove(at % spawns.len()))
    }

    pub(super) fn join(&mut self, pool: u16) {
        self.w.join_pool(pool, self.next_worker);
        self.next_worker += 1;
    }

    fn pass(&mut self, span: Duration, asleep: bool) {
        let until = self.w.passed + span;
        let mut rings = 0;
        while let Some(at) = self.w.machine.next_alarm()
            && !asleep
        {
            // As timers do: not earlier, and to the millisecond.
            let at = at.saturating_duration_since(self.w.start);
            let at = Duration::from_millis(
                u64::try_from(at.as_nanos().div_ceil(1_000_000)).unwrap_or(0),
            );
            if at > until {
                break;
            }
            rings += 1;
            assert!(rings < 1000, "alarms ring for ever: {:#?}", self.w.machine);
            self.w.passed = self.w.passed.max(at);
            self.turn();
        }
        self.w.passed = until;
    }
}
