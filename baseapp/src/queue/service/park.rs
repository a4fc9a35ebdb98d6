//! Tasks that wait for room in their queue, in the order in which they came.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use super::Service;
use crate::{
    link::Link,
    queue::machine::{NewTask, Now, Refusal, Watcher},
    task::Answer,
};

/// Tasks that somebody submitted together.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) link: Arc<Link>,
    pub(super) request: u64,
    pub(super) pool: u16,
    pub(super) tasks: Vec<NewTask>,
    pub(super) until: Instant,
    /// Bytes of their frame, whose credit is given back when they do not wait
    /// any more: so no more wait than their links' windows let.
    pub(super) size: u64,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Parked(VecDeque<Waiting>);

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn waits_for(&self, pool: u16) -> bool {
        self.0.iter().any(|waiting| waiting.pool == pool)
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        self.0.push_back(waiting);
    }

    /// When the first of them has waited long enough.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().map(|waiting| waiting.until).min()
    }

    /// Nobody waits over that link any more.
    pub(super) fn forget(&mut self, watcher: Watcher) {
        self.0.retain(|waiting| waiting.link.number != watcher.0);
    }
}

impl Service {
    /// The app stops: nobody waits any more.
    pub(super) fn refuse_parked(&mut self) {
        for waiting in std::mem::take(&mut self.parked.0) {
            super::frames::answer(&self.node, &waiting.link, waiting.request, &Answer::Full);
            self.give_credit(&waiting.link, 1, waiting.size);
        }
        self.closing = true;
    }

    /// Accepts what waits for room, as far as there is some, and refuses what
    /// has waited too long.
    pub(super) fn unpark(&mut self, now: Now) {
        if self.parked.is_empty() {
            return;
        }
        let mut full = Vec::new();
        for mut waiting in std::mem::take(&mut self.parked.0) {
            let blocked = full.contains(&waiting.pool);
            if !blocked {
                let (link, request) = (&waiting.link, waiting.request);
                match self.admit(now, link, request, waiting.pool, &mut waiting.tasks) {
                    Ok(()) => {
                        self.give_credit(&waiting.link, 1, waiting.size);
                        continue;
                    }
                    Err(Refusal::Full) => full.push(waiting.pool),
                    Err(_) => continue, // told before it waited
                }
            }
            if waiting.until <= now.at {
                super::frames::answer(&self.node, &waiting.link, waiting.request, &Answer::Full);
                self.give_credit(&waiting.link, 1, waiting.size);
            } else {
                self.parked.push(waiting);
            }
        }
    }
}
