//! Processes: how a worker's is started, how it knows that it is one, and who
//! watches over it from within.

mod bootstrap;
mod child;
mod control;
mod debts;
mod guardian;
mod launch;
mod notify;
mod panic;
mod platform;
mod rundir;
mod signals;
mod stderr;

pub use self::rundir::RunDirError;
pub(crate) use self::{
    bootstrap::Bootstrap,
    child::{divert, is_worker},
    control::{Outgoing, serve_control},
    debts::Debts,
    launch::{Launch, Program, how_it_ended},
    notify::ServiceManager,
    panic::{catch, remember_panics},
    platform::{is_stopped, kill_group, oom_kills, resident_memory, terminate, want_descriptors},
    rundir::RunDir,
    signals::SignalWatch,
    stderr::LastLines,
};
