//! Values of tasks: their ids, keys, options and states. What a task is done
//! with is in [`queue`](crate::queue); how it is submitted, in
//! [`worker::verbs`](crate::worker::verbs).

mod backoff;
mod heads;
mod id;
mod key;
mod options;
mod small_bytes;
mod state;
mod travel;

pub(crate) use self::{
    backoff::Backoff,
    heads::{Assignment, TaskHead},
    id::{TaskIds, TaskMap},
    options::{Limits, MAX_PRIORITY},
    small_bytes::SmallBytes,
    state::{Ended, cut},
    travel::{
        Answer, Letter, Outcome, Query, Repeat, SubmitHead, append_head, append_payload,
        split_head, split_payload,
    },
};
pub use self::{
    id::{ParseTaskIdError, TaskId},
    key::{Key, key_of},
    options::TaskDefaults,
    state::{DeadReason, TaskState},
    travel::Stats,
};
