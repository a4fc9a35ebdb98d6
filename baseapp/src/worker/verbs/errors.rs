//! Why a message was not sent. The message comes back.

use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
};

use crate::{node::current::NoApp, wire::codec::CodecError};

/// A message that was not sent: it never left this process.
pub struct SendError<M> {
    /// The message.
    pub message: M,
    /// The name of the worker that it was for.
    pub to: String,
    /// Why it was not sent.
    pub kind: SendErrorKind,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// Nobody has this name.
    #[error("there is no worker of this name{}", did_you_mean(.similar.as_deref()))]
    NoSuchWorker {
        /// A name that somebody has and that looks like it.
        similar: Option<String>,
    },
    /// No pool has this name.
    #[error("there is no pool of this name{}", did_you_mean(.similar.as_deref()))]
    NoSuchPool {
        /// A name that some pool has and that looks like it.
        similar: Option<String>,
    },
    /// So many tasks never find room in the queue at once.
    #[error(
        "the queue holds at most {capacity} tasks: submit fewer at once, or give the pool more capacity"
    )]
    TooMany {
        /// How many it holds.
        capacity: u64,
    },
    /// The queue does not take it: a full disk, a wrong line of a crontab.
    #[error("the queue does not take it: {0}")]
    Queue(String),
    /// The sender is still being made: the others may not be there yet.
    #[error(
        "nothing can be sent from `#[init]`; use `#[start]`, which runs when every worker is ready"
    )]
    TooEarly,
    /// The worker of this name has no handler for the message.
    #[error("its type `{worker}` has no `#[handler({message})]`")]
    NoHandler {
        /// The worker's type.
        worker: &'static str,
        /// The message's type.
        message: &'static str,
    },
    /// The receiver is behind: its window of unhandled messages, or its queue of
    /// tasks, is full, and no room came in the time that there was.
    #[error("it is behind, and there was no room for more in time")]
    Full,
    /// The worker has ended.
    #[error("it has ended: {0}")]
    Ended(String),
    /// The message cannot be encoded.
    #[error("the message cannot be sent: {0}")]
    Encode(#[source] CodecError),
    /// The address belongs to another run or to another app.
    #[error("its address belongs to another run or to another app")]
    OtherApp,
    /// The sending code belongs to no app.
    #[error(transparent)]
    NoApp(#[from] NoApp),
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl<M> Display for SendError<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let message = std::any::type_name::<M>();
        write!(
            f,
            "`{message}` was not sent to `{}`: {}",
            self.to, self.kind
        )
    }
}

/// Does not ask the message to be `Debug`.
impl<M> Debug for SendError<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl<M> Error for SendError<M> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}
