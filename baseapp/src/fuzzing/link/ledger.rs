//! [`Ledger`]: what one end of a link should hold, as simply as it can be said.

use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;

use super::end::Place;
use crate::{
    blob::Blob,
    link::{AskKey, Chunk, Outcome},
    task::Answer,
    wire::{
        blobs::Entry,
        body::Payload,
        codec,
        control::Handled,
        frame::{Header, Kind},
    },
};

/// The window, as SEMANTICS.md has it.
const MESSAGES: u64 = 4096;
const BYTES: u64 = 1 << 20;
const FEW: u64 = 2;
const FEW_BYTES: u64 = 16 << 20;

/// Messages and bytes, in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl Total {
    pub(super) fn add(&mut self, messages: u64, bytes: u64) {
        self.messages += messages;
        self.bytes += bytes;
    }

    /// One more may follow.
    fn leaves_room(self) -> bool {
        (self.messages < FEW && self.bytes < FEW_BYTES)
            || (self.messages < MESSAGES && self.bytes < BYTES)
    }

    /// What is open since `other`, which is never ahead.
    fn since(self, other: Total) -> Total {
        assert!(self.messages >= other.messages && self.bytes >= other.bytes);
        Total {
            messages: self.messages - other.messages,
            bytes: self.bytes - other.bytes,
        }
    }
}

/// A frame that took credit.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) kind: Kind,
    pub(super) body: Vec<u8>,
    /// Where it ends among all that the end has put.
    pub(super) end: u64,
}

/// An ask, and what has become of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) key: AskKey,
    pub(super) number: u64,
    pub(super) deadline: Instant,
    pub(super) outcome: Option<Outcome>,
    /// Somebody has seen its outcome, or does not want to.
    pub(super) over: bool,
}

impl Asked {
    pub(super) fn new(key: AskKey, number: u64, deadline: Instant) -> Asked {
        Asked {
            key,
            number,
            deadline,
            outcome: None,
            over: false,
        }
    }

    pub(super) fn waits(&self) -> bool {
        self.outcome.is_none() && !self.over
    }
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Every frame that took credit; the first has number 1.
    pub(super) sent: Vec<Sent>,
    pub(super) spent: Total,
    /// Bytes of all frames.
    pub(super) put: u64,
    /// The credit that the other end has given back.
    pub(super) acknowledged: Total,
    /// Frames up to this one are known to be handled.
    pub(super) handled: u64,
    pub(super) arrived: Total,
    pub(super) consumed: Total,
    /// The credit that this end has given back.
    pub(super) granted: Total,
    pub(super) asks: Vec<Asked>,
    /// Frames that took credit and came whole, to be handled.
    pub(super) inbox: VecDeque<(Header, Bytes)>,
    pub(super) goodbye: bool,
    pub(super) strays: u64,
}

/// What may not come at this point.
#[derive(Debug)]
pub(super) struct Unexpected;

impl Ledger {
    /// There is credit for one more.
    pub(super) fn admits(&self) -> bool {
        self.spent.since(self.acknowledged).leaves_room()
    }

    pub(super) fn spend(&mut self, kind: Kind, body: Vec<u8>, size: u64) {
        self.spent.add(1, size);
        self.put += size;
        let end = self.put;
        self.sent.push(Sent { kind, body, end });
    }

    /// What a chunk does, frame by frame, up to what may not be.
    pub(super) fn take(
        &mut self,
        place: Place,
        is_second: bool,
        chunk: &Chunk,
    ) -> Result<(), Unexpected> {
        let (mut came, mut last) = (Vec::new(), 0);
        let mut rest = chunk.clone();
        while let Some((header, at)) = rest.next() {
            let body = chunk.shared_body(at);
            let queue_here = place == Place::Queue && is_second;
            let queue_there = place == Place::Queue && !is_second;
            use Kind::{
                Ack, Answer, Ask, Ended, Extend, Failure, Goodbye, Message, News, Outcome,
                Progress, Query, Reply, StreamEnd, StreamItem, Submit, Task,
            };
            match header.kind {
                Message | Ask if !queue_here => {}
                Submit | Query | Outcome | Extend | Progress if queue_here => {}
                Answer | Task | News | Ended if queue_there => {}
                Reply | Failure | Ack | Goodbye | StreamItem | StreamEnd => {}
                _ => return Err(Unexpected),
            }
            match header.kind {
                Message | Ask | Submit | Query => {
                    header.split(&body).map_err(|_| Unexpected)?;
                    own_blobs(&header, &body)?;
                    last = header.cost(&body);
                    // A copy: what it came with is much larger, and would stay as long.
                    came.push((header, Bytes::copy_from_slice(&body)));
                }
                Reply => {
                    own_blobs(&header, &body)?;
                    self.answer(
                        header.correlation,
                        crate::link::Outcome::Reply(payload(&header, &body)?),
                    );
                }
                Failure => self.answer(
                    header.correlation,
                    crate::link::Outcome::Failure(body.into()),
                ),
                Ack => self.acknowledge(header.correlation, &body)?,
                Goodbye => self.goodbye = true,
                Answer => {
                    codec::decode::<self::Answer>(&body).map_err(|_| Unexpected)?;
                    self.strays += 1;
                }
                News | Ended if body.len() < 16 => return Err(Unexpected),
                News | Ended | StreamItem | StreamEnd => self.strays += 1,
                _ => {} // for the queue, or of it: not the business of a link
            }
        }
        let cost = |(header, body): &(Header, Bytes)| header.cost(body);
        let bytes: u64 = came.iter().map(cost).sum();
        self.arrived.add(came.len() as u64, bytes);
        let mut before = self.arrived.since(self.granted);
        if !came.is_empty() {
            before.messages -= 1;
            before.bytes -= last;
            if !before.leaves_room() {
                return Err(Unexpected);
            }
        }
        self.inbox.extend(came);
        Ok(())
    }

