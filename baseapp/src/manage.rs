//! Why workers could not be started, stopped or started anew at run time.

use serde::{Deserialize, Serialize};

/// A worker was not started, stopped or started anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{worker}`: {kind}")]
pub struct ManageError {
    /// The worker's name.
    pub worker: String,
    /// Why not.
    pub kind: ManageErrorKind,
}

/// Why a worker was not started, stopped or started anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum ManageErrorKind {
    /// It cannot have this name.
    #[error("this cannot be the name of a worker: {0}")]
    Name(String),
    /// A worker or a pool of this name is there.
    #[error("there is a worker or a pool of this name")]
    SameName,
    /// Its state cannot be encoded.
    #[error("its state cannot be sent to its process: {0}")]
    State(String),
    /// It could not be made or started, or died before it had. When it was to be started
    /// anew, the one that was there goes on.
    #[error("it did not start: {0}")]
    Failed(String),
    /// There is no such worker.
    #[error("there is no such worker in this app")]
    NoSuchWorker,
    /// It is not there any more.
    #[error("it has ended, and is not started again")]
    Ended,
    /// It is of a pool, which looks after its workers itself.
    #[error("it is of a pool, which looks after its workers itself")]
    OfPool,
    /// It is main, or what belongs to it.
    #[error("main is started and stopped with the app")]
    Main,
    /// The app stops, or has not started yet.
    #[error("the app stops, or has not started yet")]
    Stopping,
    /// The code belongs to no app.
    #[error("{0}")]
    NoApp(String),
}
