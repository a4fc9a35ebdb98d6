//! The end of a link: who waits is told, and what never left is returned.

use std::{sync::Arc, task::Waker};

use super::{AskKey, Kept, Link, State};
use crate::wire::{control::Handled, frame::Kind};

/// What was left when a link ended: of messages whose senders were not told yet
/// what became of them.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// The receiver began it, and did not end it.
    pub(crate) in_hand: Option<Kept>,
    /// The receiver never began them, in order.
    pub(crate) never: Vec<Kept>,
    /// One-way messages that left: they may have been handled or not.
    pub(crate) unknown: u64,
}

impl Link {
    /// Ends the link: whoever waits is told, and what never left is returned.
    /// The first reason stays.
    pub(crate) fn end(&self, reason: &Arc<str>) -> Remains {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Remains::default();
        }
        state.ended = Some(Arc::clone(reason));
        if let Some(wire) = state.wire.take() {
            wire.close();
        }
        let remains = state.remains();
        let lent = state.lending.forfeit();
        let borrowed = std::mem::take(&mut state.borrowing);
        let open = remains.never.iter().chain(&remains.in_hand);
        let asks = open.filter(|kept| kept.header.kind == Kind::Ask);
        let asks = asks
            .map(|kept| AskKey::from_wire(kept.header.correlation))
            .collect();
        let mut wakers = state.pending.end(&asks, reason);
        wakers.extend(
            std::mem::take(&mut state.waiting)
                .into_iter()
                .map(|waiting| waiting.waker),
        );
        wakers.append(&mut state.draining);
        wakers.append(&mut state.ending);
        drop(state);
        drop((lent, borrowed));
        self.attention.notify_one();
        wakers.into_iter().for_each(Waker::wake);
        remains
    }

    /// The life of the receiver is over, and this is how far it came.
    pub(crate) fn judge(&self, handled: Handled) {
        self.lock().judged = Some(handled);
    }
}

impl State {
    /// Empties the outbox, and tells its messages apart.
    fn remains(&mut self) -> Remains {
        let mut remains = Remains::default();
        let judged = self.judged;
        for kept in self.outbox.take() {
            match judged {
                Some(handled) if kept.number <= handled.finished => {}
                Some(handled) if kept.number <= handled.started => {
                    // There is one in hand at a time, or the page does not tell the truth.
                    if let Some(other) = remains.in_hand.replace(kept) {
                        remains.unknown += u64::from(other.header.kind == Kind::Message);
                    }
                }
                None if kept.left => {
                    remains.unknown += u64::from(kept.header.kind == Kind::Message);
                }
                Some(_) | None => remains.never.push(kept),
            }
        }
        remains
    }
}
