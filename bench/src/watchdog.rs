//! Ends a run that hangs. A blocking contender whose other end has gone astray
//! would wait for ever, and a benchmark that never ends says nothing.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Runs until it is dropped; if that takes too long it ends the process.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// Never sent to: the thread wakes when this is dropped.
    _alive: Sender<()>,
}

impl Watchdog {
    /// Watches over the work called `what`.
    pub(crate) fn start(what: String, limit: Duration) -> Self {
        let (alive, dropped) = channel();
        thread::spawn(move || {
            if dropped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                eprintln!("bench: {what} has not finished after {limit:?}");
                // Nothing is dropped, but the children end with this process.
                std::process::exit(1);
            }
        });
        Self { _alive: alive }
    }
}
