//! The frames of the raw contenders: a 16-byte header, then a postcard message.
//! Nothing is left out that a real protocol needs and nothing is put in.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail, ensure};
use serde::{Serialize, de::DeserializeOwned};

use crate::messages::{Large, Numbered, Small};

/// Bytes of a frame before its message.
pub(super) const HEADER: usize = 16;

/// A buffered outbox writes when it holds this much, and an inbox reads this much at once.
const CHUNK: usize = 64 * 1024;

/// No message may be longer; checked before room is made for it.
const LONGEST: usize = 2 * 1024 * 1024;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A small message, one way.
    Small,
    /// A large message, one way.
    Large,
    /// A question or its answer.
    Ask,
    /// The request for a report or the report.
    Report,
    /// A task that does nothing, or its reply.
    Task,
    /// A task that burns CPU time, or its reply.
    Burn,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Small,
        Self::Large,
        Self::Ask,
        Self::Report,
        Self::Task,
        Self::Burn,
    ];
}

/// A message that travels one way, and the kind of its frames.
pub(crate) trait Framed: Numbered {
    /// The kind.
    const KIND: Kind;
}

impl Framed for Small {
    const KIND: Kind = Kind::Small;
}

impl Framed for Large {
    const KIND: Kind = Kind::Large;
}

/// A frame that was received, its message still encoded.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// What it carries.
    pub(crate) kind: Kind,
    /// Ties an answer to its question.
    pub(crate) id: u64,
    message: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame that these bytes are, all of them.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let kind = number(&bytes[4..]);
        let Some(kind) = Kind::ALL.into_iter().find(|known| *known as u32 == kind) else {
            bail!("a frame of unknown kind {kind}");
        };
        let [low, high] = [8, 12].map(|at| u64::from(number(&bytes[at..])));
        Ok(Self {
            kind,
            id: high << 32 | low,
            message: &bytes[HEADER..],
        })
    }

    /// Decodes the message.
    pub(crate) fn decode<M: DeserializeOwned>(&self) -> Result<M> {
        postcard::from_bytes(self.message).context("decoding a message")
    }
}

/// When an [`Outbox`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flush {
    /// At every message.
    Each,
    /// At 64 KiB, and when it is told to.
    Coalesced,
}

/// Frames that leave.
#[derive(Debug)]
pub(crate) struct Outbox {
    // Zeroed once and never grown: postcard writes fastest into a plain slice.
    buffer: Box<[u8]>,
    used: usize,
    flush: Flush,
}

impl Outbox {
    /// An empty outbox.
    pub(crate) fn new(flush: Flush) -> Self {
        Self {
            buffer: vec![0; CHUNK + HEADER + LONGEST].into(),
            used: 0,
            flush,
        }
    }

    /// Encodes a message, and writes if it is time to.
    pub(crate) fn push<M: Serialize>(
        &mut self,
        stream: &mut impl Write,
        kind: Kind,
        id: u64,
        message: &M,
    ) -> Result<()> {
        let (header, rest) = self.buffer[self.used..].split_at_mut(HEADER);
        let length = postcard::to_slice(message, rest)
            .context("encoding a message")?
            .len();
        header[..4].copy_from_slice(&u32::try_from(length)?.to_le_bytes());
        header[4..8].copy_from_slice(&(kind as u32).to_le_bytes());
        header[8..].copy_from_slice(&id.to_le_bytes());
        self.used += HEADER + length;
        match self.flush {
            Flush::Coalesced if self.used < CHUNK => Ok(()),
            Flush::Coalesced | Flush::Each => self.flush(stream),
        }
    }

    /// Writes what is left.
    pub(crate) fn flush(&mut self, stream: &mut impl Write) -> Result<()> {
        stream
            .write_all(&self.buffer[..self.used])
            .context("writing to the socket")?;
        self.used = 0;
        Ok(())
    }
}

/// Frames that arrive.
#[derive(Debug)]
pub(crate) struct Inbox {
    buffer: Vec<u8>,
    /// Where the bytes begin that were read and not yet taken.
    start: usize,
    /// Where they end.
    end: usize,
}

impl Inbox {
    /// An empty inbox.
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
        }
    }

    /// Whether [`Inbox::next`] would return without reading.
    pub(crate) fn is_ready(&self) -> bool {
        self.length().is_some_and(|length| {
            length.is_ok_and(|length| self.end - self.start >= HEADER + length)
        })
    }

    /// The next frame; `None` when the other side has closed.
    pub(crate) fn next(&mut self, stream: &mut impl Read) -> Result<Option<Frame<'_>>> {
        let length = loop {
            let missing = match self.length().transpose()? {
                Some(length) if self.end - self.start >= HEADER + length => break length,
                Some(length) => HEADER + length,
                None => HEADER,
            };
            if !self.read(stream, missing)? {
                ensure!(self.start == self.end, "the socket closed inside a frame");
                return Ok(None);
            }
        };
        let frame = self.start;
        self.start += HEADER + length;
        Frame::parse(&self.buffer[frame..self.start]).map(Some)
    }

    /// The length that the next header declares, if a header is there.
    fn length(&self) -> Option<Result<usize>> {
        (self.end - self.start >= HEADER).then(|| {
            let length = number(&self.buffer[self.start..]) as usize;
            ensure!(length <= LONGEST, "a frame of {length} bytes");
            Ok(length)
        })
    }

    /// Reads once, with room for a frame of `frame` bytes; false at the end.
    fn read(&mut self, stream: &mut impl Read, frame: usize) -> Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < frame {
            self.buffer.resize(frame + CHUNK, 0);
        }
        let count = stream
            .read(&mut self.buffer[self.end..])
            .context("reading from the socket")?;
        self.end += count;
        Ok(count > 0)
    }
}

/// The number in the first four bytes.
pub(super) fn number(bytes: &[u8]) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[..4]);
    u32::from_le_bytes(four)
}
