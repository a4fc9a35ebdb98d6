//! Around the machine: a clock, a store, workers that do as they are told, and
//! a driver that takes its turns.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use super::{
    super::{Batch, Delivery, Effect, Machine, NewTask, Now, PoolSpec, Refusal, TaskKey, Watcher},
    kept::Kept,
};
use crate::{
    id::WorkerId,
    queue::store::{Op, Record, Seq},
    task::{DeadReason, Ended, Outcome, SmallBytes, TaskDefaults, TaskId, TaskIds},
};

/// A task returned nothing.
pub(super) const DONE: Outcome = Outcome::Done(SmallBytes::short([Ended::DONE]));

pub(super) fn failed() -> Outcome {
    Outcome::Failed("no luck".into())
}

pub(super) fn id(number: u16) -> TaskId {
    let mut bytes = [0; 16];
    bytes[14..].copy_from_slice(&number.to_be_bytes());
    TaskId(bytes)
}

/// The number that it was made from.
pub(super) fn number(id: TaskId) -> u16 {
    u16::from_be_bytes([id.0[14], id.0[15]])
}

pub(super) fn task(number: u16) -> NewTask {
    NewTask {
        id: id(number),
        route: 0,
        limits: TaskDefaults::NEW.0,
        delay: None,
        deadline: None,
        key: None,
        unique: None,
        payload: SmallBytes::copy(b"payload"),
    }
}

/// One worker, one task at a time.
pub(super) fn pool() -> PoolSpec {
    PoolSpec {
        name: "pool".into(),
        min: 1,
        max: 1,
        prefetch: 1,
        capacity: 100,
        max_tasks: None,
        idle: Duration::from_secs(10),
        grace: Duration::from_secs(2),
        retention: Duration::from_secs(60),
    }
}

/// What the driver was told to do, as numbers of tasks, workers and watchers.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Told that its task is kept for the next run.
    pub(super) kept: Vec<(u32, u16)>,
    pub(super) ended: Vec<(u32, u16, Ended)>,
    pub(super) buried: Vec<(u16, DeadReason)>,
    pub(super) asked: Vec<(u32, u16)>,
    pub(super) killed: Vec<u32>,
    pub(super) retired: Vec<u32>,
    pub(super) spawned: usize,
    /// Pools, one for each of those.
    pub(super) spawns: Vec<u16>,
    pub(super) given_up: usize,
    /// Of pools whose workers were to be started anew: done, or why not.
    pub(super) renewed: Vec<Option<String>>,
    /// Tasks, in the order of delivery.
    pub(super) delivered: Vec<u16>,
}

#[derive(Debug)]
pub(super) struct Hands {
    pub(super) pool: u16,
    pub(super) tasks: VecDeque<Delivery>,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) machine: Machine,
    pub(super) kept: Kept,
    pub(super) told: Told,
    pub(super) workers: BTreeMap<u32, Hands>,
    pub(super) durable: bool,
    /// Commits fail.
    pub(super) failing: bool,
    /// Tasks that were accepted, and not.
    pub(super) accepted: Vec<TaskId>,
    pub(super) revoked: Vec<TaskId>,
    /// What could not be committed, and waits for the next time.
    pub(super) left: Batch,
    pub(super) specs: Vec<PoolSpec>,
    pub(super) start: Instant,
    pub(super) passed: Duration,
    /// What the wall clock says when nothing has passed.
    pub(super) wall: u64,
}

const WALL: u64 = 1_700_000_000_000;

impl World {
    pub(super) fn of(specs: Vec<PoolSpec>, durable: bool) -> World {
        World {
            machine: machine(&specs, durable),
            kept: Kept::default(),
            told: Told::default(),
            workers: BTreeMap::new(),
            durable,
            failing: false,
            accepted: Vec::new(),
            revoked: Vec::new(),
            left: Batch::default(),
            specs,
            start: Instant::now(),
            passed: Duration::ZERO,
            wall: WALL,
        }
    }

    pub(super) fn memory(spec: PoolSpec) -> World {
        World::of(vec![spec], false)
    }

    pub(super) fn durable(spec: PoolSpec) -> World {
        World::of(vec![spec], true)
    }

    pub(super) fn now(&self) -> Now {
        let millis = u64::try_from(self.passed.as_millis()).unwrap_or(0);
        Now {
            at: self.start + self.passed,
            wall: self.wall + millis,
        }
    }

