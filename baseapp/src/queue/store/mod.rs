//! Where tasks are kept: in memory, or in a file that outlives a crash.
//!
//! A store knows no pools, members or leases: it keeps records by number, in
//! the order in which they were accepted, and changes them in batches that are
//! kept as a whole or not at all.

mod memory;
mod outcomes;
#[cfg(feature = "durable")]
mod redb;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use self::memory::MemoryStore;
#[cfg(feature = "durable")]
pub(crate) use self::redb::RedbStore;
use crate::task::{DeadReason, Key, Limits, SmallBytes, TaskId};

/// Dead letters that are read at once.
const PAGE: usize = 1000;

/// A task's place in the order of acceptance: never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Seq(pub(crate) u64);

/// Milliseconds since 1970, as far as the system's clock is right.
pub(crate) type WallMillis = u64;

/// What is kept of a task besides its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: TaskId,
    /// The name of its pool.
    pub(crate) pool: String,
    /// The type of its message: route numbers differ between builds.
    pub(crate) message: String,
    pub(crate) limits: Limits,
    pub(crate) accepted: WallMillis,
    /// Not before.
    pub(crate) due: Option<WallMillis>,
    /// Not after.
    pub(crate) deadline: Option<WallMillis>,
    /// Tasks of one key run one after the other.
    pub(crate) key: Option<Key>,
    /// Another task of the same key is the same task, and until when even if
    /// this one is done.
    pub(crate) unique: Option<(Key, Option<WallMillis>)>,
    /// Times that it was given to a worker.
    pub(crate) deliveries: u32,
    /// Attempts used up.
    pub(crate) attempts: u32,
    /// Workers that died of it.
    pub(crate) deaths: u32,
    /// How its last attempt failed.
    pub(crate) error: Option<String>,
}

/// The task of a dead letter, as if it were new.
pub(crate) fn renewed(mut record: Record) -> Record {
    (record.deliveries, record.attempts, record.deaths) = (0, 0, 0);
    record.error = None;
    (record.due, record.deadline, record.unique) = (None, None, None);
    record
}

/// A task that is not tried any more, kept until somebody looks after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dead {
    pub(crate) record: Record,
    pub(crate) reason: DeadReason,
    pub(crate) died: WallMillis,
}

/// A change. One of a task or dead letter that is not there changes nothing, so
/// that a batch may be made again. Most are those that end a task; what is larger is
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// A task was accepted. Its number is new.
    Insert {
        seq: Seq,
        record: Box<Record>,
        payload: SmallBytes,
    },
    /// A task that waits was changed.
    Update { seq: Seq, record: Box<Record> },
    /// A task has ended: it is kept no more; how it ended is, if somebody may
    /// still ask, until then. That is kept whether or not the task was there.
    Finish {
        seq: Seq,
        id: TaskId,
        keep: Option<(SmallBytes, WallMillis)>,
    },
    /// A task is a dead letter from now on. Its payload is kept; `payload` has
    /// it if the store does not, as one has not that is not durable. Without a
    /// payload nothing is kept.
    Bury {
        seq: Seq,
        dead: Box<Dead>,
        payload: Option<SmallBytes>,
    },
    /// A dead letter is a task again, under the same number.
    Replay { seq: Seq, record: Box<Record> },
    /// A dead letter is kept no more.
    Purge { seq: Seq },
    /// Outcomes that were to be kept until then, or less, are kept no more.
    Expire { now: WallMillis },
}

/// What a store holds when it is opened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Tasks that wait, in order.
    pub(crate) tasks: Vec<(Seq, Record)>,
    /// Number of dead letters.
    pub(crate) dead: u64,
    /// The number of the next task: above all that were ever used.
    pub(crate) next: u64,
}

/// Why a store does not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the file open.
    #[error("`{path}` is in use by another process")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file was written by a newer version.
    #[error(
        "`{path}` has format {found}, and this version reads up to {known}: use a newer version of this program, or another file"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: u64,
        /// The newest format that is known.
        known: u64,
    },
    /// The file is no task queue.
    #[error("`{path}` is not a task queue: name another file")]
    NotAQueue {
        /// The file.
        path: String,
    },
    /// The file is damaged. Nothing of it was changed.
    #[error("`{path}` is damaged: {what}; restore it from a backup, or move it away to begin anew")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The system refused: a full disk, a failing one, missing rights.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// See the [module](self). Any thread may read; one commits.
pub(crate) trait Store: Send + Sync + std::fmt::Debug {
    /// What is kept outlives this process: batches must be told from now on
    /// with all that happens to waiting tasks.
    fn is_durable(&self) -> bool;

    /// What is there, to begin with.
    fn load(&self) -> Result<Contents, StoreError>;

    /// Makes changes, all or none. When it returns, they outlive whatever this
    /// store outlives.
    ///
    /// When it fails, none is made. There is one exception, of which nobody can
    /// know: if a disk that has just failed to write them also fails to tell
    /// whether it did, then all may be found made when it can be read again.
    /// After [`StoreError::Io`] the store may be used as before: it fails until
    /// the system no longer refuses.
    fn commit(&self, ops: &[Op]) -> Result<(), StoreError>;

    /// The payload of a dead letter, or, if the store is durable, of a task
    /// that waits.
    fn payload(&self, seq: Seq) -> Result<Option<SmallBytes>, StoreError>;

    /// How a task has ended, if that is kept.
    fn outcome(&self, id: TaskId) -> Result<Option<SmallBytes>, StoreError>;

    /// Dead letters with numbers above `after`, at most so many, in order.
    fn dead(&self, after: Option<Seq>, limit: usize) -> Result<Vec<(Seq, Dead)>, StoreError>;

    /// The dead letter with that id.
    fn dead_by_id(&self, id: TaskId) -> Result<Option<(Seq, Dead)>, StoreError>;
}

/// Shows each dead letter to `see`, in order.
pub(crate) fn each_dead(store: &dyn Store, mut see: impl FnMut(Dead)) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.dead(after, PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(seq, _)| *seq);
        page.into_iter().for_each(|(_, dead)| see(dead));
        if is_last {
            return Ok(());
        }
    }
}
