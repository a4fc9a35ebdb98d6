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
        state.put_returns(self);
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
        let State { wire, outbox, .. } = state;
        let Some(wire) = wire else {
            return; // the task that attaches the connection flushes
        };
        let mut blocked = false;
        while !blocked && !outbox.is_empty() {
            match wire.try_write(outbox.unwritten()) {
                Ok(written) => outbox.written(written),
                // The end is noticed, with its reason, by the reading side.
                Err(_) => blocked = true,
            }
        }
        state.blocked = blocked;
        state.tell_written();
        if blocked {
            self.attention.notify_one();
        }
    }

    /// Writes what waits, waiting for room; ready when all is written.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        let Some(wire) = state.wire.clone() else {
            return Poll::Ready(Ok(()));
        };
        while !state.outbox.is_empty() {
            match wire.poll_write(cx, state.outbox.unwritten()) {
                Poll::Ready(Ok(written)) => {
                    state.outbox.written(written);
                    state.tell_written();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    state.blocked = true;
                    return Poll::Pending;
                }
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

    /// The task that owns the connection waits for room.
    pub(crate) fn is_blocked(&self) -> bool {
        self.lock().blocked
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

impl State {
    /// Something is written: whoever waits for that looks again.
    fn tell_written(&mut self) {
        if !self.draining.is_empty() && !self.is_congested() {
            self.draining.drain(..).for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{
        id::{Incarnation, WorkerId},
        link::PeerId,
        transport::memory_pair,
    };

    struct Count(AtomicUsize);

    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_for_the_outbox_is_woken_whoever_empties_it() {
        let id = WorkerId(1);
        let link = Link::new(PeerId {
            id,
            incarnation: Incarnation::FIRST,
            name: "x".into(),
        });
        let sent = link.send(0, |out| {
            out.push(1);
            Ok::<(), ()>(())
        });
        assert!(sent.is_ok());
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        assert!(
            link.poll_written(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let (ours, _theirs) = memory_pair();
        link.attach(Arc::new(ours));
        link.flush();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(
            link.poll_written(&mut Context::from_waker(&waker))
                .is_ready()
        );
    }
}
