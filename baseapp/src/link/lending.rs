//! Blobs that this end has lent to the other one, and those that it has borrowed.
//!
//! A buffer is passed to the other end once, when the first blob in it is lent: the
//! buffers of a direction are numbered in the order in which they were passed. A blob is lent
//! with a lease, and the other end says when nobody there has it any more. If the link ends
//! before, somebody may have it for ever: then the buffer is not used again.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use super::Link;
use crate::{
    blob::{Back, Blob, Buffer, Lender, Shared},
    transport::Wire,
    wire::{
        blobs::{Entry, Loan},
        frame::FrameError,
    },
};

/// Buffers that the other end knows at a time, at most: it maps each of them.
const MOST_BUFFERS: usize = 256;

/// How blobs are lent: along a connection, if there is one.
pub(crate) struct Lend<'a> {
    along: Option<(&'a dyn Wire, &'a mut Lending)>,
}

impl<'a> Lend<'a> {
    #[inline]
    pub(super) fn along(wire: &'a Option<Arc<dyn Wire>>, lending: &'a mut Lending) -> Self {
        Lend {
            along: wire.as_deref().map(|wire| (wire, lending)),
        }
    }

    /// Whether there is a way to lend something.
    pub(super) fn can(&self) -> bool {
        // Not asked before: most frames have nothing to lend.
        let along = self.along.as_ref();
        along.is_some_and(|(wire, _)| wire.can_pass())
    }

    /// Lends a blob; `None` if its bytes are to be written instead.
    pub(super) fn lend(&mut self, blob: &Blob) -> Option<Loan> {
        if !self.can() {
            return None;
        }
        let (wire, lending) = self.along.as_mut()?;
        lending.lend(*wire, blob)
    }
}

/// What this end has lent.
#[derive(Debug, Default)]
pub(super) struct Lending {
    /// Passed buffers, by their number in this process.
    passed: HashMap<u64, (u32, Weak<Buffer>)>,
    next_buffer: u32,
    leases: HashMap<u64, Arc<Shared>>,
    next_lease: u64,
    /// How many buffers of this process were gone when those passed were last looked at.
    gone: u64,
    /// Buffers that the other end could not map.
    unmapped: Vec<u32>,
}

impl Lending {
    fn lend(&mut self, wire: &dyn Wire, blob: &Blob) -> Option<Loan> {
        let shared = blob.to_shared()?;
        let buffer = self.pass(wire, shared.buffer())?;
        let lease = self.next_lease;
        self.next_lease += 1;
        self.leases.insert(lease, shared);
        Some(Loan { buffer, lease })
    }

    fn pass(&mut self, wire: &dyn Wire, buffer: &Arc<Buffer>) -> Option<u32> {
        let number = buffer.number();
        if let Some((at, _)) = self.passed.get(&number) {
            return Some(*at);
        }
        if self.passed.len() >= MOST_BUFFERS || !wire.pass(buffer.file()) {
            return None;
        }
        let at = self.next_buffer;
        self.next_buffer += 1;
        self.passed.insert(number, (at, Arc::downgrade(buffer)));
        Some(at)
    }

    /// The other end has given a blob back. False if it had not got it.
    fn returned(&mut self, lease: u64, back: Back) -> bool {
        let Some(shared) = self.leases.remove(&lease) else {
            return false;
        };
        match back {
            Back::Free => {}
            Back::Unmapped => {
                let passed = self.passed.remove(&shared.buffer().number());
                self.unmapped.extend(passed.map(|(at, _)| at));
            }
            Back::Forfeited => shared.forfeit(),
        }
        true
    }

    /// Whether a buffer was passed that [may be used no more](Self::forget).
    #[inline]
    pub(super) fn may_forget(&self) -> bool {
        !self.passed.is_empty() || !self.unmapped.is_empty()
    }

    /// Passed buffers that are used no more.
    pub(super) fn forget(&mut self) -> Vec<u32> {
        let mut forgotten = std::mem::take(&mut self.unmapped);
        let gone = Buffer::gone();
        if self.passed.is_empty() || gone == self.gone {
            return forgotten;
        }
        self.gone = gone;
        let dead = self
            .passed
            .extract_if(|_, (_, buffer)| buffer.strong_count() == 0);
        forgotten.extend(dead.map(|(_, (at, _))| at));
        forgotten
    }

