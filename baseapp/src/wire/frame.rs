//! A frame: a fixed header, optional fields that hang on flags, the payload.
//!
//! ```text
//! 0        4      5       6       8               16
//! | length | kind | flags | route |  correlation   | optional fields | payload |
//! ```
//!
//! All integers are little-endian. `length` counts what follows the header.
//! Optional fields, in the order of their flag bits: the deadline of an ask in
//! microseconds of the host's clock (u64), the call chain (u16 count, then u32 worker ids).
//! Two further flags say that [blobs](super::blobs) stand behind the payload, and that the first of them
//! is the payload itself.

use std::ops::Range;

use super::blobs::{self, Blobs, Loan};
pub(crate) use super::kind::Kind;
use crate::{blob::Blob, copying, id::WorkerId};

/// Size of the fixed header, in bytes.
pub(crate) const HEADER: usize = 16;

/// Longest frame payload that is accepted, in bytes: 64 MiB.
pub(crate) const MAX_PAYLOAD: usize = 64 << 20;

/// Longest encoded state of a worker, in bytes: 32 MiB. It travels in a frame, with
/// other things.
pub(crate) const MAX_STATE: usize = MAX_PAYLOAD / 2;

/// Longest that the optional fields of a frame can be, in bytes.
const MAX_FIELDS: usize = 8 + 2 + 4 * u16::MAX as usize;

/// Longest frame between peers that know each other, without its header.
pub(crate) const MAX_FRAME: usize = MAX_PAYLOAD + MAX_FIELDS + blobs::MAX_TABLE;

/// Longest frame before both sides have said who they are: 4 KiB.
pub(crate) const MAX_HELLO: usize = 4 << 10;

/// Where the flags stand in a header.
const FLAGS_AT: usize = 5;

const FLAG_DEADLINE: u8 = 1;
const FLAG_CHAIN: u8 = 2;
const FLAG_BLOBS: u8 = 4;
const FLAG_PAYLOAD: u8 = 8;
const KNOWN_FLAGS: u8 = FLAG_DEADLINE | FLAG_CHAIN | FLAG_BLOBS | FLAG_PAYLOAD;

/// The fixed part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes that follow the header.
    pub(crate) length: u32,
    pub(crate) kind: Kind,
    flags: u8,
    pub(crate) route: u16,
    pub(crate) correlation: u64,
}

/// Why bytes are not a frame. Whoever sent them is not believed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FrameError {
    /// The length is beyond the limit.
    #[error("a frame of {length} bytes where at most {max} are allowed")]
    TooLong {
        /// The length in the header, in bytes.
        length: u32,
        /// The limit, in bytes.
        max: usize,
    },
    /// The kind is not one that this version knows.
    #[error("a frame of unknown kind {0}")]
    UnknownKind(u8),
    /// A flag is not one that this version knows.
    #[error("a frame with unknown flags {0:#04x}")]
    UnknownFlags(u8),
    /// The optional fields are longer than the frame.
    #[error("a frame that ends within its optional fields")]
    Truncated,
    /// What stands behind the payload is no blobs.
    #[error("a frame with blobs that cannot be")]
    Blobs,
    /// The kind may not come here and now.
    #[error("a frame that may not come at this point")]
    Unexpected,
}

/// What hangs on the flags of an ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// When the answer is wanted, in microseconds of the host's clock.
    pub(crate) deadline: Option<u64>,
    /// Who waits for this answer, outermost first.
    pub(crate) chain: Vec<WorkerId>,
}

impl Header {
    /// A header without optional fields.
    pub(crate) fn new(kind: Kind, route: u16, correlation: u64) -> Header {
        Header {
            length: 0,
            kind,
            flags: 0,
            route,
            correlation,
        }
    }

