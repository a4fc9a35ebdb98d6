//! Unix-domain sockets, as the runtime has them.

use std::os::fd::AsFd;

use interprocess::{local_socket::PeerCreds, os::unix::local_socket::ListenerOptionsExt as _};
use rustix::net::{SendFlags, send};
use tokio::{io::Interest, net::UnixStream};

use super::*;

pub(super) fn for_this_user_only(options: ListenerOptions<'_>) -> ListenerOptions<'_> {
    options.mode(0o600)
}

fn inner(connection: &Connection) -> &UnixStream {
    let Connection::UdSocket(stream) = connection;
    stream.inner()
}

pub(super) fn poll_read(
    connection: &Connection,
    cx: &mut Context<'_>,
    into: &mut BytesMut,
) -> Poll<io::Result<usize>> {
    let stream = inner(connection);
    loop {
        match stream.try_read_buf(into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready!(stream.poll_read_ready(cx))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Poll::Ready(result),
        }
    }
}

/// Straight to the socket, past the runtime's idea of whether it is ready:
/// the thread that drives the runtime may be busy, and this be another one.
pub(super) fn try_write(connection: &Connection, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match send(inner(connection).as_fd(), bytes, flags()) {
            Err(rustix::io::Errno::INTR) => {}
            result => return result.map_err(io::Error::from),
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

pub(super) fn poll_write(
    connection: &Connection,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    let stream = inner(connection);
    loop {
        ready!(stream.poll_write_ready(cx))?;
        match stream.try_io(Interest::WRITABLE, || try_write(connection, bytes)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result),
        }
    }
}

pub(super) fn close(connection: &Connection) {
    // Already closed by the other end is as good.
    let _ = rustix::net::shutdown(inner(connection).as_fd(), rustix::net::Shutdown::Both);
}

pub(super) fn uid(creds: &PeerCreds) -> Option<u32> {
    creds.euid()
}

pub(in crate::transport) fn own_uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}
