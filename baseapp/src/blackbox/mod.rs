//! The black box: a small page per worker, in which the worker notes what it
//! does, and which outlives it. Noting is plain stores into memory, no system
//! call, so that it can be done for every message; the hub reads what a
//! heartbeat cannot tell: dead, stuck or busy, with which message, and which
//! messages were never started.
//!
//! **Of a dead worker** a snapshot is exact. A kill comes between two
//! instructions: all stores before it have happened and none after it, so the
//! page is as the worker left it, provided that the compiler kept their order,
//! which [`page`] says. The worker must have been waited for: until then
//! another of its threads may still run.
//!
//! **Of a living worker** a snapshot is made of words that were read at
//! different moments. That the progress has changed between two snapshots
//! means that something has begun between them; that it has not, and the same
//! is in hand, that it is still that. What is in hand, since when and of which link may be of two neighbouring messages, and the counts
//! of a slot may be those of the link before: fit to be shown and to be watched
//! over time, never to decide which messages were not started.
//!
//! A worker may write anything into its page. So the hub never maps it (a page
//! whose file was cut short ends the process that touches it), copies out no
//! more than a page can have, and believes only what can be. What a hostile
//! worker can gain is to look alive, and to lie of its own messages: counts may
//! be beyond what was ever sent to it.

mod in_hand;
mod layout;
mod pace;
mod page;
mod platform;
mod snapshot;
#[cfg(test)]
mod tests;
mod watch;
mod words;

#[cfg(test)]
use self::snapshot::Fate;
pub(crate) use self::{
    in_hand::InHand,
    pace::Pace,
    page::{Page, Slot},
    snapshot::Snapshot,
    watch::{Verdict, Watch, period},
};
