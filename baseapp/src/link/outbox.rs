//! Frames that wait to be written, and messages that are kept until they are
//! known to be handled.
//!
//! Senders append to the *open* segment, of which a part is written. What is
//! written wholly is *sealed* when it is long enough, and kept for as long as it
//! holds a message whose fate is open: if the receiver dies, the messages that it
//! never began are sent to its next life. So nothing is copied on its way.

mod large;

use std::collections::VecDeque;

use super::{
    kept::{Kept, header_at, messages, take_of},
    lending::Lend,
};
use crate::{
    blob::{Blob, attached},
    wire::frame::{self, Fields, Header},
};

/// Room that an idle outbox keeps, in bytes.
const KEEP: usize = 256 * 1024;

/// The same, while frames come that are [large](LARGE).
const MOST_KEEP: usize = 5 << 20;

/// How often an outbox is empty without a large frame until it keeps no room for one.
const KEPT_FOR: u32 = 64;

/// Bytes from which on a frame is large: its payload is lent as a blob is, where that can
/// be. It is copied as often as through a ring, but nobody waits for anybody meanwhile.
const LARGE: usize = 128 * 1024;

/// From how many bytes on a written segment is sealed.
const SEAL: usize = 64 * 1024;

/// Sealed bytes from which on replies and acknowledgements are removed from
/// between the messages that are kept. Those alone are bounded by the window.
const COMPACT: usize = 4 << 20;

/// Memory of segments that is kept for the next ones.
const SPARE: usize = 4;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Outbox {
    sealed: VecDeque<Segment>,
    sealed_bytes: usize,
    /// Sealed bytes from which on it is worth to look for frames that need not
    /// be kept.
    compact_at: usize,
    /// The open segment. What is before `done` is written.
    open: Vec<u8>,
    done: usize,
    /// Start of the first frame that is not known to be wholly written, and the
    /// number of the last message before it.
    whole: usize,
    whole_last: u64,
    /// Number of the first message of the open segment, if it has one.
    first: u64,
    /// Number of the last message: the first is 1.
    last: u64,
    /// Messages up to this one are handled.
    handled: u64,
    /// The blobs of messages that are kept, by their number.
    blobs: VecDeque<(u64, Vec<Blob>)>,
    spare: Vec<Vec<u8>>,
    /// Room that is kept, and how often it was not needed.
    keep: usize,
    kept_for: u32,
}

/// Frames that are written, with at least one message.
#[derive(Debug)]
struct Segment {
    bytes: Vec<u8>,
    first: u64,
    last: u64,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            sealed: VecDeque::new(),
            sealed_bytes: 0,
            compact_at: COMPACT,
            open: Vec::new(),
            done: 0,
            whole: 0,
            whole_last: 0,
            first: 1,
            last: 0,
            handled: 0,
            blobs: VecDeque::new(),
            spare: Vec::new(),
            keep: KEEP,
            kept_for: 0,
        }
    }
}

impl Outbox {
    /// Appends a frame: what it [costs](Header::cost). As before if the payload fails.
    /// Blobs that cannot be lent become part of it.
    #[inline]
    pub(crate) fn put<E>(
        &mut self,
        header: Header,
        fields: &Fields,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        lend: Lend<'_>,
    ) -> Result<u64, E> {
        let write = || frame::write(&mut self.open, header, fields, payload);
        let (range, blobs) = match header.kind.may_carry_blobs() {
            true => attached::collect(write),
            false => (write(), Vec::new()),
        };
        let range = range?;
        self.last += u64::from(header.kind.is_message());
        let size = range.end - range.start;
        if blobs.is_empty() && size < LARGE {
            return Ok(size as u64);
        }
        Ok(self.put_large(header, range, blobs, lend))
    }

    /// Appends a frame whose payload is there.
    pub(crate) fn put_bytes(&mut self, header: Header, payload: &[u8]) {
        frame::write_bytes(&mut self.open, header, payload);
        self.last += u64::from(header.kind.is_message());
    }

