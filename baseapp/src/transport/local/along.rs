//! A descriptor that travels along with bytes.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
};

/// Room for one of them: more are closed by the system.
const SPACE: usize = rustix::cmsg_space!(ScmRights(1));

/// Longest read with which one may come, in bytes: a hello is not longer.
pub(super) const READ: usize = 4096;

/// What came with bytes.
#[derive(Debug)]
pub(super) enum Along {
    Nothing,
    Descriptor(OwnedFd),
    /// A descriptor that this process could not take: it has too many.
    Lost,
}

/// Writes as much as goes without waiting, with a descriptor at the first byte.
pub(super) fn send(
    socket: &UnixStream,
    bytes: &[u8],
    descriptor: impl AsFd,
    flags: SendFlags,
) -> io::Result<usize> {
    let descriptors = [descriptor.as_fd()];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut along = SendAncillaryBuffer::new(&mut space);
    along.push(SendAncillaryMessage::ScmRights(&descriptors));
    loop {
        match sendmsg(socket, &[IoSlice::new(bytes)], &mut along, flags) {
            Err(rustix::io::Errno::INTR) => {}
            result => return result.map_err(io::Error::from),
        }
    }
}

/// Reads once, and takes a descriptor if one has come.
pub(super) fn receive(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(usize, Along)> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut along = RecvAncillaryBuffer::new(&mut space);
    let read = loop {
        let mut slices = [IoSliceMut::new(bytes)];
        match recvmsg(socket, &mut slices, &mut along, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            result => break result?,
        }
    };
    let descriptor = along.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let along = match descriptor {
        Some(descriptor) => Along::Descriptor(descriptor),
        None if read.flags.contains(ReturnFlags::CTRUNC) => Along::Lost,
        None => Along::Nothing,
    };
    Ok((read.bytes, along))
}
