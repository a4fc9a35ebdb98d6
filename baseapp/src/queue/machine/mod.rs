//! The state machine of the task queues: what becomes of every task, without
//! I/O and without a clock. It is told what happens and when, and says what to
//! write down and what to do.
//!
//! One turn: any number of calls, then [`Machine::take_batch`]. The changes of
//! the batch are committed; when they are, [`Machine::committed`] is told, the
//! batch's effects are carried out, and [`Machine::deliver`] gives tasks to
//! workers. So nothing is said and nothing is begun that a crash could undo.
//!
//! If a commit fails, [`Machine::revoke`] is told what was to be accepted, and
//! those insertions and replays are dropped. All other changes and all effects
//! of the batch stay due, before those of later batches: they speak of tasks
//! that are in the store, and workers to start or to kill are asked for once.

mod alarms;
mod batch;
mod chains;
mod deliver;
mod end;
mod gone;
mod hand;
mod keep;
mod lanes;
mod pools;
#[cfg(any(test, feature = "__fuzzing"))]
mod rehearsal;
mod renew;
mod retry;
mod schedules;
mod settle;
mod state;
mod stop;
mod submit;
mod tasks;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasherDefault,
    sync::Arc,
    time::{Duration, Instant},
};

#[cfg(any(test, feature = "__fuzzing"))]
pub(crate) use self::rehearsal::rehearse_tasks;
use self::{
    alarms::Alarms,
    chains::Chains,
    lanes::Lanes,
    pools::Pool,
    schedules::Schedule,
    tasks::{IdHasher, Tasks},
};
pub(crate) use self::{
    batch::Batch,
    end::Cancelled,
    submit::{NewTask, Refusal},
    tasks::{Now, TaskKey, Watcher},
};
use super::store::Op;
use crate::{
    id::WorkerId,
    task::{Answer, DeadReason, Key, Query, SmallBytes, TaskId, TaskIds},
};

/// One delivery of a task to a worker: never used twice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lease(pub(crate) u64);

/// What a pool is like.
#[derive(Clone, Debug)]
pub(crate) struct PoolSpec {
    pub(crate) name: Arc<str>,
    /// Workers, at least and at most.
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Tasks that a worker has at a time, of which it runs one. Fewer as long
    /// as the pool may grow.
    pub(crate) prefetch: u32,
    /// Tasks that have not ended.
    pub(crate) capacity: usize,
    /// Tasks after which a worker is replaced.
    pub(crate) max_tasks: Option<u64>,
    /// How long a worker may be idle if there are more than the least.
    pub(crate) idle: Duration,
    /// How long a handler has to end that was asked to.
    pub(crate) grace: Duration,
    /// How long it is kept how a task ended.
    pub(crate) retention: Duration,
}

/// A task for a worker.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) worker: WorkerId,
    pub(crate) lease: Lease,
    pub(crate) id: TaskId,
    pub(crate) seq: super::store::Seq,
    pub(crate) route: u16,
    /// Which delivery of the task this is, from 1.
    pub(crate) attempt: u32,
    pub(crate) deadline: Option<Instant>,
    /// `None` if the store has it.
    pub(crate) payload: Option<SmallBytes>,
}

/// Something to do.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Give a task to a worker.
    Deliver(Delivery),
    /// Tell a watcher how a task has ended, as it travels.
    Ended {
        watcher: Watcher,
        id: TaskId,
        how: SmallBytes,
    },
    /// Tell who submitted them that tasks are accepted; some are the same as
    /// others: wanted id, real id.
    Accepted {
        watcher: Watcher,
        request: u64,
        same: Vec<(TaskId, TaskId)>,
    },
    /// Answer what was asked, and has changed something.
    Reply {
        watcher: Watcher,
        request: u64,
        answer: Answer,
    },
    /// Answer what was asked of a task that is in nobody's books: how it ended
    /// may be just being written down. Without a request, tell only that.
    Asked {
        watcher: Watcher,
        request: Option<u64>,
        query: Query,
    },
    /// A task has become a dead letter.
    Buried {
        pool: u16,
        id: TaskId,
        reason: DeadReason,
        error: String,
    },
    /// Ask a handler to end.
    Cancel { worker: WorkerId, lease: Lease },
    /// Kill a worker: its handler did not end.
    Kill { worker: WorkerId },
    /// Stop a worker that has nothing to do.
    Retire { worker: WorkerId },
    /// Start one more worker.
    Spawn { pool: u16 },
    /// The workers of a pool were started anew, or why not.
    Renewed { pool: u16, failed: Option<String> },
    /// The workers of a pool die before they can do anything.
    GiveUp { pool: u16, how: String },
}