    /// Nothing waits to be written.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.open.len()
    }

    #[inline]
    pub(crate) fn unwritten(&self) -> &[u8] {
        &self.open[self.done..]
    }

    /// `count` more bytes are written.
    pub(crate) fn written(&mut self, count: usize) {
        self.done += count;
        if self.is_empty() {
            (self.whole, self.whole_last) = (self.done, self.last);
            if self.last <= self.handled || self.last < self.first {
                self.reset();
            } else if self.open.len() >= SEAL {
                let bytes = self.spare.pop().unwrap_or_default();
                let bytes = std::mem::replace(&mut self.open, bytes);
                self.seal(bytes);
            }
            return;
        }
        self.skip_whole_frames();
        if self.whole >= SEAL && self.whole > self.open.len() / 2 {
            let rest = self.open.split_off(self.whole);
            let bytes = std::mem::replace(&mut self.open, rest);
            self.seal(bytes);
        }
    }

    /// The open segment is written, and nothing of it must be kept.
    fn reset(&mut self) {
        self.open.clear();
        self.kept_for += 1;
        if self.kept_for > KEPT_FOR {
            self.keep = KEEP;
        }
        self.open.shrink_to(self.keep);
        (self.whole, self.done) = (0, 0);
        self.first = self.last + 1;
    }

    /// `bytes` were the whole frames at the start of the open segment.
    fn seal(&mut self, bytes: Vec<u8>) {
        self.done -= self.whole;
        self.whole = 0;
        let (first, last) = (self.first, self.whole_last);
        self.first = last + 1;
        if last <= self.handled || last < first {
            return self.recycle(bytes);
        }
        self.sealed_bytes += bytes.len();
        self.sealed.push_back(Segment { bytes, first, last });
        if self.sealed_bytes > self.compact_at {
            self.compact();
        }
    }

    fn recycle(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() <= KEEP && self.spare.len() < SPARE {
            bytes.clear();
            self.spare.push(bytes);
        }
    }

    fn skip_whole_frames(&mut self) {
        while let Some(header) = header_at(&self.open, self.whole) {
            let end = self.whole + header.size();
            if end > self.done {
                return;
            }
            self.whole_last += u64::from(header.kind.is_message());
            self.whole = end;
        }
    }

    /// Messages up to this one are handled: they need not be kept.
    #[inline]
    pub(crate) fn handled(&mut self, number: u64) {
        if number <= self.handled {
            return;
        }
        self.handled = number;
        while self.blobs.front().is_some_and(|(of, _)| *of <= number) {
            self.blobs.pop_front();
        }
        while self
            .sealed
            .front()
            .is_some_and(|segment| segment.last <= number)
            && let Some(segment) = self.sealed.pop_front()
        {
            self.sealed_bytes -= segment.bytes.len();
            self.recycle(segment.bytes);
        }
        if self.is_empty() && self.last <= number && !self.open.is_empty() {
            self.reset();
        }
    }

    /// Messages up to this one are handled.
    pub(crate) fn handled_so_far(&self) -> u64 {
        self.handled
    }

    /// Every message is handled.
    pub(crate) fn is_settled(&self) -> bool {
        self.last <= self.handled
    }

    /// Removes what need not be kept from the sealed segments.
    fn compact(&mut self) {
        let mut bytes = Vec::new();
        let (mut first, mut last) = (0, 0);
        for segment in std::mem::take(&mut self.sealed) {
            for (number, header, body) in messages(&segment.bytes, segment.first) {
                if number > self.handled {
                    frame::write_again(&mut bytes, header, &segment.bytes[body]);
                    first = if first == 0 { number } else { first };
                    last = number;
                }
            }
        }
        self.sealed_bytes = bytes.len();
        self.compact_at = COMPACT.max(2 * self.sealed_bytes);
        if last > 0 {
            self.sealed.push_back(Segment { bytes, first, last });
        }
    }

    /// Empties the outbox: the messages whose fate is open, in order.
    pub(crate) fn take(&mut self) -> Vec<Kept> {
        let mut kept = Vec::new();
        for segment in std::mem::take(&mut self.sealed) {
            take_of(segment.bytes, segment.first, usize::MAX, &mut kept);
        }
        take_of(
            std::mem::take(&mut self.open),
            self.first,
            self.done,
            &mut kept,
        );
        kept.retain(|message| message.number > self.handled);
        let mut blobs = std::mem::take(&mut self.blobs).into_iter().peekable();
        for message in &mut kept {
            if let Some((_, blobs)) = blobs.next_if(|(of, _)| *of == message.number) {
                message.blobs = blobs;
            }
        }
        (self.whole, self.done, self.sealed_bytes) = (0, 0, 0);
        kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::frame::{HEADER, Kind};

    #[derive(Clone, Debug)]
    enum Step {
        Message(usize),
        Reply(usize),
        Written(usize),
        All,
        Handled(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0..3000_usize).prop_map(Step::Message),
            1 => (60_000..300_000_usize).prop_map(Step::Message),
            3 => (0..3000_usize).prop_map(Step::Reply),
            1 => (60_000..900_000_usize).prop_map(Step::Reply),
            3 => (1..100_000_usize).prop_map(Step::Written),
            2 => Just(Step::All),
            2 => (1..20_u64).prop_map(Step::Handled),
        ]
    }

    proptest! {
        /// However the bytes leave and whatever is handled: what is left at the end
        /// is the other messages, in order, and whether they left; and what was
        /// written is what was put.
        #[test]
        fn what_is_not_handled_is_kept(steps in proptest::collection::vec(step(), 1..300)) {
            let mut outbox = Outbox::default();
            // Of each message: its end in the stream, and its length.
            let mut put: Vec<(usize, usize)> = Vec::new();
            let (mut total, mut written, mut handled) = (0, 0, 0);
            for step in steps {
                match step {
                    Step::Message(size) => {
                        let header = Header::new(Kind::Message, put.len() as u16, 0);
                        outbox.put_bytes(header, &vec![1; size]);
                        total += HEADER + size;
                        put.push((total, size));
                    }
                    Step::Reply(size) => {
                        outbox.put_bytes(Header::new(Kind::Reply, 0, 0), &vec![2; size]);
                        total += HEADER + size;
                    }
                    Step::Written(count) => {
                        let count = count.min(outbox.unwritten().len());
                        outbox.written(count);
                        written += count;
                    }
                    Step::All => {
                        written += outbox.unwritten().len();
                        outbox.written(outbox.unwritten().len());
                    }
                    Step::Handled(more) => {
                        let left = put.iter().filter(|(end, _)| *end <= written).count() as u64;
                        handled = left.min(handled + more);
                        outbox.handled(handled);
                    }
                }
                prop_assert_eq!(outbox.unwritten().len(), total - written);
                let open: usize = put[handled as usize..].iter().map(|(_, size)| size + HEADER).sum();
                prop_assert!(outbox.sealed_bytes <= COMPACT.max(2 * open) + 1_000_000);
            }
            let kept: Vec<(u64, u16, usize, bool)> = outbox.take().into_iter()
                .map(|kept| (kept.number, kept.header.route, kept.body.len(), kept.left)).collect();
            let expected: Vec<(u64, u16, usize, bool)> = put.iter().enumerate()
                .filter(|(index, _)| *index as u64 >= handled)
                .map(|(index, (end, size))| (index as u64 + 1, index as u16, *size, *end <= written))
                .collect();
            prop_assert_eq!(kept, expected);
            prop_assert!(outbox.is_empty());
        }
    }

    #[test]
    fn replies_between_messages_are_not_kept_for_long() {
        let mut outbox = Outbox::default();
        for _ in 0..2000 {
            outbox.put_bytes(Header::new(Kind::Message, 1, 0), b"kept");
            for _ in 0..10 {
                outbox.put_bytes(Header::new(Kind::Reply, 0, 0), &[0; 4000]);
            }
            outbox.written(outbox.unwritten().len());
            assert!(outbox.sealed_bytes <= COMPACT + (1 << 20));
        }
        assert_eq!(outbox.take().len(), 2000);
    }

    #[test]
    fn what_is_handled_leaves_no_memory_behind() {
        let mut outbox = Outbox::default();
        for number in 1..=10_000 {
            outbox.put_bytes(Header::new(Kind::Ask, 1, 0), &[0; 1000]);
            outbox.written(outbox.unwritten().len());
            outbox.handled(number);
        }
        assert!(outbox.sealed.is_empty() && outbox.open.is_empty());
    }
}
