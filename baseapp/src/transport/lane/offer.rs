//! What becomes a lane when both ends have it.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use super::{
    LENGTH,
    bell::{self, Bell, Watched},
    memory::Memory,
};
use crate::{blob::SharedFile, transport::End};

/// How many descriptors are sent along with a hello: the memory, and the bells of who
/// connects and of who accepts.
pub(in crate::transport) const DESCRIPTORS: usize = 3;

/// A lane as who connects has made it.
#[derive(Debug)]
pub(crate) struct Offer {
    file: SharedFile,
    bells: [OwnedFd; 2],
    prepared: Prepared,
}

/// What one end of a lane needs to begin.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) end: End,
    pub(super) memory: Arc<Memory>,
    pub(super) bell: Bell,
    pub(super) watched: Watched,
}

impl Offer {
    /// Must be called within the runtime that will read from the lane.
    pub(in crate::transport) fn make() -> io::Result<Offer> {
        let file = Memory::create(LENGTH)?;
        let bells = [bell::make()?, bell::make()?];
        let [ours, theirs] = [bells[0].try_clone()?, bells[1].try_clone()?];
        let prepared = Prepared::new(End::Connecting, &file, ours, theirs)?;
        Ok(Offer {
            file,
            bells,
            prepared,
        })
    }

    /// What is sent to the other end.
    pub(in crate::transport) fn descriptors(&self) -> [BorrowedFd<'_>; DESCRIPTORS] {
        let [connecting, accepting] = &self.bells;
        [self.file.as_fd(), connecting.as_fd(), accepting.as_fd()]
    }

    /// It was taken.
    pub(crate) fn into_prepared(self) -> Prepared {
        self.prepared
    }
}

impl Prepared {
    /// Takes what was offered, which may come from anybody. Must be called within the
    /// runtime that will read from the lane.
    pub(in crate::transport) fn take(offered: Vec<OwnedFd>) -> io::Result<Prepared> {
        let offered = <[OwnedFd; DESCRIPTORS]>::try_from(offered);
        let [file, theirs, ours] = offered.map_err(|_| io::ErrorKind::InvalidData)?;
        Prepared::new(End::Accepting, &file.into(), ours, theirs)
    }

    fn new(end: End, file: &SharedFile, ours: OwnedFd, theirs: OwnedFd) -> io::Result<Prepared> {
        Ok(Prepared {
            end,
            memory: Arc::new(Memory::map(file, LENGTH)?),
            bell: Bell::new(theirs)?,
            watched: Watched::new(ours)?,
        })
    }
}
