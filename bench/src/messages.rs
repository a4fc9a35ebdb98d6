//! The messages that every contender moves, and the receiver's count of them.

use anyhow::{Result, ensure};
use baseapp::prelude::*;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// The small message: 32 bytes on the wire, whatever number it carries.
#[message]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Small(pub(crate) [u8; 32]);

/// A message with a body of any size.
///
/// `Bytes`, so that making one costs a reference count: the runs compare how
/// messages travel, and not how a sender fills them.
#[message]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Large {
    /// The message's place in the flood.
    pub(crate) sequence: u64,
    /// What is carried.
    pub(crate) body: Bytes,
}

/// A message that knows its place in a flood, so that the receiver can tell a
/// lost or a reordered one.
pub(crate) trait Numbered: Serialize + DeserializeOwned + Send + 'static {
    /// The same message at another place.
    fn numbered(&self, sequence: u64) -> Self;

    /// The place.
    fn sequence(&self) -> u64;

    /// How many bytes of payload it carries.
    fn size(&self) -> u64;
}

impl Small {
    /// A small message at one place.
    pub(crate) fn new(sequence: u64) -> Self {
        let mut bytes = [0xa5; 32];
        bytes[..8].copy_from_slice(&sequence.to_le_bytes());
        Self(bytes)
    }
}

impl Numbered for Small {
    fn numbered(&self, sequence: u64) -> Self {
        let mut bytes = self.0;
        bytes[..8].copy_from_slice(&sequence.to_le_bytes());
        Self(bytes)
    }

    fn sequence(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

impl Large {
    /// A message with a body of `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            sequence: 0,
            body: vec![0xa5; size].into(),
        }
    }
}

impl Numbered for Large {
    fn numbered(&self, sequence: u64) -> Self {
        Self {
            sequence,
            body: self.body.clone(),
        }
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn size(&self) -> u64 {
        self.body.len() as u64
    }
}

/// What a receiver has taken since its last report.
#[data]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// How many messages.
    pub(crate) count: u64,
    /// How many bytes of payload.
    pub(crate) bytes: u64,
    /// How many of them were not the next one in order.
    pub(crate) misplaced: u64,
}

impl Report {
    /// Counts a message that was received and decoded.
    pub(crate) fn take(&mut self, message: &impl Numbered) {
        self.take_bytes(message.sequence(), message.size());
    }

    /// The same of one that is no message of ours.
    pub(crate) fn take_bytes(&mut self, sequence: u64, size: u64) {
        self.misplaced += u64::from(sequence != self.count);
        self.count += 1;
        self.bytes += size;
    }

    /// Fails unless exactly `sent` messages like `sample` arrived in order.
    pub(crate) fn check(&self, sent: u64, sample: &impl Numbered) -> Result<()> {
        let expected = Self {
            count: sent,
            bytes: sent * sample.size(),
            misplaced: 0,
        };
        ensure!(
            *self == expected,
            "the receiver reports {self:?}, but {expected:?} was sent"
        );
        Ok(())
    }
}
