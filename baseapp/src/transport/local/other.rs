//! Named pipes, as far as the portable interface goes.

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

pub(in crate::transport) fn own_uid() -> Option<u32> {
    None
}
