//! [`Fault`]: what went wrong, before it is said of which file.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use redb::{
    CommitError, CompactionError, DatabaseError, Error, StorageError, TableError, TransactionError,
};

use super::super::StoreError;

/// What went wrong.
#[derive(Debug)]
pub(super) enum Fault {
    InUse,
    Newer {
        found: u64,
        known: u64,
    },
    NotAQueue,
    /// Some value, or the file as a whole.
    Damaged(String),
    /// It is damaged, and redb stopped where it should not have: it is not to
    /// be used any more.
    Broken(String),
    /// The system refused, or redb does since it did.
    Io(io::Error),
}

impl Fault {
    pub(super) fn damaged(what: impl Into<String>) -> Fault {
        Fault::Damaged(what.into())
    }

    /// Says of which file.
    pub(super) fn of(self, path: &str) -> StoreError {
        let path = path.to_owned();
        match self {
            Fault::InUse => StoreError::InUse { path },
            Fault::Newer { found, known } => StoreError::Newer { path, found, known },
            Fault::NotAQueue => StoreError::NotAQueue { path },
            Fault::Damaged(what) | Fault::Broken(what) => StoreError::Damaged { path, what },
            Fault::Io(source) => StoreError::Io { path, source },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            // Only what is there according to the file is read.
            io::ErrorKind::UnexpectedEof => Fault::damaged("it ends too early"),
            _ => Fault::Io(error),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::Io(error) => error.into(),
            Error::PreviousIo | Error::DatabaseClosed => {
                Fault::Io(io::Error::other("it failed before"))
            }
            Error::ValueTooLarge(len) => {
                Fault::Io(io::Error::other(format!("{len} bytes are too many")))
            }
            Error::DatabaseAlreadyOpen => Fault::InUse,
            Error::LockPoisoned(place) => Fault::Broken(format!("reading it failed at {place}")),
            Error::Corrupted(what) => Fault::Damaged(what),
            // The tables are made with the file.
            other => Fault::Damaged(other.to_string()),
        }
    }
}

/// redb has an error type for each kind of call, and one that has them all.
macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Fault {
                Error::from(error).into()
            }
        }
    )*};
}

from_redb!(
    StorageError,
    TableError,
    TransactionError,
    CommitError,
    CompactionError,
    DatabaseError
);

/// Calls redb, which panics on some damage.
pub(super) fn caught<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What a panic leaves behind is not used: see `Fault::Broken`.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = said(&*panic);
        Err(Fault::Broken(format!("reading it failed: {said}")))
    })
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("for no reason that is known")
}
