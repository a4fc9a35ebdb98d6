//! [`Script`]: a connection whose other end does as the fuzzer says.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::BytesMut;

use crate::transport::{Peer, Wire, own_uid};

/// Room that a reader may have beyond four times of what has come, in bytes: four
/// times as much as it reads at once.
const ROOM: usize = 4 * 64 * 1024;

/// Gives bytes in cuts, then the end; keeps what is written.
#[derive(Debug)]
pub(super) struct Script<'a> {
    state: Mutex<State<'a>>,
    uid: Option<u32>,
}

#[derive(Debug)]
struct State<'a> {
    unread: &'a [u8],
    /// Bytes that were read.
    read: usize,
    /// How much each read gives, in turns: 0 is nothing yet, 255 is all.
    cuts: &'a [u8],
    turn: usize,
    waited: bool,
    written: Vec<u8>,
}

impl<'a> Script<'a> {
    pub(super) fn new(unread: &'a [u8], cuts: &'a [u8]) -> Script<'a> {
        Script {
            state: Mutex::new(State {
                unread,
                read: 0,
                cuts,
                turn: 0,
                waited: false,
                written: Vec::new(),
            }),
            uid: own_uid(),
        }
    }

    /// The other end is of another user.
    pub(super) fn of_another_user(mut self) -> Script<'a> {
        self.uid = self.uid.map(|uid| uid.wrapping_add(1));
        self
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes were not read.
    pub(super) fn unread(&self) -> usize {
        self.state().unread.len()
    }

    /// What was written.
    pub(super) fn written(&self) -> Vec<u8> {
        self.state().written.clone()
    }
}

impl State<'_> {
    /// How much the next read gives.
    fn cut(&mut self) -> usize {
        let cut = match self.cuts {
            [] => 255,
            cuts => cuts[self.turn % cuts.len()],
        };
        self.turn += 1;
        match cut {
            // It never waits for ever: nothing but the script would wake it.
            0 => {
                self.waited = !self.waited;
                usize::from(!self.waited)
            }
            255 => usize::MAX,
            cut => cut.into(),
        }
    }
}

impl Wire for Script<'_> {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        let room = into.capacity() - into.len();
        assert!(room > 0, "no room to read into, which reads as an end");
        let mut state = self.state();
        assert!(
            into.capacity() <= 4 * state.read + ROOM,
            "room for {} bytes where {} have come",
            into.capacity(),
            state.read
        );
        if state.unread.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let cut = state.cut();
        if cut == 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (read, unread) = state.unread.split_at(cut.min(room).min(state.unread.len()));
        state.unread = unread;
        state.read += read.len();
        into.extend_from_slice(read);
        Poll::Ready(Ok(read.len()))
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.state().written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.try_write(bytes))
    }

    fn peer(&self) -> io::Result<Peer> {
        Ok(Peer {
            pid: Some(std::process::id()),
            uid: self.uid,
        })
    }

    fn close(&self) {}
}
