//! Workers: state and handlers, what they may say, and how they run.

mod background;
mod checkpoint;
mod context;
mod current_task;
pub(crate) mod dispatch;
mod handler;
mod handling;
mod hook;
mod inbox;
mod live;
pub(crate) mod plan;
#[cfg(any(test, feature = "__bench"))]
mod rehearsal;
mod serve;
mod tasks;
mod timers;
mod turn_waker;
mod turns;
pub(crate) mod verbs;
mod verdict;
#[allow(
    clippy::module_inception,
    reason = "the concept and its floor share the name"
)]
mod worker;

pub(crate) use self::live::{decode_init, live_on_runtime, live_on_thread};
#[cfg(any(test, feature = "__bench"))]
pub(crate) use self::rehearsal::Rehearsal;
pub use self::{
    checkpoint::StartsFromItself,
    context::Context,
    current_task::CurrentTask,
    handler::{
        Called, Handler, IntoReply, OneWay, Takes, Undecided, a_local_field_starts_from_default,
        subscribes,
    },
    hook::{Again, ErasedHook, Hook},
    inbox::{Delivery, Inbox},
    turns::block_on,
    worker::{Build, DeclaresInit, Init, Worker},
};
pub(crate) use turns::in_main;
