//! What a read brought: whole frames, back to back.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};

use crate::{
    blob::Blob,
    transport::Wire,
    wire::frame::{FrameError, HEADER, Header},
};

/// Room for a read, in bytes. As much as a sender writes at once.
const READ: usize = 64 * 1024;

/// Cuts what is read into chunks of whole frames.
#[derive(Debug)]
pub(crate) struct Reader {
    buffer: BytesMut,
    max: usize,
    /// The whole frames at the front of the buffer.
    whole: Whole,
    /// Bytes of the longest frame that has come.
    longest: usize,
    /// Nothing more can be read, and the owner of the connection was not told yet.
    failed: Option<ReadError>,
}

/// Whole frames, as they were found.
#[derive(Clone, Copy, Debug, Default)]
struct Whole {
    bytes: usize,
    frames: u64,
    /// Bytes of the last one.
    last: usize,
    /// At least one is something else than a message without optional fields.
    mixed: bool,
}

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("the connection ended")]
    End,
    #[error("the connection ended within a frame")]
    Torn,
    #[error("the connection broke: {0}")]
    Io(#[source] io::Error),
    #[error("it sent {0}")]
    Frame(#[from] FrameError),
}

impl Reader {
    /// A reader that refuses payloads longer than `max` bytes.
    pub(crate) fn new(max: usize) -> Reader {
        Reader {
            buffer: BytesMut::new(),
            max,
            whole: Whole::default(),
            longest: 0,
            failed: None,
        }
    }

    /// Allows longer payloads, once the peer is known.
    pub(crate) fn allow(&mut self, max: usize) {
        self.max = max;
    }

    /// The next whole frames, at least one.
    pub(crate) fn poll_chunk(
        &mut self,
        wire: &dyn Wire,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Chunk, ReadError>> {
        self.next_chunk(|buffer| wire.poll_read(cx, buffer))
    }

    /// The next whole frames, as far as they are there, for who was not woken.
    pub(crate) fn try_chunk(&mut self, wire: &dyn Wire) -> Result<Option<Chunk>, ReadError> {
        let read = |buffer: &mut BytesMut| match wire.try_read(buffer) {
            Ok(0) => Poll::Pending,
            read => Poll::Ready(read),
        };
        match self.next_chunk(read) {
            Poll::Ready(chunk) => chunk.map(Some),
            Poll::Pending => Ok(None),
        }
    }

    /// Nothing more is to be read: who polls next is told why.
    pub(crate) fn fail(&mut self, why: ReadError) {
        self.failed = Some(why);
    }

    fn next_chunk(
        &mut self,
        mut read: impl FnMut(&mut BytesMut) -> Poll<io::Result<usize>>,
    ) -> Poll<Result<Chunk, ReadError>> {
        if let Some(why) = self.failed.take() {
            return Poll::Ready(Err(why));
        }
        loop {
            let missing = self.scan()?;
            if self.whole.bytes > 0 {
                let whole = std::mem::take(&mut self.whole);
                self.longest = self.longest.max(whole.last);
                let bytes = self.buffer.split_to(whole.bytes).freeze();
                return Poll::Ready(Ok(Chunk {
                    bytes,
                    at: 0,
                    whole,
                    blobs: Vec::new(),
                }));
            }
            self.make_room(missing);
            match ready!(read(&mut self.buffer)) {
                Ok(0) if self.buffer.is_empty() => return Poll::Ready(Err(ReadError::End)),
                Ok(0) => return Poll::Ready(Err(ReadError::Torn)),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(ReadError::Io(error))),
            }
        }
    }

    /// The next whole frame alone.
    pub(crate) fn poll_frame(
        &mut self,
        wire: &dyn Wire,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Frame, ReadError>> {
        loop {
            if let Some(header) = Header::parse(&self.buffer, self.max)?
                && self.buffer.len() >= header.size()
            {
                let bytes = self.buffer.split_to(header.size()).freeze();
                return Poll::Ready(Ok(Frame {
                    header,
                    body: bytes.slice(HEADER..),
                }));
            }
            self.make_room(HEADER);
            match ready!(wire.poll_read(cx, &mut self.buffer)) {
                Ok(0) if self.buffer.is_empty() => return Poll::Ready(Err(ReadError::End)),
                Ok(0) => return Poll::Ready(Err(ReadError::Torn)),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(ReadError::Io(error))),
            }
        }
    }

    /// Finds the end of the last whole frame; bytes missing from the next.
    fn scan(&mut self) -> Result<usize, FrameError> {
        let buffer = &self.buffer[..];
        let mut whole = self.whole;
        let missing = loop {
            let Some(header) = Header::parse(&buffer[whole.bytes..], self.max)? else {
                break HEADER;
            };
            let end = whole.bytes + header.size();
            if end > buffer.len() {
                break end - buffer.len();
            }
            whole = Whole {
                bytes: end,
                frames: whole.frames + 1,
                last: header.size(),
                mixed: whole.mixed | !header.is_plain_message(),
            };
        };
        self.whole = whole;
        Ok(missing)
    }

    /// Room for a read. A peer that announces much and sends little must not
    /// make us allocate much: the buffer doubles with what really came, or is at once as
    /// long as a frame that has come before.
    fn make_room(&mut self, missing: usize) {
        let earned = self.buffer.len().max(self.longest);
        let room = missing.min(earned).max(READ);
        let spare = self.buffer.capacity() - self.buffer.len();
        if spare >= READ || self.buffer.try_reclaim(room) {
            return;
        }
        // Somebody still has the last chunk: what is left beside it does for a while.
        if spare < READ / 2 || spare < missing {
            self.buffer.reserve(room);
        }
    }
}

/// One frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    pub(crate) body: Bytes,
}

