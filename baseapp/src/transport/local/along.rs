//! Descriptors that travel along with bytes.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use crate::transport::lane::DESCRIPTORS;

/// Room for so many of them, or one more: what is beyond is closed by the system.
const SPACE: usize = rustix::cmsg_space!(ScmRights(DESCRIPTORS));

/// Longest read with which one may come, in bytes: a hello is not longer.
pub(super) const READ: usize = 4096;

/// What came with bytes.
#[derive(Debug)]
pub(super) enum Along {
    Nothing,
    Descriptors(Vec<OwnedFd>),
    /// Descriptors that this process could not take all: it has too many.
    Lost,
}

/// Writes as much as goes without waiting, with descriptors at the first byte.
pub(super) fn send(
    socket: &UnixStream,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
    flags: SendFlags,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut along = SendAncillaryBuffer::new(&mut space);
    along.push(SendAncillaryMessage::ScmRights(descriptors));
    loop {
        match sendmsg(socket, &[IoSlice::new(bytes)], &mut along, flags) {
            Err(rustix::io::Errno::INTR) => {}
            result => return result.map_err(io::Error::from),
        }
    }
}

/// Reads once, and takes the descriptors that have come.
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
    let mut descriptors = Vec::new();
    for message in along.drain() {
        if let RecvAncillaryMessage::ScmRights(some) = message {
            descriptors.extend(some);
        }
    }
    let along = if read.flags.contains(ReturnFlags::CTRUNC) {
        Along::Lost
    } else if descriptors.is_empty() {
        Along::Nothing
    } else {
        Along::Descriptors(descriptors)
    };
    Ok((read.bytes, along))
}
