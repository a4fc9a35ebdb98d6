//! Asks over a link: sent like messages, and awaited.

use std::{
    sync::Arc,
    task::{Context, Waker},
};

use super::{AskKey, Kept, Link, Look, Outcome, Refused, Taken};
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
                let _ = state.pending.remove(key); // it was inserted here
                Err(refused)
            }
        }
    }

    /// Looks at an ask: its outcome, taken out, if there is one.
    pub(crate) fn look_at_ask(&self, key: AskKey, cx: &mut Context<'_>) -> Look {
        self.lock().pending.look(key, cx.waker())
    }

    /// Forgets an ask that nobody awaits any more.
    pub(crate) fn forget_ask(&self, key: AskKey) {
        let mut at = self.lock().pending.remove(key);
        while let Some((link, key)) = at {
            at = link.lock().pending.remove(key);
        }
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
            state.outbox.handled(number);
        }
        drop(state);
        waker.wake();
        true
    }

    /// Sends a message, which this link did not bring to its receiver, over
    /// another one, which nobody else uses yet. Not an ask that nobody awaits any more.
    /// The deadline of an ask: somebody must look at it then.
    pub(crate) fn hand_over(&self, kept: &Kept, to: &Arc<Link>) -> Option<Deadline> {
        let mut state = self.lock();
        let mut next = to.lock();
        let mut header = kept.header;
        let mut until = None;
        if header.kind == Kind::Ask {
            let key = AskKey::from_wire(header.correlation);
            let (deadline, waker) = state.pending.waits(key)?;
            until = Some(deadline);
            let number = next.credit.sent() + 1;
            let again = next.pending.insert(deadline, waker, number);
            header.correlation = again.to_wire();
            state.pending.moved(key, Arc::clone(to), again);
        }
        let cost = next.append_again(header, kept);
        next.credit.spend(cost);
        until
    }
}
