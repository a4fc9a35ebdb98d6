//! Getting a link's frames out: without waiting, by whoever sends; and waiting
//! for room, by the task that owns the connection.

use std::{
    io,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::{Link, State};
use crate::transport::Wire;

impl Link {
    /// Gives the link its connection.
    pub(crate) fn attach(&self, wire: Arc<dyn Wire>) {
        self.lock().wire = Some(wire);
        self.attention.notify_one();
    }

    /// Writes what waits, as far as it goes without waiting. Any thread. The
    /// link is no more on the list of links to flush.
    pub(crate) fn flush(&self) {
        let mut state = self.lock();
        state.queued = false;
        self.write(&mut state);
    }

    /// Writes what waits, as far as it goes without waiting. The link stays on
    /// the list of links to flush.
    pub(crate) fn flush_early(&self) {
        let mut state = self.lock();
        if !state.blocked {
            self.write(&mut state);
        }
    }

    fn write(&self, state: &mut State) {
        let Some(wire) = &state.wire else {
            return; // the task that attaches the connection flushes
        };
        while !state.outbox.is_empty() {
            match wire.try_write(state.outbox.unwritten()) {
                Ok(written) => state.outbox.written(written),
                // The end is noticed, with its reason, by the reading side.
                Err(_) => {
                    state.blocked = true;
                    return self.attention.notify_one();
                }
            }
        }
    }

    /// Writes what waits, waiting for room; ready when all is written.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(wire) = &state.wire else {
            return Poll::Ready(Ok(()));
        };
        while !state.outbox.is_empty() {
            match wire.poll_write(cx, state.outbox.unwritten()) {
                Poll::Ready(Ok(written)) => state.outbox.written(written),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    state.blocked = true;
                    return Poll::Pending;
                }
            }
            if !state.is_congested() {
                state.draining.drain(..).for_each(Waker::wake);
            }
        }
        state.blocked = false;
        Poll::Ready(Ok(()))
    }

    /// Ready when nothing waits to be written, or never will be.
    pub(crate) fn poll_written(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.ended.is_some() || state.outbox.is_empty() {
            return Poll::Ready(());
        }
        state.draining.push(cx.waker().clone());
        Poll::Pending
    }

    /// More waits to be written than a worker may add to.
    pub(crate) fn is_congested(&self) -> bool {
        self.lock().is_congested()
    }

    /// Ready when no more waits to be written than a worker may add to.
    pub(crate) fn poll_drained(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.ended.is_some() || !state.is_congested() {
            return Poll::Ready(());
        }
        state.draining.push(cx.waker().clone());
        Poll::Pending
    }
}