    /// Reads the header at the start of `bytes`: `None` if it is not all there.
    ///
    /// The length is checked before anyone allocates for it.
    #[inline]
    pub(crate) fn parse(bytes: &[u8], max: usize) -> Result<Option<Header>, FrameError> {
        let Some((head, _)) = bytes.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [l0, l1, l2, l3, kind, flags, r0, r1, correlation @ ..] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length as usize > max {
            return Err(FrameError::TooLong { length, max });
        }
        let kind = Kind::from_byte(kind).ok_or(FrameError::UnknownKind(kind))?;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(FrameError::UnknownFlags(flags));
        }
        let route = u16::from_le_bytes([r0, r1]);
        let correlation = u64::from_le_bytes(correlation);
        Ok(Some(Header {
            length,
            kind,
            flags,
            route,
            correlation,
        }))
    }

    /// Whether it is a message, one way, whose body is its payload.
    #[inline]
    pub(crate) fn is_plain_message(&self) -> bool {
        self.kind == Kind::Message && self.flags == 0
    }

    /// Bytes of the whole frame.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        HEADER + self.length as usize
    }

    #[inline]
    fn to_bytes(self) -> [u8; HEADER] {
        let [l0, l1, l2, l3] = self.length.to_le_bytes();
        let [r0, r1] = self.route.to_le_bytes();
        let front = [l0, l1, l2, l3, self.kind as u8, self.flags, r0, r1];
        // As one number, it is stored at once, and not byte by byte.
        let whole = u128::from(u64::from_le_bytes(front)) | u128::from(self.correlation) << 64;
        whole.to_le_bytes()
    }

    /// Splits what follows the header into optional fields and payload.
    #[inline]
    pub(crate) fn split<'a>(&self, body: &'a [u8]) -> Result<(Fields, &'a [u8]), FrameError> {
        if self.flags == 0 {
            return Ok((Fields::default(), body));
        }
        let mut rest = body;
        let mut fields = Fields::default();
        if self.flags & FLAG_DEADLINE != 0 {
            fields.deadline = Some(u64::from_le_bytes(take(&mut rest)?));
        }
        if self.flags & FLAG_CHAIN != 0 {
            let count = u16::from_le_bytes(take(&mut rest)?);
            // Not reserved up front: each id must really be there.
            for _ in 0..count {
                fields
                    .chain
                    .push(WorkerId(u32::from_le_bytes(take(&mut rest)?)));
            }
        }
        if self.flags & FLAG_BLOBS != 0 {
            rest = blobs::split(rest)?.0;
        }
        Ok((fields, rest))
    }

    /// What the frame takes of its receiver's memory, and so of credit, in bytes: itself,
    /// and blobs that do not stand in it. `body` is what follows the header.
    #[inline]
    pub(crate) fn cost(&self, body: &[u8]) -> u64 {
        let lent = match self.flags & FLAG_BLOBS {
            0 => 0,
            _ => self.blobs(body).map_or(0, |blobs| blobs.lent_bytes()),
        };
        self.size() as u64 + lent
    }

    /// Whether blobs stand behind the payload.
    #[inline]
    pub(crate) fn has_blobs(&self) -> bool {
        self.flags & FLAG_BLOBS != 0
    }

    /// Whether the first blob is the payload.
    #[inline]
    pub(crate) fn payload_is_blob(&self) -> bool {
        self.flags & FLAG_PAYLOAD != 0
    }

    /// The blobs of the frame: none if it has none.
    pub(crate) fn blobs<'a>(&self, body: &'a [u8]) -> Result<Blobs<'a>, FrameError> {
        if !self.has_blobs() {
            let none = Ok(Blobs::default());
            return if self.payload_is_blob() {
                Err(FrameError::Blobs)
            } else {
                none
            };
        }
        if !self.kind.may_carry_blobs() {
            return Err(FrameError::Blobs);
        }
        // What stands before the payload is no concern of who looks from behind.
        Ok(blobs::split(body)?.1)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], FrameError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(FrameError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

/// Appends a frame to `out`. `payload` appends the payload; if it fails, `out`
/// is as before.
#[inline]
pub(crate) fn write<E>(
    out: &mut Vec<u8>,
    mut header: Header,
    fields: &Fields,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Range<usize>, E> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER]);
    write_fields(out, &mut header, fields);
    if let Err(error) = payload(out) {
        out.truncate(start);
        return Err(error);
    }
    let end = out.len();
    // The payload is at most MAX_PAYLOAD and the fields are at most 256 KiB.
    header.length = u32::try_from(end - start - HEADER).unwrap_or(u32::MAX);
    out[start..start + HEADER].copy_from_slice(&header.to_bytes());
    Ok(start..end)
}

/// Cuts the payload from the frame that starts at `start` and is the last one in `out`,
/// as it is its first blob. `at` is where it began.
pub(crate) fn cut_payload(out: &mut Vec<u8>, start: usize, at: usize) {
    out.truncate(at);
    out[start + FLAGS_AT] |= FLAG_PAYLOAD;
}

/// Appends blobs to the frame that starts at `start` and is the last one in `out`: those
/// without a loan as they are.
pub(crate) fn append_blobs(out: &mut Vec<u8>, start: usize, blobs: &[(Blob, Option<Loan>)]) {
    blobs::append(out, blobs);
    // The whole is at most MAX_FRAME.
    let length = u32::try_from(out.len() - start - HEADER).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + FLAGS_AT] |= FLAG_BLOBS;
}

