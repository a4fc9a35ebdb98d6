//! [`RedbStore`]: tasks in a file, which outlive a crash and a power cut.
//!
//! A batch is one transaction of redb, which is on the disk when
//! [`commit`](Store::commit) returns. What redb alone does not promise is seen
//! to here:
//!
//! - The file is checked as a whole when it is opened, before anything in it is
//!   believed and before anything is written to it: see [`verify`]. Values
//!   have checksums of their own for when they are read later: see [`sealed`].
//! - redb panics on some damage. A panic of it is caught, and is damage.
//! - After a failed read or write redb refuses everything until it is opened
//!   again. So it is, at the next call: when there is room on a full disk, all
//!   goes on. What came of the batch that failed is then looked up in the file.
//! - The file has to be as long on the disk as redb's header says, which redb
//!   does not see to: see [`View`].
//!
//! The file holds everything that was ever in it until its place is needed:
//! what is finished is not wiped out.

mod fault;
mod file;
mod front;
mod overlay;
mod sealed;
mod tables;
mod verify;

#[cfg(test)]
pub(super) use self::front::head;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use redb::{Database, StorageBackend};

use self::{
    fault::{Fault, caught},
    file::QueueFile,
    front::{Found, View},
    tables::Meta,
};
use super::{Contents, Dead, Op, Seq, Store, StoreError};
use crate::task::{SmallBytes, TaskId};

/// Tasks in a file. See the [module](self).
#[derive(Debug)]
pub(crate) struct RedbStore {
    disk: Arc<dyn StorageBackend>,
    /// The name of the file, for errors.
    shown: String,
    /// The memory that redb may use for pages, in bytes.
    cache: usize,
    state: RwLock<State>,
    /// One commits.
    committing: Mutex<()>,
    /// The last batch that is in the file.
    batch: AtomicU64,
}

#[derive(Debug)]
enum State {
    Open(Database),
    /// It failed, and is to be opened again.
    Failed,
    /// It cannot be used any more, and why.
    Damaged(String),
}

impl RedbStore {
    /// Opens the queue in that file, which is made, for its owner alone, if
    /// there is none or an empty one.
    ///
    /// The whole file is read.
    pub(crate) fn open(path: &Path) -> Result<RedbStore, StoreError> {
        let shown = path.display().to_string();
        let opened = || {
            let file = QueueFile::open(path)?;
            let store = RedbStore::over(Arc::new(file), shown.clone(), tables::CACHE)?;
            file::sync_directory(path)?;
            Ok(store)
        };
        opened().map_err(|fault: Fault| fault.of(&shown))
    }

    /// As [`open`](RedbStore::open), with something else for a file.
    #[cfg(any(test, feature = "__fuzzing"))]
    pub(crate) fn open_backend(
        backend: impl StorageBackend,
        shown: &str,
    ) -> Result<RedbStore, StoreError> {
        RedbStore::open_with_cache(backend, shown, tables::CACHE)
    }

    /// As [`open_backend`](RedbStore::open_backend), with that much memory for
    /// pages.
    #[cfg(any(test, feature = "__fuzzing"))]
    pub(crate) fn open_with_cache(
        backend: impl StorageBackend,
        shown: &str,
        cache: usize,
    ) -> Result<RedbStore, StoreError> {
        let opened = RedbStore::over(Arc::new(backend), shown.to_owned(), cache);
        opened.map_err(|fault| fault.of(shown))
    }

    fn over(
        disk: Arc<dyn StorageBackend>,
        shown: String,
        cache: usize,
    ) -> Result<RedbStore, Fault> {
        if front::look(&*disk)? == Found::Nothing {
            front::make(&*disk, &tables::image()?)?;
        }
        let view = View(Arc::clone(&disk));
        verify::verify(&view)?;
        let (db, Meta { batch, .. }) = connect(view, cache)?;
        Ok(RedbStore {
            disk,
            shown,
            cache,
            state: RwLock::new(State::Open(db)),
            committing: Mutex::new(()),
            batch: AtomicU64::new(batch),
        })
    }

