//! From tokens to what the user said; whether it makes sense is checked later.

mod args;
mod checkpoint;
mod item;
mod mark;
mod role;
mod supervision;
mod task;
mod time;

pub(crate) use args::{Arg, Args};
pub(crate) use checkpoint::{CHECKPOINTS, Checkpoint, checkpoint};
pub(crate) use item::{Declaration, kind};
pub(crate) use mark::{Mark, Marked, take_local, take_marks};
pub(crate) use role::role;
pub(crate) use supervision::{SUPERVISION, only_on_structs, supervision};
pub(crate) use task::{TASK, task};