#[inline]
fn write_fields(out: &mut Vec<u8>, header: &mut Header, fields: &Fields) {
    if let Some(micros) = fields.deadline {
        header.flags |= FLAG_DEADLINE;
        out.extend_from_slice(&micros.to_le_bytes());
    }
    if !fields.chain.is_empty() {
        header.flags |= FLAG_CHAIN;
        // A worker stands in a chain at most once, so this never cuts.
        let count = u16::try_from(fields.chain.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_le_bytes());
        for id in fields.chain.iter().take(count.into()) {
            out.extend_from_slice(&id.0.to_le_bytes());
        }
    }
}

/// Appends a frame that was written before, without its blobs; but with its payload, if
/// that was the first of them.
pub(crate) fn write_without_blobs(
    out: &mut Vec<u8>,
    mut header: Header,
    body: &[u8],
    payload: Option<&Blob>,
) {
    let (bare, _) = blobs::split(body).unwrap_or((body, Blobs::default()));
    let payload = payload.map_or(&[][..], |payload| payload);
    header.flags &= !(FLAG_BLOBS | FLAG_PAYLOAD);
    header.length = u32::try_from(bare.len() + payload.len()).unwrap_or(u32::MAX);
    write_again(out, header, bare);
    copying::append(out, payload);
}

/// Appends a frame that was written before: `body` is what followed its header.
pub(crate) fn write_again(out: &mut Vec<u8>, header: Header, body: &[u8]) {
    // Its length is that of the body, as it was read from bytes.
    out.extend_from_slice(&header.to_bytes());
    copying::append(out, body);
}

/// The frame with `payload`, whose bytes are already there.
pub(crate) fn write_bytes(out: &mut Vec<u8>, header: Header, payload: &[u8]) {
    let done: Result<_, std::convert::Infallible> = write(out, header, &Fields::default(), |out| {
        copying::append(out, payload);
        Ok(())
    });
    match done {
        Ok(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds() -> impl Strategy<Value = Kind> {
        (1..=23_u8).prop_filter_map("a kind", Kind::from_byte)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            kind in kinds(),
            route: u16,
            correlation: u64,
            micros in proptest::option::of(any::<u64>()),
            chain in proptest::collection::vec(any::<u32>().prop_map(WorkerId), 0..40),
            payload in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let fields = Fields { deadline: micros, chain };
            let mut bytes = vec![7; 3];
            let range = write(&mut bytes, Header::new(kind, route, correlation), &fields, |out| {
                out.extend_from_slice(&payload);
                Ok::<_, FrameError>(())
            })?;
            let header = Header::parse(&bytes[range.clone()], 1 << 20)?;
            let header = header.ok_or_else(|| TestCaseError::fail("no header"))?;
            prop_assert_eq!(header.size(), range.len());
            prop_assert_eq!((header.kind, header.route, header.correlation), (kind, route, correlation));
            let (read, body) = header.split(&bytes[range.start + HEADER..])?;
            prop_assert_eq!(read, fields);
            prop_assert_eq!(body, &payload[..]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(header)) = Header::parse(&bytes, 1 << 20) {
                let end = header.size().min(bytes.len());
                let _ = header.split(&bytes[HEADER..end]);
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_the_rest_is_there() {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        bytes[4] = Kind::Message as u8;
        let refused = Header::parse(&bytes, MAX_PAYLOAD);
        assert_eq!(
            refused,
            Err(FrameError::TooLong {
                length: u32::MAX,
                max: MAX_PAYLOAD
            })
        );
    }

    #[test]
    fn unknown_kinds_and_flags_are_refused() {
        let mut bytes = Header::new(Kind::Message, 0, 0).to_bytes();
        bytes[4] = 99;
        assert_eq!(Header::parse(&bytes, 10), Err(FrameError::UnknownKind(99)));
        bytes[4] = Kind::Message as u8;
        bytes[5] = 0x80;
        assert_eq!(
            Header::parse(&bytes, 10),
            Err(FrameError::UnknownFlags(0x80))
        );
    }

    #[test]
    fn a_payload_that_fails_leaves_nothing() {
        let mut bytes = vec![1, 2, 3];
        let failed = write(
            &mut bytes,
            Header::new(Kind::Ask, 1, 2),
            &Fields::default(),
            |out| {
                out.push(9);
                Err("no")
            },
        );
        assert_eq!(failed, Err("no"));
        assert_eq!(bytes, [1, 2, 3]);
    }
}
