//! Programs made of several processes.
//!
//! A *main* process and its *workers*, each worker a struct in a process of its
//! own, exchange typed messages. Put [`#[worker]`](macro@worker) on a struct and
//! [`#[handler(Msg)]`](macro@handler) on its methods; the compiler checks who
//! may be sent what.
//!
//! ```no_run
//! use baseapp::prelude::*;
//!
//! /// A line to print.
//! #[message]
//! struct Print(String);
//!
//! /// How many lines were printed so far?
//! #[message(reply = u64)]
//! struct Count;
//!
//! /// Prints lines, and counts them.
//! #[worker]
//! struct Printer {
//!     prefix: String,
//!     #[local] // not sent to the process: starts from Default there
//!     printed: u64,
//! }
//!
//! #[worker]
//! impl Printer {
//!     #[handler(Print)]
//!     fn print(&mut self, Print(line): Print) {
//!         self.printed += 1;
//!         println!("{}{line}", self.prefix);
//!     }
//!
//!     #[handler(Count)]
//!     fn count(&mut self, _: Count) -> u64 {
//!         self.printed
//!     }
//! }
//!
//! #[baseapp::main]
//! async fn main() -> baseapp::Result<()> {
//!     let mut app = App::new("hello");
//!     let printer = app.worker("printer", Printer { prefix: "> ".into(), printed: 0 })?;
//!     let app = app.start().await?; // every worker has said that it is ready
//!     app.send::<Print>(&printer, Print("hello".into())).await?;
//!     println!("{} printed", app.ask::<Count>(&printer, Count).await?);
//!     app.stop().await
//! }
//! ```
//!
//! # Verbs
//! | verb | to | promise |
//! | --- | --- | --- |
//! | [`send`] | one worker | one way, in order, at most once; what is lost is reported |
//! | [`ask`] | one worker | the reply, or one error, within a deadline |
//! | [`submit`] | a pool | at least once: acknowledged, tried again, kept when it cannot be done |
//! | [`publish`] | every worker with `#[handler(Msg, subscribe)]` | as `send`, to each |
//!
//! They are methods of [`Context`] and [`RunningApp`], and free functions that
//! work on any thread of any process of an app.

mod app;
#[cfg(any(test, feature = "__bench"))]
#[doc(hidden)]
pub mod benching;
mod blackbox;
mod blob;
mod copying;
mod deadline;
mod death;
mod error;
#[cfg(any(test, feature = "__fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod hub;
mod id;
mod link;
mod manage;
mod message;
mod node;
mod pool;
mod process;
mod queue;
mod registry;
mod report;
mod routes;
mod suggest;
mod supervision;
mod supervisor;
mod task;
mod transport;
mod verbs;
mod wire;
mod worker;

pub use baseapp_macros::{
    action, after, data, every, handler, init, local, main, message, run, start, stop, test,
    undelivered, worker,
};

pub use self::{
    app::{App, Group, RunningApp},
    blob::{Blob, BlobMut},
    deadline::DEFAULT_TIMEOUT,
    death::{Cause, InHand, WorkerDied, WorkerRestarted},
    error::{Error, Result},
    hub::{StartError, StopError, StopProblem},
    id::{Address, NameError},
    manage::{ManageError, ManageErrorKind},
    message::{Data, Message},
    node::current::NoApp,
    pool::{Pool, PoolOptions},
    process::RunDirError,
    queue::StoreError,
    registry::{RegistryError, RegistryProblem},
    routes::{Location, Route, RouteFormat, UnknownFormat},
    supervision::{Restart, Strategy, Supervision},
    task::{DeadReason, ParseTaskIdError, Stats, TaskId, TaskState},
    verbs::{ask, publish, queue, send, submit, submit_all, try_send, try_submit},
    wire::codec::CodecError,
    worker::{
        Again, Context, CurrentTask, Delivery, Handler, Inbox, Init, Worker, block_on,
        verbs::{
            Ask, AskError, DeadLetter, ManageWorker, Progress, Publish, PublishError, Queue,
            Schedule, Scheduling, Send, SendError, SendErrorKind, SpawnWorker, Submit, SubmitAll,
            Task, TaskError, To, ToPool,
        },
    },
};

/// What a program with workers needs: `use baseapp::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Address, Again, App, Blob, BlobMut, Context, Inbox, Pool, PoolOptions, Task, action, after,
        data, every, handler, init, local, message, run, start, stop, undelivered, worker,
    };
}

/// What generated code uses. Not for people; may change at any time.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use serde;

    pub use crate::{
        app::{main_async, main_sync, test_async, test_sync},
        message::Sent,
        registry::{HookEntry, RouteEntry, WorkerEntry},
        routes::{Location, RouteCell},
        task::{Key, TaskDefaults, key_of},
        wire::codec::field as bytes,
        worker::{
            Build, Called, DeclaresInit, ErasedHook, Hook, IntoReply, OneWay, StartsFromItself,
            Takes, Undecided, a_local_field_starts_from_default, subscribes,
        },
    };
}