    /// The link has ended: what was lent may be read for ever.
    pub(super) fn forfeit(&mut self) -> Vec<Arc<Shared>> {
        let lent: Vec<_> = std::mem::take(&mut self.leases).into_values().collect();
        lent.iter().for_each(|shared| shared.forfeit());
        lent
    }
}

/// What this end has borrowed.
#[derive(Debug, Default)]
pub(super) struct Borrowing {
    /// Buffers that the other end has passed; without those that could not be mapped.
    buffers: HashMap<u32, Option<Arc<Buffer>>>,
    next: u32,
}

impl Borrowing {
    /// A buffer that was passed; `None` if it could not be mapped.
    fn buffer(&mut self, wire: &dyn Wire, at: u32) -> Result<Option<Arc<Buffer>>, FrameError> {
        self.take_up_to(wire, at)?;
        self.buffers.get(&at).cloned().ok_or(FrameError::Blobs)
    }

    /// Takes what was passed before something was said of it.
    fn take_up_to(&mut self, wire: &dyn Wire, at: u32) -> Result<(), FrameError> {
        while self.next <= at {
            let passed = wire.take_passed().ok_or(FrameError::Blobs)?;
            let buffer = passed.and_then(Buffer::open).ok().map(Arc::new);
            self.buffers.insert(self.next, buffer);
            self.next += 1;
            if self.buffers.len() > MOST_BUFFERS {
                return Err(FrameError::Blobs);
            }
        }
        Ok(())
    }
}

impl Link {
    /// Who gives back what was borrowed over this link.
    pub(crate) fn set_lender(&self, lender: Arc<dyn Lender>) {
        let _ = self.lender.set(lender); // it is served once
    }

    /// The blobs of a frame that has arrived, without those that cannot be read, and
    /// whether that is so. `here` gives those that stand in the frame.
    pub(crate) fn borrow(
        &self,
        entries: impl Iterator<Item = Entry>,
        here: impl Fn(std::ops::Range<usize>) -> Blob,
    ) -> Result<Vec<Option<Blob>>, FrameError> {
        let mut state = self.lock();
        if state.ended.is_some() {
            // What came last is not handled any more, and nobody lied.
            return Ok(entries.map(|_| None).collect());
        }
        let wire = state.wire.clone();
        let blob = |entry| match (entry, &wire, self.lender.get()) {
            (Entry::Here(range), ..) => Ok(Some(here(range))),
            (Entry::Lent(len, loan), Some(wire), Some(lender)) => {
                let Some(buffer) = state.borrowing.buffer(&**wire, loan.buffer)? else {
                    lender.give_back(loan.lease, Back::Unmapped);
                    return Ok(None);
                };
                let shared = Shared::lent(buffer, len, Arc::clone(lender), loan.lease);
                shared.map(Blob::shared).map(Some).ok_or(FrameError::Blobs)
            }
            (Entry::Lent(..), ..) => Err(FrameError::Blobs),
        };
        entries.map(blob).collect()
    }

    /// The other end has given a blob back.
    pub(crate) fn take_return(&self, lease: u64, back: u16) -> Result<(), FrameError> {
        let back = Back::from_number(back).ok_or(FrameError::Unexpected)?;
        let known = self.lock().lending.returned(lease, back);
        known.then_some(()).ok_or(FrameError::Unexpected)
    }

    /// The other end uses a buffer no more.
    pub(crate) fn take_forget(&self, buffer: u64) -> Result<(), FrameError> {
        let at = u32::try_from(buffer).map_err(|_| FrameError::Unexpected)?;
        let mut state = self.lock();
        let wire = state.wire.clone().ok_or(FrameError::Unexpected)?;
        state.borrowing.take_up_to(&*wire, at)?;
        let known = state.borrowing.buffers.remove(&at);
        known.map(drop).ok_or(FrameError::Unexpected)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        collections::VecDeque,
        io,
        sync::Mutex,
        task::{Context, Poll},
    };

    use bytes::BytesMut;

    use super::*;
    use crate::{
        blob::SharedFile,
        id::{Incarnation, WorkerId},
        link::{PeerId, lock},
        transport::Peer,
    };

    /// Passes files to itself, or loses them.
    #[derive(Debug, Default)]
    struct Passing {
        passed: Mutex<VecDeque<io::Result<SharedFile>>>,
        loses: bool,
    }

