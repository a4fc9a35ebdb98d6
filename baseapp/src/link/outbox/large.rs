//! Frames with blobs, and large ones, whose payload is lent as a blob is.

use super::{LARGE, MOST_KEEP, Outbox};
use crate::{
    blob::Blob,
    link::{
        kept::{Kept, header_at},
        lending::Lend,
    },
    wire::{
        blobs::Loan,
        frame::{self, HEADER, Header},
    },
};

impl Outbox {
    /// The last frame has blobs, or is large: what it costs.
    #[cold]
    pub(super) fn put_large(
        &mut self,
        header: Header,
        frame: std::ops::Range<usize>,
        mut blobs: Vec<Blob>,
        mut lend: Lend<'_>,
    ) -> u64 {
        let payload = self.payload_to_lend(&header, &frame, &lend);
        // It is lent before the others, and they are in their order.
        let loan = payload.as_ref().and_then(|(_, payload)| lend.lend(payload));
        let (Some((at, payload)), Some(loan)) = (payload, loan) else {
            return match blobs.is_empty() {
                true => frame.len() as u64,
                false => self.append_blobs(header, frame.start, None, blobs, lend),
            };
        };
        self.keep = self.keep.max(self.open.len()).min(MOST_KEEP);
        self.kept_for = 0;
        frame::cut_payload(&mut self.open, frame.start, at);
        blobs.insert(0, payload);
        self.append_blobs(header, frame.start, Some(loan), blobs, lend)
    }

    /// The payload of the last frame in a buffer, if it is better lent than written, and
    /// where it begins.
    fn payload_to_lend(
        &self,
        header: &Header,
        frame: &std::ops::Range<usize>,
        lend: &Lend<'_>,
    ) -> Option<(usize, Blob)> {
        if frame.len() < LARGE || !lend.can() || !header.kind.may_carry_blobs() {
            return None;
        }
        let written = header_at(&self.open, frame.start)?;
        let (_, payload) = written.split(&self.open[frame.start + HEADER..]).ok()?;
        let at = self.open.len() - payload.len();
        Some((at, Blob::in_buffer(payload)?))
    }

    /// Appends its blobs to the last frame, which starts there, of which the first may be
    /// lent already: what it costs.
    fn append_blobs(
        &mut self,
        header: Header,
        start: usize,
        mut first: Option<Loan>,
        blobs: Vec<Blob>,
        mut lend: Lend<'_>,
    ) -> u64 {
        let with_loans = |blob: Blob| {
            let loan = first.take().or_else(|| lend.lend(&blob));
            (blob, loan)
        };
        let blobs: Vec<_> = blobs.into_iter().map(with_loans).collect();
        frame::append_blobs(&mut self.open, start, &blobs);
        let lent = blobs.iter().filter(|(_, loan)| loan.is_some());
        let lent: u64 = lent.map(|(blob, _)| blob.len() as u64).sum();
        if header.kind.is_message() {
            let blobs = blobs.into_iter().map(|(blob, _)| blob).collect();
            self.blobs.push_back((self.last, blobs));
        }
        (self.open.len() - start) as u64 + lent
    }

    /// Appends a message of another outbox: what it costs.
    pub(crate) fn put_again(&mut self, header: Header, kept: &Kept, lend: Lend<'_>) -> u64 {
        let start = self.open.len();
        self.last += u64::from(header.kind.is_message());
        if kept.blobs.is_empty() {
            frame::write_again(&mut self.open, header, &kept.body);
            return (HEADER + kept.body.len()) as u64;
        }
        let (payload, blobs) = match header.payload_is_blob() {
            true => (kept.blobs.first(), kept.blobs.get(1..).unwrap_or_default()),
            false => (None, &kept.blobs[..]),
        };
        frame::write_without_blobs(&mut self.open, header, &kept.body, payload);
        match blobs.is_empty() {
            true => (self.open.len() - start) as u64,
            false => self.append_blobs(header, start, None, blobs.to_vec(), lend),
        }
    }
}
