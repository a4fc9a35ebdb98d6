//! Unix-domain sockets, watched with as few wake-ups as possible.
//!
//! A socket that is watched for room to write wakes its process whenever the
//! other end has read something: once per message, for nothing. So it is
//! watched for input alone, and for room only when a write found none.

#[cfg(target_os = "linux")]
use std::{collections::VecDeque, os::fd::AsFd as _, sync::OnceLock};
use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
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

#[cfg(target_os = "linux")]
use super::along::{self, Along};
use super::peer_of;
#[cfg(target_os = "linux")]
use crate::blob::SharedFile;
use crate::transport::{Looks, Peer, Wire};
#[cfg(target_os = "linux")]
use crate::transport::{Offer, Prepared, lane::Lane};

pub(super) fn for_this_user_only(options: ListenerOptions<'_>) -> ListenerOptions<'_> {
    options.mode(0o600)
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: AsyncFd<UnixStream>,
    /// What came with the first bytes; `None` until they are read.
    #[cfg(target_os = "linux")]
    first: OnceLock<Mutex<Along>>,
    /// Through which the bytes travel, when both ends have it.
    #[cfg(target_os = "linux")]
    lane: OnceLock<Lane>,
    /// What was passed while the bytes went through the lane.
    #[cfg(target_os = "linux")]
    passed: Mutex<VecDeque<io::Result<SharedFile>>>,
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
            #[cfg(target_os = "linux")]
            first: OnceLock::new(),
            #[cfg(target_os = "linux")]
            lane: OnceLock::new(),
            #[cfg(target_os = "linux")]
            passed: Mutex::default(),
            room: Mutex::new(None),
            peer,
        })
    }

    /// Writes as much as the socket takes at once.
    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match send(self.socket.get_ref(), bytes, flags()) {
                Err(rustix::io::Errno::INTR) => {}
                result => return result.map_err(io::Error::from),
            }
        }
    }

    /// Reads once: how much, and whether that was all that was there.
    #[inline]
    fn receive(&self, into: &mut BytesMut) -> io::Result<(usize, bool)> {
        #[cfg(target_os = "linux")]
        if self.first.get().is_none() {
            let mut bytes = [0; along::READ];
            let room = bytes.len().min(into.capacity() - into.len());
            let (read, along) = along::receive(self.socket.get_ref(), &mut bytes[..room])?;
            into.extend_from_slice(&bytes[..read]);
            let _ = self.first.set(Mutex::new(along));
            return Ok((read, false));
        }
        let room = into.capacity() - into.len();
        let read = receive(&self.socket, into)?;
        Ok((read, read < room))
    }

    /// Reads what is there, and forgets it: it came along with a file. False at the end of
    /// the connection.
    #[cfg(target_os = "linux")]
    pub(in crate::transport) fn poll_woken(&self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            match self.receive_passed() {
                Ok((0, _)) => return Poll::Ready(Ok(false)),
                Ok((_, is_all)) => {
                    if is_all {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(true));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Reads once, and takes what was passed along: how much was read, and whether that
    /// was all.
    #[cfg(target_os = "linux")]
    fn receive_passed(&self) -> io::Result<(usize, bool)> {
        // Nothing is read between that and what was passed being in its place.
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut some = [0; 64];
        let (read, along) = along::receive(self.socket.get_ref(), &mut some)?;
        if let Along::Nothing = along {
            return Ok((read, read < some.len()));
        }
        keep(&mut passed, along);
        // A read ends with what was passed, whatever comes after it.
        Ok((read, false))
    }
}

impl Wire for Stream {
    fn move_here(&mut self) -> io::Result<()> {
        let socket = self.socket.get_ref().try_clone()?;
        self.socket = watch(socket, Interest::READABLE)?;
        *self.room.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        #[cfg(target_os = "linux")]
        if let Some(lane) = self.lane.get() {
            return lane.poll_read(self, cx, into);
        }
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            match self.receive(into) {
                Ok((read, is_all)) => {
                    if is_all {
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
        #[cfg(target_os = "linux")]
        if let Some(lane) = self.lane.get() {
            return lane.try_write(bytes);
        }
        self.send(bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        #[cfg(target_os = "linux")]
        if let Some(lane) = self.lane.get() {
            return lane.poll_write(bytes);
        }
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

    #[cfg(target_os = "linux")]
    fn make_offer(&self) -> Option<Offer> {
        Offer::make().ok()
    }

    #[cfg(target_os = "linux")]
    fn try_write_with(&self, bytes: &[u8], offer: &Offer) -> io::Result<usize> {
        along::send(self.socket.get_ref(), bytes, &offer.descriptors(), flags())
    }

    #[cfg(target_os = "linux")]
    fn take_offer(&self) -> Option<Prepared> {
        let first = self.first.get()?;
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *first, Along::Nothing) {
            Along::Descriptors(descriptors) => Prepared::take(descriptors).ok(),
            Along::Nothing | Along::Lost => None,
        }
    }

    #[cfg(target_os = "linux")]
    fn begin_lane(&self, prepared: Prepared) {
        let _ = self.lane.set(Lane::new(prepared)); // it is offered once
        // Who was connected to may have passed a file by now, which came with its welcome.
        if let Some(first) = self.first.get() {
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            keep(&mut passed, std::mem::replace(&mut *first, Along::Nothing));
        }
    }

    #[cfg(target_os = "linux")]
    fn can_pass(&self) -> bool {
        self.lane.get().is_some()
    }

    #[cfg(target_os = "linux")]
    fn pass(&self, file: &SharedFile) -> bool {
        // If its socket takes nothing, the other end has many files to take.
        self.can_pass()
            && along::send(self.socket.get_ref(), &[0], &[file.as_fd()], flags()).is_ok()
    }

    #[cfg(target_os = "linux")]
    fn take_passed(&self) -> Option<io::Result<SharedFile>> {
        loop {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(file) = passed.pop_front() {
                return Some(file);
            }
            drop(passed);
            // Whoever owns the connection reads its end again.
            match self.receive_passed() {
                Ok((1.., _)) => {}
                Ok((0, _)) | Err(_) => return None,
            }
        }
    }

    fn looks(&self) -> Looks {
        #[cfg(target_os = "linux")]
        if self.lane.get().is_some() {
            return Looks::InMemory;
        }
        Looks::AtSystem
    }

    fn may_have_more(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(lane) = self.lane.get() {
            return lane.has_more();
        }
        true
    }

    fn try_read(&self, into: &mut BytesMut) -> io::Result<usize> {
        #[cfg(target_os = "linux")]
        if let Some(lane) = self.lane.get() {
            return lane.try_read(into);
        }
        match self.receive(into) {
            Ok((read, _)) => Ok(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }

    #[cfg(target_os = "linux")]
    fn stay_awake(&self) {
        if let Some(lane) = self.lane.get() {
            lane.stay_awake();
        }
    }

    #[cfg(target_os = "linux")]
    fn sleep(&self) -> bool {
        self.lane.get().is_none_or(Lane::sleep)
    }

    fn close(&self) {
        // Already closed by the other end is as good.
        let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
    }
}

/// Keeps what was passed until somebody asks for it.
#[cfg(target_os = "linux")]
fn keep(passed: &mut VecDeque<io::Result<SharedFile>>, along: Along) {
    match along {
        Along::Nothing => {}
        Along::Descriptors(files) => {
            passed.extend(files.into_iter().map(|file| Ok(file.into())));
        }
        Along::Lost => {
            let text = "a file could not be received: too many are open";
            passed.push_back(Err(io::Error::other(text)));
        }
    }
}

/// Watches what owns a descriptor. Must be called within a runtime.
#[allow(
    unsafe_code,
    reason = "the runtime takes anything with a descriptor, and wants to be told that it stays open"
)]
pub(in crate::transport) fn watch<T>(owner: T, interest: Interest) -> io::Result<AsyncFd<T>>
where
    T: AsRawFd + Into<OwnedFd>,
{
    // SAFETY: what can be turned into the one descriptor that it owns keeps it open as
    // long as it lives: a `UnixStream`, or an `OwnedFd`, which is not taken out again.
    Ok(unsafe { AsyncFd::register_with_interest(owner, interest) }?)
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::transport::{local::Listener, within_a_runtime};

    /// Two ends of a connection.
    async fn pair() -> io::Result<(Stream, Stream)> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("socket");
        let listener = Listener::bind(path.clone())?;
        Ok((Stream::connect(&path).await?, listener.accept().await?))
    }

    #[test]
    fn who_looks_reads_what_is_there_and_who_is_woken_reads_the_rest_and_the_end() -> io::Result<()>
    {
        within_a_runtime(look_and_be_woken())
    }

    async fn look_and_be_woken() -> io::Result<()> {
        let (near, far) = pair().await?;
        let mut read = BytesMut::with_capacity(64);
        assert_eq!(far.looks(), Looks::AtSystem);
        assert_eq!(far.try_read(&mut read)?, 0, "nothing is there");
        for round in 0..10 {
            near.try_write(&[round])?;
            assert_eq!(far.try_read(&mut read)?, 1);
            near.try_write(&[round, round])?;
            let woken = poll_fn(|cx| far.poll_read(cx, &mut read)).await;
            assert_eq!(woken?, 2, "it was told of the first byte, too");
            assert_eq!(read.split(), [round; 3][..]);
            assert_eq!(far.try_read(&mut read)?, 0);
        }
        near.close();
        assert_eq!(far.try_read(&mut read)?, 0, "the end is not for who looks");
        let end = poll_fn(|cx| far.poll_read(cx, &mut read)).await;
        assert_eq!(end?, 0);
        Ok(())
    }
}
