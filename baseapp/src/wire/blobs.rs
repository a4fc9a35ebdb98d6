//! Blobs in a frame: behind the payload, so that they can be written once it is known
//! which of them the other end can read in place.
//!
//! ```text
//! | payload | bytes of those that stand here | one entry for each | count (u16) |
//! ```
//!
//! An entry is the length (u32), the number of the buffer on this link (u32; all ones if
//! the bytes stand here), and the lease (u64), by which the buffer is given back.

use std::ops::Range;

use super::frame::FrameError;
use crate::{
    blob::{Blob, LONGEST, SHARED_FROM},
    copying,
};

/// Bytes of an entry.
const ENTRY: usize = 16;

/// The number of no buffer.
const HERE: u32 = u32::MAX;

/// The most blobs that a frame has: a shorter one is part of the payload.
const MOST: usize = LONGEST / SHARED_FROM;

/// Longest that the entries can be, in bytes.
pub(super) const MAX_TABLE: usize = MOST * ENTRY + 2;

/// Where the receiver finds a blob that was lent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loan {
    pub(crate) buffer: u32,
    pub(crate) lease: u64,
}

/// One blob of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Its bytes stand there in the frame's body.
    Here(Range<usize>),
    /// So many bytes at the start of a buffer.
    Lent(usize, Loan),
}

/// The blobs of a frame, as they were written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Blobs<'a> {
    /// Where the bytes of those that stand here begin in the body.
    start: usize,
    table: &'a [u8],
}

impl Blobs<'_> {
    pub(crate) fn entries(self) -> impl Iterator<Item = Entry> {
        let mut at = self.start;
        self.table.chunks_exact(ENTRY).map(move |entry| {
            let (length, loan) = parse(entry);
            if loan.buffer != HERE {
                return Entry::Lent(length, loan);
            }
            at += length;
            Entry::Here(at - length..at)
        })
    }

    /// Bytes of those that stand elsewhere.
    pub(crate) fn lent_bytes(self) -> u64 {
        let lent = self.entries().map(|entry| match entry {
            Entry::Here(_) => 0,
            Entry::Lent(length, _) => length as u64,
        });
        lent.sum()
    }
}

/// Appends what stands behind a payload.
pub(super) fn append(out: &mut Vec<u8>, blobs: &[(Blob, Option<Loan>)]) {
    for (blob, _) in blobs.iter().filter(|(_, loan)| loan.is_none()) {
        copying::append(out, blob);
    }
    for (blob, loan) in blobs {
        let Loan { buffer, lease } = loan.unwrap_or(Loan {
            buffer: HERE,
            lease: 0,
        });
        // Bounded by the length of a message, as is their number.
        let length = u32::try_from(blob.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&buffer.to_le_bytes());
        out.extend_from_slice(&lease.to_le_bytes());
    }
    let count = u16::try_from(blobs.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&count.to_le_bytes());
}

/// Splits what stands in a frame before its blobs from them.
pub(super) fn split(body: &[u8]) -> Result<(&[u8], Blobs<'_>), FrameError> {
    let wrong = FrameError::Blobs;
    let (rest, count) = body.split_last_chunk::<2>().ok_or(wrong)?;
    let count = usize::from(u16::from_le_bytes(*count));
    let table = rest.len().checked_sub(count * ENTRY).ok_or(wrong)?;
    let (rest, table) = rest.split_at(table);
    let (mut here, mut all) = (0_usize, 0_usize);
    for entry in table.chunks_exact(ENTRY) {
        let (length, loan) = parse(entry);
        all = all.checked_add(length).ok_or(wrong)?;
        here += if loan.buffer == HERE { length } else { 0 };
    }
    let start = rest.len().checked_sub(here).ok_or(wrong)?;
    if count == 0 || count > MOST || all > LONGEST {
        return Err(wrong);
    }
    Ok((&rest[..start], Blobs { start, table }))
}

fn parse(entry: &[u8]) -> (usize, Loan) {
    let number = |range: Range<usize>| {
        let mut bytes = [0; 8];
        bytes[..range.len()].copy_from_slice(&entry[range]);
        u64::from_le_bytes(bytes)
    };
    let buffer = number(4..8) as u32;
    let lease = number(8..16);
    (number(0..4) as usize, Loan { buffer, lease })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_appended_is_found(
            payload in proptest::collection::vec(any::<u8>(), 0..100),
            blobs in proptest::collection::vec(
                (0..300_usize, proptest::option::of((0..9_u32, any::<u64>()))), 1..8),
        ) {
            let blobs: Vec<_> = blobs.into_iter().enumerate().map(|(at, (length, loan))| {
                let loan = loan.map(|(buffer, lease)| Loan { buffer, lease });
                (Blob::from(vec![at as u8; length]), loan)
            }).collect();
            let mut body = payload.clone();
            append(&mut body, &blobs);
            let (before, found) = split(&body)?;
            prop_assert_eq!(before, &payload[..]);
            let mut entries = found.entries();
            for (blob, loan) in &blobs {
                match (entries.next(), loan) {
                    (Some(Entry::Here(range)), None) => prop_assert_eq!(&body[range], &blob[..]),
                    (Some(Entry::Lent(length, is)), Some(loan)) => {
                        prop_assert_eq!((length, is), (blob.len(), *loan));
                    }
                    (other, _) => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert!(entries.next().is_none());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok((before, blobs)) = split(&bytes) {
                for entry in blobs.entries() {
                    if let Entry::Here(range) = entry {
                        prop_assert!(range.start >= before.len() && bytes.get(range).is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn more_than_a_message_may_have_is_refused() {
        let loan = Loan {
            buffer: 0,
            lease: 0,
        };
        let entry = |length: u32| {
            let mut entry = length.to_le_bytes().to_vec();
            entry.extend(loan.buffer.to_le_bytes());
            entry.extend(loan.lease.to_le_bytes());
            entry
        };
        let whole = |entries: &[u32]| {
            let mut body: Vec<u8> = entries.iter().flat_map(|length| entry(*length)).collect();
            body.extend((entries.len() as u16).to_le_bytes());
            body
        };
        let most = LONGEST as u32;
        assert!(split(&whole(&[most])).is_ok());
        assert!(split(&whole(&[most, 1])).is_err());
        assert!(
            split(&whole(&[])).is_err(),
            "the flag says that there are some"
        );
    }
}