    /// Everything that there is to do, until there is nothing.
    pub(super) fn turn(&mut self) {
        for round in 0.. {
            assert!(round < 1000, "there is always more to do");
            let now = self.now();
            self.machine.ring(now);
            self.machine.deliver(now);
            self.machine.scale(now);
            let batch = self.machine.take_batch();
            if batch.is_empty() && (self.failing || self.left.is_empty()) {
                break;
            }
            self.commit(batch);
        }
        self.check();
    }

    pub(super) fn commit(&mut self, mut batch: Batch) {
        let now = self.now();
        let accepting: Vec<TaskKey> = std::mem::take(&mut batch.accepting);
        let ids = |machine: &Machine| -> Vec<TaskId> {
            let tasks = accepting.iter().filter_map(|key| machine.tasks.get(*key));
            tasks.map(|task| task.id).collect()
        };
        let names = ids(&self.machine);
        if self.failing {
            self.revoked.extend(names);
            self.machine.revoke(&accepting);
            let kept = |op: &Op| !matches!(op, Op::Insert { .. } | Op::Replay { .. });
            self.left.ops.extend(batch.ops.into_iter().filter(kept));
            self.left.effects.extend(batch.effects);
            return;
        }
        let left = std::mem::take(&mut self.left);
        for op in left.ops.into_iter().chain(batch.ops) {
            self.kept.apply(op, self.durable);
        }
        self.accepted.extend(names);
        self.machine.committed(now, &accepting);
        for effect in left.effects.into_iter().chain(batch.effects) {
            self.carry_out(effect);
        }
    }