/// Whole frames. Walks twice: when they arrive, for what is not for a handler;
/// and when they are handled.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    bytes: Bytes,
    at: usize,
    /// Of all of them.
    whole: Whole,
    /// The blobs of each frame that has some, by where its body begins.
    blobs: Vec<(usize, Vec<Option<Blob>>)>,
}

impl Chunk {
    /// Bytes of all frames.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// If all frames are messages without optional fields, which is what a flood is
    /// made of: how many they are, and the bytes of the last one.
    pub(crate) fn messages_alone(&self) -> Option<(u64, u64)> {
        let Whole { frames, last, .. } = self.whole;
        (!self.whole.mixed).then_some((frames, last as u64))
    }

    /// The next frame: its header and where its body is.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(Header, std::ops::Range<usize>)> {
        let (header, body) = self.frame_at(self.at)?;
        self.at = body.end;
        Some((header, body))
    }

    /// The frame that begins there: its header and where its body is.
    #[inline]
    pub(crate) fn frame_at(&self, at: usize) -> Option<(Header, std::ops::Range<usize>)> {
        // Scanned when it was read: this cannot fail.
        let header = Header::parse(&self.bytes[at..], usize::MAX)
            .ok()
            .flatten()?;
        Some((header, at + HEADER..at + header.size()))
    }

    /// What a frame [costs](Header::cost).
    #[inline]
    pub(crate) fn cost(&self, header: &Header, body: &std::ops::Range<usize>) -> u64 {
        match header.has_blobs() {
            true => header.cost(self.body(body.clone())),
            false => header.size() as u64,
        }
    }

    #[inline]
    pub(crate) fn body(&self, body: std::ops::Range<usize>) -> &[u8] {
        &self.bytes[body]
    }

    /// The blobs of the frame whose body that is.
    pub(crate) fn blobs(&self, body: &std::ops::Range<usize>) -> &[Option<Blob>] {
        let at = self.blobs.binary_search_by_key(&body.start, |(at, _)| *at);
        at.map_or(&[], |at| &self.blobs[at].1)
    }

    /// Those of that frame have come; of frames in order.
    pub(crate) fn attach(&mut self, body: &std::ops::Range<usize>, blobs: Vec<Option<Blob>>) {
        self.blobs.push((body.start, blobs));
    }

    /// The body, sharing memory with the chunk.
    pub(crate) fn shared_body(&self, body: std::ops::Range<usize>) -> Bytes {
        self.bytes.slice(body)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        transport::memory_pair,
        wire::frame::{Kind, write_bytes},
    };

    proptest! {
        /// However the bytes are cut on their way, the frames arrive whole
        /// and in order.
        #[test]
        fn frames_survive_any_cut(
            sizes in proptest::collection::vec(0..5000_usize, 1..60),
            cuts in proptest::collection::vec(1..3000_usize, 1..400),
        ) {
            let mut bytes = Vec::new();
            for (index, size) in sizes.iter().enumerate() {
                let header = Header::new(Kind::Message, index as u16, *size as u64);
                write_bytes(&mut bytes, header, &vec![index as u8; *size]);
            }
            let (ours, theirs) = memory_pair();
            let mut reader = Reader::new(5000);
            let mut cx = Context::from_waker(std::task::Waker::noop());
            let mut seen = 0;
            let mut rest = &bytes[..];
            let mut cuts = cuts.into_iter().cycle();
            loop {
                let cut = cuts.next().unwrap_or(1).min(rest.len());
                let written = if cut == 0 { 0 } else { ours.try_write(&rest[..cut])? };
                rest = &rest[written..];
                if rest.is_empty() {
                    ours.close();
                }
                match reader.poll_chunk(&theirs, &mut cx) {
                    Poll::Ready(Ok(mut chunk)) => while let Some((header, body)) = chunk.next() {
                        prop_assert_eq!(usize::from(header.route), seen);
                        prop_assert_eq!(chunk.body(body), &vec![seen as u8; sizes[seen]][..]);
                        seen += 1;
                    },
                    Poll::Ready(Err(ReadError::End)) => break,
                    Poll::Ready(Err(error)) => return Err(TestCaseError::fail(error.to_string())),
                    Poll::Pending => {}
                }
            }
            prop_assert_eq!(seen, sizes.len());
        }
    }

    #[test]
    fn an_announced_giant_is_refused_and_a_torn_frame_is_told_from_an_end() -> io::Result<()> {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let (ours, theirs) = memory_pair();
        ours.try_write(&[0xff; HEADER])?;
        let refused = Reader::new(1024).poll_chunk(&theirs, &mut cx);
        assert!(matches!(
            refused,
            Poll::Ready(Err(ReadError::Frame(FrameError::TooLong { .. })))
        ));

        let (ours, theirs) = memory_pair();
        ours.try_write(&[1, 0, 0, 0])?;
        ours.close();
        let torn = Reader::new(1024).poll_chunk(&theirs, &mut cx);
        assert!(matches!(torn, Poll::Ready(Err(ReadError::Torn))));
        Ok(())
    }
}
