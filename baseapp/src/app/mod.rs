//! [`App`]: the set of workers, and their start and end.

mod builder;
mod entry;
mod group;
mod inspect;
mod link_options;
mod queue;
mod run;
mod running;
mod start;

pub use self::{
    builder::App,
    entry::{main_async, main_sync, test_async, test_sync},
    group::Group,
    running::RunningApp,
};