    /// Only what is written down; nothing is told.
    pub(super) fn write(&mut self, batch: Batch) {
        for op in batch.ops {
            self.kept.apply(op, self.durable);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let told = &mut self.told;
        match effect {
            Effect::Deliver(delivery) => {
                told.delivered.push(number(delivery.id));
                // It may be gone since.
                if let Some(hands) = self.workers.get_mut(&delivery.worker.0) {
                    hands.tasks.push_back(delivery);
                }
            }
            Effect::Ended { watcher, id, how } => {
                let how = Ended::from_bytes(&how);
                let how = how.unwrap_or_else(|| panic!("{id}: nobody can read how it ended"));
                if how == Ended::Kept {
                    told.kept.push((watcher.0, number(id)));
                } else {
                    told.ended.push((watcher.0, number(id), how));
                }
            }
            Effect::Buried { id, reason, .. } => told.buried.push((number(id), reason)),
            Effect::Cancel { worker, lease } => {
                let hands = self.workers.get(&worker.0);
                let mut tasks = hands.iter().flat_map(|hands| &hands.tasks);
                if let Some(task) = tasks.find(|task| task.lease == lease) {
                    told.asked.push((worker.0, number(task.id)));
                }
            }
            Effect::Kill { worker } => told.killed.push(worker.0),
            Effect::Retire { worker } => {
                told.retired.push(worker.0);
                let hands = self.workers.remove(&worker.0);
                let empty = hands.is_none_or(|hands| hands.tasks.is_empty());
                assert!(empty, "{worker:?} is retired with a task in its hands");
            }
            Effect::Spawn { pool } => {
                told.spawned += 1;
                told.spawns.push(pool);
            }
            Effect::Renewed { failed, .. } => told.renewed.push(failed),
            Effect::GiveUp { .. } => told.given_up += 1,
            // The service's.
            Effect::Accepted { .. } | Effect::Reply { .. } | Effect::Asked { .. } => {}
        }
    }

    pub(super) fn submit(&mut self, task: NewTask) -> Result<(), Refusal> {
        self.submit_all(vec![task])
    }

    pub(super) fn submit_all(&mut self, mut tasks: Vec<NewTask>) -> Result<(), Refusal> {
        let result = self
            .machine
            .submit(self.now(), 0, &mut tasks, Some(Watcher(0)), false);
        self.turn();
        result.map(drop)
    }

    /// Accepts tasks with those numbers and nothing special.
    pub(super) fn put(&mut self, numbers: impl IntoIterator<Item = u16>) {
        let tasks = numbers.into_iter().map(task).collect();
        assert_eq!(self.submit_all(tasks), Ok(()));
    }

    pub(super) fn join(&mut self, worker: u32) {
        self.join_pool(0, worker);
        self.turn();
    }

    pub(super) fn join_pool(&mut self, pool: u16, worker: u32) {
        let tasks = VecDeque::new();
        self.workers.insert(worker, Hands { pool, tasks });
        self.machine.joined(self.now(), pool, WorkerId(worker));
    }

    pub(super) fn die(&mut self, worker: u32) {
        self.gone(worker, false);
        self.turn();
    }

    pub(super) fn leave(&mut self, worker: u32) {
        self.gone(worker, true);
        self.turn();
    }

    pub(super) fn gone(&mut self, worker: u32, in_order: bool) {
        if let Some(hands) = self.workers.remove(&worker) {
            let (now, worker) = (self.now(), WorkerId(worker));
            self.machine
                .gone(now, hands.pool, worker, "killed by SIGKILL", in_order);
        }
    }

    /// A worker ends what it has in hand.
    pub(super) fn end(&mut self, worker: u32, outcome: Outcome) {
        assert!(self.settle(worker, 0, outcome), "{worker} has nothing");
        self.turn();
    }

    /// A worker ends the task that stands there among those that it has.
    pub(super) fn settle(&mut self, worker: u32, at: usize, outcome: Outcome) -> bool {
        let now = self.now();
        let Some(hands) = self.workers.get_mut(&worker) else {
            return false;
        };
        let Some(task) = hands.tasks.remove(at) else {
            return false;
        };
        self.machine
            .settle(now, hands.pool, task.worker, task.lease, outcome)
    }

    pub(super) fn held(&self, worker: u32) -> Vec<u16> {
        let hands = self.workers.get(&worker).into_iter();
        let tasks = hands.flat_map(|hands| &hands.tasks);
        tasks.map(|task| number(task.id)).collect()
    }

    /// Does all that is to be done, and tells in which order.
    pub(super) fn drain(&mut self, worker: u32) -> Vec<u16> {
        let mut order = Vec::new();
        while let Some(first) = self.held(worker).first() {
            order.push(*first);
            self.end(worker, DONE);
        }
        order
    }

    /// Time passes, and every alarm on the way is heard.
    pub(super) fn wait(&mut self, span: Duration) {
        let until = self.passed + span;
        while let Some(at) = self.machine.next_alarm()
            && at <= self.start + until
        {
            let passed = at.saturating_duration_since(self.start);
            self.passed = self.passed.max(passed);
            self.turn();
            assert!(
                self.machine.next_alarm() != Some(at) || at > self.now().at,
                "an alarm rings for ever"
            );
        }
        self.passed = until;
        self.turn();
    }

    /// Main dies, and another one takes over what was kept.
    pub(super) fn crash(&mut self) {
        self.machine = machine(&self.specs, self.durable);
        self.workers.clear();
        (self.told.spawned, self.told.given_up) = (0, 0);
        self.told.spawns.clear();
        self.left = Batch::default();
        let tasks = self.kept.tasks.iter();
        let tasks: Vec<(Seq, Record)> = tasks
            .map(|(seq, (record, _))| (Seq(*seq), record.clone()))
            .collect();
        let tasks_and_dead = self.kept.tasks.keys().chain(self.kept.dead.keys());
        let next = tasks_and_dead.max().map_or(1, |seq| seq + 1);
        let pools: Vec<_> = self.specs.iter().map(|spec| spec.name.clone()).collect();
        let homeless = self.machine.restore(self.now(), tasks, next, |record| {
            let pool = pools.iter().position(|name| **name == *record.pool)?;
            let route = (record.message == "Message").then_some(0);
            Some((u16::try_from(pool).ok()?, route))
        });
        assert_eq!(homeless, []);
    }

    /// A dead letter is tried again.
    pub(super) fn replay(&mut self, number: u16) -> bool {
        let now = self.now();
        let mut dead = self.kept.dead.iter();
        let Some((seq, (dead, payload))) = dead.find(|(_, (dead, _))| dead.record.id == id(number))
        else {
            return false;
        };
        let (record, payload) = (dead.record.clone(), Some(payload.clone()));
        let pool = self
            .specs
            .iter()
            .position(|spec| *spec.name == *record.pool);
        let pool = pool.and_then(|pool| u16::try_from(pool).ok()).unwrap_or(0);
        self.machine
            .replay(now, Seq(*seq), record, (pool, Some(0)), payload);
        true
    }
}

fn machine(specs: &[PoolSpec], durable: bool) -> Machine {
    let ids = TaskIds::new().unwrap_or_else(|error| panic!("no random numbers: {error}"));
    let mut machine = Machine::new(specs.to_vec(), vec!["Message"], durable, ids);
    machine.connected(Watcher(0));
    machine
}
