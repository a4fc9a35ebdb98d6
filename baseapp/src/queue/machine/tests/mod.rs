//! What the machine promises, as tables and as a model.

mod accepting;
mod cancelling;
mod check;
mod closing;
mod cost;
mod deaths;
mod ending;
mod growth;
mod keeping;
mod kept;
mod keys;
mod model;
mod order;
mod renew;
mod schedules;
mod size;
mod time;
mod watching;
mod world;

use std::time::Duration;

use self::world::{DONE, World, failed, id, pool, task};
use super::{Effect, NewTask, PoolSpec, Refusal, Watcher, end::Cancelled};
use crate::task::{DeadReason, Ended, Key, Outcome, Repeat, SmallBytes, TaskState};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);
