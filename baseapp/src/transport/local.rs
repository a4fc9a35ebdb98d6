//! Local sockets: Unix-domain sockets by file path.

use std::{
    io,
    path::{Path, PathBuf},
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use interprocess::{
    ConnectWaitMode,
    local_socket::{
        ConnectOptions, GenericFilePath, ListenerOptions, ToFsName,
        tokio::{Listener as Socket, Stream as Connection},
        traits::{StreamCommon as _, tokio::Listener as _},
    },
};

use super::{Peer, Wire};

/// A listening socket. Its file goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Socket,
    path: PathBuf,
}

impl Listener {
    /// Never overwrites a file: a name that is taken is an error. The file is
    /// removed by us, not by the socket, because the path may by then belong to
    /// someone else.
    pub(super) fn bind(path: PathBuf) -> io::Result<Listener> {
        let name = path.as_path().to_fs_name::<GenericFilePath>()?;
        let options = ListenerOptions::new()
            .name(name)
            .try_overwrite(false)
            .reclaim_name(false);
        let socket = platform::for_this_user_only(options).create_tokio()?;
        Ok(Listener { socket, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.socket.accept().await.map(Stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may be gone with the run directory already.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Stream(Connection);

impl Stream {
    pub(super) async fn connect(path: &Path) -> io::Result<Stream> {
        let name = path.to_fs_name::<GenericFilePath>()?;
        // Deferred would return before the queue of the listener has room.
        let wait = ConnectWaitMode::Unbounded;
        ConnectOptions::new()
            .name(name)
            .wait_mode(wait)
            .connect_tokio()
            .await
            .map(Stream)
    }
}

impl Wire for Stream {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        platform::poll_read(&self.0, cx, into)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        platform::try_write(&self.0, bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        platform::poll_write(&self.0, cx, bytes)
    }

    fn peer(&self) -> io::Result<Peer> {
        let creds = self.0.peer_creds()?;
        Ok(Peer {
            pid: creds.pid().and_then(|pid| u32::try_from(pid).ok()),
            uid: platform::uid(&creds),
        })
    }

    fn close(&self) {
        platform::close(&self.0);
    }
}

pub(super) use platform::own_uid;

#[cfg(unix)]
mod platform {
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

    pub(in super::super) fn own_uid() -> Option<u32> {
        Some(rustix::process::geteuid().as_raw())
    }
}

#[cfg(not(unix))]
mod platform {
    use std::{pin::Pin, task::Waker};

    use interprocess::local_socket::PeerCreds;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;

    pub(super) fn for_this_user_only(options: ListenerOptions<'_>) -> ListenerOptions<'_> {
        options // the default descriptor of a named pipe admits its creator only to write
    }

    pub(super) fn poll_read(
        mut connection: &Connection,
        cx: &mut Context<'_>,
        into: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let mut chunk = [0; 16 * 1024];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut connection).poll_read(cx, &mut buffer))?;
        into.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    pub(super) fn try_write(connection: &Connection, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(Waker::noop());
        match poll_write(connection, &mut cx, bytes) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn poll_write(
        mut connection: &Connection,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut connection).poll_write(cx, bytes)
    }

    pub(super) fn close(_connection: &Connection) {
        // A pipe ends when its last handle is dropped.
    }

    pub(super) fn uid(_creds: &PeerCreds) -> Option<u32> {
        None
    }

    pub(in super::super) fn own_uid() -> Option<u32> {
        None
    }
}
