//! Asks, and what has become of them.

use std::{
    task::{Context, Waker},
    time::Instant,
};

use super::End;
use crate::{
    deadline::Deadline,
    link::{Look, Outcome},
};

impl End {
    /// Looks at an ask, if there is one of that number.
    pub(in super::super) fn look_at(&mut self, index: usize) {
        let mut cx = Context::from_waker(Waker::noop());
        let Some(ask) = self.ledger.asks.get_mut(index) else {
            return;
        };
        let look = self.link.look_at_ask(ask.key, &mut cx);
        let expected = match (ask.over, &ask.outcome) {
            // Seen before: it is not there any more.
            (true, _) => Some(Outcome::Timeout),
            (false, outcome) => outcome.clone(),
        };
        match (look, expected) {
            (Look::Waiting, None) => {}
            (Look::Done(outcome), Some(expected)) => {
                assert_eq!(outcome, expected);
                ask.over = true;
            }
            (look, expected) => panic!("{look:?} where {expected:?} is right"),
        }
    }

    pub(in super::super) fn forget(&mut self, index: usize) {
        if let Some(ask) = self.ledger.asks.get_mut(index) {
            self.link.forget_ask(ask.key);
            ask.over = true;
        }
    }

    pub(in super::super) fn expire(&mut self, now: Instant) {
        let next = self.link.expire(now);
        let mut waiting = Vec::new();
        for ask in &mut self.ledger.asks {
            if !ask.waits() {
                continue;
            }
            if ask.deadline <= now {
                ask.outcome = Some(Outcome::Timeout);
            } else {
                waiting.push(ask.deadline);
            }
        }
        assert_eq!(next.map(|Deadline(next)| next), waiting.into_iter().min());
    }
}
