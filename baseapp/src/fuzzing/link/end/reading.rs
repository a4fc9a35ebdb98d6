//! What comes to an end of a link, and what it does with it.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::{ACK, End, write};
use crate::{
    node::Next,
    wire::{
        control::Handled,
        frame::{HEADER, Kind},
    },
};

impl End {
    /// Reads what is there. False if the connection has ended, or should.
    pub(in super::super) fn read(&mut self) -> bool {
        if self.over {
            return true;
        }
        let mut cx = Context::from_waker(Waker::noop());
        let chunk = match self.reader.poll_chunk(&*self.wire, &mut cx) {
            Poll::Pending => return true,
            Poll::Ready(Err(_)) => return false,
            Poll::Ready(Ok(chunk)) => chunk,
        };
        let before = self.ledger.inbox.len();
        let expected = self.ledger.take(self.place, self.is_second, &chunk);
        let taken = self.node.take(&self.link, chunk);
        assert_eq!(
            taken.is_ok(),
            expected.is_ok(),
            "{taken:?}, expected {expected:?}"
        );
        let mut came = Vec::new();
        while let Some(Next::Batch(mut batch)) = self.node.mailbox.try_next() {
            assert!(Arc::ptr_eq(&batch.link, &self.link));
            while let Some((header, body)) = batch.chunk.next() {
                if header.kind.takes_credit() {
                    came.push((header, Bytes::copy_from_slice(batch.chunk.body(body))));
                }
            }
        }
        assert!(
            self.ledger.inbox.iter().skip(before).eq(&came),
            "in order, each once"
        );
        let received = came.into_iter().map(|(header, body)| (header.kind, body));
        self.received.extend(received);
        let strays = self.node.counters.strays() - self.strays_before;
        assert_eq!(
            strays, self.ledger.strays,
            "what nobody asked for is counted"
        );
        assert_eq!(self.link.heard_goodbye(), self.ledger.goodbye);
        taken.is_ok()
    }

    /// Handles some of what came.
    pub(in super::super) fn handle(&mut self, how: u8) {
        let most = match how >> 2 {
            63 => usize::MAX,
            count => usize::from(count),
        };
        let count = most.min(self.ledger.inbox.len());
        let handled: Vec<_> = self.ledger.inbox.drain(..count).collect();
        let bytes: u64 = handled.iter().map(|(header, body)| header.cost(body)).sum();
        for (header, _) in &handled {
            let kind = match header.kind {
                Kind::Ask if how & 1 == 0 => Kind::Reply,
                Kind::Ask => Kind::Failure,
                Kind::Submit | Kind::Query => Kind::Answer,
                _ => continue,
            };
            if how & 2 == 0 || kind == Kind::Answer {
                // As encoded: there is no room.
                let body = &[1];
                let replied = self
                    .link
                    .reply(kind, header.correlation, |out| write(out, body));
                if replied.is_ok() {
                    self.ledger.put += HEADER as u64 + 1;
                }
            }
        }
        self.handled += count as u64;
        let acknowledged = self.link.consumed(count as u64, bytes).is_some();
        let worth = self.ledger.consume(count as u64, bytes);
        assert_eq!(
            acknowledged,
            worth && !self.over,
            "credit is given back in time"
        );
        self.ledger.put += if acknowledged { ACK } else { 0 };
    }

    pub(in super::super) fn acknowledge_all(&mut self) {
        self.link.acknowledge_all();
        if self.ledger.granted != self.ledger.consumed {
            self.ledger.granted = self.ledger.consumed;
            self.ledger.put += ACK;
        }
    }

    pub(in super::super) fn has_handled(&self) -> Handled {
        Handled {
            started: self.handled,
            finished: self.handled,
        }
    }

    /// What came is what the other end sent, in order, if nobody meddled.
    pub(in super::super) fn compare(&self, other: &End) {
        if other.tainted {
            return;
        }
        assert!(self.received.len() <= other.ledger.sent.len());
        for ((kind, body), sent) in self.received.iter().zip(&other.ledger.sent) {
            assert_eq!((*kind, &body[..]), (sent.kind, &sent.body[..]));
        }
    }
}
