//! Task queues: tasks that pools of workers take, and that none loses.

mod cron;
mod machine;
mod service;
mod store;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "__fuzzing"))]
pub(crate) use self::machine::rehearse_tasks;
#[cfg(feature = "durable")]
pub(crate) use self::store::RedbStore;
pub use self::store::StoreError;
#[cfg(all(feature = "durable", any(test, feature = "__fuzzing")))]
pub(crate) use self::store::{Record, Seq};
pub(crate) use self::{
    machine::PoolSpec,
    service::{Crew, QueueSpec, QueuedPool, Service, Staff},
    store::{Dead, MemoryStore, Op, Store, each_dead, renewed},
};
