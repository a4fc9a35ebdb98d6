//! The links that a thread reads itself, when it is woken: those of a node that has few,
//! and whose thread drives them.
//!
//! Otherwise the task that owns the connection is woken, reads, and wakes the worker:
//! which takes another turn of the runtime, with a call of the system. Who reads itself
//! takes over the place of who is woken for a connection; its owner takes it back when it
//! is woken for something else, and when it is [given back](Own::give_back). A link whose
//! owner waits for room to write is left to it: that is told in the same way.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use super::{Node, spin::LookedAt};

/// With more of them it costs more to ask each than is saved.
const FEW: usize = 4;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Own(Option<LookedAt>);

impl Own {
    /// From now on their owners are woken.
    pub(super) fn give_back(&mut self) {
        for served in self.0.take().iter().flat_map(|links| links.iter()) {
            served.link.call_for_attention();
        }
    }

    fn change(&mut self, links: LookedAt) -> &LookedAt {
        let same = |own: &LookedAt| Arc::ptr_eq(own, &links);
        if !self.0.as_ref().is_some_and(same) {
            self.give_back();
        }
        self.0.insert(links)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Node {
    /// Reads what has come, once from each of its own links. True if something had: then
    /// there may be more. If not, `cx` is woken for it.
    pub(super) fn read_own(&self, own: &mut Own, cx: &mut Context<'_>) -> bool {
        let links = self.looked_at();
        if links.len() > FEW {
            own.give_back();
            return false;
        }
        let mut found = false;
        let links = own.change(links).iter();
        for served in links.filter(|served| !served.link.is_blocked()) {
            if let Poll::Ready(is_read) = self.poll_take(served, cx) {
                found |= is_read;
            }
        }
        found
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicBool, Ordering},
        task::{Wake, Waker},
        time::Duration,
    };

    use bytes::BytesMut;

    use super::*;
    use crate::{
        id::{Incarnation, WorkerId},
        link::{Link, Reader},
        node::{fixture, spin::Looking},
        transport::{Listener, Looks, Peer, Wire, connect, within_a_runtime},
        wire::{
            frame::{Header, Kind, MAX_FRAME, write_bytes},
            link_options::LinkOptions,
        },
    };

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whoever is to be told that there is room reads nothing before that.
    #[derive(Debug, Default)]
    struct Full(AtomicBool);

    impl Wire for Full {
        fn poll_read(&self, _: &mut Context<'_>, _: &mut BytesMut) -> Poll<io::Result<usize>> {
            assert!(
                self.0.load(Ordering::Relaxed),
                "its owner is told of room by that"
            );
            Poll::Pending
        }

        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.load(Ordering::Relaxed) {
                true => Ok(bytes.len()),
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        }

        fn poll_write(&self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn peer(&self) -> io::Result<Peer> {
            Ok(Peer::default())
        }

        fn close(&self) {}

        fn looks(&self) -> Looks {
            Looks::InMemory
        }
    }

    #[test]
    fn a_link_whose_owner_waits_for_room_is_left_to_it() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let node = fixture::node_without_routes(runtime.handle(), LinkOptions::PLAIN);
        let link = Arc::new(Link::new(fixture::peer(WorkerId(3), Incarnation::FIRST)));
        let wire = Arc::new(Full::default());
        let served = node.begin_to_serve(&link, Arc::clone(&wire) as _, Reader::new(MAX_FRAME));
        node.look_at(&served);
        let sent = link.send(0, |out| {
            out.push(1);
            Ok::<(), ()>(())
        });
        assert!(sent.is_ok());
        link.flush();
        let mut own = Own::default();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(!node.read_own(&mut own, &mut cx));
        wire.0.store(true, Ordering::Relaxed);
        link.flush();
        assert!(!node.read_own(&mut own, &mut cx));
        Ok(())
    }

    /// Lets the runtime do what there is to do, until that is so.
    async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
        let limit = tokio::time::Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(tokio::time::Instant::now() < limit, "never {what}");
            tokio::task::yield_now().await;
        }
    }

    async fn read_and_give_back() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let mut listener = Listener::socket(dir.path().join("socket"))?;
        let far = connect(&listener.endpoint()).await?;
        let near: Arc<dyn Wire> = Arc::from(listener.accept().await?);
        let send = || {
            let mut frame = Vec::new();
            write_bytes(&mut frame, Header::new(Kind::Message, 0, 0), b"!");
            far.try_write(&frame)
        };
        let node =
            fixture::node_without_routes(&tokio::runtime::Handle::current(), LinkOptions::PLAIN);
        node.begin_turn(&mut Looking::of_driver());
        let link = Arc::new(Link::new(fixture::peer(WorkerId(3), Incarnation::FIRST)));
        let served = node.begin_to_serve(&link, near, Reader::new(MAX_FRAME));
        let serving = tokio::spawn(Arc::clone(&node).serve(served));
        until("looked at", || !node.looked_at().is_empty()).await;

        let (mut own, woken) = (Own::default(), Arc::new(Woken::default()));
        let waker = Waker::from(Arc::clone(&woken));
        let mut read = || node.read_own(&mut own, &mut Context::from_waker(&waker));
        assert!(!read(), "nothing has come");
        send()?;
        until("woken", || woken.0.swap(false, Ordering::Relaxed)).await;
        assert!(node.mailbox.is_empty(), "nobody else has read it");
        assert!(read() && node.mailbox.try_next().is_some());
        assert!(!read(), "that was all");

        own.give_back();
        send()?;
        until("read", || node.mailbox.try_next().is_some()).await;
        assert!(!woken.0.load(Ordering::Relaxed), "it is not its own now");

        node.read_own(&mut own, &mut Context::from_waker(&waker));
        far.close();
        until("woken", || woken.0.swap(false, Ordering::Relaxed)).await;
        let read = node.read_own(&mut own, &mut Context::from_waker(&waker));
        assert!(!read, "the end is for the owner");
        // Who was let in by nobody asks the hub how its peer has ended; nobody answers.
        until("left", || node.looked_at().is_empty()).await;
        serving.abort();
        Ok(())
    }

    #[test]
    fn who_reads_itself_is_woken_until_it_gives_the_link_back() -> io::Result<()> {
        within_a_runtime(read_and_give_back())
    }
}
