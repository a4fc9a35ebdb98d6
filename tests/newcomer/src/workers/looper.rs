//! A worker that owns its thread, and pulls its messages.

use std::{
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use baseapp::prelude::*;

use crate::messages::{Note, Notes};

/// Writes numbers down, from a loop of its own.
#[worker]
pub struct Looper {
    #[local]
    notes: Vec<u64>,
}

impl Looper {
    pub fn new() -> Self {
        Looper { notes: Vec::new() }
    }

    /// Pulls for as long as something wakes the loop.
    fn pull(&mut self, inbox: &mut Inbox<Self>, arrived: &Receiver<()>) {
        while arrived.recv_timeout(Duration::from_millis(1)).is_ok() {
            while let Some(delivery) = inbox.try_next(self) {
                inbox.dispatch(self, delivery);
            }
        }
    }
}

#[worker]
impl Looper {
    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.notes.push(number);
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.notes.clone()
    }

    #[run]
    fn run(&mut self, inbox: &mut Inbox<Self>, cx: &Context<Self>) -> baseapp::Result<()> {
        let (arrival, arrived) = channel();
        // A loop that has ended need not be told.
        inbox.on_arrival(move || arrival.send(()).unwrap_or(()));
        // Sync code waits with `block_on`. The recorder is no looper.
        baseapp::block_on(cx.send::<Note>("recorder", Note(1000)))?;
        self.pull(inbox, &arrived);
        if let Some(delivery) = inbox.wait_timeout(self, Duration::from_millis(1)) {
            inbox.dispatch(self, delivery);
        }
        while let Some(delivery) = inbox.wait(self) {
            inbox.dispatch(self, delivery);
        }
        crate::check::holds("the loop ends to stop", inbox.is_stopping())
    }
}
