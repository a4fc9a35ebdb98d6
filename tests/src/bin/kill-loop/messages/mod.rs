//! Messages between workers that are killed: each sends to all others as fast as
//! it can, and everyone writes a [trail](tests::trail).

mod killer;
mod options;
mod peer;
mod program;
mod sender;

pub(crate) use self::{
    killer::kill,
    options::{Options, Run},
    program::run,
};

/// Its name, by its number.
fn name(worker: u8) -> String {
    format!("w{worker}")
}

/// In the directory of the trails, when nobody is killed any more.
const OVER: &str = "over";

/// In the directory of the trails: how long each restart took.
const TIMES: &str = "times";
