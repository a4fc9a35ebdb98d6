//! The end of a link: what becomes of what it held.

use std::{
    sync::Arc,
    task::{Context, Waker},
};

use super::{super::ledger::Asked, End};
use crate::{
    link::{Kept, Look, Outcome},
    wire::{body::Payload, control::Handled, frame::Kind},
};

impl End {
    /// Ends the link. What never began is told to who asked, unless it is kept for
    /// the next life of the other end.
    pub(in super::super) fn end(&mut self, told: Option<Handled>, keep: bool) {
        if let Some(told) = told {
            self.link.judge(told);
        }
        let reason: Arc<str> = "it has ended".into();
        let remains = self.link.end(&reason);
        if self.over {
            assert!(remains.never.is_empty() && remains.in_hand.is_none() && remains.unknown == 0);
            return;
        }
        self.over = true;
        let (in_hand, never, unknown) = self.ledger.remains(told, self.wire.written());
        let of = |kept: &Kept| kept.number;
        assert_eq!(remains.in_hand.as_ref().map(of), in_hand);
        assert_eq!(remains.never.iter().map(of).collect::<Vec<_>>(), never);
        assert_eq!(remains.unknown, unknown);
        for kept in remains.never.iter().chain(&remains.in_hand) {
            let sent = &self.ledger.sent[kept.number as usize - 1];
            assert_eq!(
                (kept.header.kind, &kept.body[..]),
                (sent.kind, &sent.body[..])
            );
            assert_eq!(kept.left, sent.end <= self.wire.written());
        }
        for ask in &mut self.ledger.asks {
            let open = in_hand == Some(ask.number) || never.binary_search(&ask.number).is_ok();
            if ask.outcome.is_none() && !open {
                ask.outcome = Some(Outcome::Lost(None, Arc::clone(&reason)));
            }
        }
        if let Some(kept) = &remains.in_hand {
            self.lose(kept, None, &reason);
        }
        if keep {
            self.kept = remains.never;
            return;
        }
        for kept in remains.never {
            self.lose(&kept, Some(kept.payload()), &reason);
        }
    }

    /// Tells who asked that the link has ended.
    fn lose(&mut self, kept: &Kept, payload: Option<Payload>, reason: &Arc<str>) {
        if kept.header.kind != Kind::Ask {
            return;
        }
        let lost = Outcome::Lost(payload, Arc::clone(reason));
        let told = self.link.resolve_ask(kept.header.correlation, lost.clone());
        let waits = |ask: &&mut Asked| ask.number == kept.number && ask.waits();
        let ask = self.ledger.asks.iter_mut().find(waits);
        assert_eq!(told, ask.is_some(), "who waits is told, and nobody else");
        if let Some(ask) = ask {
            ask.outcome = Some(lost);
        }
    }

    /// Goes on where the link to the last life of the other end stopped.
    pub(in super::super) fn take_over(&mut self, mut before: End) {
        let mut cx = Context::from_waker(Waker::noop());
        for kept in std::mem::take(&mut before.kept) {
            before.link.hand_over(&kept, &self.link);
            if kept.header.kind == Kind::Ask {
                let waits = |ask: &&mut Asked| ask.number == kept.number && ask.waits();
                let Some(ask) = before.ledger.asks.iter_mut().find(waits) else {
                    continue; // nobody awaits it any more
                };
                let Look::Moved(link, key) = before.link.look_at_ask(ask.key, &mut cx) else {
                    panic!("an ask that waits goes on");
                };
                assert!(Arc::ptr_eq(&link, &self.link));
                ask.over = true;
                let number = self.ledger.sent.len() as u64 + 1;
                let deadline = ask.deadline;
                self.ledger.asks.push(Asked::new(key, number, deadline));
            }
            let size = kept.header.size() as u64;
            self.ledger
                .spend(kept.header.kind, kept.body.to_vec(), size);
        }
        assert_eq!(self.link.counts().0, self.ledger.spent.messages);
        before.settle_accounts();
    }

    /// Every ask has one outcome, which is seen once.
    pub(in super::super) fn settle_accounts(&mut self) {
        for index in 0..self.ledger.asks.len() {
            if self.ledger.asks[index].over {
                continue;
            }
            assert!(
                !self.ledger.asks[index].waits(),
                "an ask without an outcome"
            );
            self.look_at(index);
            self.look_at(index);
        }
    }
}