    fn acknowledge(&mut self, messages: u64, body: &[u8]) -> Result<(), Unexpected> {
        let bytes = u64::from_le_bytes(body.try_into().map_err(|_| Unexpected)?);
        let (before, most) = (self.acknowledged, self.spent);
        let grows = messages >= before.messages && bytes >= before.bytes;
        if !grows || messages > most.messages || bytes > most.bytes {
            return Err(Unexpected);
        }
        self.acknowledged = Total { messages, bytes };
        self.handled = self.handled.max(messages);
        Ok(())
    }

    fn answer(&mut self, correlation: u64, outcome: Outcome) {
        let key = AskKey::from_wire(correlation);
        let waits = |ask: &&mut Asked| ask.key == key && ask.waits();
        match self.asks.iter_mut().find(waits) {
            Some(ask) => {
                ask.outcome = Some(outcome);
                self.handled = self.handled.max(ask.number);
            }
            None => self.strays += 1,
        }
    }

    /// Messages were handled: whether that is worth an acknowledgement.
    pub(super) fn consume(&mut self, messages: u64, bytes: u64) -> bool {
        self.consumed.add(messages, bytes);
        let open = self.consumed.since(self.granted);
        let worth = open.messages >= MESSAGES / 4 || open.bytes >= BYTES / 4;
        if worth {
            self.granted = self.consumed;
        }
        worth
    }

    /// What is left when the link ends: the numbers of what is in hand and of what
    /// never began, and how many messages there are of which nobody knows.
    pub(super) fn remains(
        &self,
        told: Option<Handled>,
        written: u64,
    ) -> (Option<u64>, Vec<u64>, u64) {
        let (mut in_hand, mut never, mut unknown) = (None, Vec::new(), 0);
        for (sent, number) in self.sent.iter().zip(1..) {
            if number <= self.handled || !sent.kind.is_message() {
                continue;
            }
            let one_way = u64::from(sent.kind == Kind::Message);
            match told {
                Some(told) if number <= told.finished => {}
                Some(told) if number <= told.started => {
                    if let Some(before) = in_hand.replace(number) {
                        let before = &self.sent[before as usize - 1];
                        unknown += u64::from(before.kind == Kind::Message);
                    }
                }
                None if sent.end <= written => unknown += one_way,
                _ => never.push(number),
            }
        }
        (in_hand, never, unknown)
    }
}

/// Nothing was passed along these connections: a blob stands in its frame, or nowhere.
fn own_blobs(header: &Header, body: &[u8]) -> Result<(), Unexpected> {
    let blobs = header.blobs(body).map_err(|_| Unexpected)?;
    let lent = |entry| matches!(entry, Entry::Lent(..));
    match blobs.entries().any(lent) {
        true => Err(Unexpected),
        false => Ok(()),
    }
}

fn payload(header: &Header, body: &Bytes) -> Result<Payload, Unexpected> {
    if !header.has_blobs() && !header.payload_is_blob() {
        return Ok(body.clone().into()); // nothing else may stand in a reply
    }
    let (_, payload) = header.split(body).map_err(|_| Unexpected)?;
    let blobs = header.blobs(body).map_err(|_| Unexpected)?;
    let blob = |entry| match entry {
        Entry::Here(at) => Some(Blob::received(body.slice(at))),
        Entry::Lent(..) => None,
    };
    let blobs = blobs.entries().map(blob).collect();
    Ok(Payload::of(header, body.slice_ref(payload), blobs))
}
