//! Unix-domain sockets, watched with as few wake-ups as possible.
//!
//! A socket that is watched for room to write wakes its process whenever the
//! other end has read something: once per message, for nothing. So it is
//! watched for input alone, and for room only when a write found none.

use std::{
    io,
    os::unix::net::UnixStream,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{BufMut, BytesMut};
use interprocess::{
    local_socket::{ListenerOptions, PeerCreds, tokio::Stream as Connection},
    os::unix::local_socket::ListenerOptionsExt as _,
};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::{Interest, unix::AsyncFd};

use super::peer_of;
use crate::transport::{Peer, Wire};

pub(super) fn for_this_user_only(options: ListenerOptions<'_>) -> ListenerOptions<'_> {
    options.mode(0o600)
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: AsyncFd<UnixStream>,
    /// The same socket, watched for room to write: from the first write on
    /// that found none.
    room: Mutex<Option<AsyncFd<UnixStream>>>,
    peer: Peer,
}

impl Stream {
    /// Must be called within a runtime.
    pub(super) fn new(connection: Connection) -> io::Result<Stream> {
        let peer = peer_of(&connection)?;
        let Connection::UdSocket(socket) = connection;
        let socket = tokio::net::UnixStream::from(socket).into_std()?;
        let socket = watch(socket, Interest::READABLE)?;
        Ok(Stream {
            socket,
            room: Mutex::new(None),
            peer,
        })
    }
}

impl Wire for Stream {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            let room = into.capacity() - into.len();
            match receive(&self.socket, into) {
                Ok(read) => {
                    if read < room {
                        // All that was there: what comes now is told anew.
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(read));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match send(self.socket.get_ref(), bytes, flags()) {
                Err(rustix::io::Errno::INTR) => {}
                result => return result.map_err(io::Error::from),
            }
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            let watched = match &mut *room {
                Some(watched) => watched,
                none => {
                    let socket = self.socket.get_ref().try_clone()?;
                    none.insert(watch(socket, Interest::WRITABLE)?)
                }
            };
            // Told since the write: try again.
            ready!(watched.poll_write_ready(cx))?.clear_ready();
        }
    }

    fn peer(&self) -> io::Result<Peer> {
        Ok(self.peer)
    }

    fn close(&self) {
        // Already closed by the other end is as good.
        let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
    }
}

/// Watches a socket. Must be called within a runtime.
#[allow(
    unsafe_code,
    reason = "the runtime takes anything with a descriptor, and wants to be told that it stays open"
)]
fn watch(socket: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    // SAFETY: a `UnixStream` owns its descriptor, never changes it, and is not
    // taken out again.
    Ok(unsafe { AsyncFd::register_with_interest(socket, interest) }?)
}

/// Reads once, into the spare capacity of `into`.
#[allow(
    unsafe_code,
    reason = "reads into memory that is not initialized, which is the point"
)]
fn receive(socket: &AsyncFd<UnixStream>, into: &mut BytesMut) -> io::Result<usize> {
    loop {
        // SAFETY: the slice is only written to, by the system.
        let spare = unsafe { into.chunk_mut().as_uninit_slice_mut() };
        match recv(socket.get_ref(), spare, RecvFlags::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(((read, _), _)) => {
                let read = read.len();
                // SAFETY: the system has initialized that many bytes.
                unsafe { into.advance_mut(read) };
                return Ok(read);
            }
        }
    }
}

/// A peer that is gone is an error here, not a signal to the process.
fn flags() -> SendFlags {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    return SendFlags::NOSIGNAL;
    // The Rust runtime ignores SIGPIPE.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    return SendFlags::empty();
}

pub(super) fn uid(creds: &PeerCreds) -> Option<u32> {
    creds.euid()
}

pub(in crate::transport) fn own_uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}
