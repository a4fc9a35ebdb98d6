//! Frames that are not written yet, and what becomes of them when the link
//! ends.

use bytes::Bytes;

use crate::wire::frame::{HEADER, Header, Kind};

/// Room that an idle outbox keeps, in bytes.
const KEEP: usize = 256 * 1024;

/// Frames back to back. Senders append to `bytes`; what is before `done` is
/// written.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(super) bytes: Vec<u8>,
    /// Start of the first frame that is not wholly written.
    whole: usize,
    /// Bytes that are written.
    done: usize,
}

/// A one-way message that never left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) route: u16,
    pub(crate) payload: Bytes,
}

/// An ask that never left: its correlation id and payload.
pub(crate) type UnsentAsk = (u64, Bytes);

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.bytes.len()
    }

    pub(crate) fn unwritten(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    /// `count` more bytes are written.
    pub(crate) fn written(&mut self, count: usize) {
        self.done += count;
        if self.is_empty() {
            self.bytes.clear();
            self.bytes.shrink_to(KEEP);
            (self.whole, self.done) = (0, 0);
            return;
        }
        self.skip_whole_frames();
        if self.whole > KEEP && self.whole > self.bytes.len() / 2 {
            self.bytes.drain(..self.whole);
            self.done -= self.whole;
            self.whole = 0;
        }
    }

    fn skip_whole_frames(&mut self) {
        while let Some(header) = header_at(&self.bytes, self.whole) {
            let end = self.whole + header.size();
            if end > self.done {
                return;
            }
            self.whole = end;
        }
    }

    /// Empties the outbox: the messages and the asks that were not wholly
    /// written, so that their receiver cannot have seen them.
    pub(crate) fn take_unsent(&mut self) -> (Vec<Unsent>, Vec<UnsentAsk>) {
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        let (mut messages, mut asks) = (Vec::new(), Vec::new());
        let mut at = self.whole;
        while let Some(header) = header_at(&bytes, at) {
            let body = at + HEADER..at + header.size();
            at += header.size();
            if !header.kind.is_message() || body.end > bytes.len() {
                continue;
            }
            let body = bytes.slice(body);
            let Ok((_, payload)) = header.split(&body) else {
                continue;
            };
            let payload = body.slice_ref(payload);
            if header.kind == Kind::Ask {
                asks.push((header.correlation, payload));
            } else {
                messages.push(Unsent {
                    route: header.route,
                    payload,
                });
            }
        }
        (self.whole, self.done) = (0, 0);
        (messages, asks)
    }
}

fn header_at(bytes: &[u8], at: usize) -> Option<Header> {
    Header::parse(bytes.get(at..)?, usize::MAX).ok().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::frame::write_bytes;

    proptest! {
        /// However the bytes leave, what is left at the end is the messages
        /// that were not wholly written.
        #[test]
        fn what_never_left_comes_back(
            sizes in proptest::collection::vec(0..3000_usize, 1..200),
            writes in proptest::collection::vec(1..100_000_usize, 0..20),
        ) {
            let mut outbox = Outbox::default();
            let mut ends = Vec::new();
            for (index, size) in sizes.iter().enumerate() {
                let header = Header::new(Kind::Message, index as u16, 0);
                write_bytes(&mut outbox.bytes, header, &vec![1; *size]);
                ends.push(outbox.bytes.len());
            }
            let mut total = 0;
            for write in writes {
                let count = write.min(outbox.unwritten().len());
                outbox.written(count);
                total += count;
            }
            let (left, asks) = outbox.take_unsent();
            let expected: Vec<u16> = ends.iter().enumerate()
                .filter(|(_, end)| **end > total).map(|(index, _)| index as u16).collect();
            prop_assert_eq!(left.iter().map(|unsent| unsent.route).collect::<Vec<_>>(), expected);
            prop_assert!(asks.is_empty());
            prop_assert!(outbox.is_empty());
        }
    }
}