    /// Does something with the database, which is opened again if need be.
    fn with<T>(&self, call: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, Fault> {
        self.reopen()?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let result = match &*state {
            State::Open(db) => caught(|| call(db)),
            // Somebody else has just seen it fail.
            _ => Err(redb::Error::PreviousIo.into()),
        };
        drop(state);
        match &result {
            Err(Fault::Io(_)) => self.leave(State::Failed),
            Err(Fault::Broken(what)) => self.leave(State::Damaged(what.clone())),
            _ => {}
        }
        result
    }

    fn read<T>(&self, call: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.with(call).map_err(|fault| fault.of(&self.shown))
    }

    /// Opens the database again after it failed.
    fn reopen(&self) -> Result<(), Fault> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Open(_)) {
            return Ok(());
        }
        drop(state);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(_) => return Ok(()),
            State::Damaged(what) => return Err(Fault::Broken(what.clone())),
            State::Failed => {}
        }
        let (db, meta) = connect(View(Arc::clone(&self.disk)), self.cache)?;
        self.batch.store(meta.batch, Ordering::Release);
        *state = State::Open(db);
        Ok(())
    }

    /// Closes the database.
    fn leave(&self, to: State) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(db) = std::mem::replace(&mut *state, to) {
            close(db);
        }
    }

    fn commit_batch(&self, ops: &[Op]) -> Result<(), Fault> {
        let mut batch = 0;
        let made = self.with(|db| {
            batch = self.batch.load(Ordering::Acquire) + 1;
            tables::commit(db, batch, ops)
        });
        match made {
            Ok(()) => self.batch.store(batch, Ordering::Release),
            // It may have failed when all was written. If the file says so,
            // what it says is on the disk, because it was opened again: that
            // writes the header anew, and the rest was on the disk before.
            Err(Fault::Io(error)) => {
                let there = batch > 0 && self.reopen().is_ok();
                if !there || self.batch.load(Ordering::Acquire) != batch {
                    return Err(Fault::Io(error));
                }
            }
            Err(other) => return Err(other),
        }
        front::acknowledge(&*self.disk, batch);
        Ok(())
    }
}

/// Opens a file that is known to be sound.
fn connect(view: View, cache: usize) -> Result<(Database, Meta), Fault> {
    // redb writes the file's length into its header, and it may have grown just
    // before the process was killed: see `View::set_len`.
    view.sync_data()?;
    caught(|| {
        let db = tables::builder(cache).create_with_backend(view)?;
        let meta = tables::meta(&db)?;
        Ok((db, meta))
    })
}

/// redb writes once more when it is closed, and may panic if it has before.
fn close(db: Database) {
    let closed = caught(|| {
        drop(db);
        Ok(())
    });
    // The next to open the file sees how it was left.
    drop(closed);
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        self.leave(State::Failed);
    }
}

impl Store for RedbStore {
    fn is_durable(&self) -> bool {
        true
    }

    fn load(&self) -> Result<Contents, StoreError> {
        self.read(tables::load)
    }

    fn commit(&self, ops: &[Op]) -> Result<(), StoreError> {
        if ops.is_empty() {
            return Ok(());
        }
        let one = self.committing.lock();
        let made = self.commit_batch(ops);
        drop(one);
        made.map_err(|fault| fault.of(&self.shown))
    }

    fn payload(&self, seq: Seq) -> Result<Option<SmallBytes>, StoreError> {
        self.read(|db| tables::payload(db, seq))
    }

    fn outcome(&self, id: TaskId) -> Result<Option<SmallBytes>, StoreError> {
        self.read(|db| tables::outcome(db, id))
    }

    fn dead(&self, after: Option<Seq>, limit: usize) -> Result<Vec<(Seq, Dead)>, StoreError> {
        self.read(|db| tables::dead(db, after, limit))
    }

    fn dead_by_id(&self, id: TaskId) -> Result<Option<(Seq, Dead)>, StoreError> {
        self.read(|db| tables::dead_by_id(db, id))
    }
}