    impl Wire for Passing {
        fn poll_read(&self, _: &mut Context<'_>, _: &mut BytesMut) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn peer(&self) -> io::Result<Peer> {
            Ok(Peer::default())
        }

        fn close(&self) {}

        fn can_pass(&self) -> bool {
            true
        }

        fn pass(&self, file: &SharedFile) -> bool {
            let passed = match self.loses {
                true => Err(io::Error::other("too many")),
                false => file.try_clone(),
            };
            lock(&self.passed).push_back(passed);
            true
        }

        fn take_passed(&self) -> Option<io::Result<SharedFile>> {
            lock(&self.passed).pop_front()
        }
    }

    #[derive(Default)]
    struct Returns(Mutex<Vec<(u64, Back)>>);

    impl Lender for Returns {
        fn give_back(&self, lease: u64, back: Back) {
            lock(&self.0).push((lease, back));
        }
    }

    fn link(wire: &Arc<Passing>) -> (Link, Arc<Returns>) {
        let link = Link::new(PeerId {
            id: WorkerId(1),
            incarnation: Incarnation::FIRST,
            name: "x".into(),
        });
        link.attach(Arc::clone(wire) as Arc<dyn Wire>);
        let returns = Arc::new(Returns::default());
        link.set_lender(Arc::clone(&returns) as Arc<dyn Lender>);
        (link, returns)
    }

    fn borrow(link: &Link, len: usize, loan: Loan) -> Result<Vec<Option<Blob>>, FrameError> {
        link.borrow([Entry::Lent(len, loan)].into_iter(), |_| Blob::default())
    }

    fn lend(lending: &mut Lending, wire: &Passing, blob: &Blob) -> Loan {
        let loan = lending.lend(wire, blob);
        loan.unwrap_or_else(|| panic!("not lent"))
    }

    #[test]
    fn what_is_lent_is_read_and_given_back() {
        let wire = Arc::new(Passing::default());
        let (link, returns) = link(&wire);
        let mut lending = Lending::default();
        let blob = Blob::from(&[7; 100_000][..]);
        let loans = [0, 1].map(|_| lend(&mut lending, &wire, &blob));
        assert_eq!(loans[0].buffer, loans[1].buffer, "it is passed once");
        for loan in loans {
            let borrowed = borrow(&link, blob.len(), loan);
            assert_eq!(borrowed, Ok(vec![Some(blob.clone())]));
        }
        let back = lock(&returns.0).clone();
        assert_eq!(back, loans.map(|loan| (loan.lease, Back::Free)));
        for (lease, back) in back {
            assert!(lending.returned(lease, back));
            assert!(!lending.returned(lease, back), "once");
        }
        drop(blob);
        assert!(lending.forfeit().is_empty());
    }

    #[test]
    fn who_says_what_cannot_be_is_not_believed() {
        let wire = Arc::new(Passing::default());
        let (link, _) = link(&wire);
        let mut lending = Lending::default();
        let blob = Blob::from(&[7; 100_000][..]);
        let loan = lend(&mut lending, &wire, &blob);
        assert!(borrow(&link, 1 << 20, loan).is_err(), "it is not as long");
        let other = Loan { buffer: 1, ..loan };
        assert!(borrow(&link, 1, other).is_err(), "it was not passed");
        assert!(link.take_forget(0).is_ok() && link.take_forget(0).is_err());
        assert!(borrow(&link, 1, loan).is_err(), "it is forgotten");
        assert!(link.take_return(0, 0).is_err(), "nothing was lent there");
    }

    #[test]
    fn a_file_that_is_lost_costs_its_message_and_is_passed_again() {
        let wire = Arc::new(Passing {
            loses: true,
            ..Passing::default()
        });
        let (link, returns) = link(&wire);
        let mut lending = Lending::default();
        let blob = Blob::from(&[7; 100_000][..]);
        for round in 0..2 * MOST_BUFFERS as u32 {
            let loan = lend(&mut lending, &wire, &blob);
            assert_eq!(loan.buffer, round, "it is passed again");
            assert_eq!(borrow(&link, blob.len(), loan), Ok(vec![None]));
            let back = lock(&returns.0).pop();
            assert_eq!(back, Some((loan.lease, Back::Unmapped)));
            assert!(lending.returned(loan.lease, Back::Unmapped));
            assert_eq!(lending.forget(), [round]);
            assert!(link.take_forget(round.into()).is_ok());
        }
    }
}
