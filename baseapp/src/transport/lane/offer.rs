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
        let (ours, theirs) = (bell::make()?, bell::make()?);
        let prepared = Prepared::new(End::Connecting, &file, ours, theirs)?;
        Ok(Offer { file, prepared })
    }

    /// What is sent to the other end.
    pub(in crate::transport) fn descriptors(&self) -> [BorrowedFd<'_>; DESCRIPTORS] {
        let Prepared { bell, watched, .. } = &self.prepared;
        [self.file.as_fd(), watched.as_fd(), bell.as_fd()]
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
        bell::check(&theirs)?;
        bell::check(&ours)?;
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use bytes::BytesMut;
    use rustix::fs::SealFlags;

    use super::*;
    use crate::transport::{self, Listener, Wire, within_a_runtime};

    /// Reads once.
    async fn read(wire: &dyn Wire) -> io::Result<Vec<u8>> {
        let mut bytes = BytesMut::with_capacity(4096);
        poll_fn(|cx| wire.poll_read(cx, &mut bytes)).await?;
        Ok(bytes.to_vec())
    }

    #[test]
    fn what_is_passed_right_after_the_welcome_is_there_when_the_lane_begins() -> io::Result<()> {
        within_a_runtime(async {
            let dir = tempfile::tempdir()?;
            let mut listener = Listener::socket(dir.path().join("s"))?;
            let ours = transport::connect(&listener.endpoint()).await?;
            let theirs = listener.accept().await?;
            let offer = ours.make_offer().ok_or(io::ErrorKind::Unsupported)?;
            ours.try_write_with(b"hello", &offer)?;
            assert_eq!(read(&*theirs).await?, b"hello");
            let taken = theirs.take_offer().ok_or(io::ErrorKind::InvalidData)?;
            theirs.try_write(b"welcome")?;
            theirs.begin_lane(taken);
            let file = SharedFile::create("passed", 4096)?;
            file.seal(SealFlags::empty())?;
            assert!(theirs.pass(&file));
            assert!(read(&*ours).await?.starts_with(b"welcome"));
            ours.begin_lane(offer.into_prepared());
            assert!(ours.take_passed().is_some_and(|passed| passed.is_ok()));
            assert!(ours.take_passed().is_none());
            theirs.try_write(b"through the lane")?;
            assert_eq!(read(&*ours).await?, b"through the lane");
            Ok(())
        })
    }

    #[test]
    fn only_what_can_be_a_lane_is_taken() -> io::Result<()> {
        within_a_runtime(async {
            let whole = || -> io::Result<Vec<OwnedFd>> {
                let offer = Offer::make()?;
                let descriptors = offer.descriptors();
                descriptors
                    .map(|one| one.try_clone_to_owned())
                    .into_iter()
                    .collect()
            };
            assert!(Prepared::take(whole()?).is_ok());
            assert!(Prepared::take(Vec::new()).is_err());
            for at in 0..DESCRIPTORS {
                let mut fewer = whole()?;
                fewer.remove(at);
                assert!(Prepared::take(fewer).is_err());
                let mut other = whole()?;
                other[at] = std::fs::File::open("/dev/null")?.into();
                assert!(Prepared::take(other).is_err());
            }
            let mut more = whole()?;
            more.push(bell::make()?);
            assert!(Prepared::take(more).is_err());
            Ok(())
        })
    }
}
