//! Asks over a link: sent like messages, and awaited.

use std::task::{Context, Poll, Waker};

use super::{AskKey, Link, Outcome, Refused, Taken};
use crate::{
    deadline::Deadline,
    wire::frame::{Fields, Header, Kind},
};

impl Link {
    /// Puts an ask into the outbox, if there is credit.
    pub(crate) fn ask<E>(
        &self,
        route: u16,
        fields: &Fields,
        deadline: Deadline,
        waker: &Waker,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(AskKey, Taken), Refused<E>> {
        let mut state = self.lock();
        state.admits()?;
        let number = state.credit.sent() + 1;
        let key = state.pending.insert(deadline, waker.clone(), number);
        let header = Header::new(Kind::Ask, route, key.to_wire());
        match state.put(header, fields, payload) {
            Ok(taken) => Ok((key, taken)),
            Err(refused) => {
                state.pending.remove(key);
                Err(refused)
            }
        }
    }

    /// Looks at an ask: its outcome, taken out, if there is one.
    pub(crate) fn poll_ask(&self, key: AskKey, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.lock().pending.poll(key, cx.waker())
    }

    /// Forgets an ask that nobody awaits any more.
    pub(crate) fn forget_ask(&self, key: AskKey) {
        self.lock().pending.remove(key);
    }

    /// Gives an ask its outcome. False if nobody awaits it: late, or a lie.
    pub(crate) fn resolve_ask(&self, correlation: u64, outcome: Outcome) -> bool {
        let answered = matches!(outcome, Outcome::Reply(_) | Outcome::Failure(_));
        let mut state = self.lock();
        let Some((number, waker)) = state
            .pending
            .resolve(AskKey::from_wire(correlation), outcome)
        else {
            return false;
        };
        if answered {
            // In order: what was sent before it was handled before it.
            state.handled = state.handled.max(number);
        }
        drop(state);
        waker.wake();
        true
    }
}
