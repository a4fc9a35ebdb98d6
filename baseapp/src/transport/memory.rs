//! Connections within one process, for `App::in_process`: the same bytes, the
//! same back-pressure, no sockets.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::{Buf, BytesMut};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{Peer, Wire};

/// Bytes that one direction holds before its writer must wait: about what a
/// local socket holds.
const CAPACITY: usize = 208 * 1024;

/// Who listens in this process.
static LISTENERS: LazyLock<Mutex<HashMap<u64, mpsc::Sender<Pipe>>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Accepts connections from this process.
#[derive(Debug)]
pub(crate) struct Listener {
    id: u64,
    incoming: mpsc::Receiver<Pipe>,
}

impl Listener {
    pub(super) fn bind() -> Listener {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (sender, incoming) = mpsc::channel(128);
        lock(&LISTENERS).insert(id, sender);
        Listener { id, incoming }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) async fn accept(&mut self) -> io::Result<Pipe> {
        self.incoming
            .recv()
            .await
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        lock(&LISTENERS).remove(&self.id);
    }
}

/// Connects to a listener of this process.
pub(super) fn connect(id: u64) -> io::Result<Pipe> {
    let listener = lock(&LISTENERS).get(&id).cloned();
    let listener = listener.ok_or(io::ErrorKind::ConnectionRefused)?;
    let (ours, theirs) = pair();
    listener.try_send(theirs).map_err(|error| match error {
        // As the queue of a socket: later there is room.
        TrySendError::Full(_) => io::ErrorKind::WouldBlock,
        TrySendError::Closed(_) => io::ErrorKind::ConnectionRefused,
    })?;
    Ok(ours)
}

/// Two ends of a connection.
pub(crate) fn pair() -> (Pipe, Pipe) {
    let (one, other) = (Arc::default(), Arc::default());
    (
        Pipe {
            incoming: Arc::clone(&one),
            outgoing: Arc::clone(&other),
        },
        Pipe {
            incoming: other,
            outgoing: one,
        },
    )
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Pipe {
    incoming: Arc<Mutex<Direction>>,
    outgoing: Arc<Mutex<Direction>>,
}

#[derive(Debug, Default)]
struct Direction {
    bytes: BytesMut,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Direction {
    fn close(&mut self) {
        self.closed = true;
        wake(&mut self.reader);
        wake(&mut self.writer);
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = CAPACITY.saturating_sub(self.bytes.len()).min(bytes.len());
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.bytes.extend_from_slice(&bytes[..room]);
        wake(&mut self.reader);
        Ok(room)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Wire for Pipe {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        let mut direction = lock(&self.incoming);
        if direction.bytes.is_empty() {
            if direction.closed {
                return Poll::Ready(Ok(0));
            }
            direction.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let read = direction.bytes.len().min(into.capacity() - into.len());
        into.extend_from_slice(&direction.bytes[..read]);
        direction.bytes.advance(read);
        wake(&mut direction.writer);
        Poll::Ready(Ok(read))
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.outgoing).write(bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut direction = lock(&self.outgoing);
        match direction.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                direction.writer = Some(cx.waker().clone());
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    fn peer(&self) -> io::Result<Peer> {
        Ok(Peer {
            pid: Some(std::process::id()),
            uid: super::own_uid(),
        })
    }

    fn close(&self) {
        lock(&self.outgoing).close();
        lock(&self.incoming).close();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pipe_makes_the_writer_wait_and_an_ended_one_is_read_to_its_end() -> io::Result<()> {
        let (ours, theirs) = pair();
        let mut cx = Context::from_waker(Waker::noop());
        let written = ours.try_write(&vec![1; CAPACITY + 1])?;
        assert_eq!(written, CAPACITY);
        assert!(ours.poll_write(&mut cx, &[1]).is_pending());

        ours.close();
        let mut bytes = BytesMut::with_capacity(2 * CAPACITY);
        assert!(matches!(
            theirs.poll_read(&mut cx, &mut bytes),
            Poll::Ready(Ok(CAPACITY))
        ));
        assert!(matches!(
            theirs.poll_read(&mut cx, &mut bytes),
            Poll::Ready(Ok(0))
        ));
        assert!(theirs.try_write(&[1]).is_err());
        Ok(())
    }

    #[test]
    fn nobody_listens_under_an_old_number() {
        let listener = Listener::bind();
        let id = listener.id();
        assert!(connect(id).is_ok());
        drop(listener);
        assert!(connect(id).is_err());
    }
}