impl Effect {
    /// Tells somebody what must not be told before it is written down.
    pub(crate) fn tells(&self) -> bool {
        matches!(
            self,
            Effect::Accepted { .. }
                | Effect::Reply { .. }
                | Effect::Ended { .. }
                | Effect::Asked { .. }
                | Effect::Buried { .. }
        )
    }
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Machine {
    pools: Vec<Pool>,
    /// Names of the messages, by route.
    messages: Vec<&'static str>,
    /// Every change of a waiting task must be written down.
    durable: bool,
    ids: TaskIds,
    tasks: Tasks,
    lanes: Vec<Lanes>,
    chains: Chains,
    uniques: HashMap<(u16, Key), Unique, Hashing>,
    alarms: Alarms,
    schedules: HashMap<TaskId, Schedule>,
    batch: Batch,
    /// Memory for the next one.
    spare: Batch,
    next_seq: u64,
    next_lease: u64,
    /// Bytes of the payloads in memory.
    payload_bytes: usize,
    /// Connections that have not ended.
    watching: HashSet<Watcher, Hashing>,
    closing: bool,
    /// Until when outcomes are kept, and when they are looked through next.
    kept_until: Option<Instant>,
    expire_at: Option<Instant>,
}

/// For what is no worse spread by a quick hash: numbers that count up.
pub(crate) type Hashing = BuildHasherDefault<IdHasher>;

/// A task that no other may be the same as.
#[derive(Clone, Copy, Debug)]
struct Unique {
    id: TaskId,
    until: Option<Instant>,
}

impl Machine {
    pub(crate) fn new(
        pools: Vec<PoolSpec>,
        messages: Vec<&'static str>,
        durable: bool,
        ids: TaskIds,
    ) -> Machine {
        Machine {
            lanes: pools.iter().map(|_| Lanes::default()).collect(),
            pools: pools.into_iter().map(Pool::new).collect(),
            messages,
            durable,
            ids,
            tasks: Tasks::default(),
            chains: Chains::default(),
            uniques: HashMap::default(),
            alarms: Alarms::default(),
            schedules: HashMap::new(),
            batch: Batch::default(),
            spare: Batch::default(),
            next_seq: 1,
            next_lease: 1,
            payload_bytes: 0,
            watching: HashSet::default(),
            closing: false,
            kept_until: None,
            expire_at: None,
        }
    }

    /// Does that, too, when this turn's changes are written down.
    pub(crate) fn after(&mut self, effect: Effect) {
        self.effect(effect);
    }

    /// Writes that down, too.
    pub(crate) fn write(&mut self, op: Op) {
        self.batch.ops.push(op);
    }

    /// How much of this turn is to be written down yet.
    pub(crate) fn to_write(&self) -> usize {
        self.batch.ops.len()
    }

    fn effect(&mut self, effect: Effect) {
        self.batch.effects.push(effect);
    }

    /// A connection over which tasks may be watched.
    pub(crate) fn connected(&mut self, watcher: Watcher) {
        self.watching.insert(watcher);
    }

    /// A connection has ended: nobody is told over it any more.
    pub(crate) fn disconnected(&mut self, watcher: Watcher) {
        self.watching.remove(&watcher);
    }

    /// When [`Machine::ring`] wants to be called.
    pub(crate) fn next_alarm(&mut self) -> Option<Instant> {
        self.alarms.next()
    }

    /// The pool of that number.
    pub(crate) fn pool(&self, pool: u16) -> Option<&PoolSpec> {
        self.pools.get(usize::from(pool)).map(|pool| &pool.spec)
    }
}
