//! [`Kept`]: a message whose fate is open when its link ends.

use bytes::Bytes;

use crate::{
    blob::Blob,
    wire::{
        body::Payload,
        frame::{HEADER, Header},
    },
};

/// A message whose fate is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its place among the messages of the link: the first is 1.
    pub(crate) number: u64,
    pub(crate) header: Header,
    /// What follows the header.
    pub(crate) body: Bytes,
    pub(crate) blobs: Vec<Blob>,
    /// It was wholly written.
    pub(crate) left: bool,
}

impl Kept {
    /// The payload alone.
    pub(crate) fn payload(&self) -> Payload {
        let bytes = match self.header.split(&self.body) {
            Ok((_, payload)) => self.body.slice_ref(payload),
            Err(_) => self.body.clone(), // it was written by us: this cannot be
        };
        let blobs = self.blobs.iter().cloned().map(Some).collect();
        Payload::of(&self.header, bytes, blobs)
    }
}

/// The messages of a segment, of which so many bytes have left.
pub(super) fn take_of(bytes: Vec<u8>, first: u64, done: usize, kept: &mut Vec<Kept>) {
    let bytes = Bytes::from(bytes);
    kept.extend(messages(&bytes, first).map(|(number, header, body)| Kept {
        number,
        header,
        left: body.end <= done,
        body: bytes.slice(body),
        blobs: Vec::new(),
    }));
}

/// The messages among frames that stand back to back, with their numbers.
pub(super) fn messages(
    bytes: &[u8],
    first: u64,
) -> impl Iterator<Item = (u64, Header, std::ops::Range<usize>)> {
    let (mut at, mut number) = (0, first);
    std::iter::from_fn(move || {
        loop {
            let header = header_at(bytes, at)?;
            let body = at + HEADER..at + header.size();
            at = body.end;
            if header.kind.is_message() {
                number += 1;
                return Some((number - 1, header, body));
            }
        }
    })
}

pub(super) fn header_at(bytes: &[u8], at: usize) -> Option<Header> {
    Header::parse(bytes.get(at..)?, usize::MAX).ok().flatten()
}
