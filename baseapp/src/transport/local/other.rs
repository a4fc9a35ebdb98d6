//! Named pipes, as far as the portable interface goes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use bytes::BytesMut;
use interprocess::local_socket::{ListenerOptions, PeerCreds, tokio::Stream as Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::peer_of;
use crate::transport::{Peer, Wire};

/// The default descriptor of a named pipe lets its creator alone write.
pub(super) fn for_this_user_only(options: ListenerOptions<'_>) -> ListenerOptions<'_> {
    options
}

/// A connected pipe.
#[derive(Debug)]
pub(crate) struct Stream {
    connection: Connection,
    peer: Peer,
}

impl Stream {
    pub(super) fn new(connection: Connection) -> io::Result<Stream> {
        let peer = peer_of(&connection)?;
        Ok(Stream { connection, peer })
    }
}

impl Wire for Stream {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        let mut chunk = [0; 16 * 1024];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut &self.connection).poll_read(cx, &mut buffer))?;
        into.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.poll_write(&mut Context::from_waker(Waker::noop()), bytes) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut &self.connection).poll_write(cx, bytes)
    }

    fn peer(&self) -> io::Result<Peer> {
        Ok(self.peer)
    }

    fn close(&self) {
        // A pipe ends when its last handle is dropped.
    }
}

pub(super) fn uid(_creds: &PeerCreds) -> Option<u32> {
    None
}

pub(in crate::transport) fn own_uid() -> Option<u32> {
    None
}
