//! Bytes to frames, in arbitrary cuts.

use std::{
    convert::Infallible,
    ops::Range,
    task::{Context, Poll, Waker},
};

use super::{Input, Script};
use crate::{
    link::{ReadError, Reader},
    wire::frame::{self, HEADER, Header, MAX_FRAME, MAX_HELLO},
};

/// Bytes that may stand behind those of the fuzzer, for frames longer than what
/// a read brings: in units of so many.
const FILLER: usize = 16 * 1024;

/// How a stream of frames ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// After a frame.
    End,
    /// Within a frame.
    Torn,
    /// With something that is no frame.
    Garbage,
}

/// Whatever bytes come and however they are cut: the frames among them are read
/// as they are, what is none is refused, and no more room is made than for what
/// came.
pub fn frames(data: &[u8]) {
    let mut input = Input::new(data);
    let max = input.one_of(&[MAX_FRAME, MAX_HELLO, 64, 0]);
    let filler = usize::from(input.byte().saturating_sub(0xf9)) * FILLER;
    let cuts = input.take(4);
    let mut bytes = input.rest().to_vec();
    bytes.resize(bytes.len() + filler, 0);

    let (frames, ending) = expected(&bytes, max);
    let single = one_by_one(&bytes, cuts, max);
    assert_eq!(single, (frames.clone(), ending), "one by one");
    let (chunks, chunks_end) = in_chunks(&bytes, cuts, max);
    assert_eq!(chunks_end, ending, "in chunks");
    // What comes before garbage may go with it: the connection does too.
    let all = chunks.len() == frames.len() || ending == Ending::Garbage;
    assert!(
        all && frames.starts_with(&chunks),
        "{chunks:?} of {frames:?}"
    );
    for frame in frames {
        survives_being_written(&bytes[frame]);
    }
}

/// Where the frames are, told by the layout alone.
fn expected(bytes: &[u8], max: usize) -> (Vec<Range<usize>>, Ending) {
    let (mut frames, mut at) = (Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let Some((head, _)) = rest.split_first_chunk::<16>() else {
            let ending = if rest.is_empty() {
                Ending::End
            } else {
                Ending::Torn
            };
            return (frames, ending);
        };
        let length = head[..4]
            .iter()
            .rev()
            .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        if length > max || !(1..=23).contains(&head[4]) || head[5] > 15 {
            return (frames, Ending::Garbage);
        }
        if rest.len() < 16 + length {
            return (frames, Ending::Torn);
        }
        frames.push(at..at + 16 + length);
        at += 16 + length;
    }
}

fn one_by_one(bytes: &[u8], cuts: &[u8], max: usize) -> (Vec<Range<usize>>, Ending) {
    let (wire, mut reader) = (Script::new(bytes, cuts), Reader::new(max));
    let mut cx = Context::from_waker(Waker::noop());
    let (mut frames, mut at) = (Vec::new(), 0);
    loop {
        match reader.poll_frame(&wire, &mut cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(frame)) => {
                let end = at + frame.header.size();
                assert_eq!(frame.body, bytes[at + HEADER..end]);
                frames.push(at..end);
                at = end;
            }
            Poll::Ready(Err(error)) => return (frames, ending(&error)),
        }
    }
}

fn in_chunks(bytes: &[u8], cuts: &[u8], max: usize) -> (Vec<Range<usize>>, Ending) {
    let (wire, mut reader) = (Script::new(bytes, cuts), Reader::new(max));
    let mut cx = Context::from_waker(Waker::noop());
    let (mut frames, mut at) = (Vec::new(), 0);
    loop {
        match reader.poll_chunk(&wire, &mut cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(mut chunk)) => {
                let end = at + chunk.len();
                while let Some((header, body)) = chunk.next() {
                    let next = at + header.size();
                    assert_eq!(chunk.body(body.clone()), &bytes[at + HEADER..next]);
                    assert_eq!(chunk.shared_body(body), bytes[at + HEADER..next]);
                    frames.push(at..next);
                    at = next;
                }
                assert_eq!(at, end, "a chunk is whole frames");
            }
            Poll::Ready(Err(error)) => return (frames, ending(&error)),
        }
    }
}

fn ending(error: &ReadError) -> Ending {
    match error {
        ReadError::End => Ending::End,
        ReadError::Torn => Ending::Torn,
        ReadError::Frame(_) => Ending::Garbage,
        ReadError::Io(error) => panic!("the script does not fail: {error}"),
    }
}

/// A frame says the same when it is written again.
fn survives_being_written(frame: &[u8]) {
    let Ok(Some(header)) = Header::parse(frame, usize::MAX) else {
        panic!("it was a frame before");
    };
    let Ok((fields, payload)) = header.split(&frame[HEADER..]) else {
        return; // who takes it refuses it
    };
    let mut bytes = Vec::new();
    let plain = Header::new(header.kind, header.route, header.correlation);
    let Ok(range) = frame::write(&mut bytes, plain, &fields, |out| {
        out.extend_from_slice(payload);
        Ok::<_, Infallible>(())
    });
    assert_eq!(range, 0..bytes.len());
    let Ok(Some(again)) = Header::parse(&bytes, usize::MAX) else {
        panic!("what we write is no frame");
    };
    assert_eq!(again.size(), bytes.len());
    assert_eq!(again.split(&bytes[HEADER..]), Ok((fields, payload)));
    let same = (again.kind, again.route, again.correlation);
    assert_eq!(same, (header.kind, header.route, header.correlation));
}
